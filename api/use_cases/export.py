"""Everything that operators may take out: ideas, standings, timelines, notes, tasks, documents. Read in pages, in one
snapshot. Files stay in the database and its backups.

The export holds people's own words, internal notes included; accounts are ids unless people are asked for.
"""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import count
from typing import IO, Any, TypeVar

from sqlalchemy import ColumnElement, func
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar
from xlsxwriter import Workbook

from models.database import Database
from models.lifecycles.events import MESSAGES
from models.policy import Policy
from models.rules.permissions import is_own
from models.tables import Account, Document, Idea, Note, StandingRow, Task, TimelineEntry
from models.vocabulary import Role

PAGE = 200
LONGEST_CELL = 32_767
"""Of a workbook, in characters."""

STAFF = (Role.COACH, Role.LEAD)

Row = TypeVar("Row", Document, Note, Task, TimelineEntry)


@dataclass(frozen=True)
class IdeaExport:
    """One idea with everything that belongs to it."""

    idea: Idea
    standing: StandingRow
    timeline: Sequence[TimelineEntry]
    notes: Sequence[Note]
    tasks: Sequence[Task]
    documents: Sequence[Document]
    people: Sequence[Account]
    """Who appears in it; empty unless asked for."""

    def for_its_people(self) -> "IdeaExport":
        """As those may read it whose idea it is: without what coaches and leads say among themselves."""
        kept = {note.id for note in self.notes}
        hidden = {note.id for note in self.notes if note.internal}
        asked = {task.id for task in self.tasks if task.internal}

        def is_for_all(entry: TimelineEntry) -> bool:
            is_gone = entry.actor_role in STAFF and entry.note_id is not None and entry.note_id not in kept
            among_us = entry.event in MESSAGES and (is_gone or entry.note_id in hidden)
            return not among_us and entry.facts.get("task") not in asked

        return replace(
            self,
            timeline=[entry for entry in self.timeline if is_for_all(entry)],
            notes=[note for note in self.notes if not note.internal],
            tasks=[task for task in self.tasks if not task.internal],
        )

    def person(self, account_id: str | None) -> Account | None:
        return next((account for account in self.people if account.id == account_id), None)


class Export:
    """All ideas as they are at one moment, or `which` of them, in the order of their ids. Holds one page at a time."""

    def __init__(
        self,
        database: Database,
        *,
        with_details: bool = True,
        with_people: bool = False,
        which: SelectOfScalar[str] | None = None,
        reader: str | None = None,
    ) -> None:
        """`reader`: who of the leads takes it out; the command line reads all."""
        self.database = database
        self.which = which
        self.reader = reader
        self.with_details = with_details
        self.with_people = with_people

    async def count(self) -> int:
        async with self.database.session() as session:
            return (await session.exec(select(func.count()).select_from(Idea).where(*self._those()))).one()

    def _those(self) -> Sequence[ColumnElement[bool]]:
        return () if self.which is None else (col(Idea.id).in_(self.which),)

    async def ideas(self) -> AsyncIterator[IdeaExport]:
        async with self.database.session() as session:
            # All pages see the same state, however long the reader takes.
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            last = ""
            while page := await self._read_page(session, last):
                for item in page:
                    yield item
                last = page[-1].idea.id
                session.expunge_all()

    async def _read_page(self, session: AsyncSession, last: str) -> list[IdeaExport]:
        statement = select(Idea, StandingRow).join(StandingRow, col(StandingRow.case_id) == col(Idea.id))
        statement = statement.where(*self._those())
        if last:
            statement = statement.where(col(Idea.id) > last)
        found = (await session.exec(statement.order_by(col(Idea.id)).limit(PAGE))).all()
        ids = [idea.id for idea, _ in found]
        timeline = await self._read_parts(session, TimelineEntry, ids)
        notes = await self._read_parts(session, Note, ids)
        tasks = await self._read_parts(session, Task, ids)
        documents = await self._read_parts(session, Document, ids)
        page = [
            IdeaExport(
                idea,
                standing,
                sorted(timeline[idea.id], key=lambda entry: entry.version),
                sorted(notes[idea.id], key=lambda note: (note.created_at, note.id)),
                sorted(tasks[idea.id], key=lambda task: (task.created_at, task.id)),
                sorted(documents[idea.id], key=lambda document: (document.kind, document.version)),
                (),
            )
            for idea, standing in found
        ]
        page = [item.for_its_people() if is_own(item.standing, self.reader) else item for item in page]
        return await self._add_people(session, page) if self.with_people else page

    async def _read_parts(self, session: AsyncSession, table: type[Row], ids: list[str]) -> dict[str, list[Row]]:
        parts: dict[str, list[Row]] = defaultdict(list)
        if self.with_details and ids:
            for row in (await session.exec(select(table).where(col(table.idea_id).in_(ids)))).all():
                parts[row.idea_id].append(row)
        return parts

    async def _add_people(self, session: AsyncSession, page: list[IdeaExport]) -> list[IdeaExport]:
        named = [people_of(item) for item in page]
        wanted = set().union(*named) if named else set()
        accounts = (await session.exec(select(Account).where(col(Account.id).in_(wanted)))).all()
        known = {account.id: account for account in accounts}
        return [
            IdeaExport(
                item.idea,
                item.standing,
                item.timeline,
                item.notes,
                item.tasks,
                item.documents,
                [known[account_id] for account_id in sorted(its_people) if account_id in known],
            )
            for item, its_people in zip(page, named, strict=True)
        ]


