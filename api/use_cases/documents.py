"""Concept and story of an idea: written together, handed in as a version that never changes, gone on with from there.

Words stay in SQL; a command carries the id of the version alone.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.attachments.reading import CleanFile
from api.runtime.services import Services
from api.use_cases.attachments import Place, keep_files, load_case
from api.use_cases.command_sender import wrong_field
from api.use_cases.errors import Forbidden
from api.use_cases.pictures import check_parts, drop_unshown, keep_pictures, refuse_lacking
from api.use_cases.story_beginnings import begin_story
from api.use_cases.three_way_merge import Window, merge
from models.messages.story import StoryParts, digest_of
from models.queries.documents import FIELDS, HANDED_IN_BY, Versions, is_empty, read_versions
from models.rules.idea_refusals import LACKS
from models.rules.permissions import may_write
from models.tables import Account, Document, Idea, Picture, StandingRow, TimelineEntry
from models.tables.columns import new_id, utc_now
from models.typed_text import LONGEST_TEXT, Text
from models.vocabulary import AttachedTo, ConceptField, DocumentKind, Role

FIRST_FROM_IDEA = (ConceptField.PROBLEM, ConceptField.SOLUTION, ConceptField.TARGET_GROUP)
"""Fields in which the first draft of a concept says what the idea says."""

PARTS = tuple(StoryParts.model_fields)
"""What a story has beside its words. A form sends each as one value, as it does words."""

NOT_YOURS: Mapping[DocumentKind, str] = {
    DocumentKind.CONCEPT: "the concept is written by those who work on the idea, while it is developed",
    DocumentKind.STORY: "the story is written by those who work on the idea, and edited by a lead until it is approved",
}


class ConceptWords(BaseModel):
    """A concept in six guided fields."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    problem: Text = Field(default="", max_length=LONGEST_TEXT)
    solution: Text = Field(default="", max_length=LONGEST_TEXT)
    target_group: Text = Field(default="", max_length=LONGEST_TEXT)
    costs: Text = Field(default="", max_length=LONGEST_TEXT)
    partners: Text = Field(default="", max_length=LONGEST_TEXT)
    next_steps: Text = Field(default="", max_length=LONGEST_TEXT)


@dataclass(frozen=True)
class SeenDocument:
    """A concept or a story that somebody may read."""

    idea: Idea
    row: StandingRow
    kind: DocumentKind
    versions: Versions
    may_write: bool
    first: Mapping[str, str] = field(default_factory=dict)
    """What the fields say as long as nothing was written."""

    @property
    def words(self) -> dict[str, str]:
        """What stands in the fields now: the draft, the last version, or what is known from elsewhere."""
        latest = self.versions.latest
        known = latest.words if latest else self.first
        return {str(name): known.get(name, "") for name in FIELDS[self.kind]}

    @property
    def parts(self) -> StoryParts:
        latest = self.versions.latest
        return StoryParts.model_validate(latest.parts if latest else {})

    @property
    def values(self) -> dict[str, str]:
        """Words and parts as a form sends them."""
        return self.words | (pack(self.parts.plain()) if self.kind is DocumentKind.STORY else {})


@dataclass(frozen=True)
class Saved:
    """What is written now, and the fields in which somebody else has written something else meanwhile."""

    words: Mapping[str, str]
    clashes: list[str]


def pack(parts: Mapping[str, Any]) -> dict[str, str]:
    """Parts as one text each, so that two windows are compared field by field."""
    found = {name: parts.get(name) for name in PARTS}
    return {
        name: (value if isinstance(value, str) else json.dumps(value)) if value else "" for name, value in found.items()
    }


def unpack(values: Mapping[str, str]) -> StoryParts:
    """Raises ValidationError."""
    found = {name: json.loads(values[name]) if name != "effort" else values[name] for name in PARTS if values.get(name)}
    return StoryParts.model_validate(found)


async def see_document(session: AsyncSession, account: Account, idea_id: str, kind: DocumentKind) -> SeenDocument:
    """Raises IdeaNotFound."""
    row = await load_case(session, account, idea_id)
    idea, versions = await session.get_one(Idea, idea_id), await read_versions(session, idea_id, kind)
    writes = may_write(kind, row, account.id, [Role(role) for role in account.roles])
    first: dict[str, str] = {}
    if not versions.documents:
        first = {name: getattr(idea, name) for name in FIRST_FROM_IDEA}
        first = await begin_story(session, idea) if kind is DocumentKind.STORY else first
    return SeenDocument(idea, row, kind, versions, writes, first)


