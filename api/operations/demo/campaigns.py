"""Tells the crowdfunding of a story through the real rules, beside the idea that it belongs to."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from api.operations.demo.accounts import BY_KEY, demo_id
from api.operations.demo.packages import write_package
from api.operations.demo.script import ENGINE, Step, Story
from models.messages.cases import Entry
from models.messages.commands import Actor
from models.messages.crowdfunding import (
    CampaignCommand,
    CampaignOpening,
    CampaignRequest,
    CampaignState,
    DraftOutcome,
    DraftToSubmit,
    Observation,
)
from models.messages.idea import CampaignChore, Standing
from models.messages.package import Package, PackageFacts
from models.policy import Policy
from models.rules import crowdfunding, readiness
from models.rules.crowdfunding import HAND_OFFS
from models.rules.permissions import roles_toward
from models.tables import CampaignAddressRow, CampaignObservation, CampaignPackage, Note
from models.vocabulary import CampaignStatus, CrowdfundingState, Provenance, Role
from models.workflow_ids import CROWDFUNDING

SITE = "https://sandbox.example"


class CampaignRefused(Exception):
    """A step of a hand-off is not possible."""


@dataclass
class CampaignTold:
    """One attempt as its story left it, with everything that belongs into SQL."""

    story: Story
    campaign: CampaignState
    package: Package
    saved_at: datetime
    entries: list[Entry] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    addresses: list[CampaignAddressRow] = field(default_factory=list)
    observations: list[CampaignObservation] = field(default_factory=list)

    @property
    def picture_id(self) -> str:
        return demo_id("picture", self.story.key)

    @property
    def package_row(self) -> CampaignPackage:
        facts, standing = self.campaign.standing.package, self.campaign.standing
        return CampaignPackage(
            idea_id=standing.idea_id,
            attempt=standing.attempt,
            revision=facts.revision,
            digest=facts.digest,
            content=self.package.model_dump(mode="json"),
            updated_at=self.saved_at,
            updated_by=standing.owner_id,
        )


def begin_campaign(
    story: Story, policy: Policy, idea: Standing, chore: CampaignChore, earlier: CampaignTold | None, at: datetime
) -> CampaignTold:
    """The hand-off that an idea has asked for; a further attempt begins with the last one's package."""
    first = Package(
        title=story.title,
        summary=story.summary,
        about=f"{story.problem}\n\n{story.solution}",
        goals=story.target_group,
    )
    package = earlier.package if earlier else first
    request = CampaignRequest(
        idea_id=idea.idea_id, attempt=chore.attempt, owner_id=idea.owner_id, office=idea.office, actor=chore.actor
    )
    today = at.astimezone(policy.zone).date()
    facts = readiness.facts(package, 1, policy.crowdfunding, today)
    opening = CampaignOpening(package=facts, rulebook=policy.rulebook(today, CROWDFUNDING))
    return CampaignTold(story, crowdfunding.begin(request, opening, at), package, at)


