"""What crosses the boundary of a crowdfunding hand-off: ids, enums, dates, cents. No address and no word of a campaign.

The campaign's address and what the platform literally said are rows in SQL and travel as their ids.
"""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from models.messages.commands import Actor
from models.messages.idea import CampaignNews, Clock, Notice, Pause
from models.messages.package import PackageFacts
from models.messages.rulebook import Rulebook
from models.vocabulary import CampaignStatus, CrowdfundingResult, CrowdfundingState, Provenance, Role


class CampaignRequest(BaseModel):
    """Which idea goes for crowdfunding, and for the how-manieth time. `carried` is what a former run has left."""

    idea_id: str
    attempt: int
    owner_id: str
    office: str
    actor: Actor
    carried: "CampaignState | None" = None


class Observation(BaseModel):
    """The campaign as somebody has seen it. What the platform literally said is in the row of this id."""

    model_config = ConfigDict(frozen=True)

    id: str
    status: CampaignStatus
    provenance: Provenance
    observed_at: datetime
    funded_cents: int | None = None
    threshold_cents: int | None = None
    ends_on: date | None = None


class CampaignCommand(BaseModel):
    """One event asked of one hand-off."""

    model_config = ConfigDict(frozen=True)

    id: str
    event: str
    actor: Actor
    fingerprint: str = ""
    expected_version: int | None = None
    searched_to: int | None = None
    """Up to this version the timeline has been searched for this command, in vain."""
    package: PackageFacts | None = None
    """The package as SQL has it now; what decides on a package (edit, pack, confirm, link, confirm_link) needs it."""
    note_id: str | None = None
    link_id: str | None = None
    observation: Observation | None = None
    days: int | None = None
    until: date | None = None
    rulebook: Rulebook | None = None
    """The limits of now, where the hand-off still has older ones: see `CampaignStanding.rulebook_digest`."""


class CampaignReceipt(BaseModel):
    """What became of it."""

    model_config = ConfigDict(frozen=True)

    idea_id: str
    attempt: int
    version: int
    state: CrowdfundingState
    status: CampaignStatus


class CampaignLink(BaseModel):
    """The campaign's address as the hand-off knows it: the id of a row, who pasted it and who confirmed it."""

    model_config = ConfigDict(frozen=True)

    link_id: str
    by: Role
    confirmed_by: Role | None = None


class Confirmation(BaseModel):
    """Starter or coach stands by the package with this digest. A lead may stand in for the coach."""

    model_config = ConfigDict(frozen=True)

    role: Role
    account_id: str
    digest: str
    at: datetime


class CampaignStanding(BaseModel):
    """Where a hand-off stands. SQL shows exactly this."""

    idea_id: str
    attempt: int
    owner_id: str
    office: str
    version: int = 0
    state: CrowdfundingState = CrowdfundingState.NOT_READY
    status: CampaignStatus = CampaignStatus.UNKNOWN
    result: CrowdfundingResult | None = None
    """Told to the idea as soon as it is known."""
    package: PackageFacts = Field(default_factory=PackageFacts)
    confirmations: list[Confirmation] = Field(default_factory=list)
    link: CampaignLink | None = None
    seen: Observation | None = None
    """The latest observation that changed something; every one is a row in SQL."""
    ends_on: date | None = None
    """The last day of the campaign, where somebody or the platform has said it."""
    holder_role: Role | None = None
    """Who is on turn: the starter, the coach, or the engine; None when the hand-off has ended."""
    since: datetime
    clock: Clock | None = None
    pause: Pause | None = None
    """The idea is paused: nothing is sent, and no time runs out."""
    progress_on: date | None = None
    """When somebody last went on with it; after a long time without that, it expires."""
    automatic: bool = False
    """The platform's status is read by itself."""
    trouble: str | None = None
    """Why it cannot be read just now, a `Cause` of the platform's port; or `no_result`, `status_unknown`."""
    rulebook_digest: str = ""


class CampaignEntry(BaseModel):
    """One line of the hand-off's own timeline."""

    version: int
    at: datetime
    event: str
    command_id: str
    fingerprint: str = ""
    actor: Actor
    from_state: CrowdfundingState
    state: CrowdfundingState
    status: CampaignStatus
    note_id: str | None = None
    facts: dict[str, str | int] = Field(default_factory=dict)
    notices: list[Notice] = Field(default_factory=list)
    """A coach is named by the role alone: who it is at the moment, the recording activity finds out."""


class CampaignLedgerLine(BaseModel):
    """A command that was carried out, kept so that it is carried out once."""

    model_config = ConfigDict(frozen=True)

    command_id: str
    fingerprint: str
    version: int
    state: CrowdfundingState
    status: CampaignStatus


class Readings(BaseModel):
    """When the platform is asked next, and how it went. Not part of the standing: most readings change nothing."""

    taken: int = 0
    failed: int = 0
    """In a row."""
    next_at: datetime | None = None


class CampaignState(BaseModel):
    """Everything that travels from run to run."""

    schema_version: int = 1
    standing: CampaignStanding
    rulebook: Rulebook
    ledger: list[CampaignLedgerLine] = Field(default_factory=list)
    outbox: list[CampaignEntry] = Field(default_factory=list)
    news: list[CampaignNews] = Field(default_factory=list)
    """For the idea, not told yet."""
    readings: Readings = Field(default_factory=Readings)
    undelivered: bool = False
    """Recorded notices wait for their delivery."""


class CampaignRecord(BaseModel):
    """What `record_campaign` projects in one transaction."""

    standing: CampaignStanding
    entries: list[CampaignEntry]


class CampaignOpening(BaseModel):
    """With what a hand-off begins: its package, at first a copy of the last attempt's, and the limits of now."""

    package: PackageFacts
    rulebook: Rulebook


class DraftToSubmit(BaseModel):
    """Hand the confirmed package over to the platform."""

    idea_id: str
    attempt: int
    package: PackageFacts


class DraftOutcome(BaseModel):
    """What the platform made of it. Whatever it is, a person goes on from there."""

    package: PackageFacts
    """As SQL has it: another digest than the one asked for means that nothing was handed over."""
    steps: tuple[str, ...] = ()
    """Keys of what only a person can do: `crowdfunding.step.{key}` in the catalogues."""
    trouble: str | None = None


class ReadingToTake(BaseModel):
    """Look at the campaign on its platform for the n-th time."""

    idea_id: str
    attempt: int
    link_id: str
    n: int


class ReadingOutcome(BaseModel):
    """What was seen, or why nothing was."""

    observation: Observation | None = None
    cause: str | None = None
    retryable: bool = False
    retry_after: float | None = None
    """Seconds, where the platform has named a time."""
