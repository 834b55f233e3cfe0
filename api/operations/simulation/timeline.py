"""What the timelines say after the last day, read once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from models.database import Database
from models.tables import NoticeRow, Offer, TimelineEntry
from models.vocabulary import OfferStatus, Role, Stage


@dataclass(frozen=True)
class Line:
    """One version of one idea."""

    idea: int
    at: datetime
    event: str
    stage: Stage
    state: str
    holder: Role | None
    """None when the path has ended."""
    due: date | None = None
    coach_id: str | None = None
    """The coach whom this version gives."""


@dataclass(frozen=True)
class Diary:
    """Everything that is counted."""

    lines: Sequence[Line]
    """By idea, in the order of versions."""
    offers: Mapping[tuple[str, OfferStatus], int] = field(default_factory=dict)
    """(Coach, what became of the offer) → how many."""
    notices: Mapping[str, int] = field(default_factory=Counter)
    """Account → how many notices were written for it."""


async def read_diary(database: Database, numbers: Mapping[str, int]) -> Diary:
    """`numbers`: idea id → its number."""
    entry = TimelineEntry
    columns: Any = (
        *(entry.idea_id, entry.at, entry.event, entry.stage, entry.state),
        *(entry.holder_role, entry.holder_until, entry.facts),
    )
    async with database.session() as session:
        rows = await session.exec(select(*columns).order_by(col(entry.idea_id), col(entry.version)))
        lines = [
            Line(
                idea=numbers[idea_id],
                at=at,
                event=event,
                stage=Stage(stage),
                state=state,
                holder=Role(holder) if holder else None,
                due=due,
                coach_id=facts.get("coach"),
            )
            for idea_id, at, event, stage, state, holder, due, facts in rows
        ]
        answers = select(Offer.coach_id, Offer.status, func.count()).group_by(col(Offer.coach_id), col(Offer.status))
        offers = {(coach_id, OfferStatus(status)): count for coach_id, status, count in await session.exec(answers)}
        told = select(NoticeRow.account_id, func.count()).group_by(col(NoticeRow.account_id))
        return Diary(lines, offers, dict((await session.exec(told)).all()))
