"""The words in which the stories of the demo are written.

`ago` counts days back from the day of loading; `until` and `due` count days on from it, so a negative one has passed.
"""

from dataclasses import dataclass, field
from typing import Any

from models.vocabulary import Share

ENGINE = "engine"

ALREADY = 400
"""So many days ago that a step follows the one before it at once."""

OFFER_ACCEPTED = "offer_accepted"
OFFER_DECLINED = "offer_declined"
OFFER_EXPIRED = "offer_expired"
OFFER_MADE = "offer_made"
NO_COACH = "no_coach"

CAMPAIGN = "crowdfunding:"
"""With this the events of a hand-off begin, as against those of its idea."""


@dataclass(frozen=True)
class Step:
    """Who did what when, in which words. `who` is a key of the cast or the engine."""

    ago: int
    who: str
    event: str
    text: str = ""
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Added:
    """What a citizen adds to a story, and what became of it."""

    ago: int
    sort: str
    name: str
    words: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Story:
    """An idea and what happened to it. Without steps it is a draft."""

    key: str
    owner: str
    title: str
    summary: str
    problem: str
    solution: str
    target_group: str
    district: str
    themes: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    invited: tuple[tuple[int, str, Share], ...] = ()
    """Who was asked into the team and has not answered: how many days ago, the address, and what for."""
    opening: tuple[int, str, str] | None = None
    """Shown to everybody on its way: since how many days, what it is about, and whom or what it looks for."""
    after: str | None = None
    """The key of the story that it was begun after."""
    copying: tuple[Step, ...] = ()
    """What its team and that of the original do for each other."""
    added: tuple[Added, ...] = ()


def step(ago: int, who: str, event: str, text: str = "", **fields: Any) -> Step:
    """A person, or the engine, fires an event. `text` is the reason, the answer, the note or the task's words."""
    return Step(ago, who, event, text, fields)


def fund(ago: int, who: str, event: str, text: str = "", **fields: Any) -> Step:
    """A person fires an event of the running crowdfunding. `begins` counts days back from the day of loading, `ends`
    counts on from it."""
    return Step(ago, who, CAMPAIGN + event, text, fields)


def asked(ago: int, coach: str) -> Step:
    """The search offers the idea to a coach."""
    return Step(ago, coach, OFFER_MADE)


def said_yes(ago: int, coach: str) -> Step:
    return Step(ago, coach, OFFER_ACCEPTED)


def said_no(ago: int, coach: str, reason: str, text: str = "") -> Step:
    return Step(ago, coach, OFFER_DECLINED, text, {"reason": reason})


def no_answer(coach: str) -> Step:
    """The offer runs out on its last day."""
    return Step(ALREADY, coach, OFFER_EXPIRED)


def nobody_left(ago: int) -> Step:
    """The search has asked everybody."""
    return Step(ago, ENGINE, NO_COACH)
