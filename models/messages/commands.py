"""What a person or the engine asks of an idea, and what they get back."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from models.messages.rulebook import Rulebook
from models.vocabulary import Answer, ConceptField, Licence, Outcome, Role, SearchNews, Share, Shown, Stage


class Actor(BaseModel):
    """Who acts, and in which role. The engine has no account."""

    model_config = ConfigDict(frozen=True)

    role: Role
    account_id: str | None = None


ENGINE = Actor(role=Role.ENGINE)


class CaseCommand(BaseModel):
    """One event asked of one case. Free text is stored first and travels as the id of its note."""

    model_config = ConfigDict(frozen=True)

    id: str
    event: str
    actor: Actor
    fingerprint: str = ""
    """A digest of what was asked, so that an id that comes twice with another request is noticed."""
    expected_version: int | None = None
    searched_to: int | None = None
    """Up to this version the timeline has been searched for this command, in vain."""
    note_id: str | None = None
    until: date | None = None
    days: int | None = None
    rulebook: Rulebook | None = None
    """The limits of now, where the case still has older ones: see `CaseStanding.rulebook_digest`."""
    asker_records: bool = False
    """Whoever asks has written down that they ask, and will write to SQL what they are answered."""


class PlainCommand(CaseCommand):
    """One event asked of what stands beside an idea."""

    owner_id: str | None = None
    """Whose idea it is now."""


class PlannedTask(BaseModel):
    """A task as a plan has it; its words are in the note of the plan."""

    model_config = ConfigDict(frozen=True)

    id: str
    assignee: Role
    due: date | None = None
    is_new: bool = False
    """Otherwise it is an open task already, and goes on with what is said of it here."""


class Command(CaseCommand):
    """One event asked of one idea."""

    stage: Stage | None = None
    outcome: Outcome | None = None
    duplicate_of: str | None = None
    """With `close`: the idea with which this one goes on."""
    answer: Answer | None = None
    coach_id: str | None = None
    partner: str | None = None
    task_id: str | None = None
    assignee: Role | None = None
    tasks: tuple[PlannedTask, ...] | None = None
    """With `plan`: all that are to be done from now on, in their order. An open one that is missing is dropped."""
    member_id: str | None = None
    share: Share | None = None
    office: str | None = None
    """Which is in charge from now on."""
    document_id: str | None = None
    """The version of the concept or the story that is handed in, approved or agreed to."""
    shows: tuple[Shown, ...] = ()
    """With `consent`: what may stand under the story."""
    licence: Licence | None = None
    """With `consent`: under which its texts may be passed on. None: nobody may, beyond what the law allows."""
    fields: tuple[ConceptField, ...] = ()
    """With `request_changes`: where in the concept. What is to be changed is in the note."""
    corrected: tuple[str, ...] = ()
    """The fields that were put right; what they say is in SQL."""
    mentioned: tuple[str, ...] = ()
    """Accounts that a message is brought to the notice of."""
    internal: bool = False
    """The note is for coaches and leads alone."""
    quiet: bool = False
    """Nobody is told of this step. Reminders of its deadline go out as ever."""


class Receipt(BaseModel):
    """What became of a command: the version of the case, and where it stands after it."""

    model_config = ConfigDict(frozen=True)

    case_id: str
    version: int
    stage: str
    state: str


class RefusalCode(StrEnum):
    """Why a command is refused. Each maps to one HTTP status."""

    NOT_ALLOWED = "not_allowed"
    """The state does not know the event (409)."""
    FORBIDDEN = "forbidden"
    """The actor may not fire it (403)."""
    INVALID = "invalid"
    """A field is missing or out of range (422)."""
    STALE = "stale"
    """The idea has moved on since the caller looked (412)."""
    ID_REUSED = "id_reused"
    """The same command id came before with another request (422)."""
    UNSURE = "unsure"
    """So much has happened since the timeline was searched that the command may have been carried out meanwhile: search
    again (503 for whoever cannot)."""
    UNSIGNED = "unsigned"
    """It does not come from a process of this installation, or from one with another key (503)."""


class Refusal(BaseModel):
    """A refusal with everything a caller needs to do better."""

    model_config = ConfigDict(frozen=True)

    code: RefusalCode
    field: str | None = None
    fields: tuple[str, ...] = ()
    """All that are wrong, where it was found of several; `field` is the first."""
    detail: str = ""
    """A short English sentence for developers; pages choose their own words by code, event and field."""
    allowed_events: list[str] = Field(default_factory=list)
    version: int = 0


class News(BaseModel):
    """What a coach search tells its idea."""

    model_config = ConfigDict(frozen=True)

    n: int
    kind: SearchNews
    seq: int = 0
    coach_id: str | None = None
    until: date | None = None
