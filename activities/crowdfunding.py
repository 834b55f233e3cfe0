"""Crowdfunding hand-offs: their read model, their package's beginning, and what is asked of the platform."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.ports.crowdfunding import RETRYABLE, Cause, CrowdfundingPlatform, PlatformError, PlatformReading
from activities.record import find_recipients, notice_values
from activities.signatures import Crowdfunding
from models.database import Database
from models.messages.crowdfunding import (
    CampaignEntry,
    CampaignOpening,
    CampaignRecord,
    CampaignStanding,
    DraftOutcome,
    DraftToSubmit,
    Observation,
    ReadingOutcome,
    ReadingToTake,
)
from models.messages.idea import Notice, Standing
from models.messages.package import Package
from models.policy import Policy
from models.rules import readiness
from models.tables import (
    CampaignAddressRow,
    CampaignObservation,
    CampaignPackage,
    CampaignRow,
    CampaignTimelineEntry,
    Idea,
    NoticeRow,
    StandingRow,
)
from models.tables.columns import utc_now
from models.vocabulary import Role

NOT_THERE_YET = "PackageNotThereYet"
ENDED_WITHOUT_CAMPAIGN = frozenset({"withdraw", "expire"})


class CrowdfundingActivities(Crowdfunding):
    """On PostgreSQL, with one platform."""

    def __init__(
        self,
        database: Database,
        platform: CrowdfundingPlatform,
        policy: Policy,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._platform = platform
        self._policy = policy
        self._now = now

    @activity.defn(name="open_package")
    async def open_package(self, idea_id: str, attempt: int) -> CampaignOpening:
        async with self._database.transaction() as session:
            row = await lay_out_package(session, idea_id, attempt)
        today = self._today()
        package = Package.model_validate(row.content)
        return CampaignOpening(
            package=readiness.facts(package, row.revision, self._policy.crowdfunding, today),
            rulebook=self._policy.campaign_rulebook(today),
        )

    @activity.defn(name="record_campaign")
    async def record_campaign(self, record: CampaignRecord) -> None:
        async with self._database.transaction() as session:
            fresh = await append_entries(session, record)
            await show_campaign(session, record)
            await settle_addresses(session, record.standing, fresh)
            await write_notices(session, record.standing, fresh)

    @activity.defn(name="submit_draft")
    async def submit_draft(self, draft: DraftToSubmit) -> DraftOutcome:
        async with self._database.reading() as session:
            row = await session.get(CampaignPackage, (draft.idea_id, draft.attempt))
        if row is None or row.revision < draft.package.revision:
            # Whoever saves it has told the hand-off before the transaction was through.
            raise ApplicationError("the package is not there yet", type=NOT_THERE_YET)
        package = Package.model_validate(row.content)
        facts = readiness.facts(package, row.revision, self._policy.crowdfunding, self._today())
        if facts.digest != draft.package.digest:
            return DraftOutcome(package=facts)
        key = f"crowdfunding/{draft.idea_id}/{draft.attempt}/{facts.digest}"
        try:
            submission = await self._platform.submit_draft(package, key)
        except PlatformError as error:
            if error.cause in RETRYABLE:
                raise _later(error) from None
            return DraftOutcome(package=facts, trouble=error.cause)
        return DraftOutcome(package=facts, steps=tuple(step.key for step in submission.steps))

    @activity.defn(name="read_campaign")
    async def read_campaign(self, reading: ReadingToTake) -> ReadingOutcome:
        row_id = reading_id(reading)
        async with self._database.reading() as session:
            taken = await session.get(CampaignObservation, row_id)
            address = await session.get(CampaignAddressRow, reading.link_id)
        if taken is not None:
            return ReadingOutcome(observation=_observation(taken))
        if address is None:
            return ReadingOutcome(cause=Cause.NOT_FOUND)
        if address.platform != self._platform.name or not self._platform.capabilities().reads_status:
            return ReadingOutcome(cause=Cause.NOT_SUPPORTED)
        try:
            seen = await self._platform.read_status(address.campaign_key)
        except PlatformError as error:
            retryable = error.cause in RETRYABLE
            return ReadingOutcome(cause=error.cause, retryable=retryable, retry_after=error.retry_after)
        async with self._database.transaction() as session:
            await session.exec(insert(CampaignObservation).values(_seen_row(reading, seen)).on_conflict_do_nothing())
            row = await session.get_one(CampaignObservation, row_id)
        return ReadingOutcome(observation=_observation(row))

    def _today(self) -> date:
        return self._now().astimezone(self._policy.zone).date()


# -- the package -------------------------------------------------------------------------------------------------


async def lay_out_package(session: AsyncSession, idea_id: str, attempt: int) -> CampaignPackage:
    """The package of an attempt. A new one begins as a copy of the last, the first with the words of the idea."""
    last = (
        select(CampaignPackage)
        .where(CampaignPackage.idea_id == idea_id, CampaignPackage.attempt <= attempt)
        .order_by(col(CampaignPackage.attempt).desc())
        .limit(1)
    )
    found = (await session.exec(last)).one_or_none()
    if found is not None and found.attempt == attempt:
        return found
    if found is not None:
        package = Package.model_validate(found.content)
    else:
        package = begin_package(await session.get_one(Idea, idea_id))
    values = {
        "idea_id": idea_id,
        "attempt": attempt,
        "revision": 1,
        "digest": readiness.digest(package),
        "content": package.model_dump(mode="json"),
        "updated_at": utc_now(),
    }
    await session.exec(insert(CampaignPackage).values(values).on_conflict_do_nothing())
    return await session.get_one(CampaignPackage, (idea_id, attempt))


def begin_package(idea: Idea) -> Package:
    """What the idea says already need not be typed again."""
    about = "\n\n".join(filter(None, (idea.problem, idea.solution)))
    return Package(
        language=idea.language, title=idea.title, summary=idea.summary, about=about[:10_000], goals=idea.target_group
    )


# -- the record --------------------------------------------------------------------------------------------------


async def append_entries(session: AsyncSession, record: CampaignRecord) -> list[CampaignEntry]:
    """Append to the hand-off's timeline; returns the entries that were not there before."""
    statement = (
        insert(CampaignTimelineEntry)
        .values([_timeline_row(record.standing, entry) for entry in record.entries])
        .on_conflict_do_nothing()
        .returning(col(CampaignTimelineEntry.version))
    )
    versions = set((await session.exec(statement)).scalars())
    return [entry for entry in record.entries if entry.version in versions]


