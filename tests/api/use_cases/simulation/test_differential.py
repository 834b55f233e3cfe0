"""The simulation is held against what it simulates: the same scenario through real workflows gives the same timelines.

One race is left to the engine: where several offers expire at one midnight, their searches ask the next coaches in any
order, and so may find each other's. The scenario has no such night; that is asserted, so that all else is equal.
"""

from collections import Counter, defaultdict
from datetime import date, datetime
from typing import Any

import pytest
from sqlmodel import col, select

from api.use_cases.simulation.people import make_people
from api.use_cases.simulation.rules import read_policy
from api.use_cases.simulation.scenario import Scenario
from api.use_cases.simulation.timeline import Line
from api.use_cases.simulation.year import Year
from models.database import Database
from models.messages.idea import Standing
from models.tables import NoticeRow, Offer, TimelineEntry
from models.vocabulary import OfferStatus, Role, Stage
from tests.api.use_cases.simulation.real_year import RealYear, open_hamlet, settle
from tests.cast import BERLIN, PIPELINE
from tests.workflows.conftest import World

pytestmark = pytest.mark.services

POLICY = read_policy(PIPELINE)
SCENARIO = Scenario(
    first_day=date(2040, 7, 1),
    ideas=5,
    months=12,
    arrive_within=4,
    coaches=3,
    capacity=3,
    decline_rate=0.1,
    refuse_rate=0.4,
    forget_rate=0.4,
    seed=20,
)
"""The same for ever, and without the race. From July, so that the closed days move on while ideas are on their way;
coaches refuse often, so that some find nobody at first."""


@pytest.mark.slow
async def test_a_simulated_year_is_what_real_workflows_make_of_it(database: Database) -> None:
    people = make_people(SCENARIO, POLICY)
    simulated = Year(SCENARIO, POLICY, people)
    assert list(simulated.live()) == SCENARIO.days()
    by_night = [line.at for line in simulated.lines if line.event in ("offer_made", "no_coach")]
    nights = Counter(at for at in by_night if hour(at).hour == 0)
    assert set(nights.values()) == {1}, "offers expire, and no two at once"
    await settle(database, people)
    async with open_hamlet(database, POLICY) as world:
        real = RealYear(world, SCENARIO, POLICY, people)
        await real.live()
        lines = await read_lines(database, [idea.id for idea in people.ideas])
        for number, idea in enumerate(people.ideas):
            own = [line for line in simulated.lines if line.idea == number]
            assert [shown(line) for line in lines[number]] == [shown(line) for line in own], number
            assert told(await read_standing(world, idea.id)) == told(simulated.ideas[number].standing)
    diary = simulated.diary()
    assert (real.refused, simulated.refused) == ({}, {})
    assert await count_offers(database) == diary.offers
    coaches = [coach.id for coach in people.coaches]
    assert await count_notices(database, coaches) == {coach: diary.notices[coach] for coach in coaches}
    assert {line.stage for line in simulated.lines} == set(Stage)
    events = {line.event for line in simulated.lines}
    assert {"remind", "overdue", "escalate", "coach_found", "no_coach", "search_again"} <= events
    assert {OfferStatus.ACCEPTED, OfferStatus.DECLINED, OfferStatus.EXPIRED} <= {status for _, status in diary.offers}


def shown(line: Line) -> Any:
    """All of it, at its hour: real time passes while somebody acts."""
    return line._replace(at=hour(line.at))


def told(standing: Standing) -> dict[str, Any]:
    values = standing.model_dump()
    times = {
        "entered_at": hour(standing.entered_at),
        "submitted_at": hour(standing.submitted_at or standing.entered_at),
    }
    if standing.holder is not None:
        values["holder"]["since"] = hour(standing.holder.since)
    return values | times


def hour(at: datetime) -> datetime:
    return at.astimezone(BERLIN).replace(minute=0, second=0, microsecond=0)


async def read_lines(database: Database, ideas: list[str]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    async with database.session() as session:
        entries = await session.exec(select(TimelineEntry).order_by(col(TimelineEntry.version)))
        for one in entries:
            number = ideas.index(one.idea_id)
            holder, stage = Role(one.holder_role) if one.holder_role else None, Stage(one.stage)
            coach = one.facts.get("coach")
            found[number].append(Line(number, one.at, one.event, stage, one.state, holder, one.holder_until, coach))
    return found


async def read_standing(world: World, idea_id: str) -> Standing:
    return (await world.shown(idea_id)).standing()


async def count_offers(database: Database) -> Counter[tuple[str, OfferStatus]]:
    async with database.session() as session:
        return Counter((offer.coach_id, OfferStatus(offer.status)) for offer in await session.exec(select(Offer)))


async def count_notices(database: Database, coaches: list[str]) -> Counter[str]:
    async with database.session() as session:
        to = select(NoticeRow.account_id).where(col(NoticeRow.account_id).in_(coaches))
        return Counter((await session.exec(to)).all())
