"""The files of an idea, as far as somebody may have them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, and_, bindparam, or_
from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.tables import Attachment, Note, TimelineEntry
from models.vocabulary import AttachedTo


class FileLine(BaseModel):
    """A file without what is in it."""

    id: str
    of_kind: AttachedTo
    of_id: str
    name: str
    media_type: str
    size: int
    uploaded_by: str | None
    created_at: datetime


async def list_files(session: AsyncSession, idea_id: str, *, with_internal: bool) -> list[FileLine]:
    """In the order in which they came. Without `with_internal`, those of internal notes are not there."""
    return await _list(session, *_shown(idea_id, with_internal=with_internal))


async def list_sent_files(session: AsyncSession, account_id: str) -> list[FileLine]:
    """Everything that somebody has sent."""
    return await _list(session, col(Attachment.uploaded_by) == account_id)


async def find_file(
    session: AsyncSession, idea_id: str, attachment_id: str, *, with_internal: bool
) -> Attachment | None:
    """One of them with its content."""
    shown = _shown(idea_id, with_internal=with_internal)
    return (await session.exec(select(Attachment).where(Attachment.id == attachment_id, *shown))).one_or_none()


def sort_files(files: Iterable[FileLine]) -> Mapping[str, Sequence[FileLine]]:
    """By what they belong to."""
    sorted_: dict[str, list[FileLine]] = defaultdict(list)
    for file in files:
        sorted_[file.of_id].append(file)
    return sorted_


async def _list(session: AsyncSession, *which: ColumnElement[bool]) -> list[FileLine]:
    content: Any = Attachment.content
    found = select(Attachment).where(*which).options(defer(content))
    rows = (await session.exec(found.order_by(col(Attachment.created_at), col(Attachment.id)))).all()
    return [FileLine.model_validate(row, from_attributes=True) for row in rows]


def told_files(*, with_internal: bool) -> Any:
    """The same of the idea `idea_id`, as values."""
    told: list[Any] = [getattr(Attachment, name) for name in FileLine.model_fields]
    shown = _shown(bindparam("idea_id"), with_internal=with_internal)
    return select(*told).where(*shown).order_by(col(Attachment.created_at), col(Attachment.id))


def _shown(idea_id: Any, *, with_internal: bool) -> list[ColumnElement[bool]]:
    """Those of a note are there once it was said: what came with a step that was refused tells nobody anything."""
    said = and_(col(TimelineEntry.case_id) == idea_id, col(TimelineEntry.note_id) == col(Attachment.of_id))
    told = select(TimelineEntry.version).where(said)
    if not with_internal:
        told = told.join(Note, col(Note.id) == col(TimelineEntry.note_id)).where(col(Note.internal).is_(False))
    return [
        col(Attachment.idea_id) == idea_id,
        or_(col(Attachment.of_kind) != AttachedTo.MESSAGE, told.correlate(Attachment).exists()),
    ]
