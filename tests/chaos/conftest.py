"""One small town for the tests that take a single part away, and somebody who knocks at its door."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.polling import wait_until
from api.web.cookies import SESSION
from api.web.csrf import FIELD, digest_of, mask
from models.tables.columns import new_id
from models.vocabulary import Role
from tests.chaos.checker import PATIENCE
from tests.chaos.faults import Rates
from tests.chaos.town import KEY, WORD, Person, Town, open_town

IDEA = {"title": "Reparaturcafé", "summary": f"{WORD} repariert.", "district": "DED21", "themes": ["care"]}
FAR_AWAY = timedelta(hours=6)


class Door:
    """The town as its people find it."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.alma = town.those_who_are(Role.INNOVATOR)[0]
        self.carla = town.those_who_are(Role.LEAD)[0]
        limits = httpx.Limits(max_connections=None)
        self.client = httpx.AsyncClient(base_url=town.doors[0], timeout=90, limits=limits, trust_env=False)

    async def get(self, person: Person, path: str) -> httpx.Response:
        return await self.client.get(path, headers={"Authorization": f"Bearer {person.token}"})

    async def post(self, person: Person, path: str, body: dict[str, Any], key: str = "") -> httpx.Response:
        headers = {"Authorization": f"Bearer {person.token}", "Idempotency-Key": key or new_id()}
        return await self.client.post(path, json=body, headers=headers)

    async def send_form(self, person: Person, path: str, fields: dict[str, str]) -> httpx.Response:
        """As a browser does in which somebody is signed in: pages take no token."""
        guard = {FIELD: mask(digest_of(KEY, person.session))}
        return await self.client.post(path, data=fields | guard, headers=_signed_in(person))

    async def open(self, person: Person, page: str) -> httpx.Response:
        return await self.client.get(page, headers=_signed_in(person))

    async def hand_in(self, key: str = "") -> str:
        answer = await self.post(self.alma, "/api/v1/ideas", IDEA, key)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def note(self, idea_id: str, key: str = "") -> httpx.Response:
        body = {"event": "write_note", "note": f"{WORD} {key}"}
        return await self.post(self.carla, f"/api/v1/ideas/{idea_id}/commands", body, key)

    async def timeline(self, idea_id: str) -> list[dict[str, Any]]:
        path = f"/api/v1/ideas/{idea_id}/timeline?limit=100"
        lines, cursor = [], ""
        while True:
            answer = await self.get(self.carla, path + cursor)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            lines += page["items"]
            if page["next_cursor"] is None:
                return lines
            cursor = f"&cursor={page['next_cursor']}"

    async def notes_of(self, idea_id: str) -> list[str]:
        """What was noted, as the timeline shows it. Versions without a gap are made sure of."""
        lines = await self.timeline(idea_id)
        assert sorted(line["version"] for line in lines) == list(range(1, len(lines) + 1))
        return sorted(line["note"] for line in lines if line["event"] == "write_note")

    async def notes_shown(self, idea_id: str, expected: int) -> list[str]:
        """What was noted once so many notes are shown: an answer says that a step is saved, and after trouble it may be
        shown later."""
        await wait_until(partial(self._has_notes, idea_id, expected), PATIENCE)
        return await self.notes_of(idea_id)

    async def _has_notes(self, idea_id: str, expected: int) -> bool:
        return len(await self.notes_of(idea_id)) >= expected

    async def until_it_works(self, ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        """Nobody helps: it must pass by itself."""
        while (answer := await ask()).status_code == 503:
            await asyncio.sleep(0.2)
        return answer


def _signed_in(person: Person) -> dict[str, str]:
    return {"Cookie": f"{SESSION}={person.session}"}


@pytest.fixture(scope="package")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    home: Path = tmp_path_factory.mktemp("town")
    home.chmod(0o755)
    async with open_town(home, workers=1, webs=1, midnights=[FAR_AWAY], rates=Rates(), coaches=2) as town:
        yield town


@pytest.fixture
async def door(town: Town) -> AsyncIterator[Door]:
    door = Door(town)
    yield door
    town.calm_down()
    await town.until_ready()
    await door.client.aclose()
