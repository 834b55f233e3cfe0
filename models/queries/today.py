"""What a lead's day holds, in figures."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries import cases
from models.queries.moment import Moment
from models.queries.stuck_causes import is_going_on, is_stuck, join_causes
from models.tables import Idea, StandingRow, is_idea
from models.vocabulary import Role, Stage


class Today(NamedTuple):
    """How many open ideas of an office there are of each kind that somebody has to look at."""

    new: int
    """Nobody has decided on them yet."""
    ours: int
    """The leads are on turn."""
    stuck: int
    """With what stands beside ideas, as the list has it."""
    unmatched: int
    """No coach was found."""


async def count_today(session: AsyncSession, moment: Moment, account_id: str, office: str | None) -> Today:
    """In one statement. `office` None: of all of them. One's own ideas are for others to decide on."""
    row = StandingRow
    rests = col(row.paused_until).is_not(None)
    in_stage = and_(is_idea(), col(row.stage) == Stage.IDENTIFY, ~rests)
    kinds: list[Any] = [
        and_(in_stage, col(row.state) == "screening"),
        and_(is_idea(), col(row.holder_role) == Role.LEAD, ~rests),
        is_stuck(moment.at),
        and_(in_stage, col(row.state) == "unmatched"),
    ]
    counts: list[Any] = [func.count().filter(kind) for kind in kinds]
    statement = join_causes(select(*counts).select_from(row)).where(is_going_on(), ~cases.belongs_to(account_id))
    if office is not None:
        statement = statement.where(cases.is_of([office]))
    return Today(*(await session.exec(statement)).one())


async def was_an_idea_read(session: AsyncSession, since: datetime) -> bool:
    """Whether a lead has begun to read a new idea since then."""
    return (await session.exec(select(Idea.id).where(col(Idea.read_at) >= since).limit(1))).first() is not None
