"""Where cases stand and how they came there: written by `activities.projection` alone. A case has a row from its first
step on.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, Text, UniqueConstraint, and_, cast, func, or_, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel, col

from models import workflow_ids
from models.messages.cases import CaseStanding
from models.messages.idea import Standing
from models.tables.columns import INSTANT, JSONB_OR_NULL, UUID_TYPE, instant, reference
from models.workflow_ids import IDEA

SHOWN = "shown"
"""The channel on which PostgreSQL tells what was shown: the id of a case, a space, its version."""

OPEN = text("outcome IS NULL")
COACHED = text("outcome IS NULL AND coach_id IS NOT NULL")
UNCOACHED = text("outcome IS NULL AND coach_id IS NULL AND search IS NULL")
OURS = text("outcome IS NULL AND holder_role = 'lead'")
CHASED = text("outcome IS NULL AND chased_until IS NOT NULL")
ASKED = text("asked_until IS NOT NULL")
TWIN = text("duplicate_of IS NOT NULL")
TEAMED = text("team <> '{}'::jsonb")
"""The rows of partial indexes: most ideas have ended after some years, and few of the others are stuck."""


class StandingRow(SQLModel, table=True):
    """The read model of one case. `snapshot` is the whole `CaseStanding`, from which it can be built again.

    The key of an idea is its own id: whatever joins `case_id` with an idea, or looks one up by it, sees ideas alone.
    What else an idea has, its hand-offs, is found by `idea_id`. Who may see those, the row of their idea says.
    """

    __tablename__ = "standing"
    __table_args__ = (
        Index("uq_standing_case", "idea_id", "kind", "number", unique=True),
        Index("ix_standing_due", "holder_until", "case_id"),
        Index("ix_standing_holder", "holder_id", "holder_until"),
        Index("ix_standing_stage", "stage", "state", "case_id"),
        Index("ix_standing_last", "last_entry_at", "case_id"),
        Index("ix_standing_submitted", text("submitted_at DESC NULLS LAST"), text("case_id DESC")),
        Index("ix_standing_cover", "cover_id", postgresql_where=text("cover_id IS NOT NULL")),
        Index("ix_standing_coached", text("coalesce(cover_id, coach_id)"), postgresql_where=COACHED),
        Index("ix_standing_entered", "entered_at", "case_id", postgresql_where=OPEN),
        # One for each cause to be stuck, and for those that were chased; overdue ones are found by `ix_standing_due`.
        Index("ix_standing_silent", "last_entry_at", "case_id", postgresql_where=OPEN),
        Index("ix_standing_uncoached", "holder_since", "case_id", postgresql_where=UNCOACHED),
        Index("ix_standing_ours", "holder_since", "case_id", postgresql_where=OURS),
        Index("ix_standing_asked", "asked_until", "case_id", postgresql_where=ASKED),
        Index("ix_standing_chased", "chased_until", postgresql_where=CHASED),
        Index("ix_standing_pace", "stage", "state", "entered_at", "case_id", postgresql_where=OPEN),
        Index("ix_standing_twin", "duplicate_of", postgresql_where=TWIN),
        Index("ix_standing_team", "team", postgresql_using="gin", postgresql_where=TEAMED),
    )

    case_id: str = Field(primary_key=True, sa_type=UUID_TYPE)
    kind: str = Field(default=IDEA, max_length=20)
    idea_id: str = reference("idea.id")
    number: int = 0
    """Which of several of its kind the idea has."""
    version: int
    stage: str = Field(max_length=20)
    state: str = Field(max_length=20)
    outcome: str | None = Field(default=None, max_length=20)
    duplicate_of: str | None = Field(default=None, sa_type=UUID_TYPE)
    owner_id: str = Field(sa_type=UUID_TYPE, index=True)
    office: str = Field(max_length=40, index=True)
    coach_id: str | None = Field(default=None, sa_type=UUID_TYPE, index=True)
    cover_id: str | None = Field(default=None, sa_type=UUID_TYPE)
    team: dict[str, str] = Field(
        default_factory=dict, sa_type=JSONB, nullable=False, sa_column_kwargs={"server_default": text("'{}'")}
    )
    """Account → share, beside the owner."""
    partner: str | None = Field(default=None, max_length=40)
    holder_role: str | None = Field(default=None, max_length=20)
    holder_id: str | None = Field(default=None, sa_type=UUID_TYPE)
    holder_since: datetime | None = instant()
    holder_until: date | None = None
    holder_why: str | None = Field(default=None, max_length=20)
    entered_at: datetime = Field(sa_type=INSTANT)
    paused_until: date | None = None
    chased_until: date | None = None
    asked_until: date | None = None
    """By when the first of its open questions wants its answer."""
    search: int | None = None
    submitted_at: datetime | None = instant()
    ended_at: datetime | None = instant()
    last_entry_at: datetime = Field(sa_type=INSTANT)
    rulebook_digest: str = Field(default="", max_length=20)
    snapshot: dict[str, Any] | None = Field(default=None, sa_type=JSONB)

    @property
    def workflow_id(self) -> str:
        return workflow_ids.case(self.kind, self.idea_id, self.number)

    @property
    def turn_key(self) -> str:
        """The same as long as it is the same turn: the identity of its deadline in calendars."""
        return f"{self.workflow_id}/{self.stage}.{self.state}"

    def read(self) -> Any:
        """Where the case stands as SQL knows it, by its kind."""
        return CaseStanding.kinds[self.kind].model_validate(self.snapshot)

    def standing(self) -> Standing:
        """Where the idea stands as SQL knows it; before its first step, where it begins."""
        if self.snapshot is not None:
            return Standing.model_validate(self.snapshot)
        return Standing(idea_id=self.idea_id, owner_id=self.owner_id, office=self.office, entered_at=self.entered_at)


def is_idea() -> ColumnElement[bool]:
    return col(StandingRow.kind) == IDEA


def is_open_idea() -> ColumnElement[bool]:
    """On its path, and not ended."""
    return and_(is_idea(), col(StandingRow.outcome).is_(None))


def acting_coach() -> ColumnElement[Any]:
    """`holders.acting_coach` as SQL: whoever stands in, or else the coach, also where the leads stand in for them."""
    return func.coalesce(col(StandingRow.cover_id), col(StandingRow.coach_id))


def is_in_team(account_id: Any) -> ColumnElement[bool]:
    """The ideas in whose team an account is, whatever its share. The first condition is that of the index."""
    team: Any = col(StandingRow.team)
    return and_(TEAMED, team.has_key(cast(account_id, Text)))


def is_own(account_id: Any) -> ColumnElement[bool]:
    """`permissions.is_own` as SQL: the ideas that somebody has handed in, or in whose team they are."""
    return or_(col(StandingRow.owner_id) == account_id, is_in_team(account_id))


class TimelineEntry(SQLModel, table=True):
    """One version of one case. The key makes a repeat change nothing."""

    __tablename__ = "timeline_entry"
    __table_args__ = (
        UniqueConstraint("case_id", "command_id", name="uq_timeline_command"),
        # Written in the order of time, so that some pages tell where a span of days stands.
        Index("ix_timeline_at", "at", postgresql_using="brin"),
    )

    case_id: str = Field(primary_key=True, sa_type=UUID_TYPE)
    kind: str = Field(default=IDEA, max_length=20)
    idea_id: str = reference("idea.id", index=True)
    number: int = 0
    version: int = Field(primary_key=True)
    at: datetime = Field(sa_type=INSTANT)
    event: str = Field(max_length=40)
    command_id: str = Field(max_length=80)
    fingerprint: str = Field(default="", max_length=64)
    actor_role: str = Field(max_length=20)
    actor_id: str | None = Field(default=None, sa_type=UUID_TYPE)
    from_stage: str = Field(max_length=20)
    from_state: str = Field(max_length=20)
    stage: str = Field(max_length=20)
    state: str = Field(max_length=20)
    holder_role: str | None = Field(default=None, max_length=20)
    holder_id: str | None = Field(default=None, sa_type=UUID_TYPE)
    holder_until: date | None = None
    note_id: str | None = Field(default=None, sa_type=UUID_TYPE)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    snapshot: dict[str, Any] | None = Field(default=None, sa_type=JSONB_OR_NULL)
    """The whole `CaseStanding` after this version, from which the read model is built again. Of several versions that
    are recorded at once the last has it."""
