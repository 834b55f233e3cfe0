"""A crowdfunding platform, in our words. Adapters fulfil it; the platform's own words stay in them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from models.messages.package import Package
from models.vocabulary import CampaignStatus, Provenance


class Capabilities(BaseModel):
    """What can be done without a person."""

    model_config = ConfigDict(frozen=True)

    creates_drafts: bool = False
    reads_status: bool = False


class PersonalStep(BaseModel):
    """Something only a person can do on the platform."""

    model_config = ConfigDict(frozen=True)

    key: str
    """Its words are in the catalogues: `crowdfunding.step.{key}`."""
    url: str = ""


class DraftSubmission(BaseModel):
    """What became of handing a draft to the platform: done, or the steps that a person takes now."""

    model_config = ConfigDict(frozen=True)

    done: bool
    steps: tuple[PersonalStep, ...] = ()
    link_id: str | None = None


class PlatformReading(BaseModel):
    """The campaign as the platform has told it. `raw_status` is the platform's own word, shortened and printable."""

    model_config = ConfigDict(frozen=True)

    status: CampaignStatus
    provenance: Provenance
    observed_at: datetime
    raw_status: str = ""
    title: str = ""
    currency: str = "EUR"
    funded_cents: int | None = None
    threshold_cents: int | None = None
    ends_on: date | None = None


class CampaignAddress(BaseModel):
    """An address in its one normal form."""

    model_config = ConfigDict(frozen=True)

    platform: str
    reference: str
    """The platform's own key of the campaign; unique together with `platform`."""
    url: str


class Cause(StrEnum):
    """Why the platform could not be asked. Its words are in the catalogues: `crowdfunding.cause.{cause}`."""

    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    KEY_REVOKED = "key_revoked"
    SCOPE_MISSING = "scope_missing"
    PLAN_NOT_ELIGIBLE = "plan_not_eligible"
    CONSENT_MISSING = "consent_missing"
    """The operator has not named the platform's written consent to our reading."""
    KEY_MISSING = "key_missing"
    """No usable key is where the operator said it would be."""
    NOT_FOUND = "not_found"
    CONTRACT_DRIFT = "contract_drift"
    """The answer is not what the platform's description says."""
    NOT_SUPPORTED = "not_supported"


RETRYABLE = frozenset({Cause.RATE_LIMITED, Cause.UNAVAILABLE})
"""Asked again by itself; everything else opens a task for a person."""


class PlatformError(Exception):
    """The platform was not asked, or did not answer as it should. Says nothing but the cause."""

    def __init__(self, cause: Cause, retry_after: float | None = None) -> None:
        self.cause = cause
        self.retry_after = retry_after
        """Seconds, where the platform has named a time."""
        super().__init__(str(cause))


class WrongAddress(Exception):
    """The text is no address of a campaign on this platform. `key` names the words in the catalogues."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


class CrowdfundingPlatform(Protocol):
    """Fulfilled by the adapters `startnext_manual`, `startnext_api` and `sandbox`."""

    name: str
    """Of the platform, not of the adapter, since addresses are kept under it. Words: `crowdfunding.platform.{name}`."""

    def capabilities(self) -> Capabilities: ...

    def read_address(self, text: str) -> CampaignAddress:
        """The normal form of what somebody has pasted. Raises WrongAddress."""

    async def submit_draft(self, package: Package, key: str) -> DraftSubmission:
        """Hand the package over; the same key twice is one draft. Raises PlatformError."""

    async def read_status(self, reference: str) -> PlatformReading:
        """Raises PlatformError."""
