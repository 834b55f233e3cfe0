"""What can be said of an event: the columns of the table in `models.lifecycles.events`."""

from dataclasses import dataclass
from enum import StrEnum, auto

from models.vocabulary import NoticeKind, Role

WORDS = frozenset({"reason", "note"})
"""Fields of free text. They travel as `note_id`."""


FILLED_IN = frozenset({"document_id"})
"""Fields that nobody is asked for: whoever sends the command knows them from what was written before."""


class Scope(StrEnum):
    """Where an event is known."""

    STATE = auto()
    """In the states whose machine declares it."""
    OPEN = auto()
    """In every open state; a machine may know it as well."""
    BEGINNING = auto()
    """Before the first step: it hands the idea in."""
    ENDED = auto()
    NOTED = auto()
    """The engine writes it into the timeline by itself; nobody can ask for it."""


class Tone(StrEnum):
    """How a step stands beside the others of its page; in this order."""

    ALONG = auto()
    """Along the path: it comes first, and its form is open."""
    PLAIN = auto()
    GRAVE = auto()
    """It ends something: marked, and never open by itself."""


class Group(StrEnum):
    """Where a page sorts a step that every open idea knows; in this order."""

    TALK = auto()
    TIME = auto()
    COACH = auto()
    FACTS = auto()
    ENDING = auto()
    ELSEWHERE = auto()
    """It has a button or a page of its own: beside the task, for the plan, for crowdfunding, in the team, in the
    message of what was done."""


class Quiet(StrEnum):
    """Whether coaches and leads can take a step without telling anybody."""

    OFFERED = auto()
    TAKEN = auto()
    """Where a caller asks for it. No form offers it: nobody is told of the step, or others hear of it in any case."""
    NEVER = auto()
    """Somebody waits for the answer that the step gives, or is asked by it: they are told, whoever takes the step."""


class Whom(StrEnum):
    """Who is told, as seen from the idea."""

    OWNER = auto()
    FORMER_OWNER = auto()
    COACH = auto()
    HOLDER = auto()
    """Who is on turn."""
    ASSIGNEE = auto()
    """Of a task; of a plan, those for whom something is new in it."""
    LEADS = auto()
    EVERYBODY = auto()
    """Who works on the idea; as long as there is no coach, the leads for them."""


@dataclass(frozen=True)
class Told:
    """What some people hear of an event whether or not the turn changes with it."""

    kind: NoticeKind
    to: tuple[Whom, ...]


@dataclass(frozen=True)
class EventSpec:
    """One event. The defaults are those of a plain event: a step of one state that needs nothing but its name."""

    name: str
    scope: Scope = Scope.STATE
    roles: frozenset[Role] = frozenset()
    """Who may fire it wherever its scope reaches, beside those whom a machine names for its states."""
    required: tuple[str, ...] = ()
    """The fields it cannot do without."""
    optional: tuple[str, ...] = ()
    stops_in_pause: bool = False
    """A common event that makes no sense while the clock stands still; the machines' own events stop as well."""
    owner_alone: bool = False
    """A collaborator leaves it to the owner: ending the path, and what the public reads. So are the starter's word in a
    crowdfunding (`models.rules.crowdfunding_refusals`), and whom else to invite."""
    undoable: bool = True
    """It decides where an idea goes on to, that it ends, or that somebody leaves its team: it can be taken back."""
    keeps_undo: bool = False
    """It changes nothing that an undo would bring back: what was decided before can still be taken back after it."""
    changes_tasks: bool = False
    """Tasks may come, go or move with it."""
    asks: bool = False
    """Its words ask for something: they are quoted where they are answered."""
    answers: bool = False
    """It answers what was asked: the question is quoted in its form."""
    among_us: bool = False
    """Its words are for coaches and leads alone, whatever is asked for."""
    takes_files: bool = False
    """Files may come with its words."""
    calls: Told | None = None
    """Who has to act because of it, before those whose turn it is."""
    tells: Told | None = None
    """Who hears what has happened. Of another turn, coach or stage people hear in any case."""
    tone: Tone = Tone.PLAIN
    group: Group | None = None
    """None: with the steps of the state."""
    quiet: Quiet = Quiet.OFFERED

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.required, *self.optional)

    @property
    def needs_words(self) -> bool:
        return not WORDS.isdisjoint(self.required)

    @property
    def chooses_coach(self) -> bool:
        return "coach_id" in self.fields

    @property
    def is_of_team(self) -> bool:
        """Whether it says who is in the team, or whose the idea is."""
        return "member_id" in self.required

    @property
    def moves_along(self) -> bool:
        return self.tone is Tone.ALONG
