"""The state of one idea, as it travels through its workflows and as it is projected to SQL."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from models.messages.commands import Actor
from models.messages.rulebook import Duration, Rulebook, Unit
from models.vocabulary import NoticeKind, Outcome, Role, Stage, WakeUpKind, Why


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
    """Snoozed or chased: who is on turn hears nothing before this day."""
    lead_quiet_until: date | None = None
    """The same for the lead; only a coach or a lead can set it."""


class Pause(BaseModel):
    """The clock stands still."""

    model_config = ConfigDict(frozen=True)

    since: date
    until: date


class Cover(BaseModel):
    """Who stands in while the coach is away."""

    model_config = ConfigDict(frozen=True)

    until: date
    account_id: str | None = None
    """None: the leads of the office."""


class OpenTask(BaseModel):
    """A task that is not done; its words are in SQL."""

    id: str
    assignee: Role
    due: date | None = None


class Standing(BaseModel):
    """Where an idea stands. SQL shows exactly this."""

    idea_id: str
    owner_id: str
    office: str
    version: int = 0
    stage: Stage = Stage.IDENTIFY
    state: str = "screening"
    outcome: Outcome | None = None
    submitted_at: datetime | None = None
    entered_at: datetime
    holder: Holder | None = None
    clock: Clock | None = None
    pause: Pause | None = None
    cover: Cover | None = None
    coach_id: str | None = None
    former_coaches: list[str] = Field(default_factory=list)
    partner: str | None = None
    search: int | None = None
    """The number of the running coach search."""
    searches: int = 0
    tasks: list[OpenTask] = Field(default_factory=list)
    chased_until: date | None = None
    rulebook_digest: str = ""


class WakeUp(BaseModel):
    """Something the engine will do by itself, visible beforehand."""

    model_config = ConfigDict(frozen=True)

    kind: WakeUpKind
    key: str
    at: datetime
    to: Role
    account_id: str | None = None


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
    from_stage: Stage
    from_state: str
    stage: Stage
    state: str
    holder: Holder | None = None
    note_id: str | None = None
    facts: dict[str, str | int] = Field(default_factory=dict)
    notices: list[Notice] = Field(default_factory=list)


class LedgerLine(BaseModel):
    """A command that was carried out, kept so that it is carried out once."""

    model_config = ConfigDict(frozen=True)

    command_id: str
    fingerprint: str
    version: int
    stage: Stage
    state: str


class Chore(BaseModel):
    """What is to be set in motion after the record is written: a coach search to start or to stop."""

    model_config = ConfigDict(frozen=True)

    search: int
    start: bool


class IdeaState(BaseModel):
    """Everything that travels from run to run."""

    schema_version: int = 1
    standing: Standing
    rulebook: Rulebook
    ledger: list[LedgerLine] = Field(default_factory=list)
    outbox: list[Entry] = Field(default_factory=list)
    """Entries that are not recorded yet."""
    chores: list[Chore] = Field(default_factory=list)
    undelivered: bool = False
    """Recorded notices wait for their delivery."""


class Record(BaseModel):
    """What `record` projects in one transaction."""

    standing: Standing
    entries: list[Entry]
