"""Alma tries elsewhere what Otto's team has told of, and a clock that only the test moves."""

from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any

from models.cases.calendar import Calendar, calendar_of
from models.messages.cases import Entry
from models.messages.commands import Actor, Receipt, Refusal
from models.messages.replication import ReplicationCommand, ReplicationStanding, ReplicationState
from models.rules.replication import BEGIN, REPLICATIONS
from models.vocabulary import Answer, CarryOver, Help, Ingredient, Role
from models.workflow_ids import REPLICATION
from tests.cast import ALMA, BERLIN, IDEA, MONDAY, POLICY, alma

OTTO = "00000000-0000-4000-8000-0000000000e1"
ORIGINAL = "00000000-0000-4000-8000-0000000000e2"
otto = Actor(role=Role.ORIGINAL, account_id=OTTO)


def begin(
    start: datetime,
    idea_id: str = IDEA,
    original_id: str = ORIGINAL,
    owner_id: str = ALMA,
    *,
    asks: bool = True,
    office: str = "dresden",
) -> ReplicationState:
    """A replication that nobody has begun yet."""
    standing = ReplicationStanding(
        idea_id=idea_id,
        owner_id=owner_id,
        office=office,
        entered_at=start,
        state="asked" if asks else "trying",
        original_id=original_id,
        original_owner_id=OTTO,
        help=Help.ASKED if asks else Help.NOT_ASKED,
    )
    return ReplicationState(standing=standing, rulebook=POLICY.rulebook(start.date(), REPLICATION))


class ReplicationStory:
    def __init__(self, start: datetime = MONDAY, *, asks: bool = True) -> None:
        self.now = start.astimezone(UTC)
        self._ids = count(1)
        self.replication = begin(self.now, asks=asks)
        REPLICATIONS.take(self.replication, self.command(alma, BEGIN), self.now)

    @property
    def standing(self) -> ReplicationStanding:
        return self.replication.standing

    @property
    def calendar(self) -> Calendar:
        return calendar_of(self.replication.rulebook)

    def told(self) -> set[tuple[str, str]]:
        last = self.replication.outbox[-1]
        return {(str(notice.kind), notice.account_id or str(notice.to)) for notice in last.notices}

    def command(self, actor: Actor, event: str, **fields: Any) -> ReplicationCommand:
        """A command with what its event needs, where it is not given."""
        needed: dict[str, dict[str, Any]] = {
            "check_in": {"answer": Answer.ON_TRACK},
            "report": {"carried": {Ingredient.PEOPLE: CarryOver.TAKEN, Ingredient.ROOM: CarryOver.LEFT_OUT}},
            "extend_deadline": {"days": 5},
            "snooze": {"until": self.calendar.add(self.now.date(), self.replication.rulebook.chased_for)},
        }
        values = {"id": f"replication-{next(self._ids)}"} | needed.get(event, {}) | fields
        return ReplicationCommand(event=event, actor=actor, **values)

    def ask(self, actor: Actor, event: str, **fields: Any) -> Receipt | Refusal:
        command = self.command(actor, event, **fields)
        refused = REPLICATIONS.refusal(self.replication, command, self.now)
        return refused or REPLICATIONS.take(self.replication, command, self.now)

    def do(self, actor: Actor, event: str, **fields: Any) -> Receipt:
        answer = self.ask(actor, event, **fields)
        assert isinstance(answer, Receipt), f"{event} by {actor.role} in {self.standing.state}: {answer}"
        return answer

    def refused(self, actor: Actor, event: str, **fields: Any) -> Refusal:
        answer = self.ask(actor, event, **fields)
        assert isinstance(answer, Refusal), f"{event} by {actor.role} in {self.standing.state}"
        return answer

    def go_to(self, day: date, at: time = time(8)) -> list[Entry]:
        """Move on to a local time, and let the engine do what is due; returns what it did."""
        self.now = datetime.combine(day, at, tzinfo=BERLIN).astimezone(UTC)
        first = len(self.replication.outbox)
        while REPLICATIONS.ring(self.replication, self.now):
            pass
        return self.replication.outbox[first:]
