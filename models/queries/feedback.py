"""What people have written to us: what waits for an answer, and what was answered lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.account_names import Named, Person, person
from models.tables import Feedback

OPEN_SHOWN = 100
ANSWERED_SHOWN = 20


@dataclass(frozen=True)
class FeedbackLine:
    """One message with who answers it, or has answered it."""

    id: str
    kind: str
    body: str
    email: str
    page: str
    language: str
    created_at: datetime
    due_on: date
    answered_at: datetime | None
    by: Person | None


async def list_open_feedback(session: AsyncSession) -> list[FeedbackLine]:
    """What is due first stands first."""
    waiting = _with_names(Feedback.taken_by).where(col(Feedback.answered_at).is_(None))
    found = await session.exec(waiting.order_by(col(Feedback.due_on), col(Feedback.created_at)).limit(OPEN_SHOWN))
    return _lines(found.all())


async def list_answered_feedback(session: AsyncSession) -> list[FeedbackLine]:
    """The latest first."""
    answered = _with_names(Feedback.answered_by).where(col(Feedback.answered_at).is_not(None))
    found = await session.exec(answered.order_by(col(Feedback.answered_at).desc()).limit(ANSWERED_SHOWN))
    return _lines(found.all())


def _with_names(who: Any) -> Any:
    named = Named(who)
    columns: list[Any] = [Feedback, named.id, named.name]
    return named.join(select(*columns))


def _lines(found: Sequence[Any]) -> list[FeedbackLine]:
    return [
        FeedbackLine(
            id=row.id,
            kind=row.kind,
            body=row.body,
            email=row.email,
            page=row.page,
            language=row.language,
            created_at=row.created_at,
            due_on=row.due_on,
            answered_at=row.answered_at,
            by=person(account_id, name) if account_id else None,
        )
        for row, account_id, name in found
    ]
