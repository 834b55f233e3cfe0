"""What is written version by version: the concept of an idea and its story, each with its draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.lifecycles.events import SUBMIT_STORY, SUBMIT_WORK
from models.messages.story import NEEDED
from models.tables import Document, Note, TimelineEntry
from models.typed_text import says_something
from models.vocabulary import ConceptField, DocumentKind, Stage, StoryField

FIELDS: Mapping[DocumentKind, Sequence[str]] = {
    DocumentKind.CONCEPT: tuple(ConceptField),
    DocumentKind.STORY: tuple(StoryField),
}
"""What each is asked for, in this order."""

HANDED_IN_BY: Mapping[DocumentKind, tuple[str, Stage]] = {
    DocumentKind.CONCEPT: (SUBMIT_WORK, Stage.DEVELOP),
    DocumentKind.STORY: (SUBMIT_STORY, Stage.MAKE_VISIBLE),
}


@dataclass(frozen=True)
class Versions:
    """All that was written of one kind; the newest first."""

    documents: Sequence[Document] = ()

    @cached_property
    def draft(self) -> Document | None:
        """What is being written, and not handed in yet."""
        return next((one for one in self.documents if one.handed_in_at is None), None)

    @cached_property
    def handed_in(self) -> list[Document]:
        """The latest first."""
        return [one for one in self.documents if one.handed_in_at is not None]

    @property
    def latest(self) -> Document | None:
        """What is handed in next: the draft, or else what was handed in last."""
        return self.draft or next(iter(self.handed_in), None)

    def find(self, version: int) -> Document | None:
        return next((one for one in self.documents if one.version == version), None)

    def before(self, document: Document) -> Document | None:
        """The version that was handed in before this one."""
        return next((one for one in self.handed_in if one.version < document.version), None)


async def read_versions(session: AsyncSession, idea_id: str, kind: DocumentKind) -> Versions:
    found = select(Document).where(Document.idea_id == idea_id, Document.kind == kind)
    return Versions((await session.exec(found.order_by(col(Document.version).desc()))).all())


async def read_all_versions(session: AsyncSession, idea_id: str) -> dict[DocumentKind, Versions]:
    found = select(Document).where(Document.idea_id == idea_id).order_by(col(Document.version).desc())
    documents = (await session.exec(found)).all()
    return {kind: Versions([one for one in documents if one.kind == kind]) for kind in DocumentKind}


def is_empty(kind: str, words: Mapping[str, str]) -> bool:
    """A concept in which no field says anything; a story without its title, its teaser, or anything beside them."""
    said = {str(name) for name in FIELDS[DocumentKind(kind)] if says_something(words.get(name, ""))}
    if kind == DocumentKind.STORY:
        return not (said > set(map(str, NEEDED)))
    return not said


class AskedChanges(NamedTuple):
    """What somebody wants to be changed, in their words, and in which fields."""

    words: str
    fields: Sequence[str]


async def find_asked_changes(
    session: AsyncSession, idea_id: str, kind: DocumentKind = DocumentKind.CONCEPT
) -> AskedChanges | None:
    """As long as nothing was handed in since."""
    handed_in, stage = HANDED_IN_BY[kind]
    entry = col(TimelineEntry.event).in_((handed_in, "request_changes", "refuse_consent"))
    told = select(TimelineEntry, Note.body).outerjoin(Note, col(Note.id) == col(TimelineEntry.note_id))
    told = told.where(TimelineEntry.case_id == idea_id, TimelineEntry.from_stage == stage, entry)
    last = (await session.exec(told.order_by(col(TimelineEntry.version).desc()).limit(1))).first()
    if last is None or last[0].event != "request_changes":
        return None
    return AskedChanges(last[1] or "", str(last[0].facts.get("fields", "")).split())
