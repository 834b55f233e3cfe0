"""The week of an office at a glance: what came in, what is stuck and why, what is due, how busy the coaches are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries import cases
from models.queries.coaches import CoachLine, list_coaches
from models.queries.moment import Moment
from models.queries.region_keys import list_lost_offices
from models.queries.stuck import list_stuck
from models.queries.stuck_causes import is_going_on, is_stuck, join_causes
from models.queries.stuck_lines import StuckCase
from models.tables import Account, Idea, StandingRow, has_role, is_idea
from models.vocabulary import Role

WEEK = timedelta(days=7)
MOST_SHOWN = 8
"""Of each list; the rest is counted."""


@dataclass(frozen=True)
class DigestCase:
    """One line of the overview."""

    id: str
    """Of the idea."""
    kind: str
    title: str
    stage: str
    state: str
    due: date | None


@dataclass(frozen=True)
class LeadDigest:
    """What a lead should know on Monday morning. The counts are whole, the lists begin with what matters most."""

    new_count: int
    new: list[DigestCase]
    stuck_count: int
    stuck: list[StuckCase]
    due_count: int
    due: list[DigestCase]
    coaches: list[CoachLine]

    @property
    def is_quiet(self) -> bool:
        return not (self.new_count or self.stuck_count or self.due_count)


async def list_digest_readers(session: AsyncSession) -> list[str]:
    return sorted((await session.exec(select(Account.id).where(has_role(Role.LEAD)))).all())


async def find_offices(session: AsyncSession, lead: Account, offices: Sequence[str]) -> list[str]:
    """The offices a lead answers for: the own one, and those that have no lead. Without an own one: all.

    `offices` are those of the configuration. What it has lost has no lead that it knows: all answer for its ideas.
    """
    lost = await list_lost_offices(session, offices)
    if lead.office is None:
        return [*offices, *lost]
    led = set((await session.exec(select(Account.office).where(has_role(Role.LEAD)))).all())
    return [*(office for office in offices if office == lead.office or office not in led), *lost]


async def read_lead_digest(session: AsyncSession, moment: Moment, offices: Sequence[str], reader: str) -> LeadDigest:
    """The overview of some offices, as it is now. The reader's own ideas are not in it: others decide on them."""
    row = StandingRow
    ours = and_(cases.is_of(offices), ~cases.belongs_to(reader))
    came_in = (ours, is_idea(), col(row.submitted_at) >= moment.now - WEEK)
    soon = col(row.holder_until).between(moment.today, moment.today + WEEK)
    due = (ours, is_going_on(), cases.is_in_time(), soon)
    stuck: list[StuckCase] = []
    for office in offices:
        stuck += (await list_stuck(session, moment, office=office, reader=reader, limit=MOST_SHOWN)).items
    stuck.sort(key=lambda line: (line.chased, min(cause.since for cause in line.causes), line.id))
    coaches = [line for line in await list_coaches(session, moment.today) if line.office in offices]
    return LeadDigest(
        new_count=await _count(session, *came_in),
        new=await _list(session, *came_in, order=col(row.submitted_at).desc()),
        stuck_count=await _count(session, ours, is_stuck(moment.at), join=join_causes),
        stuck=stuck[:MOST_SHOWN],
        due_count=await _count(session, *due),
        due=await _list(session, *due, order=col(row.holder_until).asc()),
        coaches=[line for line in coaches if line.left_on is None or line.left_on > moment.today],
    )


async def _count(session: AsyncSession, *which: ColumnElement[bool], join: Any = lambda statement: statement) -> int:
    statement: Any = select(func.count(col(StandingRow.case_id)))
    return int((await session.exec(join(statement.select_from(StandingRow)).where(*which))).one())


async def _list(session: AsyncSession, *which: ColumnElement[bool], order: ColumnElement[Any]) -> list[DigestCase]:
    row = StandingRow
    columns: list[Any] = [Idea.id, row.kind, Idea.title, row.stage, row.state, row.holder_until]
    statement = select(*columns).join(row, col(row.idea_id) == col(Idea.id)).where(*which)
    statement = statement.order_by(order, col(row.case_id)).limit(MOST_SHOWN)
    return [DigestCase(*found) for found in (await session.exec(statement)).all()]
