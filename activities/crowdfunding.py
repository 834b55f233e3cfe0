"""Crowdfunding hand-offs: their package's beginning, and what is asked of the platform."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.ports.crowdfunding import RETRYABLE, Cause, CrowdfundingPlatform, PlatformError, PlatformReading
from activities.signatures import Crowdfunding
from models.database import Database
from models.messages.crowdfunding import (
    CampaignOpening,
    DraftOutcome,
    DraftToSubmit,
    Observation,
    ReadingOutcome,
    ReadingToTake,
)
from models.messages.package import Package
from models.policy import Policy
from models.rules import readiness
from models.tables import (
    CampaignAddressRow,
    CampaignObservation,
    CampaignPackage,
    Idea,
)
from models.tables.columns import utc_now
from models.workflow_ids import CROWDFUNDING

NOT_THERE_YET = "PackageNotThereYet"


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
            rulebook=self._policy.rulebook(today, CROWDFUNDING),
        )

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
