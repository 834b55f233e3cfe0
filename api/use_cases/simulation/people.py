"""The made-up people and their ideas."""

from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import NamedTuple

from api.use_cases.simulation.scenario import Scenario
from models.messages.coaching import Leave, SearchState
from models.messages.idea import IdeaState
from models.policy import Policy
from models.rules.ranking import IdeaFacts
from models.tables import CoachProfile

MOST_THEMES = 2
"""Of one idea."""

COACH_THEMES = 4


@dataclass(frozen=True)
class SimulatedCoach:
    """A coach by the name that the report uses."""

    name: str
    office: str
    profile: CoachProfile

    @property
    def id(self) -> str:
        return self.profile.account_id


class SimulatedIdea(NamedTuple):
    """An idea that waits for its day."""

    id: str
    facts: IdeaFacts


class OpenCase(NamedTuple):
    """An idea that is on its way already. `search`: of its coach search, where one is running."""

    state: IdeaState
    search: SearchState


@dataclass(frozen=True)
class People:
    """Who is there when the time begins."""

    ideas: list[SimulatedIdea]
    """By their number."""
    coaches: list[SimulatedCoach]
    leads: dict[str, str]
    """Office → its lead."""
    cases: dict[int, OpenCase] = field(default_factory=dict)
    leaves: list[Leave] = field(default_factory=list)
    """Absences and departures to come."""


def make_people(scenario: Scenario, policy: Policy) -> People:
    """Each office has a lead, and the coaches are spread over the offices."""
    offices = list(policy.region.offices)
    return People(
        ideas=[_make_idea(scenario, policy, n) for n in range(scenario.ideas)],
        coaches=[
            SimulatedCoach(f"coach {n + 1}", office, make_profile(scenario, policy, scenario.id_of("coach", n), office))
            for n, office in enumerate(islice(cycle(offices), scenario.coaches))
        ],
        leads={office: scenario.id_of("lead", office) for office in offices},
    )


def make_profile(scenario: Scenario, policy: Policy, coach_id: str, office: str) -> CoachProfile:
    """A coach works in all districts of the office, in one language, with some themes."""
    themes = list(policy.region.themes)
    return CoachProfile(
        account_id=coach_id,
        districts=[code for code, district in policy.region.districts.items() if district.office == office],
        themes=scenario.chance("themes", coach_id).sample(themes, min(COACH_THEMES, len(themes))),
        languages=[policy.region.default_language],
        capacity=scenario.capacity,
    )


def _make_idea(scenario: Scenario, policy: Policy, number: int) -> SimulatedIdea:
    chance = scenario.chance("idea", number)
    district = chance.choice([*policy.region.districts] or [None])
    themes = list(policy.region.themes)
    facts = IdeaFacts(
        owner_id=scenario.id_of("innovator", number),
        office=policy.region.office_of(district),
        district=district,
        themes=tuple(chance.sample(themes, min(chance.randint(1, MOST_THEMES), len(themes)))),
        language=policy.region.default_language,
    )
    return SimulatedIdea(scenario.id_of("idea", number), facts)
