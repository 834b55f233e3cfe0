"""The read model of cases: what a record writes, and how it is built again from a standing and the timeline."""

from collections.abc import Collection, Sequence
from typing import Any, ClassVar, Generic, TypeVar, cast

from sqlalchemy import Table, delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.cases.ledger import LEDGER_LENGTH
from models.messages.cases import CaseStanding, Entry, LedgerLine, Notice, Record
from models.messages.commands import Actor
from models.tables import Account, StandingRow, TimelineEntry, has_role
from models.tables.columns import new_id, utc_now
from models.tables.standing import SHOWN
from models.vocabulary import Role

S = TypeVar("S", bound=CaseStanding)

NOT_COMPARED = frozenset({"snapshot", "last_entry_at"})
"""Columns that are not told by a standing alone; the snapshot is compared by what it means."""

OF_IDEAS = ("duplicate_of", "coach_id", "cover_id", "partner", "chased_until", "search", "submitted_at")
"""Columns that only ideas fill."""


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


# Every step is recorded: statements that are built once cost a third of those that are built each time.
_TIMELINE, _STANDING = _table("timeline_entry"), _table("standing")
_APPEND = insert(_TIMELINE).on_conflict_do_nothing().returning(_TIMELINE.c.version)
_SHOW = insert(_STANDING)
_SHOW_WHERE_OLDER = _SHOW.on_conflict_do_update(
    index_elements=["case_id"],
    set_={column.name: _SHOW.excluded[column.name] for column in _STANDING.columns if column.name != "case_id"},
    where=_STANDING.c.version < _SHOW.excluded.version,
).returning(func.pg_notify(SHOWN, func.concat(_STANDING.c.case_id, " ", _STANDING.c.version)))
_NOTIFY = insert(_table("notice")).on_conflict_do_nothing()


