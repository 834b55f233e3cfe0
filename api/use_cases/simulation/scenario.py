"""What is simulated: how many ideas and people, how fast they are, and the seed of all chance."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID, uuid5

from models.vocabulary import Stage

SIMULATION = UUID("0f5c1c39-2f0e-4a7d-8c55-5b6a3d1e7a90")
"""The namespace of all ids, so that what depends on the order of ids is the same in every run."""


TRIES = 40
"""So slow was hardly anybody: whoever is still there then is taken to begin anew."""


class Pace(NamedTuple):
    """How long ideas stay in one state: the median in days, and the deviation of its logarithm."""

    median: float
    spread: float


@dataclass(frozen=True)
class Scenario:
    """Rates are shares between 0 and 1, times are medians in days."""

    first_day: date
    """The first of a month, where months are counted."""
    ideas: int = 1000
    months: int = 12
    weeks: int | None = None
    """In place of the months."""
    arrive_within: int = 12
    """Ideas are handed in during the first so many months, each day as likely as any other."""
    coaches: int = 40
    capacity: int = 10
    answer_days: float = 3.0
    """Until somebody has decided or answered."""
    work_days: float = 15.0
    """Until somebody has done what takes work: a concept, a story, arranging support and using it."""
    spread: float = 0.8
    """The deviation of the logarithm of both times: with 0.8 the slowest 15 % need 2.3 times as long as most."""
    forget_rate: float = 0.2
    """How often somebody forgets what they are asked until they are reminded, and each reminder anew."""
    decline_rate: float = 0.25
    """How often the lead declines an idea at its screening."""
    refuse_rate: float = 0.2
    """How often a coach does not take the idea that is offered."""
    seed: int = 1
    paces: Mapping[tuple[Stage, str], "Pace"] = field(default_factory=dict)
    """Where it was measured how long ideas stay; elsewhere the times above hold."""
    counts_messages: bool = True
    """Without, nobody is told of what they have in mind to do anyway. Ideas go the same ways, in half as many steps."""

    @property
    def end(self) -> date:
        """The day after the last."""
        if self.weeks:
            return self.first_day + timedelta(weeks=self.weeks)
        return add_months(self.first_day, self.months)

    def days(self) -> list[date]:
        return [self.first_day + timedelta(days=n) for n in range((self.end - self.first_day).days)]

    def month_ends(self) -> list[date]:
        """The last day of each month, and the last of all."""
        tomorrow = timedelta(days=1)
        return [day for day in self.days() if (day + tomorrow).day == 1 or day + tomorrow == self.end]

    def chance(self, *what: object) -> Random:
        """A source of chance of its own for each question, so that the answers do not depend on who asks first."""
        return Random("/".join(map(str, (self.seed, *what))))  # noqa: S311  chance is meant to be repeated here

    def id_of(self, *what: object) -> str:
        return str(uuid5(SIMULATION, "/".join(map(str, what))))

    def arrivals(self) -> dict[date, list[int]]:
        """Day → the numbers of the ideas that are handed in on it."""
        last = self.end if self.weeks else min(add_months(self.first_day, self.arrive_within), self.end)
        days = (last - self.first_day).days
        found: dict[date, list[int]] = {}
        for number in range(self.ideas):
            day = self.first_day + timedelta(days=self.chance("arrival", number).randrange(days))
            found.setdefault(day, []).append(number)
        return found

    def stay(self, pace: "Pace", waited: int, chance: Random) -> int:
        """How many days an idea stays in a state in which it has been for some: longer than that."""
        days = 0
        for _ in range(TRIES):
            days = max(1, round(chance.lognormvariate(math.log(pace.median), pace.spread)))
            if days > waited:
                return days
        return waited + days

    def delay(self, median: float, chance: Random) -> int:
        """How many days something takes; at least one."""
        return max(1, round(chance.lognormvariate(math.log(median), self.spread)))


def add_months(first: date, months: int) -> date:
    """The first of a later month."""
    return date(first.year + (first.month - 1 + months) // 12, (first.month - 1 + months) % 12 + 1, 1)


def month_of(day: date) -> str:
    """ "2027-03"."""
    return f"{day:%Y-%m}"
