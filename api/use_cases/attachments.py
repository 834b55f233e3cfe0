"""Files of an idea: taken, handed out, taken away. Pages, API and steps with files come through here.

What a file belongs to decides who may have it. Names and contents are people's words: they stand in SQL alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.attachments.content import FileProblem, FileRefused
from activities.attachments.reading import CleanFile
from api.runtime.services import Services
from api.use_cases.audit import Caller, audit
from api.use_cases.errors import Forbidden, NotFound
from api.use_cases.idea_text import IdeaNotFound, note_change
from models.queries.attachments import FileLine, find_file, list_files
from models.rules.file_limits import MOST_BYTES_OF_IDEA, MOST_FILES
from models.rules.permissions import is_own, may_attach, may_change_words, may_read_internal, may_view
from models.tables import Account, Attachment, Document, Idea, Picture, StandingRow, roles_of
from models.tables.columns import utc_now
from models.vocabulary import AttachedTo, AuditEvent, Role

FILES = "files"
"""As a log of changes names them."""


class SentFile(Protocol):
    """A part of a form with a file in it."""

    filename: str | None

    async def read(self) -> bytes: ...


@dataclass(frozen=True)
class Place:
    """What files belong to. `id` is that of the idea, the note or the document."""

    kind: AttachedTo
    id: str


class FilesRefused(Exception):
    """Some of the files are not taken, and so none is."""

    def __init__(self, refused: Sequence[FileRefused]) -> None:
        self.refused = list(refused)
        super().__init__(", ".join(str(one.problem) for one in refused))


async def read_files(services: Services, sent: Iterable[SentFile]) -> list[CleanFile]:
    """One after the other, so that one sender's files fill no memory. Raises FilesRefused with all that are wrong."""
    clean: list[CleanFile] = []
    refused: list[FileRefused] = []
    for number, file in enumerate(sent):
        if number == MOST_FILES:
            raise FilesRefused([*refused, FileRefused(FileProblem.TOO_MANY, file.filename or "")])
        try:
            clean.append(await services.files.read(file.filename or "", file.read))
        except FileRefused as why:
            refused.append(why)
    if refused:
        raise FilesRefused(refused)
    return clean


async def keep_files(
    session: AsyncSession, account: Account, idea_id: str, place: Place, files: Sequence[CleanFile]
) -> list[str]:
    """Write files down; the caller commits. Returns their ids. The same file in the same place is one.

    Raises FilesRefused where there is no room for them.
    """
    # Whoever else sends files for the idea stands in line here, so that its room is counted once.
    await session.get_one(Idea, idea_id, with_for_update={"key_share": True})
    rows = [_row(account, idea_id, place, file) for file in files]
    there = await _count(session, idea_id, place, [row.id for row in rows])
    if there[0] + len(rows) > MOST_FILES:
        raise FilesRefused([FileRefused(FileProblem.TOO_MANY, rows[-1].name)])
    if there[1] + sum(row.size for row in rows) > MOST_BYTES_OF_IDEA:
        raise FilesRefused([FileRefused(FileProblem.NO_ROOM, rows[-1].name)])
    for row in rows:
        await session.exec(insert(Attachment).values(row.model_dump()).on_conflict_do_nothing())
    return [row.id for row in rows]


async def attach_to_idea(services: Services, account: Account, idea_id: str, files: Sequence[CleanFile]) -> list[str]:
    """Raises IdeaNotFound, Forbidden, FilesRefused."""
    async with services.database.transaction() as session:
        await check_may_attach(session, account, idea_id)
        kept = await keep_files(session, account, idea_id, Place(AttachedTo.IDEA, idea_id), files)
        idea = await session.get_one(Idea, idea_id)
        note_change(idea, account, [FILES])
        idea.updated_at = utc_now()
    return kept


async def check_may_attach(session: AsyncSession, account: Account, idea_id: str) -> None:
    """Before files are read: what nobody will keep need not be looked through. Raises IdeaNotFound, Forbidden."""
    if not may_attach(await load_case(session, account, idea_id), account.id):
        raise Forbidden("only who works on an open idea attaches files to it")


async def list_for(session: AsyncSession, account: Account, idea_id: str) -> list[FileLine]:
    """Those that somebody may have. Raises IdeaNotFound."""
    row = await load_case(session, account, idea_id)
    with_internal = may_read_internal(row.standing(), account.id, roles_of(account))
    return await list_files(session, idea_id, with_internal=with_internal)


