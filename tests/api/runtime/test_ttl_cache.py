"""What is kept for a while: found once, of its time, and anew when somebody asks for that."""

import asyncio
from collections.abc import Awaitable, Callable

from api.runtime.ttl_cache import TtlCache


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def counting(clock: Clock) -> tuple[list[float], Callable[[], Awaitable[float]]]:
    found: list[float] = []

    async def find() -> float:
        found.append(clock.now)
        await asyncio.sleep(0)
        return clock.now

    return found, find


async def test_an_answer_is_kept_for_its_time_and_for_its_question() -> None:
    clock = Clock()
    found, find = counting(clock)
    kept = TtlCache[float](seconds=60, clock=clock)
    assert await kept.get("a", find) == 100
    clock.now = 159
    assert (await kept.get("a", find), await kept.get("b", find)) == (100, 159)
    clock.now = 160
    assert await kept.get("a", find) == 160
    kept.forget()
    clock.now = 161
    assert await kept.get("a", find) == 161
    assert found == [100, 159, 160, 161]


async def test_who_wants_it_anew_gets_it_of_now() -> None:
    clock = Clock()
    _, find = counting(clock)
    kept = TtlCache[float](seconds=60, clock=clock)
    await kept.get("a", find)
    clock.now = 101
    assert await kept.get("a", find, anew=True) == 101
    assert await kept.get("a", find) == 101


async def test_those_who_ask_together_wait_for_one_answer() -> None:
    found, find = counting(Clock())
    kept = TtlCache[float](seconds=60)
    assert len(set(await asyncio.gather(*(kept.get("a", find) for _ in range(5))))) == 1
    assert len(found) == 1


async def test_the_oldest_answer_goes_where_there_are_too_many() -> None:
    clock = Clock()
    found, find = counting(clock)
    kept = TtlCache[float](seconds=60, most=2, clock=clock)
    for question in ("a", "b", "c", "b", "a"):
        await kept.get(question, find)
    assert len(found) == 4
