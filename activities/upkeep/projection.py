"""The read model of ideas and hand-offs, built again from a standing and the timeline, exactly as it was recorded."""

from collections.abc import Sequence

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.crowdfunding import campaign_values, show_campaign
from activities.record import (
    KEPT_AFTER_UNDO,
    MAY_CHANGE_TASKS,
    project_owner,
    project_tasks,
    settle_places,
    show_standing,
    standing_values,
)
from models.cases.ledger import LEDGER_LENGTH
from models.messages.commands import Actor
from models.messages.crowdfunding import CampaignEntry, CampaignLedgerLine, CampaignRecord, CampaignStanding
from models.messages.idea import Entry, LedgerLine, Record, Standing
from models.tables import CampaignRow, CampaignTimelineEntry, Idea, Place, StandingRow, TimelineEntry
from models.tables.columns import utc_now
from models.vocabulary import DRAFT, CampaignStatus, CrowdfundingState, Role, Stage

NOT_COMPARED = frozenset({"snapshot", "opened_at", "last_entry_at"})
"""Columns that are not told by a standing alone; the snapshot is compared by what it means."""


async def project_idea(session: AsyncSession, standing: Standing) -> bool:
    """Show where an idea stands, whatever was shown before, unless that is newer. Says whether it is shown now."""
    rows = await read_timeline_rows(session, standing.idea_id, up_to=standing.version)
    record = Record(standing=standing, entries=[_entry_of(row) for row in rows] or [_first_entry(standing)])
    older = delete(StandingRow).where(
        col(StandingRow.idea_id) == standing.idea_id, col(StandingRow.version) <= standing.version
    )
    await session.exec(older)
    if not await show_standing(session, record):
        return False
    await settle_places(session, record)
    await project_owner(session, standing)
    await _keep_place_for_second_thoughts(session, standing)
    for earlier in _records_of(rows, standing):
        if any(entry.event in MAY_CHANGE_TASKS for entry in earlier.entries):
            await project_tasks(session, earlier)
    return True


async def project_draft(session: AsyncSession, idea: Idea) -> None:
    """An idea that was never handed in stands where it was written down."""
    values = {
        "idea_id": idea.id,
        "version": 0,
        "stage": Stage.IDENTIFY,
        "state": DRAFT,
        "owner_id": idea.owner_id,
        "office": idea.office,
        "holder_role": Role.INNOVATOR,
        "holder_id": idea.owner_id,
        "holder_since": idea.created_at,
        "entered_at": idea.created_at,
        "last_entry_at": idea.created_at,
        "rulebook_digest": "",
    }
    await session.exec(insert(StandingRow).values(values).on_conflict_do_nothing())


def differs(row: StandingRow, standing: Standing) -> bool:
    """Whether SQL tells a standing of the same version differently. A field that is new in a release is no difference:
    what was shown before gets its default."""
    expected = standing_values(Record(standing=standing, entries=[_first_entry(standing)]))
    plain = {name: value for name, value in expected.items() if name not in NOT_COMPARED}
    if any(getattr(row, name) != value for name, value in plain.items()):
        return True
    return row.snapshot is None or Standing.model_validate(row.snapshot) != standing


async def read_timeline_rows(session: AsyncSession, idea_id: str, *, up_to: int) -> Sequence[TimelineEntry]:
    rows = select(TimelineEntry).where(TimelineEntry.idea_id == idea_id, TimelineEntry.version <= up_to)
    return (await session.exec(rows.order_by(col(TimelineEntry.version)))).all()


def latest_standing(rows: Sequence[TimelineEntry]) -> Standing | None:
    """The newest standing that the timeline has kept."""
    kept = [row.snapshot for row in rows if row.snapshot is not None]
    return Standing.model_validate(kept[-1]) if kept else None


def ledger_of(rows: Sequence[TimelineEntry]) -> list[LedgerLine]:
    """The commands that a run which starts anew has to know, so that none is taken twice."""
    return [
        LedgerLine(
            command_id=row.command_id,
            fingerprint=row.fingerprint,
            version=row.version,
            stage=Stage(row.stage),
            state=row.state,
        )
        for row in rows[-LEDGER_LENGTH:]
    ]


# -- crowdfunding ------------------------------------------------------------------------------------------------