async def show_campaign(session: AsyncSession, record: CampaignRecord) -> None:
    """Update the read model where it is older."""
    values = campaign_values(record)
    statement = insert(CampaignRow).values(values)
    changes = {name: statement.excluded[name] for name in values if name not in ("idea_id", "attempt", "opened_at")}
    await session.exec(
        statement.on_conflict_do_update(
            index_elements=["idea_id", "attempt"],
            set_=changes,
            where=col(CampaignRow.version) < statement.excluded.version,
        )
    )


async def settle_addresses(session: AsyncSession, standing: CampaignStanding, entries: Sequence[CampaignEntry]) -> None:
    """An address that was turned down, or that nobody stood by when it counted, is free for others again."""
    for entry in entries:
        mine = (
            col(CampaignAddressRow.idea_id) == standing.idea_id,
            col(CampaignAddressRow.attempt) == standing.attempt,
        )
        free = update(CampaignAddressRow).where(*mine, col(CampaignAddressRow.rejected_at).is_(None))
        if entry.event == "reject_link":
            free = free.where(col(CampaignAddressRow.id) == entry.facts["rejected_link"])
        elif entry.event == "confirm_link":
            free = free.where(col(CampaignAddressRow.id) != entry.facts["link"])
        elif entry.event in ENDED_WITHOUT_CAMPAIGN:
            confirmed = standing.link.link_id if standing.link is not None else None
            free = free.where(col(CampaignAddressRow.id).is_distinct_from(confirmed))
        else:
            continue
        await session.exec(free.values(rejected_at=entry.at))


