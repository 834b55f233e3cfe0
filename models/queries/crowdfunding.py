"""One crowdfunding hand-off with everything that belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, and_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.messages.crowdfunding import CampaignStanding
from models.messages.package import Package
from models.queries.account_names import Named, Person, person
from models.tables import (
    CampaignAddressRow,
    CampaignImage,
    CampaignObservation,
    CampaignPackage,
    Note,
    StandingRow,
    TimelineEntry,
)
from models.vocabulary import CampaignStatus, CrowdfundingState, Provenance, Role
from models.workflow_ids import CROWDFUNDING

MOST_OBSERVATIONS = 50
"""The newest; a campaign that is read every hour has hundreds."""


class CampaignLine(BaseModel):
    """One version: what happened, by whom, where to, and the words that belong to it."""

    version: int
    at: datetime
    event: str
    actor_role: Role
    actor: Person | None
    from_state: CrowdfundingState
    state: CrowdfundingState
    status: CampaignStatus
    facts: dict[str, str | int]
    note: str | None


class ObservationLine(BaseModel):
    """What was seen of the campaign at one moment, and how we know."""

    id: str
    observed_at: datetime
    status: CampaignStatus
    provenance: Provenance
    raw_status: str
    currency: str
    funded_cents: int | None
    threshold_cents: int | None
    ends_on: date | None
    by: Person | None


class ImageLine(BaseModel):
    """An image of the package, without its bytes."""

    id: str
    media_type: str
    width: int
    height: int


@dataclass(frozen=True)
class CampaignView:
    """One hand-off as a page or the API shows it, before anybody's permissions are looked at."""

    row: StandingRow
    standing: CampaignStanding
    package: Package
    revision: int
    timeline: list[CampaignLine]
    """The newest first."""
    observations: list[ObservationLine]
    """The newest first."""
    address: CampaignAddressRow | None
    """The one that was pasted, confirmed or not."""
    images: list[ImageLine]
    attempts: list[int]
    """All there have been."""


async def read_campaign(session: AsyncSession, idea_id: str, attempt: int | None = None) -> CampaignView | None:
    """One hand-off of an idea, the latest where no attempt is given; None where there is none."""
    rows = await session.exec(select(StandingRow).where(is_campaign(idea_id)).order_by(col(StandingRow.number)))
    by_attempt = {row.number: row for row in rows}
    row = by_attempt.get(attempt if attempt is not None else max(by_attempt, default=0))
    if row is None:
        return None
    standing: CampaignStanding = row.read()
    kept = await session.get(CampaignPackage, (idea_id, row.number))
    package = Package.model_validate(kept.content) if kept is not None else Package()
    return CampaignView(
        row=row,
        standing=standing,
        package=package,
        revision=kept.revision if kept is not None else 0,
        timeline=await _read_timeline(session, row),
        observations=await _read_observations(session, row),
        address=await session.get(CampaignAddressRow, standing.link.link_id) if standing.link else None,
        images=await _read_images(session, idea_id, [image.id for image in package.images]),
        attempts=list(by_attempt),
    )


def glance_at(row: StandingRow, seen: CampaignObservation | None) -> CampaignView:
    """How a hand-off stands, and the newest sums that were seen. The package, the timeline and all else stay empty."""
    return CampaignView(
        row=row,
        standing=row.read(),
        package=Package(),
        revision=0,
        timeline=[],
        observations=[ObservationLine.model_validate({**seen.model_dump(), "by": None})] if seen is not None else [],
        address=None,
        images=[],
        attempts=[row.number],
    )


def join_sums(statement: Any) -> Any:
    """With the newest sums that were seen of a hand-off; nothing beside any other case."""
    seen_last = (
        select(CampaignObservation.id)
        .where(
            CampaignObservation.idea_id == StandingRow.idea_id,
            CampaignObservation.attempt == StandingRow.number,
            col(CampaignObservation.funded_cents).is_not(None),
        )
        .order_by(col(CampaignObservation.observed_at).desc(), col(CampaignObservation.id))
        .limit(1)
        .correlate(StandingRow)
        .scalar_subquery()
    )
    newest = and_(col(StandingRow.kind) == CROWDFUNDING, col(CampaignObservation.id) == seen_last)
    return statement.outerjoin(CampaignObservation, newest)


def is_campaign(idea_id: Any) -> ColumnElement[bool]:
    """The hand-offs of one idea."""
    return and_(col(StandingRow.idea_id) == idea_id, col(StandingRow.kind) == CROWDFUNDING)


async def _read_timeline(session: AsyncSession, row: StandingRow) -> list[CampaignLine]:
    actor = Named(col(TimelineEntry.actor_id))
    columns: list[Any] = [TimelineEntry, Note.body, actor.name]
    statement: Any = select(*columns).outerjoin(Note, col(Note.id) == col(TimelineEntry.note_id))
    statement = actor.join(statement).where(TimelineEntry.case_id == row.case_id)
    found = (await session.exec(statement.order_by(col(TimelineEntry.version).desc()))).all()
    return [
        CampaignLine(
            version=entry.version,
            at=entry.at,
            event=entry.event,
            actor_role=entry.actor_role,
            actor=person(entry.actor_id, name),
            from_state=entry.from_state,
            state=entry.state,
            status=entry.stage,
            facts=entry.facts,
            note=note,
        )
        for entry, note, name in found
    ]


async def _read_observations(session: AsyncSession, row: StandingRow) -> list[ObservationLine]:
    by = Named(col(CampaignObservation.account_id))
    columns: list[Any] = [CampaignObservation, by.name]
    statement: Any = by.join(select(*columns)).where(
        CampaignObservation.idea_id == row.idea_id, CampaignObservation.attempt == row.number
    )
    newest = statement.order_by(col(CampaignObservation.observed_at).desc(), col(CampaignObservation.id))
    found = (await session.exec(newest.limit(MOST_OBSERVATIONS))).all()
    return [
        ObservationLine.model_validate({**seen.model_dump(), "by": person(seen.account_id, name)})
        for seen, name in found
    ]


async def _read_images(session: AsyncSession, idea_id: str, ids: Sequence[str]) -> list[ImageLine]:
    """In the order of the package, which may show images of an earlier attempt."""
    columns: list[Any] = [getattr(CampaignImage, name) for name in ImageLine.model_fields]
    statement: Any = select(*columns).where(CampaignImage.idea_id == idea_id, col(CampaignImage.id).in_(ids))
    found = {row.id: ImageLine.model_validate(row._asdict()) for row in (await session.exec(statement)).all()}
    return [found[image_id] for image_id in ids if image_id in found]
