"""The cast of the tests, and a story that walks an idea through pure steps with a movable clock.

Alma hands in ideas, Ben coaches in Dresden, Bruno coaches in Leipzig, Carla leads, Dora is a stranger. Nora works on
Alma's idea where a test says so, and Otto looks on.
"""

from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from models.cases.calendar import Calendar, calendar_of
from models.lifecycles.events import SUBMIT_WORK
from models.messages.cases import Clock, Entry, Holder, WakeUp
from models.messages.commands import ENGINE, Actor, Command, News, PlannedTask, Receipt, Refusal
from models.messages.idea import IdeaState, Standing
from models.messages.rulebook import Rulebook
from models.policy import load_policy
from models.rules import steps
from models.rules.deadlines import upcoming
from models.rules.steps import IDEAS
from models.vocabulary import Answer, Outcome, Role, SearchNews, Share, Stage

ALMA = "account-alma"
BEN = "account-ben"
BRUNO = "account-bruno"
CARLA = "account-carla"
DORA = "account-dora"
NORA = "account-nora"
OTTO = "account-otto"

alma = Actor(role=Role.INNOVATOR, account_id=ALMA)
ben = Actor(role=Role.COACH, account_id=BEN)
bruno = Actor(role=Role.COACH, account_id=BRUNO)
carla = Actor(role=Role.LEAD, account_id=CARLA)
dora = Actor(role=Role.INNOVATOR, account_id=DORA)
nora = Actor(role=Role.INNOVATOR, account_id=NORA)
otto = Actor(role=Role.INNOVATOR, account_id=OTTO)
engine = ENGINE

IDEA = "idea-1"
BERLIN = ZoneInfo("Europe/Berlin")
PIPELINE = Path(__file__).parents[1] / "pipeline.toml"
SHIPPED = load_policy(PIPELINE)
POLICY = SHIPPED.model_copy(
    update={
        "engine": SHIPPED.engine.model_copy(update={"undo_seconds": 0}),
        "notices": SHIPPED.notices.model_copy(update={"gather_seconds": 0}),
    }
)
"""The rules of most tests: a decision stands, and is told at once. `test_undo` and `test_inbox` use those shipped."""
RULEBOOK = POLICY.rulebook(date(2026, 1, 1))
SHIPPED_RULEBOOK = SHIPPED.rulebook(date(2026, 1, 1))

MONDAY = datetime(2026, 6, 1, 10, 0, tzinfo=BERLIN)
"""Where stories begin: a Monday morning with no holiday for weeks."""

Place = tuple[Stage, str]


class Step(NamedTuple):
    """How a place is reached from another."""

    origin: Place
    actor: Actor
    event: str
    answer: Answer | None = None


FIRST: Place = (Stage.IDENTIFY, "screening")

WAYS: dict[Place, Step] = {
    (Stage.IDENTIFY, "clarification"): Step(FIRST, carla, "request_clarification"),
    (Stage.IDENTIFY, "matching"): Step(FIRST, carla, "shortlist"),
    (Stage.IDENTIFY, "unmatched"): Step((Stage.IDENTIFY, "matching"), engine, "no_coach"),
    (Stage.DEVELOP, "planning"): Step((Stage.IDENTIFY, "matching"), engine, "coach_found"),
    (Stage.DEVELOP, "working"): Step((Stage.DEVELOP, "planning"), ben, "agree_plan"),
    (Stage.DEVELOP, "reviewing"): Step((Stage.DEVELOP, "working"), alma, "submit_work"),
    (Stage.SUPPORT, "assessing"): Step((Stage.DEVELOP, "reviewing"), ben, "approve_concept"),
    (Stage.SUPPORT, "arranging"): Step((Stage.SUPPORT, "assessing"), ben, "request_support"),
    (Stage.SUPPORT, "using"): Step((Stage.SUPPORT, "arranging"), carla, "arrange"),
    (Stage.ACCOMPANY, "piloting"): Step((Stage.SUPPORT, "assessing"), ben, "no_support_needed"),
    (Stage.ACCOMPANY, "helping"): Step((Stage.ACCOMPANY, "piloting"), alma, "check_in", Answer.NEEDS_HELP),
    (Stage.ACCOMPANY, "concluding"): Step((Stage.ACCOMPANY, "piloting"), alma, "check_in", Answer.DONE),
    (Stage.MAKE_VISIBLE, "drafting"): Step((Stage.ACCOMPANY, "concluding"), ben, "conclude"),
    (Stage.MAKE_VISIBLE, "editing"): Step((Stage.MAKE_VISIBLE, "drafting"), alma, "submit_story"),
    (Stage.MAKE_VISIBLE, "consenting"): Step((Stage.MAKE_VISIBLE, "editing"), carla, "approve_story"),
}
"""How every place is reached from the one before it, with Ben as the coach."""

