"""Crowdfunding hand-offs: the package in its owner's words, where the hand-off stands, what was seen of the campaign.

`campaign`, `campaign_entry` belong to the `record_campaign` activity; packages, images and links are written by `api/`,
observations by whoever observes.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.messages.crowdfunding import CampaignStanding
from models.tables.columns import INSTANT, JSONB_OR_NULL, UUID_TYPE, PackedWords, created_column, id_column, reference

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


class CampaignRow(SQLModel, table=True):
    """The read model of one hand-off. `snapshot` is the whole `CampaignStanding`."""

    __tablename__ = "campaign"
    __table_args__ = (Index("ix_campaign_open", "holder_role", "holder_until"),)

    idea_id: str = reference("idea.id", primary_key=True)
    attempt: int = Field(primary_key=True)
    version: int
    state: str = Field(max_length=20)
    status: str = Field(max_length=20)
    result: str | None = Field(default=None, max_length=20)
    holder_role: str | None = Field(default=None, max_length=20)
    holder_since: datetime = Field(sa_type=INSTANT)
    holder_until: date | None = None
    trouble: str | None = Field(default=None, max_length=30)
    opened_at: datetime = created_column()
    last_entry_at: datetime = Field(sa_type=INSTANT)
    snapshot: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)

    def standing(self) -> CampaignStanding:
        """Where the attempt stands as SQL knows it."""
        return CampaignStanding.model_validate(self.snapshot)


class CampaignTimelineEntry(SQLModel, table=True):
    """One version of one hand-off. The key makes a repeat change nothing."""

    __tablename__ = "campaign_entry"
    __table_args__ = (
        ForeignKeyConstraint(["idea_id"], ["idea.id"], ondelete="CASCADE"),
        Index("uq_campaign_command", "idea_id", "attempt", "command_id", unique=True),
    )

    idea_id: str = Field(primary_key=True, sa_type=UUID_TYPE)
    attempt: int = Field(primary_key=True)
    version: int = Field(primary_key=True)
    at: datetime = Field(sa_type=INSTANT)
    event: str = Field(max_length=40)
    command_id: str = Field(max_length=80)
    fingerprint: str = Field(default="", max_length=64)
    actor_role: str = Field(max_length=20)
    actor_id: str | None = Field(default=None, sa_type=UUID_TYPE)
    from_state: str = Field(max_length=20)
    state: str = Field(max_length=20)
    status: str = Field(max_length=20)
    note_id: str | None = Field(default=None, sa_type=UUID_TYPE)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    snapshot: dict[str, Any] | None = Field(default=None, sa_type=JSONB_OR_NULL)
    """The whole `CampaignStanding` after this version; the last of several that are recorded at once has it."""


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