async def save_document(
    services: Services,
    account: Account,
    idea_id: str,
    kind: DocumentKind,
    typed: Mapping[str, str],
    window: Window | None = None,
) -> Saved:
    """Write into the draft; the first word after a version begins the next one. Raises IdeaNotFound, Forbidden,
    ValidationError."""
    window = window or Window()
    async with services.database.transaction() as session:
        seen = await _hold(session, account, idea_id, kind)
        draft, values = seen.versions.draft, seen.values
        kept, clashes = merge(values, typed, window, draft.written_by if draft else None)
        changed = {name: value for name, value in kept.items() if value != values[name]}
        after = values | changed
        if changed or not seen.versions.documents:
            draft = draft or _begin(session, seen)
            draft.words = {str(name): after[name] for name in FIELDS[kind]}
            draft.parts = {}
            if kind is DocumentKind.STORY:
                draft.parts = (await check_parts(session, idea_id, unpack(after))).plain()
            draft.written_by = draft.written_by | dict.fromkeys(changed, window.id)
            draft.author_id, draft.updated_at = account.id, utc_now()
    return Saved(after, clashes)


async def change_parts(
    services: Services,
    account: Account,
    idea_id: str,
    change: Callable[[StoryParts], StoryParts],
    rows: Sequence[Picture] = (),
) -> None:
    """Of the story that is being written, with pictures that are new in it. What nobody shows any more is deleted.

    Raises IdeaNotFound, Forbidden, FilesRefused, and what `change` raises.
    """
    async with services.database.transaction() as session:
        seen = await _hold(session, account, idea_id, DocumentKind.STORY)
        await keep_pictures(session, idea_id, rows)
        parts = await check_parts(session, idea_id, change(seen.parts))
        if parts != seen.parts:
            draft = seen.versions.draft or _begin(session, seen)
            draft.parts, draft.author_id, draft.updated_at = parts.plain(), account.id, utc_now()
        await session.flush()
        await drop_unshown(session, idea_id)


async def attach_to_document(
    services: Services, account: Account, idea_id: str, kind: DocumentKind, files: list[CleanFile]
) -> None:
    """To what is being written. Raises IdeaNotFound, Forbidden, FilesRefused."""
    async with services.database.transaction() as session:
        seen = await _hold(session, account, idea_id, kind)
        draft = seen.versions.draft or _begin(session, seen)
        await session.flush()
        await keep_files(session, account, idea_id, Place(AttachedTo.DOCUMENT, draft.id), files)


async def check_may_write(session: AsyncSession, account: Account, idea_id: str, kind: DocumentKind) -> None:
    """Raises IdeaNotFound, Forbidden."""
    if not (await see_document(session, account, idea_id, kind)).may_write:
        raise Forbidden(NOT_YOURS[kind])


async def find_to_hand_in(services: Services, idea_id: str, kind: DocumentKind) -> str | None:
    """The id of what is handed in: the draft, or the last version once more; None where that says too little.

    Raises CommandRefused for a picture that lacks something: who has chosen it knows, and who reads it next does not.
    """
    async with services.database.reading() as session:
        latest = (await read_versions(session, idea_id, kind)).latest
    if latest is None or is_empty(kind, latest.words):
        return None
    if kind == DocumentKind.STORY:
        refuse_lacking(latest)
    return latest.id


async def freeze(session: AsyncSession, idea_id: str, document_id: str) -> None:
    """From now on this version never changes. In the transaction that stores who hands it in. Raises CommandRefused."""
    await _lock(session, idea_id)
    document = await session.get_one(Document, document_id)
    if document.handed_in_at is None:
        if is_empty(document.kind, document.words):
            raise wrong_field("document_id", LACKS[HANDED_IN_BY[DocumentKind(document.kind)][0]])
        parts = document.parts if document.kind == DocumentKind.STORY else None
        document.handed_in_at, document.digest = utc_now(), digest_of(document.words, parts)


async def thaw(session: AsyncSession, idea_id: str, document_id: str) -> None:
    """It was not handed in after all: it is the draft again, unless it was handed in before, or somebody has gone on
    from it."""
    said = select(TimelineEntry.version).where(
        TimelineEntry.case_id == idea_id, TimelineEntry.facts["document"].astext == document_id
    )
    kind = select(Document.kind).where(Document.id == document_id).scalar_subquery()
    later = select(Document.id).where(
        Document.idea_id == idea_id, Document.kind == kind, col(Document.handed_in_at).is_(None)
    )
    if (await session.exec(said)).first() is None and (await session.exec(later)).first() is None:
        frozen = update(Document).where(col(Document.id) == document_id)
        await session.exec(frozen.values(handed_in_at=None, digest=""))


def _begin(session: AsyncSession, seen: SeenDocument) -> Document:
    """The next version, with the words from which it goes on."""
    number = max((one.version for one in seen.versions.documents), default=0) + 1
    draft = Document(id=new_id(), idea_id=seen.idea.id, kind=seen.kind, version=number, words=seen.words)
    draft.parts = seen.parts.plain()
    session.add(draft)
    return draft


async def _hold(session: AsyncSession, account: Account, idea_id: str, kind: DocumentKind) -> SeenDocument:
    """What nobody else writes into until the end of the transaction."""
    await load_case(session, account, idea_id)
    await _lock(session, idea_id)
    seen = await see_document(session, account, idea_id, kind)
    if not seen.may_write:
        raise Forbidden(NOT_YOURS[kind])
    return seen


async def _lock(session: AsyncSession, idea_id: str) -> None:
    await session.get_one(Idea, idea_id, with_for_update={"key_share": True})
