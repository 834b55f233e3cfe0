"""What every step of a case has in common."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel

from models.cases.step import snapshot
from models.messages.cases import Clock, Pause
from models.messages.idea import Cover, OpenTask, Question, Standing
from models.vocabulary import Role, Share
from tests.cast import ALMA, BEN, BRUNO, IDEA, NORA

DAY = date(2027, 1, 8)


def changeable(value: Any) -> Iterator[int]:
    """The identities of all that could be changed in place."""
    if isinstance(value, BaseModel) and not value.model_config.get("frozen"):
        yield id(value)
        for _, each in value:
            yield from changeable(each)
    elif isinstance(value, list | dict):
        yield id(value)
        for each in value.values() if isinstance(value, dict) else value:
            yield from changeable(each)


def test_what_was_before_a_step_shares_nothing_that_can_change() -> None:
    standing = Standing(
        idea_id=IDEA,
        owner_id=ALMA,
        office="dresden",
        entered_at=datetime(2027, 1, 4, tzinfo=UTC),
        clock=Clock(unit="d", due=DAY, rung=["remind-1wd"]),
        pause=Pause(since=DAY, until=DAY),
        cover=Cover(until=DAY, account_id=BRUNO),
        former_coaches=[BEN],
        gone_coaches=[BRUNO],
        team={NORA: Share.COLLABORATOR},
        tasks=[OpenTask(id="task", assignee=Role.INNOVATOR, due=DAY, question=Question(rung=["overdue"]))],
    )
    before = snapshot(standing)
    assert before == standing
    assert not {*changeable(before)} & {*changeable(standing)}
    assert before.pause is standing.pause, "what nobody can change need not be copied"
