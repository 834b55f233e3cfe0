"""What the people have in mind: whose turn it is where, and on which day they will do something about it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from api.use_cases.simulation.behaviour import WAIT_FOR_QUESTION, Place, days_needed
from api.use_cases.simulation.scenario import Scenario
from models.cases.calendar import Calendar
from models.messages.rulebook import Duration
from models.vocabulary import Role, Stage

MESSAGES = frozenset({"remind", "overdue", "escalate"})
"""Events of the engine by which somebody is told again of a turn they have."""

ON_WORKING_DAYS = frozenset({Role.COACH, Role.LEAD})
ACTING = frozenset({Role.INNOVATOR, Role.COACH, Role.LEAD})


class Change(NamedTuple):
    """One line of a timeline, as far as it tells people what to do."""

    day: date
    idea: int
    event: str
    stage: Stage
    state: str
    holder: Role | None


@dataclass(eq=False)
class Turn:
    """Somebody is on turn with an idea. `visit` counts how often the idea has been in this place."""

    idea: int
    place: Place
    role: Role
    visit: int
    asked: int = 0
    day: date | None = None
    """When it will be done. None: waiting for a question, or forgotten."""


@dataclass(eq=False)
class Question:
    """An idea is offered to a coach."""

    idea: int
    offer_id: str
    asked: int = 0
    day: date | None = None


class Population:
    """Everybody's intentions. Chance depends on the idea and its place alone, not on who happens to be asked."""

    def __init__(self, scenario: Scenario, calendar: Calendar) -> None:
        self._scenario = scenario
        self._calendar = calendar
        self._turns: dict[int, Turn] = {}
        self._questions: dict[str, Question] = {}
        self._visits: Counter[tuple[int, Place]] = Counter()
        self._agenda: dict[date, list[Turn | Question]] = {}

    def hear(self, change: Change, today: date) -> None:
        """Something has happened to an idea: a new turn begins, or somebody is told again of theirs."""
        turn = self._turns.get(change.idea)
        if change.event in MESSAGES:
            if turn is not None and turn.day is None:
                # Escalated, the lead calls, and nobody forgets a call.
                self._remind(turn, change.day, today, surely=change.event == "escalate")
            return
        place = (change.stage, change.state)
        if change.holder not in ACTING:
            self._turns.pop(change.idea, None)
            return
        self._visits[change.idea, place] += 1
        turn = self._turns[change.idea] = Turn(change.idea, place, change.holder, self._visits[change.idea, place])
        if place not in WAIT_FOR_QUESTION:
            self._remind(turn, change.day, today)

    def hear_offer(self, idea: int, offer_id: str, *, reminded: bool, today: date) -> None:
        """A coach is asked, after everybody has looked at their messages yesterday, or reminded of it this morning."""
        question = self._questions.setdefault(offer_id, Question(idea, offer_id))
        if question.day is None and question.asked <= reminded:
            self._remind(question, today if reminded else today - timedelta(days=1), today)

    def has_in_mind(self, idea: int) -> bool:
        """Whoever is on turn knows when they will act, so that no message changes anything."""
        turn = self._turns.get(idea)
        return turn is not None and turn.day is not None

    def put_off(self, turn: Turn, today: date) -> None:
        """Nothing can be done yet; look again later."""
        self._remind(turn, today, today, surely=True)

    def take_due(self, today: date) -> list[Turn | Question]:
        """What is to be done today, in an order that is the same in every run."""
        due = self._agenda.pop(today, [])
        valid = [deed for deed in due if isinstance(deed, Question) or self._turns.get(deed.idea) is deed]
        return sorted(valid, key=lambda deed: deed.idea)

    def _remind(self, what: Turn | Question, since: date, today: date, *, surely: bool = False) -> None:
        """They decide when to do it, counted from when they were told, or forget it again."""
        what.asked += 1
        if isinstance(what, Turn):
            chance = self._scenario.chance("turn", what.idea, *what.place, what.visit, what.asked)
            waited = (today - since).days
            days, at_work = days_needed(what.place, self._scenario, chance, waited), what.role in ON_WORKING_DAYS
        else:
            chance = self._scenario.chance("offer", what.offer_id, what.asked)
            days, at_work = self._scenario.delay(self._scenario.answer_days, chance), True
        if not surely and chance.random() < self._scenario.forget_rate:
            return
        day = max(since + timedelta(days=days), today)
        if at_work and not self._calendar.is_working_day(day):
            day = self._calendar.add(day, Duration(1, "wd"))
        what.day = day
        self._agenda.setdefault(day, []).append(what)
