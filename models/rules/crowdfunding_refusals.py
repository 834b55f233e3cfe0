"""Who may do what with a crowdfunding hand-off, and what is refused before it enters a history.

Whether somebody is the idea's coach, a lead or a collaborator is known to whoever asks (`models.rules.permissions`),
since coaches and teams change; here it is only made sure that nobody speaks for both sides.
"""

from collections.abc import Collection
from datetime import datetime

from models.cases.plain_case import PlainKind
from models.cases.refusals import SNOOZE
from models.lifecycles.crowdfunding import STATUS_MOVES, CrowdfundingLifecycle
from models.messages.commands import Actor, Refusal, RefusalCode
from models.messages.crowdfunding import (
    CampaignCommand,
    CampaignStanding,
    CampaignState,
    Observation,
)
from models.rules.crowdfunding_times import find_turn, has_confirmed, phase_of
from models.vocabulary import CampaignStatus, Provenance, Role

REQUIRED_FIELDS: dict[str, tuple[str, ...]] = {
    "edit": ("package",),
    "pack": ("package",),
    "confirm": ("package",),
    "link": ("package", "link_id"),
    "confirm_link": ("package",),
    "observe": ("observation",),
}
"""Event → what it cannot do without."""

FARTHEST_END_DAYS = 3650
"""A campaign does not end later than this: dates near the end of the calendar cannot be counted on from."""

DECIDES_ON_THE_PACKAGE = frozenset({"pack", "confirm", "link", "confirm_link"})
NEEDS_A_READY_PACKAGE = frozenset({"pack", "confirm"})
TAKES_TWO = frozenset({"confirm", "confirm_link"})
"""The starter's side and the coach's each do their part."""

STARTER_ALONE = TAKES_TWO | {"withdraw", SNOOZE}
"""Of the innovator's side: who collaborates prepares the package, and neither gives the starter's
word nor puts off the starter's reminders."""

PROVENANCES: dict[Role, frozenset[Provenance]] = {
    Role.INNOVATOR: frozenset({Provenance.SELF_REPORTED}),
    Role.COACH: frozenset({Provenance.COACH_ATTESTED}),
    Role.LEAD: frozenset({Provenance.COACH_ATTESTED}),
    Role.ENGINE: frozenset({Provenance.API, Provenance.SIMULATED}),
}


def side_of(role: Role) -> Role:
    """A lead stands in for the coach."""
    return Role.COACH if role is Role.LEAD else role


def may_follow(status: CampaignStatus, seen: Observation) -> bool:
    """Whether what was seen can be true after what is known."""
    if seen.status not in STATUS_MOVES[status] or contradicts_itself(seen):
        return False
    return seen.status is not CampaignStatus.PAID_OUT or seen.provenance is not Provenance.API


def contradicts_itself(seen: Observation) -> bool:
    """Successful means: ended, and at least the threshold was reached."""
    if seen.funded_cents is None or seen.threshold_cents is None:
        return False
    reached = seen.funded_cents >= seen.threshold_cents
    return seen.status is (CampaignStatus.ENDED_FAILED if reached else CampaignStatus.ENDED_SUCCESSFUL)


class CampaignRefusals(PlainKind[CampaignState, CampaignCommand]):
    """What a hand-off answers to the questions of the kernel before a step is taken."""

    name = "hand-off"
    machine = CrowdfundingLifecycle
    required = REQUIRED_FIELDS

    def turn(self, standing: CampaignStanding) -> Role | None:
        return find_turn(standing)

    def phase(self, standing: CampaignStanding) -> str | None:
        return phase_of(standing)

    def is_who_they_say(self, standing: CampaignStanding, actor: Actor, event: str) -> bool:
        if actor.role is Role.INNOVATOR:
            return actor.account_id == standing.owner_id or event not in STARTER_ALONE
        return actor.role in (Role.COACH, Role.LEAD) and actor.account_id != standing.owner_id

    def makes_sense(self, event: str, role: Role, standing: CampaignStanding) -> bool:
        link = standing.link
        match event:
            case "confirm":
                return not has_confirmed(standing, side_of(role))
            case "link":
                return link is None
            case "confirm_link":
                return link is not None and side_of(role) is not side_of(link.by)
            case "reject_link":
                return link is not None
            case "withdraw":
                return standing.result is None
            case _:
                return True

    def own(
        self, standing: CampaignStanding, account_id: str | None, roles: Collection[Role], event: str
    ) -> frozenset[Role]:
        """Whoever is on the starter's side, be they a lead as well, does not do the other side's part."""
        own = frozenset(roles)
        if account_id == standing.owner_id:
            return own & {Role.INNOVATOR}
        if event in TAKES_TWO and Role.INNOVATOR in own:
            own &= {Role.INNOVATOR}
        return own if event not in STARTER_ALONE else own - {Role.INNOVATOR}

    def refuse_fields(self, campaign: CampaignState, command: CampaignCommand, now: datetime) -> Refusal | None:
        standing, event = campaign.standing, command.event
        if why := super().refuse_fields(campaign, command, now):
            return why
        if event in DECIDES_ON_THE_PACKAGE and command.package is not None:
            if command.package.digest != standing.package.digest:
                return self.refuse(campaign, command, RefusalCode.STALE, "the package has changed", "package")
            if event in NEEDS_A_READY_PACKAGE and not command.package.ready:
                return self.invalid(campaign, command, "package", "is not ready any more")
        if event == "observe" and command.observation is not None:
            return self._refuse_observation(campaign, command, command.observation)
        return None

    def _refuse_observation(
        self, campaign: CampaignState, command: CampaignCommand, seen: Observation
    ) -> Refusal | None:
        status = campaign.standing.status
        if seen.provenance not in PROVENANCES[command.actor.role]:
            detail = f"{command.actor.role} cannot vouch for {seen.provenance}"
            return self.invalid(campaign, command, "provenance", detail)
        if seen.ends_on is not None and abs(seen.ends_on - seen.observed_at.date()).days > FARTHEST_END_DAYS:
            detail = f"must be within {FARTHEST_END_DAYS} days"
            return self.invalid(campaign, command, "ends_on", detail)
        if contradicts_itself(seen):
            detail = f"{seen.status} does not fit the sums"
            return self.invalid(campaign, command, "funded_cents", detail)
        if not may_follow(status, seen):
            return self.invalid(campaign, command, "status", f"{seen.status} cannot follow {status}")
        return None
