"""The stories that everybody may read: of ideas whose owners have agreed, and of no other."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, true
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.tables import Account, Idea, Note, StandingRow, StoryRow, TimelineEntry
from models.tables.folded import STORY_WORDS
from models.vocabulary import Outcome, Stage

STORIES_A_PAGE = 24
HANDED_IN = "submit_story"


@dataclass(frozen=True)
class Story:
    """A story as it is published, or would be. It names nobody but who wants to be named."""

    idea_id: str
    title: str
    summary: str
    district: str | None
    themes: Sequence[str]
    published_at: datetime
    text: str
    name: str = ""

    @property
    def digest(self) -> str:
        """Of the words: who agrees to a story agrees to these."""
        return hashlib.sha256("\x00".join((self.title, self.summary, self.text)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class StoryView:
    """A story on its way to the public: in the words of its owner, and as it would appear."""

    note_id: str | None
    """What was handed in last."""
    written: Story
    shown: Story
    is_public: bool
    owner: str
    withdrawn_at: datetime | None = None

    @property
    def is_edited(self) -> bool:
        return self.written.digest != self.shown.digest


async def list_stories(session: AsyncSession, *, theme: str | None = None, limit: int = STORIES_A_PAGE) -> list[Story]:
    """The latest first."""
    statement = _told().where(is_published(), col(Idea.erased_at).is_(None))
    statement = statement.order_by(col(StandingRow.entered_at).desc(), col(Idea.id)).limit(limit)
    if theme is not None:
        statement = statement.where(col(Idea.themes).contains([theme]))
    return [_as_shown(*found) for found in (await session.exec(statement)).all()]


async def find_story(session: AsyncSession, idea_id: str) -> Story | None:
    """None where there is no such idea, or its story is not published."""
    those = _told().where(Idea.id == idea_id, is_published(), col(Idea.erased_at).is_(None))
    found = (await session.exec(those)).one_or_none()
    return _as_shown(*found) if found is not None else None


async def read_story(session: AsyncSession, idea_id: str) -> StoryView | None:
    """For those who work on it: the last story that was handed in, published or not; None where there is none."""
    found = (await session.exec(_told().where(Idea.id == idea_id))).one_or_none()
    if found is None:
        return None
    idea, row, note_id, text, kept, owner = found
    is_over = row.state == "published" and row.outcome == Outcome.COMPLETED
    if note_id is None and not is_over:
        return None
    return StoryView(
        note_id=note_id,
        written=_as_written(idea, row, text),
        shown=_as_shown(*found),
        is_public=is_over and not (kept and kept.withdrawn_at) and idea.erased_at is None,
        owner=owner,
        withdrawn_at=kept.withdrawn_at if kept else None,
    )


async def was_story(session: AsyncSession, idea_id: str) -> bool:
    """Whether this was a story once, which nobody may read any more."""
    those = (StandingRow.state == "published", StandingRow.outcome == Outcome.COMPLETED)
    once = select(StandingRow.case_id).where(StandingRow.case_id == idea_id, StandingRow.stage == Stage.MAKE_VISIBLE)
    return (await session.exec(once.where(*those))).first() is not None


def _told() -> Any:
    """Ideas with the last story that was handed in, and with what became of it.

    What was written for a step that was never taken is no story.
    """
    last = (
        select(Note.id, Note.body, TimelineEntry.version)
        .join(TimelineEntry, col(TimelineEntry.note_id) == col(Note.id))
        .where(col(TimelineEntry.case_id) == col(Idea.id), TimelineEntry.event == HANDED_IN)
        .order_by(col(TimelineEntry.version).desc())
        .limit(1)
        .correlate(Idea)
        .lateral()
    )
    columns: list[Any] = [Idea, StandingRow, last.c.id, last.c.body, StoryRow, Account.name]
    return (
        select(*columns)
        .join(StandingRow, col(StandingRow.case_id) == col(Idea.id))
        .join(Account, col(Account.id) == col(Idea.owner_id))
        .outerjoin(last, true())
        .outerjoin(StoryRow, col(StoryRow.idea_id) == col(Idea.id))
    )


def is_published(row: Any = StandingRow) -> ColumnElement[bool]:
    """Everybody may read its story, for its owner has agreed and still does."""
    is_over = and_(
        col(row.stage) == Stage.MAKE_VISIBLE, col(row.state) == "published", col(row.outcome) == Outcome.COMPLETED
    )
    withdrawn = select(StoryRow.idea_id).where(
        col(StoryRow.idea_id) == col(row.case_id), col(StoryRow.withdrawn_at).is_not(None)
    )
    return and_(is_over, ~withdrawn.correlate(row).exists())


def public_title() -> ColumnElement[str]:
    """Of a published story: as its owner has agreed to it. Where nobody has changed anything, as it was written."""
    return func.coalesce(_agreed(col(StoryRow.title)), col(Idea.title))


def public_words() -> ColumnElement[str]:
    """Title and teaser, folded to be searched."""
    agreed = _agreed(col(StoryRow.title) + " " + col(StoryRow.teaser))
    return func.ideenweg_words(func.coalesce(agreed, col(Idea.title) + " " + col(Idea.summary)))


def story_words() -> ColumnElement[str]:
    """All that a published story says, folded to be searched."""
    return func.coalesce(_agreed(STORY_WORDS), func.ideenweg_words(col(Idea.title) + " " + col(Idea.summary)))


def _agreed(words: Any) -> Any:
    those = (col(StoryRow.idea_id) == col(Idea.id), col(StoryRow.agreed_at).is_not(None))
    return select(words).where(*those).correlate(Idea).scalar_subquery()


def _as_written(idea: Idea, row: StandingRow, text: str | None) -> Story:
    return Story(idea.id, idea.title, idea.summary, idea.district, idea.themes, row.entered_at, text or "")


def _as_shown(
    idea: Idea, row: StandingRow, note_id: str | None, text: str | None, kept: StoryRow | None, _owner: str
) -> Story:
    if kept is None or kept.note_id != note_id:
        return _as_written(idea, row, text)
    words = (kept.title, kept.teaser)
    return Story(idea.id, *words, idea.district, idea.themes, row.entered_at, kept.text, kept.name)
