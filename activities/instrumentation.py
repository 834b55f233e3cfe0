"""Around every activity: one log line and its figures. Arguments, results and messages of errors stay out."""

import asyncio
from typing import Any

import structlog
from temporalio import activity
from temporalio.exceptions import CancelledError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from models.telemetry.metrics import Stopwatch, count_activity
from models.telemetry.redaction import idea_of, name_of, places_of

log = structlog.get_logger()


class WatchActivities(Interceptor):
    """Tells of each attempt: which activity, for which idea, how it went, how long it took."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Watch(next)


class _Watch(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        watch = Stopwatch()
        facts = {
            "activity": info.activity_type,
            "attempt": info.attempt,
            "workflow": info.workflow_type,
            "idea": idea_of(info.workflow_id or ""),
        }
        log.debug("activity begins", **facts)
        outcome, why = "done", {}
        try:
            return await self.next.execute_activity(input)
        except (asyncio.CancelledError, CancelledError):
            outcome = "cancelled"
            raise
        except Exception as error:
            outcome, why = "failed", {"cause": name_of(error), "at": places_of(error)}
            raise
        finally:
            count_activity(info.activity_type, outcome, info.attempt, watch.seconds)
            write = log.warning if outcome == "failed" else log.info
            write("activity", **facts, outcome=outcome, **why, ms=watch.milliseconds)
