"""The state of one idea, as it travels through its workflows and as it is projected to SQL."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from models.messages.commands import ENGINE, Actor
from models.messages.rulebook import Duration, Rulebook, Unit
from models.vocabulary import CrowdfundingResult, IdeaNewsKind, NoticeKind, Outcome, Role, Share, Stage, WakeUpKind, Why


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


class Undo(BaseModel):
    """The latest step can be taken back by whoever took it. `before` holds the fields that it has changed."""

    model_config = ConfigDict(frozen=True)

    version: int
    event: str
    account_id: str
    until: datetime
    before: dict[str, Any]


class Standing(BaseModel):
    """Where an idea stands. SQL shows exactly this."""

    idea_id: str
    owner_id: str
    office: str
    version: int = 0
    stage: Stage = Stage.IDENTIFY
    state: str = "screening"
    outcome: Outcome | None = None
    duplicate_of: str | None = None
    """Where it has ended because there was one like it already."""
    ended_in: str | None = None
    """The open state in which the path has ended, and in which it goes on where it is reopened."""
    submitted_at: datetime | None = None
    entered_at: datetime
    holder: Holder | None = None
    clock: Clock | None = None
    pause: Pause | None = None
    cover: Cover | None = None
    coach_id: str | None = None
    former_coaches: list[str] = Field(default_factory=list)
    """Who was replaced or has given the idea back: they are not asked again."""
    gone_coaches: list[str] = Field(default_factory=list)
    """Who has left us while they coached it. Should they return, they may be asked."""
    team: dict[str, Share] = Field(default_factory=dict)
    """Account → share, beside the owner. Nobody in it coaches the idea or stands in for its coach."""
    partner: str | None = None
    search: int | None = None
    """The number of the running coach search."""
    searches: int = 0
    crowdfunding: int | None = None
    """The number of the running crowdfunding hand-off."""
    attempts: int = 0
    """How many hand-offs there have been."""
    funded_by: int | None = None
    """The number of the hand-off that has brought the money together."""
    tasks: list[OpenTask] = Field(default_factory=list)
    """Not done yet. They are kept when the path ends, since they are there again where it is reopened."""
    chased_until: date | None = None
    undo: Undo | None = None
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
    stage: Stage
    state: str


class Chore(BaseModel):
    """What is to be set in motion after the record is written: a coach search to start or to stop."""

    model_config = ConfigDict(frozen=True)

    search: int
    start: bool
    not_before: datetime | None = None
    """Until then the step that wants it can be undone, so nobody is asked."""


class CampaignNews(BaseModel):
    """What a crowdfunding hand-off tells its idea. `over`: it has ended, and another attempt may be made."""

    model_config = ConfigDict(frozen=True)

    attempt: int
    over: bool
    result: CrowdfundingResult | None = None
    """None where the hand-off was not there any more to tell it."""


class IdeaNews(BaseModel):
    """What an idea tells its crowdfunding hand-off."""

    model_config = ConfigDict(frozen=True)

    kind: IdeaNewsKind
    until: date | None = None
    owner_id: str | None = None


class CampaignChore(BaseModel):
    """A crowdfunding hand-off is to be started, or told something. `actor`: who has asked for it."""

    model_config = ConfigDict(frozen=True)

    attempt: int
    news: IdeaNews | None = None
    """None: start it."""
    actor: Actor = ENGINE


IDEA_SCHEMA = 2
"""Since 2 a run knows that `record` tells the inboxes."""


class IdeaState(BaseModel):
    """Everything that travels from run to run."""

    schema_version: int = IDEA_SCHEMA
    """By which schema the run began that it travels to."""
    standing: Standing
    rulebook: Rulebook
    ledger: list[LedgerLine] = Field(default_factory=list)
    outbox: list[Entry] = Field(default_factory=list)
    """Entries that are not recorded yet."""
    chores: list[Chore | CampaignChore] = Field(default_factory=list)
    unheard: list[CampaignNews] = Field(default_factory=list)
    """What a hand-off has told after the end: it counts if the end is taken back."""
    undelivered: bool = False
    """Recorded notices wait for their delivery."""


class Record(BaseModel):
    """What `record` projects in one transaction."""

    standing: Standing
    entries: list[Entry]
