"""A place is nobody else's between the step that gives it and the record of that step."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlmodel import select
from temporalio.client import Client

from activities.coaching import count_places
from models.database import Database
from models.tables import StandingRow
from tests.api.conftest import Web, make_services, open_web
from tests.factories import BEN, CARLA, invite_cast


@pytest.fixture
async def small_web(database: Database, database_url: str, client: Client, tmp_path: Path) -> AsyncIterator[Web]:
    """Ben has one place only."""
    await invite_cast(database, ben_has_places=1, bruno_has_places=0)
    async with open_web(make_services(database, database_url, client, tmp_path), with_inboxes=False) as opened:
        yield opened


@asynccontextmanager
async def held_up(web: Web, idea: str) -> AsyncIterator[None]:
    """Nothing of this idea can be recorded for now."""
    async with web.database.transaction() as session:
        await session.exec(select(StandingRow).where(StandingRow.case_id == idea).with_for_update())
        yield


async def waiting_ideas(web: Web) -> tuple[str, str]:
    """Two ideas for which no coach was found, Ben having said no to both."""
    ideas = []
    for title in ("Die erste Idee", "Die zweite Idee"):
        ideas.append(await web.bring_to("matching", title=title))
        offer = await web.open_offer(ideas[-1])
        await web.ben.post(f"/api/v1/offers/{offer['id']}/decline", json={"reason": "no_time"})
        await web.until_in(ideas[-1], "unmatched")
    return ideas[0], ideas[1]


async def assign_ben(web: Web, idea: str, if_match: str = "*") -> int:
    answer = await web.try_to(CARLA, idea, "assign_coach", headers={"If-Match": if_match}, coach_id=BEN)
    return answer.status_code


async def places_of_ben(web: Web) -> int:
    async with web.database.session() as session:
        return await count_places(session, BEN)


async def test_a_refused_assignment_gives_its_place_back(small_web: Web) -> None:
    first, second = await waiting_ideas(small_web)
    assert await assign_ben(small_web, first, if_match='"1"') == 412
    assert await places_of_ben(small_web) == 0
    assert await assign_ben(small_web, second) == 200


async def test_a_refused_assignment_takes_nothing_from_the_one_before_it(small_web: Web) -> None:
    first, second = await waiting_ideas(small_web)
    version = (await small_web.read(first))["version"]
    async with held_up(small_web, first):
        assert await assign_ben(small_web, first, if_match=f'"{version}"') == 200
        assert await assign_ben(small_web, first, if_match=f'"{version}"') == 412
        assert await assign_ben(small_web, second) == 422
    await small_web.until_in(first, "planning")
    assert await places_of_ben(small_web) == 1


async def test_a_refused_assignment_takes_nothing_from_an_acceptance(small_web: Web) -> None:
    """The coach has said yes; that the idea has not heard of it yet is nobody's fault."""
    first = await small_web.bring_to("matching")
    offer = await small_web.open_offer(first)
    async with held_up(small_web, first):
        accepted = await small_web.ben.post(f"/api/v1/offers/{offer['id']}/accept")
        assert accepted.status_code == 200
        assert await assign_ben(small_web, first, if_match='"1"') == 412
        assert await places_of_ben(small_web) == 1
    await small_web.until_in(first, "planning")
