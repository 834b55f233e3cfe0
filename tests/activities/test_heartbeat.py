"""An activity that may take long shows that it lives, and only for as long as it does."""

import asyncio

import pytest
from temporalio.testing import ActivityEnvironment

import activities.heartbeat
from activities.heartbeat import heartbeats


async def test_an_activity_beats_while_it_works_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activities.heartbeat, "BEAT_SECONDS", 0.001)
    environment, beats, enough = ActivityEnvironment(), 0, asyncio.Event()

    def hear(*_: object) -> None:
        nonlocal beats
        beats += 1
        if beats >= 3:
            enough.set()

    environment.on_heartbeat = hear

    async def work() -> None:
        async with heartbeats():
            await enough.wait()

    await environment.run(work)
    heard = beats
    await asyncio.sleep(0.02)
    assert beats == heard


async def test_what_goes_wrong_inside_comes_out_and_ends_the_beating() -> None:
    async def fail() -> None:
        async with heartbeats():
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await ActivityEnvironment().run(fail)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not any("_beat" in repr(task) and not task.cancelling() for task in others)


async def test_outside_of_an_activity_nobody_is_told() -> None:
    async with heartbeats():
        pass
