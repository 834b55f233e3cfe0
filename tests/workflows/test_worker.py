"""A worker starts in any order with what it needs, and serves before its schedules are kept."""

from typing import Any

import pytest

from models.settings import Settings
from tests.cast import POLICY
from workflows import schedules, worker


class Away:
    """Answers only after it was asked a few times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.asked = 0

    async def connect(self, _settings: Settings) -> Any:
        self.asked += 1
        if self.asked <= self.times:
            raise RuntimeError("nobody is there")
        return "a client"

    async def keep(self, *_: object) -> list[str]:
        self.asked += 1
        return ["reconcile"] if self.asked <= self.times else []


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(schedules, "TRY_AGAIN_SECONDS", 0)


async def test_a_worker_waits_for_its_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "connect", Away(3).connect)
    found: object = await worker.connect_in_time(Settings())
    assert found == "a client"


async def test_a_worker_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    never = Away(10_000)
    monkeypatch.setattr(worker, "connect", never.connect)
    with pytest.raises(RuntimeError, match="nobody is there"):
        await worker.connect_in_time(Settings())
    assert never.asked == worker.TIMES_TO_ASK


async def test_a_schedule_that_could_not_be_kept_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    away: Any = Away(2)
    monkeypatch.setattr(schedules, "keep_schedules", away.keep)
    await schedules.keep_at_schedules(away, "a-queue", POLICY)
    assert away.asked == 3