async def write_notices(session: AsyncSession, standing: CampaignStanding, entries: Sequence[CampaignEntry]) -> None:
    rows = []
    for entry in entries:
        told = set[str]()
        for notice in entry.notices:
            for account_id in await find_readers(session, standing, notice):
                if account_id != entry.actor.account_id and account_id not in told:
                    told.add(account_id)
                    key = f"c{standing.attempt}v{entry.version}"
                    rows.append(notice_values(standing.idea_id, key, account_id, notice.kind, at=entry.at))
    if rows:
        await session.exec(insert(NoticeRow).values(rows).on_conflict_do_nothing())


async def find_readers(session: AsyncSession, standing: CampaignStanding, notice: Notice) -> list[str]:
    """The coach is whoever the idea has now, or who stands in; without one, the leads of the office."""
    row = await session.get(StandingRow, standing.idea_id)
    idea = Standing.model_validate(row.snapshot) if row is not None and row.snapshot is not None else None
    own = {standing.owner_id, *(idea.team if idea is not None else ())}
    if notice.to is not Role.COACH:
        return await find_recipients(session, notice, standing.office, own)
    coach = None
    if idea is not None:
        coach = idea.cover.account_id if idea.cover is not None else idea.coach_id
    return await find_recipients(
        session, Notice(kind=notice.kind, to=Role.LEAD, account_id=coach), standing.office, own
    )


def _timeline_row(standing: CampaignStanding, entry: CampaignEntry) -> dict[str, Any]:
    return {
        "idea_id": standing.idea_id,
        "attempt": standing.attempt,
        "version": entry.version,
        "at": entry.at,
        "event": entry.event,
        "command_id": entry.command_id,
        "fingerprint": entry.fingerprint,
        "actor_role": entry.actor.role,
        "actor_id": entry.actor.account_id,
        "from_state": entry.from_state,
        "state": entry.state,
        "status": entry.status,
        "note_id": entry.note_id,
        "facts": entry.facts,
        "snapshot": standing.model_dump(mode="json") if entry.version == standing.version else None,
    }


def campaign_values(record: CampaignRecord) -> dict[str, Any]:
    """The row of the read model that shows a record."""
    standing, last = record.standing, record.entries[-1]
    return {
        "idea_id": standing.idea_id,
        "attempt": standing.attempt,
        "version": standing.version,
        "state": standing.state,
        "status": standing.status,
        "result": standing.result,
        "holder_role": standing.holder_role,
        "holder_since": standing.since,
        "holder_until": standing.pause.until if standing.pause else standing.clock.due if standing.clock else None,
        "trouble": standing.trouble,
        "opened_at": record.entries[0].at,
        "last_entry_at": last.at,
        "snapshot": standing.model_dump(mode="json"),
    }


# -- the platform ------------------------------------------------------------------------------------------------


def reading_id(reading: ReadingToTake) -> str:
    """The same look at the same campaign is the same row, however often it is taken."""
    return str(uuid5(NAMESPACE_URL, f"reading/{reading.idea_id}/{reading.attempt}/{reading.link_id}/{reading.n}"))


def _seen_row(reading: ReadingToTake, seen: PlatformReading) -> dict[str, Any]:
    return {
        "id": reading_id(reading),
        "idea_id": reading.idea_id,
        "attempt": reading.attempt,
        "observed_at": seen.observed_at,
        "status": seen.status,
        "provenance": seen.provenance,
        "raw_status": seen.raw_status,
        "currency": seen.currency,
        "funded_cents": seen.funded_cents,
        "threshold_cents": seen.threshold_cents,
        "ends_on": seen.ends_on,
    }


def _observation(row: CampaignObservation) -> Observation:
    return Observation.model_validate(row.model_dump(include=set(Observation.model_fields)))


def _later(error: PlatformError) -> ApplicationError:
    pause = timedelta(seconds=error.retry_after) if error.retry_after is not None else None
    return ApplicationError("the platform is out of reach", type=str(error.cause), next_retry_delay=pause)
