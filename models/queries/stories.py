"""The stories that everybody may read: of ideas whose owners have agreed, and of no other; and those on their way."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.lifecycles.events import SUBMIT_STORY
from models.messages.story import (
    ENGLISH,
    ENGLISH_SPOKEN,
    GUIDED,
    StoryMaterial,
    StoryOutcome,
    StoryParts,
    StoryPicture,
    digest_of,
)
from models.queries.documents import Versions
from models.queries.search_conditions import stories_with
from models.tables import Document, GoneStory, Idea, PublishedStory, StandingRow, TimelineEntry
from models.tables.columns import utc_now
from models.typed_text import says_something
from models.vocabulary import Effort, Licence, StoryField
from models.workflow_ids import REPLICATION

STORIES_A_PAGE = 24

TRIED = ("trying", "reporting", "closed")
"""States of a replication that has begun."""

SHORT_DIGEST = 16
"""So much of a digest goes through a form."""


def steps_of(words: Mapping[str, str]) -> list[str]:
    """One step a line."""
    return [line.strip() for line in words.get(StoryField.STEPS, "").splitlines() if says_something(line)]


class ReadsWords:
    """What the words of a story say, field by field."""

    words: Mapping[str, str]

    @property
    def title(self) -> str:
        return self.words.get(StoryField.TITLE, "")

    @property
    def teaser(self) -> str:
        return self.words.get(StoryField.TEASER, "")

    @property
    def steps(self) -> list[str]:
        return steps_of(self.words)


@dataclass(frozen=True)
class StoryText(ReadsWords):
    """What a story says in one language."""

    words: Mapping[str, str]
    language: str


@dataclass(frozen=True)
class PublicStory(ReadsWords):
    """A story as it is published, or would be. It names nobody but who wants to be named."""

    idea_id: str
    slug: str
    words: Mapping[str, str]
    """Field → what it says, of those that say something."""
    english: Mapping[str, str] | None
    """The same in English, under the same names; None where nobody has written it."""
    district: str | None
    themes: Sequence[str]
    parts: StoryParts
    published_at: datetime
    revised_at: datetime | None = None
    name: str = ""
    contact: bool = False
    licence: Licence | None = None
    """Of its texts; None where its owner has granted none."""
    copies: int = 0
    """How many have begun the same elsewhere."""

    def told_in(self, language: str, own: str = "de") -> StoryText:
        """In the reader's language where somebody has written it, or else in its `own`."""
        if language == ENGLISH_SPOKEN and self.english is not None:
            return StoryText(self.english, ENGLISH_SPOKEN)
        return StoryText(self.words, own)

    @property
    def effort(self) -> Effort | None:
        return self.parts.effort

    @property
    def outcomes(self) -> Sequence[StoryOutcome]:
        return self.parts.outcomes

    @property
    def pictures(self) -> Sequence[StoryPicture]:
        return self.parts.pictures

    @property
    def materials(self) -> Sequence[StoryMaterial]:
        return self.parts.materials


@dataclass(frozen=True)
class StoryFilters:
    """Which stories are looked for. What is empty narrows nothing."""

    typed: str = ""
    theme: str | None = None
    district: str | None = None
    effort: Effort | None = None
    copied: bool = False
    """Only what has been begun elsewhere as well."""


@dataclass(frozen=True)
class StoryView:
    """A story on its way to the public: in the words of its owner, and as it would appear."""

    written: Document
    """What was handed in last."""
    latest: Document
    """What would appear: perhaps a lead has gone on from it."""
    shown: PublicStory
    published: PublishedStory | None
    owner: str

    @property
    def digest(self) -> str:
        """Of what would appear: who agrees to it agrees to this very revision."""
        return digest_of(self.latest.words, self.latest.parts)[:SHORT_DIGEST]

    @property
    def is_edited(self) -> bool:
        return self.written.id != self.latest.id

    @property
    def is_public(self) -> bool:
        return self.published is not None and self.published.taken_down_at is None

    @cached_property
    def is_new(self) -> bool:
        """What would appear is not what the public reads, or has read."""
        return self.published is None or self.published.document_id != self.latest.id


async def list_stories(
    session: AsyncSession, filters: StoryFilters | None = None, *, limit: Any = STORIES_A_PAGE, offset: int = 0
) -> list[PublicStory]:
    """The latest first."""
    order = (col(PublishedStory.published_at).desc(), col(PublishedStory.idea_id))
    return await find_stories(session, conditions(filters or StoryFilters()), order, limit=limit, offset=offset)


async def find_stories(
    session: AsyncSession, wanted: Iterable[Any], order: Iterable[Any], *, limit: Any, offset: int = 0
) -> list[PublicStory]:
    """`wanted`: conditions on `PublishedStory` and its `Document`, beside that everybody may read it."""
    told = _told().where(is_public(), *wanted).order_by(*order).limit(limit).offset(offset)
    return [_as_public(*found) for found in (await session.exec(told)).all()]


async def find_story(session: AsyncSession, slug: str) -> PublicStory | None:
    """None where there is no such address, or its story is taken down."""
    found = (await session.exec(_told().where(PublishedStory.slug == slug, is_public()))).one_or_none()
    return _as_public(*found) if found is not None else None


