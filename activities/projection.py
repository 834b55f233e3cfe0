"""The read model of cases: what a record writes, and how it is built again from a standing and the timeline."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import date
from functools import cache
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar, cast

from sqlalchemy import Update, bindparam, delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.record_statement import Written, write_rows, write_standing
from models.cases.ledger import LEDGER_LENGTH
from models.database import Database, fetch
from models.messages.cases import CaseStanding, Entry, LedgerLine, Notice, Record
from models.messages.commands import Actor
from models.messages.idea import Standing
from models.rules.holders import acting_coach
from models.tables import Account, Idea, StandingRow, TimelineEntry, has_role
from models.tables.columns import new_id, utc_now
from models.tables.notice import case_key
from models.vocabulary import Role

S = TypeVar("S", bound=CaseStanding)

NOT_COMPARED = frozenset({"snapshot", "last_entry_at"})
"""Columns that are not told by a standing alone; the snapshot is compared by what it means."""

OF_IDEAS = ("duplicate_of", "coach_id", "cover_id", "partner", "asked_until", "search", "submitted_at")
"""Columns that only ideas fill."""


FollowUp = Callable[[AsyncSession, Any, Sequence[Entry]], Awaitable[None]]
"""Something that follows from a standing and entries."""


Notices = dict[int, list[dict[str, Any]]]
"""Their rows, by the version that they tell of."""


class FollowUps(NamedTuple):
    """What a record changes beside what it adds: only in a transaction with it."""

    of_standing: Sequence[FollowUp] = ()
    """From where the case stands now, be it further on than the record, and all entries of the record."""
    of_entries: Sequence[FollowUp] = ()
    """From those entries that were not there before."""


class Projection(Generic[S]):
    """How SQL shows a case: its standing and its timeline. A kind of which it shows more answers the questions at the
    end.
    """

    async def record(self, session: AsyncSession, record: Record, answered: Sequence[str] = ()) -> Written:
        """Project entries and standing. A repeat, or an older record after a newer one, changes nothing. `answered`:
        further commands for which nobody waits any more."""
        standing: Any = record.standing
        notices = await self._find_notices(session, standing, record.entries)
        written = await self._write(session, record, notices, answered)
        follow_ups = self.follow_ups(standing, record.entries)
        fresh = [entry for entry in record.entries if entry.version in written.fresh]
        for follow_up in follow_ups.of_entries:
            await follow_up(session, standing, fresh)
        if follow_ups.of_standing and not written.is_shown:
            standing = (await session.get_one(StandingRow, standing.case_id, populate_existing=True)).read()
        for follow_up in follow_ups.of_standing:
            await follow_up(session, standing, record.entries)
        return written

    async def record_alone(self, database: Database, record: Record, answered: Sequence[str] = ()) -> Written:
        """The same where nothing else follows: a single statement."""
        standing: Any = record.standing
        notices = await self._find_notices(database, standing, record.entries)
        return await self._write(database, record, notices, answered)

    async def rebuild(self, session: AsyncSession, standing: S) -> bool:
        """Show where a case stands, whatever was shown before, unless that is newer. Says whether it is shown now."""
        rows = await read_timeline_rows(session, standing.case_id, up_to=standing.version)
        older = delete(StandingRow).where(
            col(StandingRow.case_id) == standing.case_id, col(StandingRow.version) <= standing.version
        )
        await session.exec(older)
        if not await write_standing(session, self.row_values(standing, [entry_of(row) for row in rows])):
            return False
        await self.follow_rebuilt(session, standing, rows)
        return True

    def differs(self, row: StandingRow, standing: S) -> bool:
        """Whether SQL tells a standing of the same version differently. A field that is new in a release is no
        difference: what was shown before gets its default."""
        expected = {name: value for name, value in self.row_values(standing, []).items() if name not in NOT_COMPARED}
        if any(getattr(row, name) != value for name, value in expected.items()):
            return True
        return row.snapshot is None or type(standing).model_validate(row.snapshot) != standing

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
            "chased_until": chased_until(standing),
            **dict.fromkeys(OF_IDEAS),
            **self.columns(standing),
        }

    def latest_standing(self, rows: Sequence[TimelineEntry]) -> S | None:
        """The newest standing that the timeline has kept."""
        kept = [row for row in rows if row.snapshot is not None]
        latest: Any = CaseStanding.kinds[kept[-1].kind].model_validate(kept[-1].snapshot) if kept else None
        return cast("S | None", latest)

    # -- what a kind answers ---------------------------------------------------------------------------------

    also: ClassVar[tuple[Update, ...]] = ()
    """What goes along with each record, in the same statement, and is right in any order of two records."""

    def also_values(self, standing: S, entries: Sequence[Entry]) -> dict[str, Any]:
        return {}

    def columns(self, standing: S) -> dict[str, Any]:
        """The columns of the standing that only this kind fills."""
        return {}

    def follow_ups(self, standing: S, entries: Sequence[Entry]) -> FollowUps:
        """What else follows from a record. From most nothing does: they are written with a single statement."""
        return FollowUps()

    async def follow_rebuilt(self, session: AsyncSession, standing: S, rows: Sequence[TimelineEntry]) -> None:
        """The same where the read model is built again."""

    def notice_key(self, standing: S, entry: Entry) -> dict[str, Any]:
        """The columns by which the notices of an entry are told apart from all others of the idea."""
        return {"key": case_key(standing.kind, standing.number, entry.version)}

    async def find_readers(self, where: Database | AsyncSession, standing: S, notice: Notice) -> list[str]:
        """The accounts that a notice means. The coach is whoever the idea has now, or who stands in; without one, the
        leads of the office; who belongs to another idea, whoever answers for that one now."""
        if (other := standing.other_ideas().get(notice.to)) is not None:
            found = await fetch(where, _owner_of(), {"idea_id": other})
            return [owner_id for (owner_id,) in found]
        found = await fetch(where, _standing_of(), {"idea_id": standing.idea_id})
        snapshot = found[0].snapshot if found else None
        idea = Standing.model_validate(snapshot) if snapshot is not None else None
        own = {standing.owner_id, *(idea.team if idea is not None else ())}
        if notice.to is Role.INNOVATOR and notice.account_id == standing.owner_id and found:
            # It may have another owner by now than when the case was last moved.
            notice = notice.model_copy(update={"account_id": found[0].owner_id})
        if notice.to is Role.COACH and notice.account_id is None:
            coach = acting_coach(idea) if idea is not None else None
            notice = Notice(kind=notice.kind, to=Role.LEAD, account_id=coach)
        return await find_recipients(where, notice, standing.office, own)

    # -- how -------------------------------------------------------------------------------------------------

    async def _write(
        self, where: Database | AsyncSession, record: Record, notices: Notices, answered: Sequence[str]
    ) -> Written:
        standing: Any = record.standing
        row = self.row_values(standing, record.entries)
        return await write_rows(
            where,
            [_timeline_row(standing, entry, row["snapshot"]) for entry in record.entries],
            row,
            notices,
            [*(entry.command_id for entry in record.entries), *answered],
            self.also,
            self.also_values(standing, record.entries),
        )

    async def _find_notices(self, where: Database | AsyncSession, standing: S, entries: Sequence[Entry]) -> Notices:
        """The notices of each version. Nobody is told of what was taken back."""
        undone = {entry.facts["undone_version"] for entry in entries if "undone_version" in entry.facts}
        return {
            entry.version: await self._find_notices_of(where, standing, entry)
            for entry in entries
            if entry.version not in undone
        }

    async def _find_notices_of(self, where: Database | AsyncSession, standing: S, entry: Entry) -> list[dict[str, Any]]:
        """Everybody is told once, and nobody of what they have done themselves."""
        told: dict[str, dict[str, Any]] = {}
        for notice in entry.notices:
            for account_id in await self.find_readers(where, standing, notice):
                if account_id != entry.actor.account_id and account_id not in told:
                    key = self.notice_key(standing, entry)
                    row = notice_values(standing.idea_id, account_id=account_id, kind=notice.kind, at=entry.at, **key)
                    told[account_id] = {**row, "not_before": entry.told_from}
        return list(told.values())


def chased_until(standing: Any) -> date | None:
    """Until when a lead who has asked whoever is on turn hears nothing more. An idea keeps it beside its clock, too."""
    clock, holder = standing.clock, standing.holder
    return clock.lead_quiet_until if clock and holder and holder.role is not Role.LEAD else None


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


def _timeline_row(standing: CaseStanding, entry: Entry, snapshot: dict[str, Any]) -> dict[str, Any]:
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
        "snapshot": snapshot if entry.version == standing.version else None,
    }


# -- notices -----------------------------------------------------------------------------------------------------


async def find_recipients(
    where: Database | AsyncSession, notice: Notice, office: str, own: Collection[str] = ()
) -> list[str]:
    """The account of a notice, or the leads of the office; where an office has none, all leads.

    `own`: whose idea it is. Others decide on it, as long as there is another lead at all.
    """
    if notice.account_id is not None:
        return [notice.account_id]
    if notice.to is not Role.LEAD:
        return []
    leads = await fetch(where, _leads(), {})
    others = [lead for lead in leads if lead[0] not in own] or leads
    of_office = [account_id for account_id, its_office in others if its_office == office]
    return of_office or [account_id for account_id, _ in others]


@cache
def _leads() -> Any:
    return select(Account.id, Account.office).where(has_role(Role.LEAD))


@cache
def _standing_of() -> Any:
    return select(StandingRow.snapshot, StandingRow.owner_id).where(StandingRow.case_id == bindparam("idea_id"))


@cache
def _owner_of() -> Any:
    return select(Idea.owner_id).where(Idea.id == bindparam("idea_id"))


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
