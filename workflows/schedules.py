"""When upkeep runs: Temporal Schedules, made and kept up to date by every worker that starts."""

import asyncio
from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any, NamedTuple, get_args

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError

from models import workflow_ids
from models.policy import Policy, Weekday
from workflows import names

CATCH_UP = timedelta(hours=1)
"""What was missed while Temporal was away longer than this is left to the next time."""

TRY_AGAIN_SECONDS = 60.0

EVERY_DAY = (ScheduleRange(0, 6),)

log = structlog.get_logger()


class Job(NamedTuple):
    """One scheduled workflow: which, when in local time, with which arguments."""

    name: str
    workflow: str
    at: time
    days: tuple[ScheduleRange, ...] = EVERY_DAY
    args: tuple[Any, ...] = ()


def jobs_of(policy: Policy) -> Iterator[Job]:
    """Everything that runs by itself."""
    upkeep = policy.upkeep
    # Temporal's weeks begin on Sunday.
    digest_day = (get_args(Weekday).index(policy.notices.digest_weekday) + 1) % 7
    yield Job("lead-digest", names.LEAD_DIGEST, upkeep.lead_digest_at, (ScheduleRange(digest_day),))
    yield Job("reconcile", names.RECONCILE, upkeep.reconcile_at, args=(upkeep.reconcile_repairs,))
    yield Job("retention", names.RETENTION, upkeep.retention_at)
    yield Job("nudge", names.NUDGING, upkeep.nudge_at)
    yield Job("pace", names.PACE, upkeep.pace_at)


async def keep_at_schedules(client: Client, task_queue: str, policy: Policy) -> None:
    """Until each of them could be kept."""
    missed = [job.name for job in jobs_of(policy)]
    while missed:
        missed = await keep_schedules(client, task_queue, policy)
        await asyncio.sleep(TRY_AGAIN_SECONDS if missed else 0)


async def keep_schedules(client: Client, task_queue: str, policy: Policy) -> list[str]:
    """Make the schedules, or bring them up to date; returns the names of those that could not be kept.

    What an operator has paused stays paused.
    """
    missed = []
    for job in jobs_of(policy):
        try:
            await keep_schedule(client, job, schedule_of(job, task_queue, policy))
        except RPCError as error:
            log.warning("schedule not kept", schedule=job.name, status=error.status.name)
            missed.append(job.name)
    return missed


async def keep_schedule(client: Client, job: Job, schedule: Schedule) -> None:
    """Raises RPCError."""

    def renew(known: ScheduleUpdateInput) -> ScheduleUpdate:
        schedule.state = known.description.schedule.state
        return ScheduleUpdate(schedule=schedule)

    try:
        await client.create_schedule(workflow_ids.schedule(job.name), schedule)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(workflow_ids.schedule(job.name)).update(renew)


def schedule_of(job: Job, task_queue: str, policy: Policy) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            job.workflow, args=list(job.args), id=workflow_ids.schedule(job.name), task_queue=task_queue
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    hour=(ScheduleRange(job.at.hour),), minute=(ScheduleRange(job.at.minute),), day_of_week=job.days
                )
            ],
            jitter=timedelta(minutes=policy.upkeep.jitter_minutes),
            time_zone_name=policy.calendar.timezone,
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
    )
