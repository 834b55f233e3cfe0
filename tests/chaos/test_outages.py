"""A part is away: what cannot be done is refused clearly and in time, nothing is half done, and it passes by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.chaos.checker import PATIENCE
from tests.chaos.conftest import IDEA, Door
from tests.chaos.links import Weather
from tests.chaos.town import WORD, Town

pytestmark = [pytest.mark.services, pytest.mark.slow]

POOL = 10
"""How many connections to the database a web process has."""

CALLERS, WRITERS = 60, 30


@asynccontextmanager
async def stopped(town: Town, name: str) -> AsyncIterator[None]:
    part = town.parts[name]
    async with part.lock:
        await part.service.stop()
        try:
            yield
        finally:
            await part.service.start()


def assert_away(answer: httpx.Response) -> None:
    """503 that says what is away and when to ask again."""
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "unavailable"


def assert_away_for_people(answer: httpx.Response) -> None:
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "<h1" in answer.text


async def timed(ask: Awaitable[httpx.Response]) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    return await ask, time.monotonic() - began


async def test_without_the_database_nothing_is_authorised(town: Town, door: Door) -> None:
    idea = await door.hand_in()
    async with stopped(town, "postgres"):
        assert_away(await door.get(door.carla, f"/api/v1/ideas/{idea}"))
        assert_away(await door.note(idea, "while-away"))
        assert_away_for_people(await door.open(door.carla, f"/ideen/{idea}"))
        sent = await door.send_form(door.carla, f"/ideen/{idea}/schritte", {"event": "write_note", "note": "Wort"})
        assert_away_for_people(sent)
        assert "sendet dann noch einmal, was Sie eingegeben haben" in sent.text
        assert (await door.client.get("/healthz")).status_code == 200
        # What it found a moment ago is told for a moment more.
        while (await door.client.get("/readyz")).json()["database"] != "failed":
            await asyncio.sleep(0.1)
    answer = await door.until_it_works(lambda: door.note(idea, "while-away"))
    assert answer.status_code == 200, answer.text
    assert await door.notes_shown(idea, 1) == [f"{WORD} while-away"]


async def test_without_the_engine_nothing_is_half_done_and_everybody_can_look(town: Town, door: Door) -> None:
    idea = await door.hand_in()
    before, typed = await door.timeline(idea), f"{WORD} im Formular"
    async with stopped(town, "temporal"):
        form = {"event": "write_note", "note": typed, "schluessel": "key-of-the-form"}
        asking = asyncio.gather(
            door.note(idea, "without-engine"),
            door.send_form(door.carla, f"/ideen/{idea}/schritte", form),
            door.post(door.alma, "/api/v1/ideas", IDEA, "kept-as-a-draft"),
        )
        assert await door.timeline(idea) == before
        assert (await door.get(door.carla, f"/api/v1/ideas/{idea}")).status_code == 200
        note, page, kept = await asking
        assert_away(note)
        assert_away_for_people(page)
        assert typed in page.text
        assert "key-of-the-form" in page.text
        assert_away(kept)
        draft = kept.headers["Location"]
        assert (await door.get(door.alma, draft)).json()["on_its_way"]
    answer = await door.until_it_works(lambda: door.note(idea, "without-engine"))
    assert answer.status_code == 200, answer.text
    sent = await door.until_it_works(lambda: door.send_form(door.carla, f"/ideen/{idea}/schritte", form))
    assert sent.status_code == 303, sent.text
    assert await door.notes_shown(idea, 2) == [typed, f"{WORD} without-engine"]
    again = await door.until_it_works(lambda: door.post(door.alma, "/api/v1/ideas", IDEA, "kept-as-a-draft"))
    assert (again.status_code, again.headers["Location"]) == (201, draft.replace("/drafts/", "/ideas/"))
    assert again.json()["state"] == "screening"


async def test_a_silent_database_exhausts_nobody(town: Town, door: Door) -> None:
    """Worse than one that is down: it takes every question and answers none."""
    idea = await door.hand_in()
    town.links["web-database"].turn(Weather.SILENT)
    asking = [asyncio.create_task(timed(door.get(door.carla, f"/api/v1/ideas/{idea}"))) for _ in range(CALLERS)]
    await asyncio.sleep(1)
    assert (await door.client.get("/healthz")).status_code == 200
    assert not any(each.done() for each in asking), "who needs no database waits for nobody"
    refused = []
    for done in asyncio.as_completed(asking):
        answer, seconds = await done
        assert_away(answer)
        assert seconds < PATIENCE
        refused.append(answer)
        if len(refused) == CALLERS - POOL:
            break
    # Those who have a connection wait for an answer, which comes late or after their deadline.
    town.links["web-database"].turn(Weather.FINE)
    for answer, seconds in await asyncio.gather(*asking):
        assert answer.status_code in (200, 503)
        assert seconds < PATIENCE
    answer, seconds = await timed(door.until_it_works(lambda: door.get(door.carla, f"/api/v1/ideas/{idea}")))
    assert answer.status_code == 200
    assert seconds < PATIENCE


async def test_a_silent_engine_holds_up_only_those_who_need_it(town: Town, door: Door) -> None:
    idea = await door.hand_in()
    keys = [f"silent-{n:02}" for n in range(WRITERS)]
    town.links["web-engine"].turn(Weather.SILENT)
    asking = [asyncio.create_task(timed(door.note(idea, key))) for key in keys]
    for _ in range(5):
        answer = await door.get(door.carla, f"/api/v1/ideas/{idea}")
        assert answer.status_code == 200
    assert not any(each.done() for each in asking)
    town.links["web-engine"].turn(Weather.FINE)
    for key, (answer, seconds) in zip(keys, await asyncio.gather(*asking), strict=True):
        assert seconds < PATIENCE
        if answer.status_code != 200:
            assert_away(answer)
            answer = await door.until_it_works(lambda key=key: door.note(idea, key))  # type: ignore[misc]
        assert answer.status_code == 200, answer.text
    assert await door.notes_shown(idea, len(keys)) == [f"{WORD} {key}" for key in keys]


async def test_a_slow_database_makes_everything_slow_and_nothing_fail(town: Town, door: Door) -> None:
    idea = await door.hand_in()
    town.links["web-database"].turn(Weather.SLOW, 0.05)
    answers = await asyncio.gather(*(timed(door.get(door.carla, f"/api/v1/ideas/{idea}")) for _ in range(10)))
    assert [answer.status_code for answer, _ in answers] == [200] * 10
