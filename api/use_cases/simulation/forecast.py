"""Forecast: how many cases will be overdue and how many places free in each office after twelve weeks.

The one simulation, begun with what is open, at the pace that was measured; its chance has a seed, so the same question
has the same answer. It says nothing where no state has been passed often enough to have a pace.
"""

import asyncio
import math
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.use_cases.simulation.ahead import read_people
from api.use_cases.simulation.behaviour import Place
from api.use_cases.simulation.people import People, SimulatedCoach, make_profile
from api.use_cases.simulation.rules import without_undo
from api.use_cases.simulation.scenario import Pace, Scenario
from api.use_cases.simulation.year import Year
from models.database import Database
from models.messages.idea import Standing
from models.policy import Policy
from models.queries.moment import Moment
from models.queries.state_durations import list_paces, recall_paces
from models.rules.forecast import Forecast, Outlook
from models.tables import CoachProfile, StandingRow, StatePace, is_idea
from models.vocabulary import Stage

WEEKS = 12
SPAN = timedelta(weeks=WEEKS)

DEVIATIONS = 1.0364
"""So many standard deviations above the middle lies what 85 of 100 are below (normal distribution)."""

SHORTEST = 0.5
"""Days. What is done in the same hour is done on the same day."""


@dataclass(frozen=True)
class WhatIf:
    """What could be otherwise; None and nothing: as it is."""

    coaches: tuple[tuple[str, int], ...] = ()
    """Office → so many coaches more, or fewer."""
    intake: int | None = None
    """Ideas a week."""
    limit: tuple[Stage, str, int] | None = None
    """A state, and how many days it may take, in the unit that it has."""


AS_IT_IS = WhatIf()


async def foretell(
    database: Database, policy: Policy, now: datetime, what_if: WhatIf = AS_IT_IS, *, earlier: bool = False
) -> Forecast | None:
    """Beside the event loop, which goes on meanwhile. None: too little was measured.

    `earlier`: as it would have been made at that instant, from what the timeline told then. Coaches and their places
    are those of today, as nobody keeps what they were.
    """
    moment = Moment.of(policy, now)
    async with database.reading() as session:
        paces = await (recall_paces(session, now) if earlier else list_paces(session))
        intake = await _count_intake(session, moment) if what_if.intake is None else what_if.intake
    if not paces:
        return None
    scenario = Scenario(
        first_day=moment.today + timedelta(days=1),
        weeks=WEEKS,
        ideas=intake * WEEKS,
        coaches=0,
        forget_rate=0,  # a measured pace knows of it
        paces=dict(map(_read_pace, paces)),
        counts_messages=False,
    )
    policy = without_undo(change_limit(policy, what_if))
    people = await read_people(database, scenario, policy, now if earlier else None)
    return await asyncio.to_thread(_live, scenario, policy, change_coaches(people, scenario, policy, what_if), intake)


def _live(scenario: Scenario, policy: Policy, people: People, intake: int) -> Forecast:
    year = Year(scenario, policy, people)
    now = count_offices(year, policy, scenario.first_day - timedelta(days=1))
    for _ in year.live():
        pass
    return Forecast(scenario.first_day, intake, now, count_offices(year, policy, scenario.end))


def count_offices(year: Year, policy: Policy, day: date) -> dict[str, Outlook]:
    standings = [idea.standing for idea in year.ideas.values() if idea.standing.outcome is None]
    found = {}
    for office in policy.region.offices:
        here = [one for one in standings if one.office == office]
        late = sum(is_late(one, day) for one in here)
        found[office] = Outlook(len(here), late, year.books.count_free(office))
    return found


def is_late(standing: Standing, day: date) -> bool:
    """What is due was not done. A pause is no delay."""
    holder = standing.holder
    return holder is not None and standing.pause is None and holder.until is not None and holder.until < day


def change_limit(policy: Policy, what_if: WhatIf) -> Policy:
    """For all that comes into the state from now on: what is there has its deadline."""
    if what_if.limit is None:
        return policy
    stage, state, days = what_if.limit
    limit = policy.limits[stage][state]
    changed = limit.model_copy(update={"limit": limit.limit._replace(amount=days)})
    return policy.model_copy(update={"limits": policy.limits | {stage: policy.limits[stage] | {state: changed}}})


def change_coaches(people: People, scenario: Scenario, policy: Policy, what_if: WhatIf) -> People:
    """New ones have no idea yet. Those who are there no more keep what they have and take nothing new; who has least
    goes first."""
    coaches = list(people.coaches)
    for office, change in what_if.coaches:
        here = sorted((one for one in coaches if one.office == office), key=lambda one: (_load(people, one), one.id))
        for one in islice(here, max(-change, 0)):
            coaches[coaches.index(one)] = _without_places(one)
        for n in range(change):
            profile = make_profile(scenario, policy, scenario.id_of("more", office, n), office)
            coaches.append(SimulatedCoach(f"{office} {n}", office, profile))
    return replace(people, coaches=coaches)


def _load(people: People, coach: SimulatedCoach) -> int:
    return sum(case.state.standing.coach_id == coach.id for case in people.cases.values())


def _without_places(coach: SimulatedCoach) -> SimulatedCoach:
    return replace(coach, profile=CoachProfile(**coach.profile.model_dump() | {"capacity": 0}))


def _read_pace(measured: StatePace) -> tuple[Place, Pace]:
    median, slow = (max(span / timedelta(days=1), SHORTEST) for span in (measured.median, measured.slow))
    return (Stage(measured.stage), measured.state), Pace(median, math.log(slow / median) / DEVIATIONS)


async def _count_intake(session: AsyncSession, moment: Moment) -> int:
    """Ideas a week, in the twelve weeks before."""
    submitted = col(StandingRow.submitted_at)
    lately = (submitted >= moment.now - SPAN, submitted < moment.now)
    statement = select(func.count()).select_from(StandingRow).where(is_idea(), *lately)
    return round((await session.exec(statement)).one() / WEEKS)
