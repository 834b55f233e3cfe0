"""What people ask of the engine, as it is asked of the real one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from api.use_cases.simulation.behaviour import choose
from api.use_cases.simulation.people import SimulatedIdea
from api.use_cases.simulation.population import Question, Turn
from api.use_cases.simulation.scenario import Scenario
from models.lifecycles.event_spec import FILLED_IN
from models.lifecycles.events import EVENTS
from models.messages.commands import Actor, Command
from models.messages.idea import IdeaState, Standing
from models.messages.rulebook import Rulebook
from models.vocabulary import Role, Stage

UNMATCHED = (Stage.IDENTIFY, "unmatched")


class Shown(Protocol):
    """Where an idea stands, as its workflow knows it or as SQL shows it."""

    @property
    def rulebook_digest(self) -> str: ...


def hand_in(
    scenario: Scenario, number: int, idea: SimulatedIdea, rulebook: Rulebook, now: datetime
) -> tuple[IdeaState, Command]:
    owner = Actor(role=Role.INNOVATOR, account_id=idea.facts.owner_id)
    standing = Standing(idea_id=idea.id, owner_id=idea.facts.owner_id, office=idea.facts.office, entered_at=now)
    submitted = Command(id=scenario.id_of("submit", number), event="submit", actor=owner)
    return IdeaState(standing=standing, rulebook=rulebook), submitted


def take_turn(scenario: Scenario, turn: Turn, account_id: str, shown: Shown, rulebook: Rulebook) -> Command:
    """Somebody does one of the things that are done in this state."""
    name = ("deed", turn.idea, *turn.place, turn.visit)
    habit = choose(turn.place, scenario, scenario.chance(*name))
    return Command(
        id="/".join(map(str, name)),
        event=habit.event,
        actor=Actor(role=turn.role, account_id=account_id),
        answer=habit.answer,
        note_id=scenario.id_of("note", *name) if EVENTS[habit.event].needs_words else None,
        document_id=scenario.id_of("concept", *name) if FILLED_IN & set(EVENTS[habit.event].required) else None,
        rulebook=rulebook if shown.rulebook_digest != rulebook.digest else None,
    )


def takes_idea(scenario: Scenario, offer_id: str) -> bool:
    return scenario.chance("answer", offer_id).random() >= scenario.refuse_rate


def find_vain(due: Sequence[Turn | Question], free_places: int) -> list[Turn]:
    """A lead does not search for a coach again while nobody has a free place, and looks again another day."""
    searches = [deed for deed in due if isinstance(deed, Turn) and deed.place == UNMATCHED]
    return searches[max(free_places, 0) :]
