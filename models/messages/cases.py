"""What travels of a case, of whatever kind: who is on turn, its clock, the line of each step, and where it stands."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, model_validator

from models import workflow_ids
from models.messages.commands import Actor, Receipt
from models.messages.rulebook import Duration, Rulebook, Unit
from models.vocabulary import NoticeKind, Role, WakeUpKind, Why


class Holder(BaseModel):
    """Who is on turn, since when, until when, and why."""

    model_config = ConfigDict(frozen=True)

    role: Role
    account_id: str | None = None
    """None where a group is on turn: the leads of the office, or the coach search."""
    since: datetime
    until: date | None = None
    why: Why = Why.STATE


class Clock(BaseModel):
    """The deadline of the present state, with the steps pinned when the state was entered."""

    unit: Unit
    due: date
    remind: tuple[Duration, ...] = ()
    escalate: tuple[Duration, ...] = ()
    rung: list[str] = Field(default_factory=list)
    """Keys of the wake-ups that have been sent."""
    quiet_until: date | None = None
    """Snoozed or chased: who is on turn hears nothing before this day, and is asked again on it."""
    lead_quiet_until: date | None = None
    """The same for the lead: set where the turn is their own, or where somebody was chased."""


class Pause(BaseModel):
    """The clock stands still."""

    model_config = ConfigDict(frozen=True)

    since: date
    until: date


class WakeUp(BaseModel):
    """Something the engine will do by itself, visible beforehand."""

    model_config = ConfigDict(frozen=True)

    kind: WakeUpKind
    key: str
    at: datetime
    to: Role
    account_id: str | None = None
    task_id: str | None = None
    """Of the question that rings; None where the case itself does."""


class Notice(BaseModel):
    """What one recipient is told of one version. A role without an account means its group."""

    model_config = ConfigDict(frozen=True)

    kind: NoticeKind
    to: Role
    account_id: str | None = None


class Entry(BaseModel):
    """One line of the timeline: what happened at one version."""

    version: int
    at: datetime
    event: str
    command_id: str
    fingerprint: str = ""
    actor: Actor
    from_stage: str
    from_state: str
    stage: str
    """The coarse part of the way: of an idea one of five, of a hand-off how its campaign stands."""
    state: str
    holder: Holder | None = None
    note_id: str | None = None
    internal: bool = False
    """The note is for coaches and leads alone."""
    facts: dict[str, str | int] = Field(default_factory=dict)
    notices: list[Notice] = Field(default_factory=list)
    told_from: datetime | None = None
    """Nobody is told before: until then the step can be undone."""


class LedgerLine(BaseModel):
    """A command that was carried out, kept so that it is carried out once."""

    model_config = ConfigDict(frozen=True)

    command_id: str
    fingerprint: str
    version: int
    stage: str
    state: str


class CaseStanding(BaseModel):
    """Where a case stands. SQL shows exactly this. A kind adds what is its own, and answers `stage` and `outcome`."""

    kind: ClassVar[str]
    """As in the ids of its workflows, and in SQL: "idea"."""
    kinds: ClassVar[dict[str, type["CaseStanding"]]] = {}
    """All that are declared."""
    elsewhere: ClassVar[Mapping[Role, str]] = {}
    """Parties that belong to another idea: role → the field that names it."""

    idea_id: str
    owner_id: str
    office: str
    version: int = 0
    state: str
    entered_at: datetime
    holder: Holder | None = None
    """None where it has ended."""
    clock: Clock | None = None
    pause: Pause | None = None
    rulebook_digest: str = ""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        if cls.kind:
            CaseStanding.kinds[cls.kind] = cls

    @property
    def turn(self) -> Role | None:
        """In which role somebody is on turn; None where it has ended."""
        return self.holder.role if self.holder is not None else None

    @property
    def number(self) -> int:
        """Which of several of its kind an idea has; 0 where there is but one."""
        return 0

    def other_ideas(self) -> dict[Role, str]:
        """Role → the idea whose team it is, of those that do not belong to this one."""
        return {role: getattr(self, field) for role, field in self.elsewhere.items()}

    @property
    def case_id(self) -> str:
        """The key of the case in SQL, a UUID."""
        return workflow_ids.case_id(self.kind, self.idea_id, self.number)

    @property
    def workflow_id(self) -> str:
        return workflow_ids.case(self.kind, self.idea_id, self.number)


class PlainStanding(CaseStanding):
    """Where a case stands whose kind knows no stages: it has ended where nobody is on turn."""

    kind = ""
    """Not a kind by itself."""

    @property
    def stage(self) -> str:
        return self.kind

    @property
    def outcome(self) -> str | None:
        return None if self.holder is not None or self.version == 0 else self.state


CASE_SCHEMA = 2
"""Since 2 a run knows that `record` tells the inboxes."""


class CaseState(BaseModel):
    """Everything that travels of a case from run to run."""

    schema_version: int = CASE_SCHEMA
    """By which schema the run began that it travels to."""
    standing: CaseStanding
    rulebook: Rulebook
    ledger: list[LedgerLine] = Field(default_factory=list)
    outbox: list[Entry] = Field(default_factory=list)
    """Entries of which the case does not know yet that SQL shows them."""
    left: int = 0
    """Up to this version, entries in the outbox are left to whoever asked for them."""
    undelivered: bool = False
    """Recorded notices wait for their delivery."""


class Record(BaseModel):
    """What `record` projects in one transaction."""

    kind: str = ""
    """Of the standing, by which it is read."""
    standing: SerializeAsAny[CaseStanding]
    entries: list[Entry]

    @model_validator(mode="before")
    @classmethod
    def _of_its_kind(cls, told: Any) -> Any:
        standing = told["standing"]
        if isinstance(standing, CaseStanding):
            return told | {"kind": standing.kind}
        return told | {"standing": CaseStanding.kinds[told["kind"]].model_validate(standing)}


class Taken(Receipt):
    """The answer to a command: its receipt, and for whoever records themselves what SQL may not show yet."""

    command_id: str = ""
    record: Record | None = None
