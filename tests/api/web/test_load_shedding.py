"""What is too much is refused at once, and whoever is inside is served."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

import workflows.client
from api.app import create_app, tell_crowd
from api.web.load_shedding import ConcurrencyLimit
from models.messages.commands import Actor, Command, Receipt
from models.tables.columns import new_id
from models.vocabulary import Role
from tests.api.conftest import Web
from workflows.client import EngineAway, EngineClient


class Desk:
    """Keeps people waiting until it opens."""

    def __init__(self) -> None:
        self.opens = asyncio.Event()
        self.waiting = 0

    async def serve(self, _request: Request) -> Response:
        self.waiting += 1
        await self.opens.wait()
        return PlainTextResponse("here you are")

    async def until_waiting(self, people: int) -> None:
        while self.waiting < people:
            await asyncio.sleep(0)

    async def fail(self, _request: Request) -> Response:
        raise RuntimeError("a mistake")


async def test_who_finds_no_room_is_told_so_at_once() -> None:
    desk = Desk()
    routes = [
        Route("/api/ideas", desk.serve),
        Route("/healthz", desk.serve),
        Route("/api/mistake", desk.fail),
    ]
    app: Any = Starlette(routes=routes, middleware=[Middleware(ConcurrencyLimit, tell=tell_crowd, most=2)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        for _ in range(3):
            with pytest.raises(RuntimeError, match="a mistake"):
                await client.get("/api/mistake")
        inside = [asyncio.create_task(client.get("/api/ideas")) for _ in range(2)]
        await desk.until_waiting(2)
        refused = await client.get("/api/ideas")
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert int(refused.headers["retry-after"]) > 0
        probe = asyncio.create_task(client.get("/healthz"))
        await desk.until_waiting(3)
        desk.opens.set()
        assert [(await answer).text for answer in (*inside, probe)] == ["here you are"] * 3
        assert (await client.get("/api/ideas")).text == "here you are"


async def test_people_who_find_no_room_get_a_page(still_web: Web) -> None:
    app = create_app(still_web.services)
    (crowd,) = (entry for entry in app.user_middleware if entry.kwargs.get("tell") is tell_crowd)
    crowd.kwargs["most"] = 0
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        looked, sent = await client.get("/einreichen"), await client.post("/einreichen", data={"title": "Werkstatt"})
    for answer in (looked, sent):
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert "<h1" in answer.text
    assert "neu" not in looked.text
    assert "Laden Sie diese Seite in einer Minute neu" in sent.text


async def test_a_silent_engine_takes_only_so_many_places(monkeypatch: pytest.MonkeyPatch) -> None:
    async def say_nothing(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(workflows.client, "MOST_WAITING", 2)
    monkeypatch.setattr(workflows.client, "ATTEMPT_TIMEOUT", timedelta(seconds=0.2))
    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        lazy = await Client.connect(f"127.0.0.1:{port}", data_converter=pydantic_data_converter, lazy=True)
        ideas, actor = EngineClient(lazy), Actor(role=Role.LEAD, account_id="carla")

        async def command() -> Receipt:
            return await ideas.command("an-idea", Command(id=new_id(), event="write_note", actor=actor))

        inside = [asyncio.create_task(command()) for _ in range(2)]
        await asyncio.sleep(0)  # they take their places before anything else
        with pytest.raises(EngineAway, match="too many wait already"):
            await command()
        for waiting in inside:
            with pytest.raises(EngineAway, match="Timeout"):
                await waiting
        with pytest.raises(EngineAway, match="Timeout"):
            await command()