def people_of(item: IdeaExport) -> set[str]:
    """The accounts that an idea names."""
    standing = item.standing
    ids: Iterable[str | None] = (
        standing.owner_id,
        standing.coach_id,
        standing.cover_id,
        standing.holder_id,
        *standing.team,
        *(entry.actor_id for entry in item.timeline),
        *(entry.holder_id for entry in item.timeline),
        *(note.author_id for note in item.notes),
        *(document.author_id for document in item.documents),
    )
    return {account_id for account_id in ids if account_id is not None}


SHEET_COLUMNS = (
    *("id", "title", "summary", "problem", "solution", "target_group", "organisation"),
    *("district", "district_name", "themes"),
    *("language", "office", "reference", "source", "source_ref", "written_on", "created_at"),
    *("stage", "state", "outcome", "version"),
    *("holder_role", "holder_id", "holder_since", "holder_until", "holder_why", "owner_id", "coach_id", "cover_id"),
    *("partner", "entered_at", "paused_until", "chased_until", "submitted_at", "ended_at", "last_entry_at"),
)
IN_JSON = ("id", "title", "summary", "themes", "standing.state", "standing.version")
PEOPLE_COLUMNS = ("owner_name", "owner_email", "coach_name", "coach_email")
OF_THE_STANDING = frozenset(StandingRow.model_fields) - frozenset(Idea.model_fields)


def is_our_header(names: Collection[str]) -> bool:
    """Whether a table was written here: such a one is read back exactly."""
    return set(SHEET_COLUMNS) <= set(names) or set(IN_JSON) <= set(names)


WriteRow = Callable[[Iterable[object]], None]


@dataclass(frozen=True)
class Sheet:
    """Ideas as rows under SHEET_COLUMNS, with PEOPLE_COLUMNS behind where asked for."""

    policy: Policy
    with_people: bool = False

    @property
    def header(self) -> tuple[str, ...]:
        return (*SHEET_COLUMNS, *(PEOPLE_COLUMNS if self.with_people else ()))

    def row(self, item: IdeaExport) -> list[object]:
        cells = [_cell(item, self.policy, name) for name in SHEET_COLUMNS]
        if self.with_people:
            for account in (item.person(item.standing.owner_id), item.person(item.standing.coach_id)):
                cells += [account.name, account.email] if account else ["", ""]
        return cells

    def write(self, write: WriteRow, items: Iterable[IdeaExport]) -> None:
        """Header and rows, for what is in memory already."""
        write(self.header)
        for item in items:
            write(self.row(item))


@contextmanager
def open_workbook(sink: IO[bytes], name: str = "Ideen") -> Iterator[WriteRow]:
    """An XLSX that is whole when it is left. Texts are texts, whatever they begin with: nothing in it computes.

    Rows are written to a temporary file as they come, so that it takes little memory.
    """
    book = Workbook(sink, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold, place = book.add_worksheet(name), book.add_format({"bold": True}), count()
    sheet.freeze_panes(1, 0)

    def write(cells: Iterable[object]) -> None:
        line = next(place)
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                text = cell if len(cell) <= LONGEST_CELL else f"{cell[: LONGEST_CELL - 1]}…"
                sheet.write_string(line, column, text, bold if line == 0 else None)
            elif isinstance(cell, int):
                sheet.write_number(line, column, cell)

    yield write
    book.close()


def _cell(item: IdeaExport, policy: Policy, name: str) -> object:
    if name == "district_name":
        district = policy.region.districts.get(item.idea.district or "")
        return district.name if district else ""
    if name == "written_on":
        return written_on(item, policy).isoformat()
    value = getattr(item.standing if name in OF_THE_STANDING else item.idea, name)
    if name == "themes":
        return ", ".join(value)
    if isinstance(value, datetime):
        return value.astimezone(policy.zone).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value


def written_on(item: IdeaExport, policy: Policy) -> date:
    """The day on which it was written, here or where it was imported from."""
    at = item.standing.submitted_at or item.idea.created_at
    return item.idea.written_on or at.astimezone(policy.zone).date()


def json_line(item: IdeaExport, policy: Policy, *, with_people: bool) -> str:
    """One idea as one line of JSON, instants in UTC."""
    content: dict[str, Any] = {
        **_plain(item.idea),
        "written_on": written_on(item, policy).isoformat(),
        "standing": _plain(item.standing, "idea_id", "snapshot", "owner_id"),
        "timeline": [_plain(entry, "idea_id") for entry in item.timeline],
        "notes": [_plain(note, "idea_id") for note in item.notes],
        "tasks": [_plain(task, "idea_id") for task in item.tasks],
        "documents": [_plain(document, "idea_id", "written_by") for document in item.documents],
    }
    if with_people:
        content["people"] = [
            {"id": person.id, "name": person.name, "email": person.email, "roles": person.roles}
            for person in item.people
        ]
    return json.dumps(content, ensure_ascii=False)


def _plain(row: SQLModel, *without: str) -> dict[str, Any]:
    content = row.model_dump(mode="json", exclude=set(without))
    return {name: content[name] for name in type(row).model_fields if name in content}
