"""Offers with what a coach needs to decide."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from pydantic import BaseModel
from sqlalchemy import bindparam
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.account_names import Named, Person, person
from models.queries.paging import Key, Page, at_most, go_on_after, read_cursor, write_cursor
from models.tables import Idea, Offer, StandingRow, is_own
from models.vocabulary import DeclineReason, OfferStatus, RankReason

ORDER = "offers"

SHOWS_WORDS = frozenset({OfferStatus.OPEN, OfferStatus.ACCEPTED})
"""A coach who did not take an idea has no further business with its words."""


class OfferedIdea(BaseModel):
    """What a coach learns of an idea before deciding. Its owner's name is not part of it: the idea shall convince."""

    id: str
    title: str
    summary: str | None
    problem: str | None
    solution: str | None
    target_group: str | None
    district: str | None
    themes: list[str]
    language: str
    office: str


class OfferLine(BaseModel):
    """One offer. `reasons` say why this coach was asked."""

    id: str
    status: OfferStatus
    coach: Person | None
    reasons: list[RankReason]
    offered_at: datetime
    expires_on: date
    answered_at: datetime | None
    decline_reason: DeclineReason | None
    idea: OfferedIdea


@dataclass(frozen=True)
class FoundOffer:
    """An offer as it is shown, and the search that made it."""

    line: OfferLine
    coach_id: str
    search: int


async def list_offers(
    session: AsyncSession,
    *,
    coach_id: str | None = None,
    idea_id: str | None = None,
    status: OfferStatus | None = None,
    reader: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[OfferLine]:
    """Offers, the one that expires first at the top; without those of the reader's own ideas. Raises InvalidCursor."""
    keys = (Key(col(Offer.expires_on), "day"), Key(col(Offer.id), "id"))
    statement = _select()
    for column, value in ((Offer.coach_id, coach_id), (Offer.idea_id, idea_id), (Offer.status, status)):
        if value is not None:
            statement = statement.where(col(column) == value)
    if reader is not None:
        statement = statement.where(col(Offer.idea_id).not_in(select(StandingRow.case_id).where(is_own(reader))))
    if cursor is not None:
        statement = statement.where(go_on_after(keys, read_cursor(cursor, ORDER, keys)))
    statement = statement.order_by(*(key.ordered() for key in keys)).limit(at_most(limit + 1))
    rows = (await session.exec(statement)).all()
    lines = [line_of(*row) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(lines)
    return Page(lines, write_cursor(ORDER, [lines[-1].expires_on, lines[-1].id]))


async def read_offer(session: AsyncSession, offer_id: str) -> FoundOffer | None:
    row = (await session.exec(_select().where(Offer.id == offer_id))).one_or_none()
    if row is None:
        return None
    return FoundOffer(line=line_of(*row), coach_id=row[0].coach_id, search=row[0].search)


@cache
def _select() -> Any:
    """Offers with their ideas and coaches. Built once."""
    coach = Named(col(Offer.coach_id))
    columns: list[Any] = [Offer, Idea, coach.name]
    return coach.join(select(*columns).join(Idea, col(Idea.id) == col(Offer.idea_id)))


def told_offers() -> Any:
    """Of the idea `idea_id`, each with the name of its coach as `who`, the one that expires first at the top."""
    coach = Named(col(Offer.coach_id))
    columns: list[Any] = [*SQLModel.metadata.tables["offer"].columns, coach.name.label("who")]
    its = coach.join(select(*columns).select_from(Offer)).where(Offer.idea_id == bindparam("idea_id"))
    return its.order_by(col(Offer.expires_on), col(Offer.id))


def line_of(offer: Offer, idea: Idea, coach: str | None) -> OfferLine:
    shows = offer.status in SHOWS_WORDS
    return OfferLine(
        id=offer.id,
        status=OfferStatus(offer.status),
        coach=person(offer.coach_id, coach),
        reasons=[RankReason(reason) for reason in offer.reasons],
        offered_at=offer.offered_at,
        expires_on=offer.expires_on,
        answered_at=offer.answered_at,
        decline_reason=DeclineReason(offer.decline_reason) if offer.decline_reason else None,
        idea=OfferedIdea(
            id=idea.id,
            title=idea.title,
            summary=idea.summary if shows else None,
            problem=idea.problem if shows else None,
            solution=idea.solution if shows else None,
            target_group=idea.target_group if shows else None,
            district=idea.district,
            themes=idea.themes,
            language=idea.language,
            office=idea.office,
        ),
    )
