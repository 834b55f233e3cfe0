"""A story that walks a crowdfunding hand-off through pure steps with a movable clock."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from models.cases.calendar import Calendar, calendar_of
from models.messages.cases import Clock, Entry, WakeUp
from models.messages.commands import Actor, Receipt, Refusal
from models.messages.crowdfunding import (
    CampaignCommand,
    CampaignOpening,
    CampaignRequest,
    CampaignStanding,
    DraftOutcome,
    DraftToSubmit,
    Observation,
    ReadingOutcome,
)
from models.messages.idea import IdeaNews
from models.messages.package import PackageFacts
from models.rules import crowdfunding, crowdfunding_times
from models.rules.crowdfunding import HAND_OFFS
from models.vocabulary import CampaignStatus, IdeaNewsKind, Provenance, Role
from models.workflow_ids import CROWDFUNDING
from tests.cast import ALMA, BERLIN, IDEA, MONDAY, POLICY, Refused, alma, ben

CAMPAIGN_RULEBOOK = POLICY.rulebook(date(2026, 1, 1), CROWDFUNDING)

PROVENANCES = {
    Role.INNOVATOR: Provenance.SELF_REPORTED,
    Role.COACH: Provenance.COACH_ATTESTED,
    Role.LEAD: Provenance.COACH_ATTESTED,
    Role.ENGINE: Provenance.API,
}


def package(revision: int, *, ready: bool = True) -> PackageFacts:
    return PackageFacts(revision=revision, digest=f"digest-{revision}", ready=ready)


class CampaignStory:
    """Alma's first attempt, and a clock that only the test moves."""

    def __init__(self, start: datetime = MONDAY, actor: Actor = alma, first: PackageFacts | None = None) -> None:
        self.now = start
        self._ids = count(1)
        request = CampaignRequest(idea_id=IDEA, attempt=1, owner_id=ALMA, office="dresden", actor=actor)
        opening = CampaignOpening(package=first or package(1, ready=False), rulebook=CAMPAIGN_RULEBOOK)
        self.campaign = crowdfunding.begin(request, opening, start)

    @classmethod
    def at(cls, state: str, start: datetime = MONDAY) -> "CampaignStory":
        """A story that has come to a state on the straight way, all within one moment."""
        story = cls(start)
        for reached, step in WAY.items():
            if story.standing.state == state:
                break
            step(story)
            assert story.standing.state == reached
        return story

    # -- where it stands ------------------------------------------------------------------------------------

    @property
    def standing(self) -> CampaignStanding:
        return self.campaign.standing

    @property
    def clock(self) -> Clock:
        assert self.standing.clock is not None
        return self.standing.clock

    @property
    def calendar(self) -> Calendar:
        return calendar_of(self.campaign.rulebook)

    @property
    def today(self) -> date:
        return self.calendar.today(self.now)

    @property
    def last(self) -> Entry:
        return self.campaign.outbox[-1]

    @property
    def upcoming(self) -> list[WakeUp]:
        return HAND_OFFS.upcoming(self.standing, self.campaign.rulebook)

    @property
    def known(self) -> dict[str, frozenset[Role]]:
        return HAND_OFFS.known_events(self.standing)

    def told(self, entry: Entry | None = None) -> set[tuple[str, str]]:
        """Who was told what in an entry (the last one): (kind, role)."""
        return {(str(notice.kind), str(notice.to)) for notice in (entry or self.last).notices}

    # -- what is done ---------------------------------------------------------------------------------------

    def command(self, actor: Actor, event: str, **fields: Any) -> CampaignCommand:
        """A command with everything it needs; a field given as None is left out."""
        values = {"package": self.standing.package} | self.good_fields(actor, event) | fields
        values.setdefault("id", f"command-{next(self._ids)}")
        return CampaignCommand(event=event, actor=actor, **values)

    def good_fields(self, actor: Actor, event: str) -> dict[str, Any]:
        fields: dict[str, dict[str, Any]] = {
            "edit": {"package": package(self.standing.package.revision + 1)},
            "link": {"link_id": "link-1"},
            "observe": {"observation": self.seen(self._likely(), actor)},
            "extend_deadline": {"days": 5},
            "snooze": {"until": (self.now + timedelta(days=7)).date()},
        }
        return fields.get(event, {})

    def _likely(self) -> CampaignStatus:
        status = self.standing.status
        return CampaignStatus.START if status is CampaignStatus.UNKNOWN else status

    def seen(self, status: CampaignStatus, actor: Actor = alma, **fields: Any) -> Observation:
        values = {"provenance": PROVENANCES[actor.role], "id": f"seen-{next(self._ids)}"} | fields
        return Observation(status=status, observed_at=self.now, **values)

    def ask(self, actor: Actor, event: str, **fields: Any) -> Receipt | Refusal:
        """Try a command; where it is refused, nothing happens."""
        return self.send(self.command(actor, event, **fields))

    def send(self, command: CampaignCommand) -> Receipt | Refusal:
        refused = HAND_OFFS.refusal(self.campaign, command, self.now)
        return refused or HAND_OFFS.take(self.campaign, command, self.now)

    def do(self, actor: Actor, event: str, **fields: Any) -> Receipt:
        """Carry out a command that must be possible."""
        answer = self.ask(actor, event, **fields)
        if isinstance(answer, Refusal):
            raise Refused(f"{event} by {actor.role} at {self.standing.state}: {answer.code} {answer.detail}")
        return answer

    def refused(self, actor: Actor, event: str, **fields: Any) -> Refusal:
        """Try a command that must be refused, and must then have changed nothing."""
        before = self.campaign.model_dump_json()
        answer = self.ask(actor, event, **fields)
        assert isinstance(answer, Refusal), f"{event} by {actor.role} should have been refused"
        assert self.campaign.model_dump_json() == before
        return answer

    def say(self, status: CampaignStatus, actor: Actor = alma, **fields: Any) -> Receipt:
        return self.do(actor, "observe", observation=self.seen(status, actor, **fields))

    def hand_over(self, outcome: DraftOutcome | None = None, **asked: Any) -> bool:
        """The platform has answered for the package that is confirmed."""
        draft = DraftToSubmit(idea_id=IDEA, attempt=1, package=asked.get("package", self.standing.package))
        answer = outcome or DraftOutcome(package=draft.package)
        return crowdfunding.take_draft_outcome(self.campaign, draft, answer, self.now)

    def read(self, status: CampaignStatus, chance: float = 0.0, **fields: Any) -> bool:
        """The platform was read. True where it told something new."""
        seen = self.seen(status, **({"provenance": Provenance.API} | fields))
        return self._take_reading(ReadingOutcome(observation=seen), chance)

    def fail_to_read(self, cause: str, *, retryable: bool = False, retry_after: float | None = None) -> bool:
        return self._take_reading(ReadingOutcome(cause=cause, retryable=retryable, retry_after=retry_after))

    def _take_reading(self, outcome: ReadingOutcome, chance: float = 0.0) -> bool:
        told = crowdfunding.take_reading(self.campaign, self.link_id, outcome, self.now)
        crowdfunding_times.plan_reading(self.campaign, outcome, chance, self.calendar, self.now)
        return told

    @property
    def link_id(self) -> str:
        return self.standing.link.link_id if self.standing.link else "none"

    def hear(self, kind: IdeaNewsKind, until: date | None = None) -> bool:
        return crowdfunding.hear_idea(self.campaign, IdeaNews(kind=kind, until=until), self.now)

    def ring(self) -> list[Entry]:
        """Let the engine do what is due until nothing is."""
        first = len(self.campaign.outbox)
        for _ in range(5):
            if not HAND_OFFS.ring(self.campaign, self.now):
                return self.campaign.outbox[first:]
        raise AssertionError("the engine does not come to rest")

    # -- time -----------------------------------------------------------------------------------------------

    def go_to(self, day: date, at: time = time(8)) -> None:
        self.now = datetime.combine(day, at, tzinfo=BERLIN).astimezone(UTC)

    def pass_days(self, days: float) -> list[Entry]:
        """Go on from one wake-up to the next, ringing at each."""
        last = self.now + timedelta(days=days)
        entries = []
        while self.upcoming and self.upcoming[0].at <= last:
            self.now = max(self.now, self.upcoming[0].at)
            entries += self.ring()
        self.now = last
        return entries

    def copy(self) -> "CampaignStory":
        return deepcopy(self)


WAY: dict[str, Callable[[CampaignStory], object]] = {
    "ready": lambda story: story.do(alma, "edit"),
    "packaged": lambda story: story.do(alma, "pack"),
    "confirmed": lambda story: (story.do(alma, "confirm"), story.do(ben, "confirm")),
    "awaiting_entry": lambda story: story.hand_over(),
    "linked": lambda story: (story.do(alma, "link"), story.do(ben, "confirm_link")),
    "closed": lambda story: story.say(CampaignStatus.CANCELLED),
}
"""State → the step from the one before it."""