async def open_file(session: AsyncSession, account: Account, idea_id: str, attachment_id: str) -> Attachment:
    """Raises IdeaNotFound, NotFound."""
    row = await load_case(session, account, idea_id)
    with_internal = may_read_internal(row.standing(), account.id, roles_of(account))
    found = await find_file(session, idea_id, attachment_id, with_internal=with_internal)
    if found is None:
        raise NotFound("there is no such file")
    return found


async def remove_file(services: Services, account: Account, caller: Caller, idea_id: str, attachment_id: str) -> None:
    """By whoever sent it, as long as nobody counts on it; by a lead at any time, which is noted. Raises IdeaNotFound,
    NotFound, Forbidden."""
    async with services.database.transaction() as session:
        file = await open_file(session, account, idea_id, attachment_id)
        row, idea = await session.get_one(StandingRow, idea_id), await session.get_one(Idea, idea_id)
        if may_remove(row, idea, account, file) or await _is_of_draft(session, account, file):
            await session.delete(file)
        elif may_redact(row, account):
            await session.delete(file)
            await audit(session, caller, AuditEvent.REDACTION, subject_id=attachment_id, kind="file")
        else:
            raise Forbidden("somebody else has sent it, or it was handed in already")


class AnyFile(Protocol):
    """With its content or without."""

    @property
    def of_kind(self) -> str: ...

    @property
    def uploaded_by(self) -> str | None: ...

    @property
    def created_at(self) -> datetime: ...


def may_remove(row: StandingRow, idea: Idea, account: Account, file: AnyFile) -> bool:
    """What was said with a step stays said. A file of the idea goes until somebody has read it, or the idea has moved
    on."""
    if file.uploaded_by != account.id or file.of_kind != AttachedTo.IDEA or row.outcome is not None:
        return False
    is_read = idea.read_at is not None
    return may_change_words(row, row.state, account.id, is_read=is_read) or file.created_at > row.entered_at


def may_redact(row: StandingRow, account: Account) -> bool:
    """Nobody takes away what was said of their own idea."""
    return Role.LEAD in roles_of(account) and not is_own(row, account.id)


async def load_case(session: AsyncSession, account: Account, idea_id: str) -> StandingRow:
    """Where an idea stands that somebody may see. Raises IdeaNotFound."""
    row = await session.get(StandingRow, idea_id)
    if row is None or not may_view(row.standing(), account.id, roles_of(account)):
        raise IdeaNotFound(hidden=row is not None)
    return row


async def _is_of_draft(session: AsyncSession, account: Account, file: Attachment) -> bool:
    """Whether somebody has sent it for what is still being written."""
    if file.of_kind != AttachedTo.DOCUMENT or file.uploaded_by != account.id:
        return False
    document = await session.get(Document, file.of_id)
    return document is not None and document.handed_in_at is None


async def _count(session: AsyncSession, idea_id: str, place: Place, but: Sequence[str]) -> tuple[int, int]:
    """How many files are in a place already, and how many bytes the idea has; without those that come once more."""
    here = func.count().filter(col(Attachment.of_kind) == place.kind, col(Attachment.of_id) == place.id)
    held = select(here, func.coalesce(func.sum(Attachment.size), 0))
    found = (await session.exec(held.where(Attachment.idea_id == idea_id, col(Attachment.id).not_in(but)))).one()
    drawn = select(func.coalesce(func.sum(Picture.size), 0)).where(Picture.idea_id == idea_id)
    return int(found[0]), int(found[1]) + int((await session.exec(drawn)).one())


async def check_room(session: AsyncSession, idea_id: str, more: int, name: str = "") -> None:
    """Whether the idea has room for so many bytes beside its files and pictures. Raises FilesRefused."""
    held = (await _count(session, idea_id, Place(AttachedTo.IDEA, idea_id), ()))[1]
    if held + more > MOST_BYTES_OF_IDEA:
        raise FilesRefused([FileRefused(FileProblem.NO_ROOM, name)])


def _row(account: Account, idea_id: str, place: Place, file: CleanFile) -> Attachment:
    digest = file.digest
    return Attachment(
        id=str(uuid5(NAMESPACE_URL, f"file/{place.kind}/{place.id}/{digest}")),
        idea_id=idea_id,
        of_kind=place.kind,
        of_id=place.id,
        name=file.name,
        media_type=file.media_type,
        size=len(file.content),
        digest=digest,
        content=file.content,
        uploaded_by=account.id,
    )
