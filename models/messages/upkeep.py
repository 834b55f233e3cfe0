"""What crosses the boundary of upkeep: ids, enums, dates and counts."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from models.vocabulary import DriftKind


class ReconcileRequest(BaseModel):
    """Compare SQL with the workflows, all of them or one idea's. `run_id` makes a repeat go on with the same report."""

    run_id: str
    fix: bool = False
    idea_id: str | None = None


class Finding(BaseModel):
    """One thing that SQL and a workflow tell differently. `subject` is the workflow's id."""

    model_config = ConfigDict(frozen=True)

    subject: str
    kind: DriftKind
    shown_version: int | None = None
    engine_version: int | None = None
    repaired: bool = False


class ReconcileReport(BaseModel):
    """What a comparison has found."""

    run_id: str
    checked: int = 0
    found: dict[DriftKind, int] = Field(default_factory=dict)
    repaired: int = 0

    @property
    def left(self) -> int:
        """How much drift is still there."""
        return sum(self.found.values()) - self.repaired


class RetentionRequest(BaseModel):
    """Delete and pseudonymise what has had its time; a dry run only counts."""

    run_id: str
    dry_run: bool = False


class RetentionCounts(BaseModel):
    """What was done, or would have been."""

    drafts_deleted: int = 0
    ideas_pseudonymised: int = 0
    accounts_erased: int = 0
    mails_deleted: int = 0
    reports_deleted: int = 0
    erasures_completed: int = 0
    places: list["Place"] = Field(default_factory=list, exclude=True)
    """Where words of others still name whom it has erased. Kept in the report alone, not in a workflow's history."""


class Place(BaseModel):
    """Where words are kept, told without them: `note:ID`, `idea:ID`, `session:ID`."""

    model_config = ConfigDict(frozen=True)

    name: str
    key: str
    idea_id: str | None = None

    def __str__(self) -> str:
        return f"{self.name}:{self.key}"


class ErasureCounts(BaseModel):
    """What of one person was deleted or emptied."""

    ideas: int = 0
    drafts: int = 0
    notes: int = 0
    tasks: int = 0
    packages: int = 0
    images: int = 0
    files: int = 0
    addresses: int = 0
    mails: int = 0
    notices: int = 0
    tokens: int = 0
    mentions: int = 0
    """Texts of others in which the address stood, or the name where that was to be replaced."""


class Erasure(BaseModel):
    """That somebody was erased. It names nobody: the fingerprint is an HMAC of the address under the signing key."""

    model_config = ConfigDict(frozen=True)

    account_id: str
    fingerprint: str
    erased_at: datetime