async def find_story_about(session: AsyncSession, idea_id: str) -> PublicStory | None:
    """The story of an idea, where everybody may read it."""
    found = (await session.exec(_told().where(PublishedStory.idea_id == idea_id, is_public()))).one_or_none()
    return _as_public(*found) if found is not None else None


async def was_story(session: AsyncSession, slug: str) -> bool:
    """Whether this was a story once, which nobody may read any more: it was taken down, or its words are erased."""
    once = select(PublishedStory.idea_id).where(PublishedStory.slug == slug, ~is_public())
    return (await session.exec(once)).first() is not None or await is_closed(session, slug)


async def is_closed(session: AsyncSession, slug: str) -> bool:
    """Whether the words of the story that had this address are erased."""
    return await session.get(GoneStory, digest_slug(slug)) is not None


def digest_slug(slug: str) -> str:
    return hashlib.sha256(slug.encode()).hexdigest()


async def read_story(session: AsyncSession, idea: Idea, versions: Versions, owner: str = "") -> StoryView | None:
    """For those who work on it: as it was handed in last, and as it would appear; None where nothing was yet."""
    handed_in = select(TimelineEntry.facts["document"].astext).where(TimelineEntry.event == SUBMIT_STORY)
    handed_in = handed_in.where(TimelineEntry.case_id == idea.id).order_by(col(TimelineEntry.version).desc()).limit(1)
    columns: list[Any] = [handed_in.scalar_subquery(), PublishedStory]
    found: Any = select(*columns).select_from(Idea).where(Idea.id == idea.id)
    its_id, row = (await session.exec(found.outerjoin(PublishedStory, col(PublishedStory.idea_id) == Idea.id))).one()
    written = next((one for one in versions.documents if one.id == its_id), None)
    if written is None:
        return None
    latest = versions.documents[0]
    return StoryView(written, latest, preview_of(latest, idea, row), row, owner)


def preview_of(document: Document, idea: Idea, row: PublishedStory | None = None) -> PublicStory:
    """As it would appear, without anything that its owner has to agree to first."""
    at = row.published_at if row is not None else utc_now()
    told = PublishedStory(
        idea_id=idea.id, slug=row.slug if row is not None else "", document_id=document.id, digest=document.digest
    )
    told.district, told.themes, told.published_at = idea.district, list(idea.themes), at
    return _as_public(told, document.words, document.parts)


def is_public() -> ColumnElement[bool]:
    """Everybody may read it, for its owner has agreed and nobody has taken it down."""
    return col(PublishedStory.taken_down_at).is_(None)


def slug_of(idea_id: Any) -> Any:
    """The address of the story of an idea, where everybody may read it."""
    return select(PublishedStory.slug).where(PublishedStory.idea_id == idea_id, is_public()).scalar_subquery()


def conditions(filters: StoryFilters) -> list[ColumnElement[bool]]:
    """On `PublishedStory` and its `Document`."""
    found: list[ColumnElement[bool]] = [stories_with(filters.typed)] if filters.typed else []
    if filters.theme is not None:
        found.append(col(PublishedStory.themes).contains([filters.theme]))
    if filters.district is not None:
        found.append(col(PublishedStory.district) == filters.district)
    if filters.effort is not None:
        found.append(col(PublishedStory.effort) == filters.effort)
    if filters.copied:
        found.append(_copies().exists())
    return found


def _copies() -> Any:
    """The replications of a story that have begun."""
    begun = select(StandingRow.case_id).join(Idea, col(Idea.id) == col(StandingRow.idea_id))
    begun = begun.where(Idea.after_id == PublishedStory.idea_id, StandingRow.kind == REPLICATION)
    return begun.where(col(StandingRow.state).in_(TRIED)).correlate(PublishedStory)


def _told() -> Any:
    count = _copies().with_only_columns(func.count()).scalar_subquery()
    columns: list[Any] = [PublishedStory, Document.words, Document.parts, count]
    return select(*columns).join(Document, col(Document.id) == col(PublishedStory.document_id))


def _as_public(row: PublishedStory, words: Mapping[str, str], parts: Mapping[str, Any], copies: int = 0) -> PublicStory:
    said = {name: text for name, text in words.items() if says_something(text)}
    english = {str(field): said[its] for field, its in ENGLISH.items() if its in said}
    return PublicStory(
        idea_id=row.idea_id,
        slug=row.slug,
        words={str(name): said[name] for name in GUIDED if name in said},
        english=english if StoryField.TITLE in english else None,
        district=row.district,
        themes=row.themes,
        parts=StoryParts.model_validate(parts),
        published_at=row.published_at,
        revised_at=row.revised_at,
        name=row.name,
        contact=row.contact,
        licence=Licence(row.licence) if row.licence else None,
        copies=copies,
    )


async def find_story_of(session: AsyncSession, idea_id: str | None) -> tuple[str, str] | None:
    """Slug and title of the story of an idea, where everybody may read it."""
    if idea_id is None:
        return None
    told: Any = select(PublishedStory.slug, col(Document.words)[str(StoryField.TITLE)].astext)
    told = told.join(Document, col(Document.id) == col(PublishedStory.document_id))
    found = (await session.exec(told.where(PublishedStory.idea_id == idea_id, is_public()))).one_or_none()
    return (found[0], found[1] or "") if found is not None else None
