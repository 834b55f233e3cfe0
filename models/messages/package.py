"""The campaign package: everything a starter needs at hand when entering a campaign on a crowdfunding platform.

It lives in SQL and in the ZIP, never in a workflow history; `PackageFacts` is all that a workflow knows of it. Money is
integer cents. Identity papers, bank numbers and supporters' data have no field here, on purpose.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from models import single_line, typed_text

SCHEMA_VERSION: Final = 1


Line = Annotated[single_line.Line, StringConstraints(max_length=300)]
Text = Annotated[typed_text.Text, StringConstraints(max_length=10_000)]
ImageId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Cents = Annotated[int, Field(ge=0, le=10_000_000_00)]


class FundingMode(StrEnum):
    """How the sum is paid out."""

    ALL_OR_NOTHING = "all_or_nothing"
    FLEXIBLE = "flexible"


class PlatformPlan(StrEnum):
    """The platform's price plans; their fees are configuration."""

    BASIC = "basic"
    PRO = "pro"
    PREMIUM = "premium"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Reward(_Part):
    """A thank-you for a contribution. The price includes shipping."""

    title: Line = ""
    text: Text = ""
    price_cents: Cents = 0
    limit: int | None = Field(default=None, ge=1, le=1_000_000)
    needs_address: bool = False


class BudgetLine(_Part):
    """What a part of the money is for."""

    label: Line = ""
    cents: Cents = 0


class PackageImage(_Part):
    """An image that was uploaded; its bytes are in the table `campaign_image`."""

    id: ImageId
    alt: Line = ""
    credit: Line = ""
    rights_confirmed: bool = False


class TeamMember(_Part):
    """Somebody behind the campaign, with their real name."""

    name: Line = ""
    part: Line = ""


class Eligibility(_Part):
    """The gates before a campaign, as the starter states them. None: not said yet."""

    is_of_age: bool | None = None
    country: Annotated[str, StringConstraints(max_length=20, pattern=r"^[A-Za-z-]*$")] = ""
    """A key of the platform's configured seats, e.g. "DE"."""
    has_matching_account: bool | None = None
    acts_as_entrepreneur: bool | None = None
    content_is_allowed: bool | None = None
    """None of the excluded purposes and rewards, and no foreign copyright."""
    accepts_contract: bool | None = None
    understands_fees: bool | None = None


class Package(_Part):
    """All words and numbers of a campaign. Empty is allowed while it is written; readiness says what is missing."""

    language: str = Field(default="de", max_length=8, pattern=r"^[A-Za-z-]+$")
    title: Line = ""
    subtitle: Line = ""
    summary: Text = ""
    about: Text = ""
    goals: Text = ""
    why: Text = ""
    use_of_money: Text = ""
    people: Text = ""
    start_level_cents: Cents | None = None
    mode: FundingMode = FundingMode.ALL_OR_NOTHING
    plan: PlatformPlan = PlatformPlan.BASIC
    duration_days: int | None = Field(default=None, ge=1, le=3650)
    start_on: date | None = None
    video_url: Line = ""
    rewards: list[Reward] = Field(default_factory=list, max_length=40)
    budget: list[BudgetLine] = Field(default_factory=list, max_length=40)
    images: list[PackageImage] = Field(default_factory=list, max_length=20)
    team: list[TeamMember] = Field(default_factory=list, max_length=30)
    legal_form: Line = ""
    sdgs: list[Annotated[int, Field(ge=1, le=17)]] = Field(default_factory=list, max_length=17)
    output: Text = ""
    outcome: Text = ""
    impact: Text = ""
    communication_plan: Text = ""
    risks: Text = ""
    eligibility: Eligibility = Field(default_factory=Eligibility)


class Section(StrEnum):
    """The sections of the package, in the order in which they are asked for."""

    ELIGIBILITY = "eligibility"
    STORY = "story"
    MONEY = "money"
    REWARDS = "rewards"
    MEDIA = "media"
    TEAM = "team"
    IMPACT = "impact"
    PLAN = "plan"


FIELDS: dict[Section, tuple[str, ...]] = {
    Section.ELIGIBILITY: ("eligibility",),
    Section.STORY: ("title", "subtitle", "summary", "about", "goals", "why", "use_of_money", "people"),
    Section.MONEY: ("start_level_cents", "mode", "plan", "budget", "duration_days", "start_on"),
    Section.REWARDS: ("rewards",),
    Section.MEDIA: ("video_url", "images"),
    Section.TEAM: ("team", "legal_form"),
    Section.IMPACT: ("sdgs", "output", "outcome", "impact"),
    Section.PLAN: ("communication_plan", "risks"),
}
"""Which fields of the package a section asks for, in their order."""

ANSWERS = tuple(name for name in Eligibility.model_fields if name != "country")
"""The questions of the eligibility section that are answered with yes or no; yes is what is needed."""


class Severity(StrEnum):
    """A blocker keeps the package from being packed; a hint does not."""

    BLOCKER = "blocker"
    HINT = "hint"


class Source(StrEnum):
    """Whose rule it is."""

    STARTNEXT = "startnext"
    HOUSE = "house"


class Finding(BaseModel):
    """One thing that a readiness check has found, in both languages."""

    model_config = ConfigDict(frozen=True)

    code: str
    section: Section
    field: str
    """The path of the field in the package, e.g. `rewards.2.price_cents`."""
    severity: Severity
    source: Source
    texts: dict[str, str]
    """Language → what to do, e.g. {"de": …, "en": …}."""


class PackageFacts(BaseModel):
    """What a workflow may know of a package: that it has changed, and whether it is ready."""

    model_config = ConfigDict(frozen=True)

    revision: int = 0
    """Counts the edits; a smaller number never replaces a larger one."""
    digest: str = ""
    """SHA-256 of the canonical JSON (RFC 8785) of the package, in hex."""
    ready: bool = False
