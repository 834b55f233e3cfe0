"""What came of it: pure counting over the lines of a diary."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate, groupby
from zoneinfo import ZoneInfo

from api.use_cases.simulation.behaviour import Place
from api.use_cases.simulation.paths import DAY, Coaching, Path, Stay, midnight
from api.use_cases.simulation.people import SimulatedCoach
from api.use_cases.simulation.population import MESSAGES
from api.use_cases.simulation.scenario import Scenario, month_of
from api.use_cases.simulation.timeline import Diary
from models.lifecycles import LIFECYCLES
from models.lifecycles.events import SUBMIT
from models.vocabulary import OfferStatus, Role, Stage

OPEN = "open"
"""Beside the outcomes: the path has not ended yet."""

WITHOUT_COACH: frozenset[Place] = frozenset({(Stage.IDENTIFY, "matching"), (Stage.IDENTIFY, "unmatched")})


@dataclass
class Month:
    """What happened in one month, and how things stood at its end."""

    name: str
    handed_in: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    """Outcome → how many."""
    messages: Counter[str] = field(default_factory=Counter)
    """`remind`, `overdue`, `escalate` → how many."""
    open: int = 0
    """At the end of the month, as all below."""
    overdue: Counter[Role] = field(default_factory=Counter)
    """Whose turn it is → how many cases are past their limit."""
    without_coach: int = 0


@dataclass(frozen=True)
class StateLine:
    """How long ideas stayed in one state. Times are of those that have left it, in days."""

    place: Place
    role: Role
    left: int
    median: float | None
    p85: float | None
    late: int
    """How many of all were past their limit."""
    still_there: int


@dataclass(frozen=True)
class CoachLine:
    """How much one coach had to do."""

    coach: SimulatedCoach
    ideas: int
    mean_load: float
    """Of places taken, over the whole time."""
    peak_load: int
    accepted: int
    refused: int
    expired: int
    notices: int


@dataclass(frozen=True)
class Case:
    """One idea from its arrival to its end."""

    number: int
    handed_in: date
    ended: date | None
    outcome: str
    stage: Stage
    state: str
    steps: int
    days_to_coach: float | None
    days_open: float
    days_late: float
    """How many of them somebody was past a limit."""


@dataclass(frozen=True)
class Summary:
    """Everything the report shows."""

    months: list[Month]
    states: list[StateLine]
    coaches: list[CoachLine]
    cases: list[Case]
    waiting: dict[Role, float]
    """Whose turn it was → its share of all the time that ideas were open."""

    @property
    def outcomes(self) -> Counter[str]:
        return Counter(case.outcome for case in self.cases)


def summarise(diary: Diary, scenario: Scenario, coaches: Sequence[SimulatedCoach], zone: ZoneInfo) -> Summary:
    """Count everything, up to the end of the scenario."""
    begin, end = midnight(scenario.first_day, zone), midnight(scenario.end, zone)
    paths = [
        Path(list(lines), end, zone, begin, diary.handed_in.get(number))
        for number, lines in groupby(diary.lines, key=lambda line: line.idea)
    ]
    stays = [stay for path in paths for stay in path.stays()]
    return Summary(
        months=count_months(paths, scenario, zone),
        states=count_states(stays),
        coaches=count_coaches(paths, diary, scenario, coaches, zone),
        cases=sorted((describe_case(path) for path in paths), key=lambda case: case.number),
        waiting=share_waiting(paths),
    )


def count_months(paths: Sequence[Path], scenario: Scenario, zone: ZoneInfo) -> list[Month]:
    months = {month_of(day): Month(month_of(day)) for day in scenario.month_ends()}
    for path in paths:
        if path.first.event == SUBMIT:
            months[month_of(path.day_of(path.first.at))].handed_in += 1
        if path.outcome is not None:
            months[month_of(path.day_of(path.last.at))].ended[path.outcome] += 1
        for line in path.lines:
            if line.event in MESSAGES:
                months[month_of(path.day_of(line.at))].messages[line.event] += 1
    for day in scenario.month_ends():
        month, instant = months[month_of(day)], midnight(day + DAY, zone)
        for path in paths:
            word = path.at(instant)
            if word is not None and word.holder is not None:
                month.open += 1
                month.overdue[word.holder] += path.is_late(word, instant)
                month.without_coach += (word.stage, word.state) in WITHOUT_COACH
    return list(months.values())


def count_states(stays: Sequence[Stay]) -> list[StateLine]:
    """In the order of the path."""
    by_place: dict[Place, list[Stay]] = defaultdict(list)
    for stay in stays:
        by_place[stay.place].append(stay)
    lines = []
    for stage, lifecycle in LIFECYCLES.items():
        for state in lifecycle.open_states():
            here = by_place[stage, state]
            days = sorted(stay.days for stay in here if stay.is_over)
            lines.append(
                StateLine(
                    place=(stage, state),
                    role=lifecycle.on_turn[state],
                    left=len(days),
                    median=share_of(days, 0.5),
                    p85=share_of(days, 0.85),
                    late=sum(stay.days_late > 0 for stay in here),
                    still_there=len(here) - len(days),
                )
            )
    return lines


def count_coaches(
    paths: Sequence[Path], diary: Diary, scenario: Scenario, coaches: Sequence[SimulatedCoach], zone: ZoneInfo
) -> list[CoachLine]:
    by_coach: dict[str, list[Coaching]] = defaultdict(list)
    for path in paths:
        for coaching in path.coachings():
            by_coach[coaching.coach_id].append(coaching)
    span = midnight(scenario.end, zone) - midnight(scenario.first_day, zone)
    return [
        CoachLine(
            coach=coach,
            ideas=len(by_coach[coach.id]),
            mean_load=sum((coaching.to - coaching.since) / span for coaching in by_coach[coach.id]),
            peak_load=find_peak(by_coach[coach.id]),
            accepted=diary.offers.get((coach.id, OfferStatus.ACCEPTED), 0),
            refused=diary.offers.get((coach.id, OfferStatus.DECLINED), 0),
            expired=diary.offers.get((coach.id, OfferStatus.EXPIRED), 0),
            notices=diary.notices.get(coach.id, 0),
        )
        for coach in coaches
    ]


def describe_case(path: Path) -> Case:
    stays, coached = list(path.stays()), next(path.coachings(), None)
    return Case(
        number=path.first.idea + 1,
        handed_in=path.day_of(path.handed_in),
        ended=path.day_of(path.last.at) if path.outcome else None,
        outcome=path.outcome or OPEN,
        stage=path.last.stage,
        state=path.last.state,
        steps=len(path.lines),
        days_to_coach=(coached.since - path.handed_in) / DAY if coached and not path.first.coach_id else None,
        days_open=(stays[-1].to - path.handed_in) / DAY,
        days_late=sum(stay.days_late for stay in stays),
    )


def share_waiting(paths: Sequence[Path]) -> dict[Role, float]:
    days: dict[Role, float] = defaultdict(float)
    for path in paths:
        for role, since, to in path.turns():
            days[role] += (to - since) / DAY
    total = sum(days.values())
    return {role: days[role] / total for role in Role if days[role]}


def find_peak(coachings: Sequence[Coaching]) -> int:
    """The most that were held at one time. A place that is given back in the same moment is free before."""
    changes = sorted([(c.since, 1) for c in coachings] + [(c.to, -1) for c in coachings])
    return max(accumulate(change for _, change in changes), default=0)


def share_of(days: Sequence[float], share: float) -> float | None:
    """The least of the sorted values that so many are not above."""
    return days[math.ceil(share * len(days)) - 1] if days else None
