"""What a lead's day holds, in figures."""

from typing import Any, NamedTuple

from sqlalchemy import and_, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.moment import Moment
from models.queries.stuck_causes import is_open, is_stuck, join_causes
from models.tables import StandingRow, is_own
from models.vocabulary import Role, Stage


class Today(NamedTuple):
    """How many open ideas of an office there are of each kind that somebody has to look at."""

    new: int
    """Nobody has decided on them yet."""
    ours: int
    """The leads are on turn."""
    stuck: int
    unmatched: int
    """No coach was found."""


async def count_today(session: AsyncSession, moment: Moment, account_id: str, office: str | None) -> Today:
    """In one statement. `office` None: of all of them. One's own ideas are for others to decide on."""
    row = StandingRow
    rests = col(row.paused_until).is_not(None)
    in_stage = and_(col(row.stage) == Stage.IDENTIFY, ~rests)
    kinds: list[Any] = [
        and_(in_stage, col(row.state) == "screening"),
        and_(col(row.holder_role) == Role.LEAD, ~rests),
        is_stuck(moment.at),
        and_(in_stage, col(row.state) == "unmatched"),
    ]
    counts: list[Any] = [func.count().filter(kind) for kind in kinds]
    statement = join_causes(select(*counts).select_from(row)).where(is_open(), ~is_own(account_id))
    if office is not None:
        statement = statement.where(col(row.office) == office)
    return Today(*(await session.exec(statement)).one())