async def project_campaign(session: AsyncSession, standing: CampaignStanding) -> bool:
    """Show where a hand-off stands, whatever was shown before, unless that is newer. Says whether it is shown now."""
    key = (col(CampaignRow.idea_id) == standing.idea_id, col(CampaignRow.attempt) == standing.attempt)
    rows = await read_campaign_rows(session, standing.idea_id, standing.attempt, up_to=standing.version)
    if not rows:
        return False
    await session.exec(delete(CampaignRow).where(*key, col(CampaignRow.version) <= standing.version))
    await show_campaign(session, CampaignRecord(standing=standing, entries=[_campaign_entry_of(row) for row in rows]))
    return (await session.exec(select(CampaignRow.version).where(*key))).one() == standing.version


def campaign_differs(row: CampaignRow, standing: CampaignStanding) -> bool:
    """The same as `differs`."""
    expected = campaign_values(CampaignRecord(standing=standing, entries=[_first_campaign_entry(standing)]))
    plain = {name: value for name, value in expected.items() if name not in NOT_COMPARED}
    if any(getattr(row, name) != value for name, value in plain.items()):
        return True
    return CampaignStanding.model_validate(row.snapshot) != standing


async def read_campaign_rows(
    session: AsyncSession, idea_id: str, attempt: int, *, up_to: int
) -> Sequence[CampaignTimelineEntry]:
    rows = select(CampaignTimelineEntry).where(
        CampaignTimelineEntry.idea_id == idea_id,
        CampaignTimelineEntry.attempt == attempt,
        CampaignTimelineEntry.version <= up_to,
    )
    return (await session.exec(rows.order_by(col(CampaignTimelineEntry.version)))).all()


def latest_campaign_standing(rows: Sequence[CampaignTimelineEntry]) -> CampaignStanding | None:
    kept = [row.snapshot for row in rows if row.snapshot is not None]
    return CampaignStanding.model_validate(kept[-1]) if kept else None


def campaign_ledger_of(rows: Sequence[CampaignTimelineEntry]) -> list[CampaignLedgerLine]:
    return [
        CampaignLedgerLine(
            command_id=row.command_id,
            fingerprint=row.fingerprint,
            version=row.version,
            state=CrowdfundingState(row.state),
            status=CampaignStatus(row.status),
        )
        for row in rows[-LEDGER_LENGTH:]
    ]


def _first_campaign_entry(standing: CampaignStanding) -> CampaignEntry:
    """Stands in for a timeline, as `_first_entry`."""
    return CampaignEntry(
        version=standing.version,
        at=standing.since,
        event="",
        command_id="",
        actor=Actor(role=Role.ENGINE),
        from_state=standing.state,
        state=standing.state,
        status=standing.status,
    )


def _campaign_entry_of(row: CampaignTimelineEntry) -> CampaignEntry:
    return CampaignEntry.model_validate(
        row.model_dump(include=set(CampaignEntry.model_fields) - {"notices"})
        | {"actor": Actor(role=Role(row.actor_role), account_id=row.actor_id)}
    )


# -- how ---------------------------------------------------------------------------------------------------------


def _records_of(rows: Sequence[TimelineEntry], standing: Standing) -> list[Record]:
    """The timeline as it was recorded: each record ends with the entry that keeps the standing."""
    records: list[Record] = []
    entries: list[Entry] = []
    for row in rows:
        entries.append(_entry_of(row))
        if row.snapshot is not None:
            records.append(Record(standing=Standing.model_validate(row.snapshot), entries=entries))
            entries = []
    return [*records, Record(standing=standing, entries=entries)] if entries else records


async def _keep_place_for_second_thoughts(session: AsyncSession, standing: Standing) -> None:
    """While an end can still be undone, its coach's place is kept."""
    if standing.outcome is None or standing.undo is None or standing.coach_id is None:
        return
    until = standing.undo.until + KEPT_AFTER_UNDO
    if until > utc_now():
        place = {"idea_id": standing.idea_id, "coach_id": standing.coach_id, "reserved_until": until}
        await session.exec(insert(Place).values(place).on_conflict_do_nothing())


def _first_entry(standing: Standing) -> Entry:
    """Stands in for a timeline that is empty: only its time is used."""
    return Entry(
        version=standing.version,
        at=standing.entered_at,
        event="",
        command_id="",
        actor=Actor(role=Role.ENGINE),
        from_stage=standing.stage,
        from_state=standing.state,
        stage=standing.stage,
        state=standing.state,
    )


def _entry_of(row: TimelineEntry) -> Entry:
    return Entry(
        version=row.version,
        at=row.at,
        event=row.event,
        command_id=row.command_id,
        fingerprint=row.fingerprint,
        actor=Actor(role=Role(row.actor_role), account_id=row.actor_id),
        from_stage=Stage(row.from_stage),
        from_state=row.from_state,
        stage=Stage(row.stage),
        state=row.state,
        note_id=row.note_id,
        facts=row.facts,
    )
