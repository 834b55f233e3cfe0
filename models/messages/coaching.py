"""What crosses the boundary of a coach search and of a coach's leave."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from models.messages.rulebook import Rulebook
from models.vocabulary import DeclineReason, RankReason


class OfferMade(BaseModel):
    """An offer that stands in SQL."""

    offer_id: str
    coach_id: str


class SearchState(BaseModel):
    """Everything that one search remembers, also from run to run."""

    schema_version: int = 1
    rank: int = 0
    """How many offers there have been."""
    asked: list[str] = Field(default_factory=list)
    """Whom it does not ask (again)."""
    unavailable: list[str] = Field(default_factory=list)
    offer: OfferMade | None = None
    """The one that is open."""
    until: date | None = None
    reminded: int = 0
    """How many of the offer's reminders lie behind."""
    found: str | None = None
    passed_on: bool = False
    exhausted: bool = False
    stopped: bool = False


class SearchRequest(BaseModel):
    """Which idea needs a coach. `exclude` narrows the field; the rest is read from SQL. `carried` is what a former run
    has left.
    """

    idea_id: str
    n: int
    exclude: list[str] = Field(default_factory=list)
    rulebook: Rulebook
    carried: SearchState | None = None


class RankedCoach(BaseModel):
    """A candidate with the reasons for the rank. Higher scores come first; None means: not eligible."""

    model_config = ConfigDict(frozen=True)

    coach_id: str
    score: int | None
    reasons: list[RankReason]
    shared_themes: int = 0
    free_places: int = 0


class OfferToMake(BaseModel):
    """Ask the best coach who was not asked yet."""

    idea_id: str
    n: int
    rank: int
    exclude: list[str]
    until: date


class OfferAnswer(BaseModel):
    """A coach's answer to an offer."""

    model_config = ConfigDict(frozen=True)

    offer_id: str
    coach_id: str
    accepted: bool
    reason: DeclineReason | None = None
    note_id: str | None = None


class OfferVerdict(StrEnum):
    """What became of an answer."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TOO_LATE = "too_late"
    """The offer has expired, was withdrawn, or somebody else has the idea."""
    NO_PLACE = "no_place"
    """The coach has no free place."""


class OfferClosing(BaseModel):
    """End an offer that was not answered."""

    offer_id: str
    cancelled: bool


class Leave(BaseModel):
    """A coach is away or gone. `until` None: gone for good."""

    coach_id: str
    n: int
    start: date
    until: date | None = None
    cover_id: str | None = None
    rulebook: Rulebook
