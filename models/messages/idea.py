"""The state of one idea, as it travels through its workflows and as it is projected to SQL."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from models.messages.cases import CaseStanding, CaseState
from models.messages.commands import ENGINE, Actor
from models.messages.rulebook import Duration
from models.vocabulary import CrowdfundingResult, IdeaNewsKind, Outcome, Role, Share, Stage

MOST_OPEN_TASKS = 16
"""Keeps the travelling state small; more open tasks than this help nobody."""

LONGEST_TASK = 300


class Cover(BaseModel):
    """Who stands in while the coach is away."""

    model_config = ConfigDict(frozen=True)

    until: date
    account_id: str | None = None
    """None: the leads of the office."""


class Question(BaseModel):
    """What makes a task a question: it rings by itself, in every state, and an answer finishes it."""

    internal: bool = False
    """Among coaches and leads."""
    remind: tuple[Duration, ...] = ()
    escalate: tuple[Duration, ...] = ()
    """Pinned when it was asked."""
    rung: list[str] = Field(default_factory=list)
    """Keys of the wake-ups that have been sent."""


class OpenTask(BaseModel):
    """A task that is not done; its words are in SQL."""

    id: str
    assignee: Role
    due: date | None = None
    question: Question | None = None

    @property
    def asks(self) -> bool:
        return self.question is not None

    @property
    def internal(self) -> bool:
        """Whether it is nothing for the innovator's side."""
        return self.question is not None and self.question.internal


class Undo(BaseModel):
    """The latest step can be taken back by whoever took it. `before` holds the fields that it has changed."""

    model_config = ConfigDict(frozen=True)

    version: int
    event: str
    account_id: str
    until: datetime
    before: dict[str, Any]


class Standing(CaseStanding):
    """Where an idea stands."""

    kind = "idea"

    stage: Stage = Stage.IDENTIFY
    state: str = "screening"
    outcome: Outcome | None = None
    duplicate_of: str | None = None
    """Where it has ended because there was one like it already."""
    ended_in: str | None = None
    """The open state in which the path has ended, and in which it goes on where it is reopened."""
    submitted_at: datetime | None = None
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
    """Not done yet, those of the plan in its order. They are kept when the path ends, since they are there again where
    it is reopened."""
    plan: int | None = None
    """The version at which the plan was written that counts: there are the words of its tasks."""
    chased_until: date | None = None
    undo: Undo | None = None


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


class IdeaState(CaseState):
    """Everything that travels of an idea."""

    standing: Standing
    chores: list[Chore | CampaignChore] = Field(default_factory=list)
    unheard: list[CampaignNews] = Field(default_factory=list)
    """What a hand-off has told after the end: it counts if the end is taken back."""