class Projection(Generic[S]):
    """How SQL shows one kind of case. A kind answers the questions at the end."""

    standing_type: ClassVar[type[CaseStanding]]

    async def record(self, session: AsyncSession, record: Record) -> list[Entry]:
        """Project entries and standing; returns the entries that were not there before."""
        standing: Any = record.standing
        fresh = await self._append(session, standing, record.entries)
        shown = await self._show(session, standing, record.entries)
        await self.follow(session, standing, record.entries, fresh, shown=shown)
        await self._write_notices(session, standing, fresh)
        return fresh

    async def rebuild(self, session: AsyncSession, standing: S) -> bool:
        """Show where a case stands, whatever was shown before, unless that is newer. Says whether it is shown now."""
        rows = await read_timeline_rows(session, standing.case_id, up_to=standing.version)
        older = delete(StandingRow).where(
            col(StandingRow.case_id) == standing.case_id, col(StandingRow.version) <= standing.version
        )
        await session.exec(older)
        if not await self._show(session, standing, [entry_of(row) for row in rows]):
            return False
        await self.follow_rebuilt(session, standing, rows)
        return True

    def differs(self, row: StandingRow, standing: S) -> bool:
        """Whether SQL tells a standing of the same version differently. A field that is new in a release is no
        difference: what was shown before gets its default."""
        expected = {name: value for name, value in self.row_values(standing, []).items() if name not in NOT_COMPARED}
        if any(getattr(row, name) != value for name, value in expected.items()):
            return True
        return row.snapshot is None or self.standing_type.model_validate(row.snapshot) != standing

    def row_values(self, standing: Any, entries: Sequence[Entry]) -> dict[str, Any]:
        """The row of the read model that shows a standing. Without a timeline, the last step was its entering."""
        holder = standing.holder
        return {
            "case_id": standing.case_id,
            "kind": standing.kind,
            "idea_id": standing.idea_id,
            "number": standing.number,
            "version": standing.version,
            "stage": standing.stage,
            "state": standing.state,
            "outcome": standing.outcome,
            "owner_id": standing.owner_id,
            "office": standing.office,
            "team": {},
            "holder_role": holder.role if holder else None,
            "holder_id": holder.account_id if holder else None,
            "holder_since": holder.since if holder else None,
            "holder_until": holder.until if holder else None,
            "holder_why": holder.why if holder else None,
            "entered_at": standing.entered_at,
            "paused_until": standing.pause.until if standing.pause else None,
            "ended_at": standing.entered_at if standing.outcome else None,
            "last_entry_at": entries[-1].at if entries else standing.entered_at,
            "rulebook_digest": standing.rulebook_digest,
            "snapshot": standing.model_dump(mode="json"),
            **dict.fromkeys(OF_IDEAS),
            **self.columns(standing),
        }

    def latest_standing(self, rows: Sequence[TimelineEntry]) -> S | None:
        """The newest standing that the timeline has kept."""
        kept = [row.snapshot for row in rows if row.snapshot is not None]
        latest: Any = self.standing_type.model_validate(kept[-1]) if kept else None
        return cast("S | None", latest)

    # -- what a kind answers ---------------------------------------------------------------------------------

    def columns(self, standing: S) -> dict[str, Any]:
        """The columns of the standing that only this kind fills."""
        return {}

    async def follow(
        self, session: AsyncSession, standing: S, entries: Sequence[Entry], fresh: Sequence[Entry], *, shown: bool
    ) -> None:
        """What else follows from a record. `fresh` are the entries that were not there before; `shown`: this is where
        the case stands now."""

    async def follow_rebuilt(self, session: AsyncSession, standing: S, rows: Sequence[TimelineEntry]) -> None:
        """The same where the read model is built again."""

    def notice_key(self, standing: S, entry: Entry) -> dict[str, Any]:
        """The columns by which the notices of an entry are told apart from all others of the idea."""
        raise NotImplementedError

    async def find_readers(self, session: AsyncSession, standing: S, notice: Notice) -> list[str]:
        """The accounts that a notice means."""
        raise NotImplementedError

    # -- how -------------------------------------------------------------------------------------------------

    async def _append(self, session: AsyncSession, standing: S, entries: Sequence[Entry]) -> list[Entry]:
        """Append to the timeline; returns the entries that were not there before."""
        if not entries:
            return []
        rows = [_timeline_row(standing, entry) for entry in entries]
        versions = set((await (await session.connection()).execute(_APPEND, rows)).scalars())
        return [entry for entry in entries if entry.version in versions]

    async def _show(self, session: AsyncSession, standing: S, entries: Sequence[Entry]) -> bool:
        """Update the read model where it is older; says whether it was."""
        values = self.row_values(standing, entries)
        return (await (await session.connection()).execute(_SHOW_WHERE_OLDER, values)).first() is not None

    async def _write_notices(self, session: AsyncSession, standing: S, entries: Sequence[Entry]) -> None:
        rows = []
        undone = {entry.facts["undone_version"] for entry in entries if "undone_version" in entry.facts}
        for entry in entries:
            if entry.version in undone:
                continue
            told: set[str] = set()
            for notice in entry.notices:
                for account_id in await self.find_readers(session, standing, notice):
                    if account_id != entry.actor.account_id and account_id not in told:
                        told.add(account_id)
                        key = self.notice_key(standing, entry)
                        row = notice_values(
                            standing.idea_id, account_id=account_id, kind=notice.kind, at=entry.at, **key
                        )
                        rows.append({**row, "not_before": entry.told_from})
        if rows:
            await (await session.connection()).execute(_NOTIFY, rows)


# -- the timeline ------------------------------------------------------------------------------------------------


async def read_timeline_rows(session: AsyncSession, case_id: str, *, up_to: int) -> Sequence[TimelineEntry]:
    rows = select(TimelineEntry).where(TimelineEntry.case_id == case_id, TimelineEntry.version <= up_to)
    return (await session.exec(rows.order_by(col(TimelineEntry.version)))).all()


def ledger_of(rows: Sequence[TimelineEntry]) -> list[LedgerLine]:
    """The commands that a run which starts anew has to know, so that none is taken twice."""
    return [LedgerLine.model_validate(row, from_attributes=True) for row in rows[-LEDGER_LENGTH:]]


def entry_of(row: TimelineEntry) -> Entry:
    told = row.model_dump(include=set(Entry.model_fields))
    return Entry(**told, actor=Actor(role=Role(row.actor_role), account_id=row.actor_id))


def _timeline_row(standing: CaseStanding, entry: Entry) -> dict[str, Any]:
    holder = entry.holder
    return {
        "case_id": standing.case_id,
        "kind": standing.kind,
        "idea_id": standing.idea_id,
        "number": standing.number,
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


# -- notices -----------------------------------------------------------------------------------------------------


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
    idea_id: str | None, key: str, account_id: str, kind: str, version: int | None = None, at: Any = None
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
