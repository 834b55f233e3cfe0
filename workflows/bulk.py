"""One step for many cases, carried out to the end whatever restarts meanwhile."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.signatures import InBulk
    from workflows import names
    from workflows.retries import PATIENT

LONG = timedelta(hours=1)
SIGN_OF_LIFE = timedelta(seconds=30)


@workflow.defn(name=names.BULK)
class Bulk:
    """Carries a run's ids alone; what is asked, and what became of it, stands in SQL. Returns how many were done."""

    @workflow.run
    async def run(self, run_id: str) -> int:
        return await workflow.execute_activity_method(
            InBulk.carry_out_bulk,
            run_id,
            start_to_close_timeout=LONG,
            heartbeat_timeout=SIGN_OF_LIFE,
            retry_policy=PATIENT,
        )
