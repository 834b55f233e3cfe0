"""The made-up people and their ideas, as rows."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice

from api.operations.simulation.scenario import Scenario
from models.database import Database
from models.policy import Policy
from models.tables import Account, CoachProfile, Idea, StandingRow
from models.tables.columns import utc_now
from models.vocabulary import DRAFT, Role, Stage

MOST_THEMES = 2
"""Of one idea."""

COACH_THEMES = 4


@dataclass(frozen=True)
class SimulatedCoach:
    """A coach by the name that the report uses."""

    id: str
    name: str
    office: str
    capacity: int


@dataclass(frozen=True)
class SimulatedIdea:
    """An idea that waits for its day."""

    number: int
    id: str
    owner_id: str
    office: str


@dataclass(frozen=True)
class People:
    """Who is there when the year begins."""

    ideas: list[SimulatedIdea]
    coaches: list[SimulatedCoach]
    leads: dict[str, str]
    """Office → its lead."""


async def settle(database: Database, scenario: Scenario, policy: Policy) -> People:
    """Write accounts, coaches and drafts. Each office has a lead, and the coaches are spread over the offices."""
    offices = list(policy.region.offices)
    coaches = [
        SimulatedCoach(scenario.id_of("coach", n), f"coach {n + 1}", office, scenario.capacity)
        for n, office in enumerate(islice(cycle(offices), scenario.coaches))
    ]
    leads = {office: scenario.id_of("lead", office) for office in offices}
    rows = [_draft(scenario, policy, n) for n in range(scenario.ideas)]
    accounts = [
        *(_account(its_id, f"lead-{office}", Role.LEAD, office) for office, its_id in leads.items()),
        *(_account(coach.id, coach.name.replace(" ", "-"), Role.COACH, coach.office) for coach in coaches),
        *(_account(idea.owner_id, f"innovator-{n + 1}", Role.INNOVATOR) for n, idea in enumerate(rows)),
    ]
    async with database.transaction() as session:
        session.add_all(accounts)
        await session.flush()
        session.add_all([_profile(scenario, policy, coach) for coach in coaches])
        session.add_all(rows)
        await session.flush()
        session.add_all([_standing(idea) for idea in rows])
    ideas = [SimulatedIdea(n, row.id, row.owner_id, row.office) for n, row in enumerate(rows)]
    return People(ideas, coaches, leads)


def _account(its_id: str, name: str, role: Role, office: str | None = None) -> Account:
    return Account(
        id=its_id, email=f"{name}@example.org", name=name, roles=[str(role)], office=office, proved_at=utc_now()
    )


def _profile(scenario: Scenario, policy: Policy, coach: SimulatedCoach) -> CoachProfile:
    """A coach works in all districts of the office, in one language, with some themes."""
    districts = [code for code, district in policy.region.districts.items() if district.office == coach.office]
    themes = list(policy.region.themes)
    return CoachProfile(
        account_id=coach.id,
        districts=districts,
        themes=scenario.chance("themes", coach.id).sample(themes, min(COACH_THEMES, len(themes))),
        languages=[policy.region.default_language],
        capacity=coach.capacity,
    )


def _draft(scenario: Scenario, policy: Policy, number: int) -> Idea:
    chance = scenario.chance("idea", number)
    district = chance.choice([*policy.region.districts] or [None])
    themes = list(policy.region.themes)
    return Idea(
        id=scenario.id_of("idea", number),
        owner_id=scenario.id_of("innovator", number),
        title=f"Idee {number + 1}",
        summary="simuliert",
        district=district,
        themes=chance.sample(themes, min(chance.randint(1, MOST_THEMES), len(themes))),
        language=policy.region.default_language,
        office=policy.region.office_of(district),
    )


def _standing(idea: Idea) -> StandingRow:
    now = datetime.now(UTC)
    return StandingRow(
        idea_id=idea.id,
        version=0,
        stage=Stage.IDENTIFY,
        state=DRAFT,
        owner_id=idea.owner_id,
        office=idea.office,
        entered_at=now,
        last_entry_at=now,
    )
