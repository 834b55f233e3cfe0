"""Every attempt of an activity is told and counted, and its failure by its class alone."""

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.instrumentation import WatchActivities
from models.telemetry.metrics import REGISTRY

NAME = ActivityEnvironment.default_info().activity_type


class Ending(ActivityInboundInterceptor):
    """An activity that ends as the test wants it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error

    async def execute_activity(self, input: ExecuteActivityInput) -> object:
        if self.error is not None:
            raise self.error
        return "canary-result"


async def attempt(error: BaseException | None, number: int = 1) -> object:
    watched = WatchActivities().intercept_activity(Ending(error))

    async def run() -> object:
        return await watched.execute_activity(
            ExecuteActivityInput(fn=run, args=["canary-argument"], executor=None, headers={})
        )

    environment = ActivityEnvironment()
    environment.info = replace(ActivityEnvironment.default_info(), attempt=number, workflow_id="inbox/canary")
    return await environment.run(run)


def counted(outcome: str, which: str) -> float:
    labels = {"activity": NAME, "outcome": outcome, "attempt": which}
    return REGISTRY.get_sample_value("ideenweg_activities_total", labels) or 0


async def test_an_attempt_that_ends_well_is_one_line_and_one_count() -> None:
    before = counted("done", "first")
    with capture_logs() as logs:
        assert await attempt(None) == "canary-result"
    (line,) = [line for line in logs if line["event"] == "activity"]
    assert (line["activity"], line["outcome"], line["attempt"], line["idea"]) == (NAME, "done", 1, None)
    assert "canary" not in str(logs)
    assert counted("done", "first") == before + 1


@pytest.mark.parametrize(
    ("error", "cause"),
    [(ValueError("canary"), "ValueError"), (ApplicationError("canary", type="RateLimited"), "RateLimited")],
)
async def test_an_attempt_that_fails_says_what_kind_of_error_it_was(error: Exception, cause: str) -> None:
    before = counted("failed", "again")
    with capture_logs() as logs, pytest.raises(type(error)):
        await attempt(error, number=3)
    (line,) = [line for line in logs if line["event"] == "activity"]
    assert (line["outcome"], line["cause"], line["attempt"], line["log_level"]) == ("failed", cause, 3, "warning")
    assert "canary" not in str(logs)
    assert counted("failed", "again") == before + 1


async def test_a_worker_that_stops_cancels_and_that_is_no_failure() -> None:
    with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await attempt(asyncio.CancelledError())
    (line,) = [line for line in logs if line["event"] == "activity"]
    assert (line["outcome"], line["log_level"]) == ("cancelled", "info")
