"""Every night: how long ideas usually stay in each state. Started by a Temporal Schedule."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Pacing
    from workflows import names
    from workflows.retries import OVER_NIGHT

TEN_MINUTES = timedelta(minutes=10)


@workflow.defn(name=names.PACE)
class Pace:
    """Returns for how many states there is a figure."""

    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_activity_method(
            Pacing.measure_pace, start_to_close_timeout=TEN_MINUTES, retry_policy=OVER_NIGHT
        )
