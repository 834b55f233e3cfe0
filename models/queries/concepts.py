"""The concept of an idea: its versions, and what is being written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.lifecycles.events import SUBMIT_WORK
from models.tables import Document, Note, TimelineEntry
from models.typed_text import says_something
from models.vocabulary import ConceptField, DocumentKind, Stage


@dataclass(frozen=True)
class Concept:
    """All that was written; the newest first."""

    documents: Sequence[Document]

    @cached_property
    def draft(self) -> Document | None:
        """What is being written, and not handed in yet."""
        return next((one for one in self.documents if one.handed_in_at is None), None)

    @cached_property
    def versions(self) -> list[Document]:
        """What was handed in, the latest first."""
        return [one for one in self.documents if one.handed_in_at is not None]

    @property
    def latest(self) -> Document | None:
        """What is handed in next: the draft, or else what was handed in last."""
        return self.draft or next(iter(self.versions), None)

    def find(self, version: int) -> Document | None:
        return next((one for one in self.documents if one.version == version), None)

    def before(self, document: Document) -> Document | None:
        """The version that was handed in before this one."""
        return next((one for one in self.versions if one.version < document.version), None)


async def read_concept(session: AsyncSession, idea_id: str) -> Concept:
    found = select(Document).where(Document.idea_id == idea_id, Document.kind == DocumentKind.CONCEPT)
    return Concept((await session.exec(found.order_by(col(Document.version).desc()))).all())


def is_empty(words: Mapping[str, str]) -> bool:
    """Whether no field says anything."""
    return not any(says_something(words.get(name, "")) for name in ConceptField)


class AskedChanges(NamedTuple):
    """What a coach wants to be changed, in their words, and in which fields."""

    words: str
    fields: Sequence[str]


async def find_asked_changes(session: AsyncSession, idea_id: str) -> AskedChanges | None:
    """As long as nothing was handed in since."""
    entry = col(TimelineEntry.event).in_((SUBMIT_WORK, "request_changes"))
    told = select(TimelineEntry, Note.body).outerjoin(Note, col(Note.id) == col(TimelineEntry.note_id))
    told = told.where(TimelineEntry.case_id == idea_id, TimelineEntry.from_stage == Stage.DEVELOP, entry)
    last = (await session.exec(told.order_by(col(TimelineEntry.version).desc()).limit(1))).first()
    if last is None or last[0].event == SUBMIT_WORK:
        return None
    return AskedChanges(last[1] or "", str(last[0].facts.get("fields", "")).split())
