"""What the platform does for itself, started by Temporal Schedules: see `workflows.schedules`."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Upkeep
    from models.messages.upkeep import ReconcileReport, ReconcileRequest, RetentionCounts, RetentionRequest
    from workflows import names
    from workflows.retries import OVER_NIGHT


LONG = timedelta(hours=3)
SIGN_OF_LIFE = timedelta(minutes=5)


@workflow.defn(name=names.RECONCILE)
class Reconcile:
    """Every night: does SQL show what the workflows know?"""

    @workflow.run
    async def run(self, fix: bool) -> ReconcileReport:
        return await workflow.execute_activity_method(
            Upkeep.reconcile,
            ReconcileRequest(run_id=str(workflow.uuid4()), fix=fix),
            start_to_close_timeout=LONG,
            heartbeat_timeout=SIGN_OF_LIFE,
            retry_policy=OVER_NIGHT,
        )


@workflow.defn(name=names.RETENTION)
class Retention:
    """Every night: let go of what has had its time."""

    @workflow.run
    async def run(self) -> RetentionCounts:
        return await workflow.execute_activity_method(
            Upkeep.apply_retention,
            RetentionRequest(run_id=str(workflow.uuid4())),
            start_to_close_timeout=LONG,
            heartbeat_timeout=SIGN_OF_LIFE,
            retry_policy=OVER_NIGHT,
        )


@workflow.defn(name=names.LEAD_DIGEST)
class LeadDigest:
    """Every week: an overview for each lead."""

    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_activity_method(
            Upkeep.write_lead_digests,
            workflow.now(),
            start_to_close_timeout=SIGN_OF_LIFE,
            retry_policy=OVER_NIGHT,
        )


@workflow.defn(name=names.NUDGING)
class Nudging:
    """Every night: what rests on a former version of the worker goes on with the current one."""

    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_activity_method(
            Upkeep.nudge_ideas,
            start_to_close_timeout=LONG,
            heartbeat_timeout=SIGN_OF_LIFE,
            retry_policy=OVER_NIGHT,
        )
