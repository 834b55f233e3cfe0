"""A request is answered in time, whatever it waits for."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from api.app import create_app, tell_lateness
from api.web.timeout import RequestTimeout
from tests.api.conftest import Web

PATIENCE = 0.2


class Desk:
    """Answers at once, late, never, or bit by bit."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.heard: list[str] = []

    async def at_once(self, _request: Request) -> Response:
        return PlainTextResponse("here you are")

    async def with_an_error(self, _request: Request) -> Response:
        raise RuntimeError("a mistake")

    async def bit_by_bit(self, _request: Request) -> Response:
        async def bits() -> AsyncIterator[str]:
            for bit in ("one ", "two ", "three"):
                yield bit
                await asyncio.sleep(PATIENCE)

        return StreamingResponse(bits())

    async def stubborn(self, _request: Request) -> Response:
        """As a driver that does not listen when it is asked to end."""
        try:
            await self.answers.wait()
        except asyncio.CancelledError:
            self.heard.append("end")
            await self.answers.wait()
        return PlainTextResponse("much too late")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def caller(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    routes = [Route(f"/api/{name}", getattr(desk, name)) for name in ("at_once", "with_an_error", "bit_by_bit")]
    routes += [Route(path, desk.stubborn) for path in ("/api/stubborn", "/seite")]
    app: Any = Starlette(routes=routes, middleware=[Middleware(RequestTimeout, tell=tell_lateness, seconds=PATIENCE)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client


async def test_who_answers_in_time_is_left_alone(caller: httpx.AsyncClient) -> None:
    assert (await caller.get("/api/at_once")).text == "here you are"
    with pytest.raises(RuntimeError, match="a mistake"):
        await caller.get("/api/with_an_error")


async def test_an_answer_that_has_begun_may_take_its_time(caller: httpx.AsyncClient) -> None:
    assert (await caller.get("/api/bit_by_bit")).text == "one two three"


async def test_who_does_not_answer_is_answered_for(caller: httpx.AsyncClient, desk: Desk) -> None:
    answer = await caller.get("/api/stubborn")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    desk.answers.set()
    await asyncio.sleep(0.01)
    assert desk.heard == ["end"]
    # What it answered then has disturbed nobody, and a later request is answered as usual.
    assert (await caller.get("/api/stubborn")).text == "much too late"


async def test_people_get_a_page(still_web: Web) -> None:
    async def never(_request: Request) -> Response:
        await asyncio.Event().wait()
        raise AssertionError

    app = create_app(still_web.services)
    app.add_route("/nie", never)
    (deadline,) = (entry for entry in app.user_middleware if entry.kwargs.get("tell") is tell_lateness)
    deadline.kwargs["seconds"] = PATIENCE
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        answer = await client.get("/nie")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "<h1" in answer.text


async def test_whoever_stops_the_server_stops_the_work_too(desk: Desk) -> None:
    async def nothing(*_args: Any) -> Any:
        await asyncio.Event().wait()

    ended = asyncio.Event()

    async def app(*_args: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    asking = asyncio.create_task(RequestTimeout(app, tell_lateness)({"type": "http"}, nothing, nothing))
    await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.wait_for(ended.wait(), 5)
