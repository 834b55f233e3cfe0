"""Commands by the second: so many in flight, for so long. Over HTTP by callers with a token, or by any other way.

`python -m bench.load` presses from a process of its own: it reads a `Pressing` as JSON from its input and writes what
became of it as one line.
"""

import asyncio
import json
import sys
import time
import uuid
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TypeVar

import httpx

from bench.figures import percentile

Case = TypeVar("Case")

LEADS_STEP, INNOVATORS_STEP = "request_clarification", "clarify"
"""The lead asks back and the innovator answers: two steps of the path, each with words and a notice."""


@dataclass
class Load:
    """What became of a time under load. Latencies in milliseconds; `failures` counts every answer but success."""

    seconds: float
    latencies: list[float]
    failures: dict[str, int] = field(default_factory=dict)
    cpu_seconds: float = 0.0
    """What the callers' own process used, where it is known."""

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def median(self) -> float:
        return percentile(self.latencies, 0.5)

    @property
    def p95(self) -> float:
        return percentile(self.latencies, 0.95)


@dataclass
class Turn:
    """An idea that goes to and fro, and the tokens of the two between whom it goes."""

    idea_id: str
    lead: str
    innovator: str
    is_leads: bool = True
    version: int | None = None
    """What whoever asks has recorded, where they record themselves."""


@dataclass
class Pressing:
    """What a process of its own is to do."""

    urls: list[str]
    turns: list[Turn]
    in_flight: int
    seconds: float


class Failed(Exception):
    """The answer was no success. Its text says what it was instead."""


async def press(cases: deque[Case], send: Callable[[Case], Awaitable[None]], in_flight: int, seconds: float) -> Load:
    """Send as fast as answers come. A case is in one hand at a time, so commands to one idea never meet."""
    began = time.monotonic()
    latencies: list[float] = []
    failures: Counter[str] = Counter()

    async def work() -> None:
        while time.monotonic() - began < seconds:
            case, sent = cases.popleft(), time.monotonic()
            try:
                await send(case)
                latencies.append((time.monotonic() - sent) * 1000)
            except Failed as failed:
                failures[str(failed)] += 1
            finally:
                cases.append(case)

    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(work())
    return Load(time.monotonic() - began, latencies, dict(failures))


class Callers:
    """People at the doors of web processes, each door as often as the others."""

    def __init__(self, urls: list[str], in_flight: int) -> None:
        limits = httpx.Limits(max_connections=in_flight + 1, max_keepalive_connections=in_flight + 1)
        open_client = partial(httpx.AsyncClient, timeout=30, trust_env=False, limits=limits)
        self._clients = deque(open_client(base_url=url) for url in urls)

    async def send(self, turn: Turn) -> None:
        """One command. The next one to this idea is the other's. Raises Failed."""
        token, event = (turn.lead, LEADS_STEP) if turn.is_leads else (turn.innovator, INNOVATORS_STEP)
        self._clients.rotate()
        answer = await self._clients[0].post(
            f"/api/v1/ideas/{turn.idea_id}/commands",
            json={"event": event, "note": "Wer würde es betreuen?"},
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())},
        )
        if answer.status_code != 200:
            raise Failed(f"{answer.status_code}")
        turn.is_leads = not turn.is_leads

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()


async def press_over_http(pressing: Pressing) -> Load:
    callers = Callers(pressing.urls, pressing.in_flight)
    try:
        return await press(deque(pressing.turns), callers.send, pressing.in_flight, pressing.seconds)
    finally:
        await callers.close()


async def press_from_outside(pressing: Pressing) -> Load:
    """The same in a process of its own. It tells whose turn it is afterwards."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.load", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        told, _ = await process.communicate(json.dumps(asdict(pressing)).encode())
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode != 0:
        raise RuntimeError("the load from outside has failed")
    found = json.loads(told)
    for turn, is_leads in zip(pressing.turns, found.pop("is_leads"), strict=True):
        turn.is_leads = is_leads
    return Load(**found)


def main() -> None:
    asked = json.load(sys.stdin)
    pressing = Pressing(**asked | {"turns": [Turn(**turn) for turn in asked["turns"]]})
    load = asyncio.run(press_over_http(pressing))
    load.cpu_seconds = time.process_time()
    print(json.dumps(asdict(load) | {"is_leads": [turn.is_leads for turn in pressing.turns]}))


if __name__ == "__main__":
    main()
