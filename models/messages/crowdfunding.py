"""What crosses the boundary of a crowdfunding hand-off: ids, enums, dates, cents. No address and no word of a campaign.

The campaign's address and what the platform literally said are rows in SQL and travel as their ids.
"""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from models import workflow_ids
from models.messages.cases import CaseState, PlainStanding
from models.messages.commands import Actor, CaseCommand
from models.messages.idea import CampaignNews
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


class CampaignCommand(CaseCommand):
    """One event asked of one hand-off."""

    package: PackageFacts | None = None
    """The package as SQL has it now; what decides on a package (edit, pack, confirm, link, confirm_link) needs it."""
    link_id: str | None = None
    observation: Observation | None = None


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


class CampaignStanding(PlainStanding):
    """Where a hand-off stands."""

    kind = "crowdfunding"

    attempt: int
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
    progress_on: date | None = None
    """When somebody last went on with it; after a long time without that, it expires."""
    automatic: bool = False
    """The platform's status is read by itself."""
    trouble: str | None = None
    """Why it cannot be read just now, a `Cause` of the platform's port; or `no_result`, `status_unknown`."""

    @classmethod
    def id_of(cls, idea_id: str, attempt: int) -> str:
        """The `case_id` of one attempt."""
        return workflow_ids.case_id(cls.kind, idea_id, attempt)

    @property
    def number(self) -> int:
        return self.attempt

    @property
    def stage(self) -> CampaignStatus:
        return self.status

    @property
    def outcome(self) -> str | None:
        return super().outcome and (self.result or self.state)


class Readings(BaseModel):
    """When the platform is asked next, and how it went. Not part of the standing: most readings change nothing."""

    taken: int = 0
    failed: int = 0
    """In a row."""
    next_at: datetime | None = None


class CampaignState(CaseState):
    """Everything that travels of a hand-off."""

    standing: CampaignStanding
    news: list[CampaignNews] = Field(default_factory=list)
    """For the idea, not told yet."""
    readings: Readings = Field(default_factory=Readings)


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