@dataclass(frozen=True)
class CampaignTeller:
    """Carries out the steps of one attempt. `today` is the day of loading."""

    policy: Policy
    told: CampaignTold
    today: date

    @property
    def campaign(self) -> CampaignState:
        return self.told.campaign

    def next_wake_up(self) -> datetime | None:
        rulebook = self.campaign.rulebook
        coming = HAND_OFFS.upcoming(self.campaign.standing, rulebook)
        return coming[0].at if coming else None

    def carry_out(self, step: Step, number: int, idea: Standing, at: datetime) -> None:
        """Raises CampaignRefused."""
        event = step.event.partition(":")[2]
        if event == "edit":
            self._save(whole=bool(step.fields.get("whole")), at=at)
        command = self._command(step, event, number, idea, at)
        refused = HAND_OFFS.refusal(self.campaign, command, at)
        if refused is not None:
            raise CampaignRefused(f"{self.told.story.key}, step {number}, {event}: {refused.code} {refused.detail}")
        HAND_OFFS.take(self.campaign, command, at)
        if command.note_id is not None:
            self._write_note(command.note_id, step, at)
        if self.campaign.standing.state is CrowdfundingState.CONFIRMED:
            self._hand_over(at)

    def forget_old_news(self, since: datetime, *, ended: bool) -> None:
        """Nobody gets a mail about what was long ago. What the idea has heard already is not told again."""
        self.told.entries = list(self.campaign.outbox)
        self.campaign.outbox, self.campaign.news = [], []
        for entry in self.told.entries:
            if ended or entry.at < since:
                entry.notices = []

    # -- what a step brings along ------------------------------------------------------------------------------

    def _command(self, step: Step, event: str, number: int, idea: Standing, at: datetime) -> CampaignCommand:
        actor = self._actor(step, event, idea)
        command_id = demo_id(idea.idea_id, "campaign", number)
        return CampaignCommand(
            id=command_id,
            event=event,
            actor=actor,
            package=self._facts(at) if event == "edit" else self.campaign.standing.package,
            note_id=demo_id(command_id, "note") if step.text else None,
            link_id=self._paste_address(step, command_id, at) if event == "link" else None,
            observation=self._look(step, command_id, actor, at) if event == "observe" else None,
        )

    def _actor(self, step: Step, event: str, idea: Standing) -> Actor:
        assert step.who != ENGINE, "the engine acts by itself"
        person, standing = BY_KEY[step.who], self.campaign.standing
        roles = roles_toward(idea, person.id, [person.role])
        role = HAND_OFFS.acting_role(standing, person.id, roles, event)
        if role is None:
            raise CampaignRefused(f"{self.told.story.key}: {person.key} has no role toward the idea")
        return Actor(role=role, account_id=person.id)

    def _save(self, *, whole: bool, at: datetime) -> None:
        on = at.astimezone(self.policy.zone).date()
        self.told.package = write_package(self.told.story, self.told.picture_id, on, whole=whole)
        self.told.saved_at = at

    def _facts(self, at: datetime) -> PackageFacts:
        revision = self.campaign.standing.package.revision + 1
        on = at.astimezone(self.policy.zone).date()
        return readiness.facts(self.told.package, revision, self.policy.crowdfunding, on)

    def _hand_over(self, at: datetime) -> None:
        standing = self.campaign.standing
        draft = DraftToSubmit(idea_id=standing.idea_id, attempt=standing.attempt, package=standing.package)
        outcome = DraftOutcome(package=standing.package, steps=("sandbox",))
        crowdfunding.take_draft_outcome(self.campaign, draft, outcome, at)

    def _paste_address(self, step: Step, command_id: str, at: datetime) -> str:
        standing = self.campaign.standing
        begins = self.today - timedelta(days=step.fields["begins"])
        reference = f"{step.fields['campaign']}-{begins}"
        row = CampaignAddressRow(
            id=demo_id(command_id, "address"),
            idea_id=standing.idea_id,
            attempt=standing.attempt,
            platform="sandbox",
            campaign_key=reference,
            url=f"{SITE}/{reference}",
            created_by=BY_KEY[step.who].id,
            created_at=at,
        )
        self.told.addresses.append(row)
        return row.id

    def _look(self, step: Step, command_id: str, actor: Actor, at: datetime) -> Observation:
        own = actor.role is Role.INNOVATOR
        seen = Observation(
            id=demo_id(command_id, "seen"),
            status=CampaignStatus(step.fields["status"]),
            provenance=Provenance.SELF_REPORTED if own else Provenance.COACH_ATTESTED,
            observed_at=at,
            funded_cents=step.fields.get("funded"),
            threshold_cents=self.told.package.start_level_cents if "funded" in step.fields else None,
            ends_on=self.today + timedelta(days=step.fields["ends"]) if "ends" in step.fields else None,
        )
        standing = self.campaign.standing
        row = CampaignObservation(
            idea_id=standing.idea_id, attempt=standing.attempt, account_id=actor.account_id, **seen.model_dump()
        )
        self.told.observations.append(row)
        return seen

    def _write_note(self, note_id: str, step: Step, at: datetime) -> None:
        self.told.notes.append(
            Note(
                id=note_id,
                idea_id=self.campaign.standing.idea_id,
                author_id=BY_KEY[step.who].id,
                event="crowdfunding",
                body=step.text,
                created_at=at,
            )
        )
