"""Crowdfunding hand-offs: the package in its owner's words, and what was seen of the campaign.

Packages, images and links are written by `api/`, observations by whoever observes. Where a hand-off stands is in
`standing`, as for every case.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from models.tables.columns import INSTANT, PackedWords, created_column, id_column, reference

BYTES: Any = LargeBinary


class CampaignPackage(SQLModel, table=True):
    """The package of one attempt. `content` is a `Package`; every edit raises `revision` by one."""

    __tablename__ = "campaign_package"

    idea_id: str = reference("idea.id", primary_key=True)
    attempt: int = Field(primary_key=True)
    revision: int = 1
    digest: str = Field(default="", max_length=64)
    content: dict[str, Any] = Field(default_factory=dict, sa_type=PackedWords)
    updated_at: datetime = created_column()
    updated_by: str | None = reference("account.id", nullable=True)


class CampaignImage(SQLModel, table=True):
    """An image of a package, re-encoded on its way in, so that nothing hidden travels with it."""

    __tablename__ = "campaign_image"
    __table_args__ = (Index("ix_campaign_image", "idea_id", "attempt"),)

    id: str = id_column()
    idea_id: str = reference("idea.id")
    attempt: int
    media_type: str = Field(max_length=40)
    width: int
    height: int
    content: bytes = Field(sa_type=BYTES)
    created_at: datetime = created_column()


class CampaignAddressRow(SQLModel, table=True):
    """The address of a campaign, in its normal form. One that turned out to be wrong stays as a record."""

    __tablename__ = "campaign_address"
    __table_args__ = (
        Index(
            "uq_campaign_address", "platform", "campaign_key", unique=True, postgresql_where=text("rejected_at IS NULL")
        ),
    )

    id: str = id_column()
    idea_id: str = reference("idea.id", index=True)
    attempt: int
    platform: str = Field(max_length=40)
    campaign_key: str = Field(max_length=200)
    """The platform's own key of the campaign: `CampaignAddress.reference`."""
    url: str = Field(max_length=400)
    created_by: str | None = reference("account.id", nullable=True)
    created_at: datetime = created_column()
    rejected_at: datetime | None = Field(default=None, sa_type=INSTANT, nullable=True)


class CampaignObservation(SQLModel, table=True):
    """What somebody, or the platform's interface, said of a campaign at one moment."""

    __tablename__ = "campaign_observation"
    __table_args__ = (Index("ix_campaign_observation", "idea_id", "attempt", "observed_at"),)

    id: str = id_column()
    idea_id: str = reference("idea.id")
    attempt: int
    observed_at: datetime = Field(sa_type=INSTANT)
    status: str = Field(max_length=20)
    provenance: str = Field(max_length=20)
    raw_status: str = Field(default="", max_length=40)
    currency: str = Field(default="EUR", max_length=3)
    funded_cents: int | None = None
    threshold_cents: int | None = None
    ends_on: date | None = None
    account_id: str | None = reference("account.id", nullable=True)
