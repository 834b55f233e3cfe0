"""The one activity that writes where ideas stand."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, bindparam, delete, func, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity

from activities.notice_courier import dispatch_notices
from activities.ports.inboxes import Inboxes
from activities.signatures import Recording
from models.database import Database
from models.lifecycles.events import CHANGE_OWNER, EVENTS, SUBMIT, UNDO
from models.messages.idea import Entry, Notice, Record, Standing
from models.reference_numbers import write_reference
from models.tables import Account, Idea, NoticeRow, Place, ReferenceYear, Task, has_role
from models.tables.columns import new_id, utc_now
from models.tables.standing import SHOWN
from models.vocabulary import Role

KEPT_AFTER_UNDO = timedelta(minutes=10)
"""How long the place of an ended idea is kept beyond the time in which the end can be undone: a step that was taken
back in time may be recorded late."""

TELL_SECONDS = 5.0
"""Longer than this, telling the inboxes does not hold up the next step of an idea."""

MAY_CHANGE_TASKS = frozenset(event for event, spec in EVENTS.items() if spec.changes_tasks)


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


def _show_where_older(table: Table) -> ReturningInsert[Any]:
    statement = insert(table)
    return statement.on_conflict_do_update(
        index_elements=["idea_id"],
        set_={column.name: statement.excluded[column.name] for column in table.columns if column.name != "idea_id"},
        where=table.c.version < statement.excluded.version,
    ).returning(func.pg_notify(SHOWN, func.concat(table.c.idea_id, " ", table.c.version)))


# Every step is recorded: statements that are built once cost a third of those that are built each time.
_APPEND = insert(_table("timeline_entry")).on_conflict_do_nothing().returning(_table("timeline_entry").c.version)
_SHOW = _show_where_older(_table("standing"))
_NOTIFY = insert(_table("notice")).on_conflict_do_nothing()
_PLACE = _table("place")
_CONFIRM_PLACE = insert(_PLACE).on_conflict_do_update(
    index_elements=["idea_id", "coach_id"], set_={"reserved_until": None}
)
_FREE_OTHER_PLACES = delete(_PLACE).where(
    _PLACE.c.idea_id == bindparam("of_idea"),
    _PLACE.c.coach_id.is_distinct_from(bindparam("kept_for")),
    or_(_PLACE.c.reserved_until.is_(None), _PLACE.c.reserved_until < bindparam("lapsed_at")),
)


class RecordActivities(Recording):
    """`record` on PostgreSQL, with inboxes that live elsewhere."""

    def __init__(self, database: Database, inboxes: Inboxes) -> None:
        self._database = database
        self._inboxes = inboxes

    @activity.defn(name="record")
    async def record(self, record: Record) -> bool:
        async with self._database.transaction() as session:
            fresh = await append_entries(session, record)
            await give_reference(session, record.standing.idea_id, fresh)
            if await show_standing(session, record):
                await settle_places(session, record)
                if any(entry.event == CHANGE_OWNER for entry in record.entries):
                    await project_owner(session, record.standing)
                if any("office" in entry.facts for entry in record.entries):
                    await project_office(session, record.standing)
                if any(entry.event in MAY_CHANGE_TASKS for entry in record.entries):
                    await project_tasks(session, record)
            await note_reading(session, record.standing.idea_id, fresh)
            await withdraw_notices(session, record.standing.idea_id, fresh)
            await write_notices(session, record.standing, fresh)
        return not any(entry.notices for entry in record.entries) or await self._tell(record.standing.idea_id)

    async def _tell(self, idea_id: str) -> bool:
        try:
            async with asyncio.timeout(TELL_SECONDS):
                await dispatch_notices(self._database, self._inboxes, idea_id)
        except Exception as error:
            # What is written stays written: an inbox that is away is told later and holds nothing up.
            activity.logger.warning("inboxes of idea %s were not told: %s", idea_id, type(error).__name__)
            return False
        return True


async def append_entries(session: AsyncSession, record: Record) -> list[Entry]:
    """Append to the timeline; returns the entries that were not there before."""
    if not record.entries:
        return []
    connection = await session.connection()
    rows = [_timeline_row(record.standing, entry) for entry in record.entries]
    versions = set((await connection.execute(_APPEND, rows)).scalars())
    return [entry for entry in record.entries if entry.version in versions]


async def give_reference(session: AsyncSession, idea_id: str, entries: Sequence[Entry]) -> None:
    """The next number of the year (UTC), with the step that hands the idea in. A number that was given stays."""
    handed_in = next((entry.at for entry in entries if entry.event == SUBMIT), None)
    has_none = select(Idea.id).where(Idea.id == idea_id, col(Idea.reference).is_(None))
    if handed_in is None or (await session.exec(has_none)).first() is None:
        return
    counted = insert(ReferenceYear).values(year=handed_in.year, last=1)
    more = {"last": col(ReferenceYear.last) + 1}
    last = counted.on_conflict_do_update(index_elements=["year"], set_=more).returning(col(ReferenceYear.last))
    number = (await session.exec(last)).scalar_one()
    reference = write_reference(handed_in.year, number)
    await session.exec(update(Idea).where(col(Idea.id) == idea_id).values(reference=reference))


async def show_standing(session: AsyncSession, record: Record) -> bool:
    """Update the read model where it is older; says whether it was."""
    connection = await session.connection()
    return (await connection.execute(_SHOW, standing_values(record))).first() is not None


async def settle_places(session: AsyncSession, record: Record) -> None:
    """The idea's coach has a confirmed place, and nobody else. What is reserved just now is left alone while the path
    is open: whoever reserved it will have it confirmed, give it back, or let it lapse."""
    standing = record.standing
    if standing.outcome is not None and standing.undo is not None:
        # The end can still be undone: meanwhile nobody else is given the place.
        held = update(Place).where(col(Place.idea_id) == standing.idea_id, col(Place.coach_id) == standing.coach_id)
        await session.exec(held.values(reserved_until=standing.undo.until + KEPT_AFTER_UNDO))
        return
    if standing.outcome is not None:
        await session.exec(delete(Place).where(col(Place.idea_id) == standing.idea_id))
        return
    connection = await session.connection()
    kept = {"of_idea": standing.idea_id, "kept_for": standing.coach_id, "lapsed_at": utc_now()}
    await connection.execute(_FREE_OTHER_PLACES, kept)
    if standing.coach_id is not None:
        await connection.execute(_CONFIRM_PLACE, {"idea_id": standing.idea_id, "coach_id": standing.coach_id})


async def note_reading(session: AsyncSession, idea_id: str, entries: Sequence[Entry]) -> None:
    """Whoever decides on an idea has read it, wherever they did so."""
    decided = [entry.at for entry in entries if entry.from_state == "screening" and entry.actor.role is Role.LEAD]
    if decided:
        unread = update(Idea).where(col(Idea.id) == idea_id, col(Idea.read_at).is_(None))
        await session.exec(unread.values(read_at=min(decided)))


async def project_owner(session: AsyncSession, standing: Standing) -> None:
    """The words of an idea belong to whom the idea belongs."""
    idea = update(Idea).where(col(Idea.id) == standing.idea_id, col(Idea.owner_id) != standing.owner_id)
    await session.exec(idea.values(owner_id=standing.owner_id))


async def project_office(session: AsyncSession, standing: Standing) -> None:
    await session.exec(update(Idea).where(col(Idea.id) == standing.idea_id).values(office=standing.office))


async def project_tasks(session: AsyncSession, record: Record) -> None:
    for task in record.standing.tasks:
        await session.exec(
            update(Task)
            .where(col(Task.id) == task.id)
            .values(assignee=task.assignee, due=task.due, added_version=record.standing.version)
        )
    for entry in record.entries:
        if entry.event == "finish_task":
            await session.exec(update(Task).where(col(Task.id) == entry.facts["task"]).values(done_at=entry.at))


async def withdraw_notices(session: AsyncSession, idea_id: str, entries: Sequence[Entry]) -> None:
    """Nobody is told of a step that was undone. Its notices have been held back until that was sure."""
    undone = [f"v{entry.facts['undone_version']}" for entry in entries if entry.event == UNDO]
    if undone:
        notices = delete(NoticeRow).where(col(NoticeRow.idea_id) == idea_id, col(NoticeRow.key).in_(undone))
        await session.exec(notices.where(col(NoticeRow.settled_at).is_(None)))


async def write_notices(session: AsyncSession, standing: Standing, entries: Sequence[Entry]) -> None:
    rows, own = [], {standing.owner_id, *standing.team}
    for entry in entries:
        told: set[str] = set()
        for notice in entry.notices:
            for account_id in await find_recipients(session, notice, standing.office, own):
                if account_id != entry.actor.account_id and account_id not in told:
                    told.add(account_id)
                    key, kind = f"v{entry.version}", notice.kind
                    row = notice_values(standing.idea_id, key, account_id, kind, entry.version, entry.at)
                    rows.append({**row, "not_before": entry.told_from})
    if rows:
        await (await session.connection()).execute(_NOTIFY, rows)


async def find_recipients(session: AsyncSession, notice: Notice, office: str, own: Collection[str] = ()) -> list[str]:
    """The account of a notice, or the leads of the office; where an office has none, all leads.

    `own`: whose idea it is. Others decide on it, as long as there is another lead at all.
    """
    if notice.account_id is not None:
        return [notice.account_id]
    if notice.to is not Role.LEAD:
        return []
    leads = (await session.exec(select(Account.id, Account.office).where(has_role(Role.LEAD)))).all()
    others = [lead for lead in leads if lead[0] not in own] or leads
    of_office = [account_id for account_id, its_office in others if its_office == office]
    return of_office or [account_id for account_id, _ in others]


def notice_values(
    idea_id: str | None, key: str, account_id: str, kind: str, version: int | None = None, at: datetime | None = None
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "idea_id": idea_id,
        "key": key,
        "account_id": account_id,
        "kind": kind,
        "version": version,
        "created_at": at or utc_now(),
    }


def _timeline_row(standing: Standing, entry: Entry) -> dict[str, Any]:
    holder = entry.holder
    return {
        "idea_id": standing.idea_id,
        "version": entry.version,
        "at": entry.at,
        "event": entry.event,
        "command_id": entry.command_id,
        "fingerprint": entry.fingerprint,
        "actor_role": entry.actor.role,
        "actor_id": entry.actor.account_id,
        "from_stage": entry.from_stage,
        "from_state": entry.from_state,
        "stage": entry.stage,
        "state": entry.state,
        "holder_role": holder.role if holder else None,
        "holder_id": holder.account_id if holder else None,
        "holder_until": holder.until if holder else None,
        "note_id": entry.note_id,
        "facts": entry.facts,
        "snapshot": standing.model_dump(mode="json") if entry.version == standing.version else None,
    }


def standing_values(record: Record) -> dict[str, Any]:
    """The row of the read model that shows a record."""
    standing, last = record.standing, record.entries[-1]
    holder = standing.holder
    return {
        "idea_id": standing.idea_id,
        "version": standing.version,
        "stage": standing.stage,
        "state": standing.state,
        "outcome": standing.outcome,
        "duplicate_of": standing.duplicate_of,
        "owner_id": standing.owner_id,
        "office": standing.office,
        "coach_id": standing.coach_id,
        "cover_id": standing.cover.account_id if standing.cover else None,
        "team": dict(standing.team),
        "partner": standing.partner,
        "holder_role": holder.role if holder else None,
        "holder_id": holder.account_id if holder else None,
        "holder_since": holder.since if holder else None,
        "holder_until": holder.until if holder else None,
        "holder_why": holder.why if holder else None,
        "entered_at": standing.entered_at,
        "paused_until": standing.pause.until if standing.pause else None,
        "chased_until": standing.chased_until,
        "search": standing.search,
        "submitted_at": standing.submitted_at,
        "ended_at": standing.entered_at if standing.outcome else None,
        "last_entry_at": last.at,
        "rulebook_digest": standing.rulebook_digest,
        "snapshot": standing.model_dump(mode="json"),
    }