OPEN_PLACES: list[Place] = [FIRST, *WAYS]


_WALKED: dict[tuple[Place, datetime, str], "Story"] = {}
"""Stories that have been walked before; the same walk is not made twice."""


def place_name(place: Place) -> str:
    return f"{place[0]}.{place[1]}"


class Refused(AssertionError):
    """A step of a story was refused although it was told as possible."""


class Story:
    """One idea of Alma's, and a clock that only the test moves."""

    def __init__(self, start: datetime = MONDAY, rulebook: Rulebook = RULEBOOK) -> None:
        self.now = start
        self._ids = count(1)
        standing = Standing(idea_id=IDEA, owner_id=ALMA, office="dresden", entered_at=start)
        self.idea = IdeaState(standing=standing, rulebook=rulebook)
        self.do(alma, "submit")

    @classmethod
    def at(cls, place: Place, start: datetime = MONDAY, rulebook: Rulebook = RULEBOOK) -> "Story":
        """A story that has reached a place, all within one moment."""
        key = (place, start, rulebook.digest)
        if key not in _WALKED:
            _WALKED[key] = cls(start, rulebook)
            _WALKED[key].walk_to(place)
        return deepcopy(_WALKED[key])

    def walk_to(self, place: Place) -> None:
        if place == FIRST:
            return
        step = WAYS[place]
        self.walk_to(step.origin)
        if step.event == "coach_found":
            self.news(SearchNews.FOUND, coach_id=BEN)
        elif step.event == "no_coach":
            self.news(SearchNews.EXHAUSTED)
        else:
            self.do(step.actor, step.event, answer=step.answer)

    def gather_team(self) -> None:
        """Nora works on the idea, and Otto looks on."""
        self.do(engine, "join_team")
        self.do(engine, "join_team", member_id=OTTO, share=Share.OBSERVER)

    # -- where it stands ------------------------------------------------------------------------------------

    @property
    def standing(self) -> Standing:
        return self.idea.standing

    @property
    def place(self) -> Place:
        return self.standing.stage, self.standing.state

    @property
    def holder(self) -> Holder:
        assert self.standing.holder is not None
        return self.standing.holder

    @property
    def clock(self) -> Clock:
        assert self.standing.clock is not None
        return self.standing.clock

    @property
    def calendar(self) -> Calendar:
        return calendar_of(self.idea.rulebook)

    @property
    def today(self) -> date:
        return self.calendar.today(self.now)

    @property
    def last(self) -> Entry:
        return self.idea.outbox[-1]

    @property
    def upcoming(self) -> list[WakeUp]:
        return upcoming(self.standing, self.calendar)

    def told(self, entry: Entry | None = None) -> set[tuple[str, str]]:
        """Who was told what in an entry (the last one): (kind, account or role)."""
        notices = (entry or self.last).notices
        return {(str(notice.kind), notice.account_id or str(notice.to)) for notice in notices}

    # -- what is done ---------------------------------------------------------------------------------------

    def command(self, actor: Actor, event: str, **fields: Any) -> Command:
        """A command with everything it needs; a field given as None is left out."""
        fields = self.good_fields(event) | fields
        fields.setdefault("id", f"command-{next(self._ids)}")
        return Command(event=event, actor=actor, **fields)

    def good_fields(self, event: str) -> dict[str, Any]:
        """Fields with which an event is accepted wherever it is allowed."""
        soon = self.today + timedelta(days=14)
        fields: dict[str, dict[str, Any]] = {
            SUBMIT_WORK: {"document_id": "concept-1"},
            "pause": {"until": soon, "note_id": "note-1"},
            "close": {"outcome": Outcome.CLOSED, "note_id": "note-1"},
            "send_back": {"stage": self.standing.stage, "note_id": "note-1"},
            "extend_deadline": {"days": 5, "note_id": "note-1"},
            "snooze": {"until": self.today + timedelta(days=3)},
            "change_coach": {"note_id": "note-1"},
            "assign_coach": {"coach_id": BRUNO},
            "cover_coach": {"until": soon, "coach_id": BRUNO},
            "hand_over": {"partner": "caritas"},
            "plan": {
                "note_id": "note-1",
                "tasks": self.plan_with(f"task-{len(self.idea.outbox)}-{self.standing.version}"),
            },
            "finish_task": {"task_id": self.standing.tasks[0].id if self.standing.tasks else "task-none"},
            "write_note": {"note_id": "note-1"},
            "ask": {
                "note_id": "note-1",
                "task_id": f"question-{self.standing.version}",
                "assignee": Role.INNOVATOR,
                "until": soon,
            },
            "check_in": {"answer": Answer.ON_TRACK},
            "decline": {"note_id": "note-1"},
            "request_clarification": {"note_id": "note-1"},
            "request_changes": {"note_id": "note-1"},
            "submit_story": {"document_id": "story-1"},
            "reopen": {"note_id": "note-1"},
            "join_team": {"member_id": NORA, "share": Share.COLLABORATOR},
            "leave_team": {"member_id": next(iter(self.standing.team), NORA)},
            "change_owner": {"member_id": NORA, "share": Share.COLLABORATOR},
        }
        return fields.get(event, {})

    def plan_with(
        self, task_id: str, until: date | None = None, assignee: Role = Role.INNOVATOR
    ) -> tuple[PlannedTask, ...]:
        """The plan as it is, and one task more."""
        kept = [PlannedTask(id=t.id, assignee=t.assignee, due=t.due) for t in self.standing.tasks if not t.asks]
        return (*kept, PlannedTask(id=task_id, assignee=assignee, due=until, is_new=True))

    def add_task(self, actor: Actor, task_id: str, **fields: Any) -> Receipt:
        return self.do(actor, "plan", tasks=self.plan_with(task_id, **fields))

    def ask(self, actor: Actor, event: str, **fields: Any) -> Receipt | Refusal:
        """Try a command; where it is refused, nothing happens."""
        return self.send(self.command(actor, event, **fields))

    def send(self, command: Command) -> Receipt | Refusal:
        refused = IDEAS.refusal(self.idea, command, self.now)
        return refused or IDEAS.take(self.idea, command, self.now)

    def do(self, actor: Actor, event: str, **fields: Any) -> Receipt:
        """Carry out a command that must be possible."""
        answer = self.ask(actor, event, **fields)
        if isinstance(answer, Refusal):
            raise Refused(f"{event} by {actor.role} at {place_name(self.place)}: {answer.code} {answer.detail}")
        return answer

    def refused(self, actor: Actor, event: str, **fields: Any) -> Refusal:
        """Try a command that must be refused, and must then have changed nothing."""
        before = self.idea.model_dump_json()
        answer = self.ask(actor, event, **fields)
        assert isinstance(answer, Refusal), f"{event} by {actor.role} should have been refused"
        assert self.idea.model_dump_json() == before
        return answer

    def news(
        self,
        kind: SearchNews,
        coach_id: str | None = None,
        until: date | None = None,
        n: int | None = None,
        seq: int = 0,
    ) -> bool:
        """What the running search (or number `n`) tells."""
        number = self.standing.search if n is None else n
        assert number is not None
        return steps.hear(self.idea, News(n=number, kind=kind, coach_id=coach_id, until=until, seq=seq), self.now)

    def ring(self) -> list[Entry]:
        """Let the engine do what is due until nothing is."""
        first = len(self.idea.outbox)
        for _ in range(5 + len(self.standing.tasks)):
            if not IDEAS.ring(self.idea, self.now):
                return self.idea.outbox[first:]
        raise AssertionError("the engine does not come to rest")

    # -- time -----------------------------------------------------------------------------------------------

    def go_to(self, day: date, at: time = time(8)) -> None:
        """Move to a local time, by default the one at which messages go out."""
        self.now = datetime.combine(day, at, tzinfo=BERLIN).astimezone(UTC)

    def pass_days(self, days: int) -> None:
        self.go_to(self.today + timedelta(days=days), at=self.now.astimezone(BERLIN).time())

    def let_time_pass(self, last: datetime) -> list[Entry]:
        """Go on from one wake-up to the next up to an instant, ringing at each."""
        entries = []
        while self.upcoming and self.upcoming[0].at <= last:
            self.now = max(self.now, self.upcoming[0].at)
            entries += self.ring()
        self.now = last
        return entries
