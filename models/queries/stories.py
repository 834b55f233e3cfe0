"""The stories that everybody may read: of ideas whose owners have agreed, and of no other."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.tables import Idea, Note, StandingRow, TimelineEntry
from models.vocabulary import Outcome, Stage

STORIES_A_PAGE = 24


@dataclass(frozen=True)
class Story:
    """A published story: the idea's public words and the text that its owner agreed to. It names nobody."""

    idea_id: str
    title: str
    summary: str
    district: str | None
    themes: list[str]
    published_at: datetime
    text: str


async def list_stories(session: AsyncSession, *, theme: str | None = None, limit: int = STORIES_A_PAGE) -> list[Story]:
    """The latest first."""
    statement = _published().order_by(col(StandingRow.entered_at).desc(), col(Idea.id)).limit(limit)
    if theme is not None:
        statement = statement.where(col(Idea.themes).contains([theme]))
    return [_story(*found) for found in (await session.exec(statement)).all()]


async def find_story(session: AsyncSession, idea_id: str) -> Story | None:
    """None where there is no such idea, or its story is not published."""
    found = (await session.exec(_published().where(Idea.id == idea_id))).one_or_none()
    return _story(*found) if found is not None else None


async def was_story(session: AsyncSession, idea_id: str) -> bool:
    """Whether this was a story once, whose words are gone now."""
    withdrawn = select(StandingRow.idea_id).join(Idea, col(Idea.id) == col(StandingRow.idea_id))
    those = (StandingRow.state == "published", StandingRow.outcome == Outcome.COMPLETED)
    found = withdrawn.where(Idea.id == idea_id, StandingRow.stage == Stage.MAKE_VISIBLE, *those)
    return (await session.exec(found.where(col(Idea.erased_at).is_not(None)))).first() is not None


def _published() -> Any:
    """Published ideas with the last story that was handed in; the consent was given to that one.

    What was written for a step that was never taken is no story.
    """
    last_story = (
        select(Note.body)
        .join(TimelineEntry, col(TimelineEntry.note_id) == col(Note.id))
        .where(col(TimelineEntry.idea_id) == col(Idea.id), TimelineEntry.event == "submit_story")
        .order_by(col(TimelineEntry.version).desc())
        .limit(1)
        .correlate(Idea)
        .scalar_subquery()
    )
    columns: list[Any] = [Idea, StandingRow, last_story]
    return (
        select(*columns)
        .join(StandingRow, col(StandingRow.idea_id) == col(Idea.id))
        .where(is_published(), col(Idea.erased_at).is_(None))
    )


def is_published() -> ColumnElement[bool]:
    """Everybody may read its story, for its owner has agreed."""
    row = StandingRow
    return and_(
        col(row.stage) == Stage.MAKE_VISIBLE, col(row.state) == "published", col(row.outcome) == Outcome.COMPLETED
    )


def _story(idea: Idea, row: StandingRow, text: str | None) -> Story:
    return Story(idea.id, idea.title, idea.summary, idea.district, idea.themes, row.entered_at, text or "")
