"""Looking into the engine room: which workers ask for work, how much waits, which runs have failed. Reads only."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, DescribeTaskQueueResponse
from temporalio.client import Client
from temporalio.service import RPCError

from workflows.client import EngineAway

PATIENCE = timedelta(seconds=3)
"""A page waits no longer than this for the engine."""

FAILED_SHOWN = 20
FAILED_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class WorkerSeen:
    """A worker that has asked for work within the last minutes."""

    identity: str
    version: str
    seen_at: datetime


@dataclass(frozen=True)
class FailedRun:
    """A workflow whose latest run has ended with an error."""

    workflow_id: str
    workflow: str
    at: datetime


@dataclass(frozen=True)
class EngineSight:
    """What the engine says of itself at one moment."""

    workers: list[WorkerSeen]
    waiting: int
    """Tasks that no worker has taken yet."""
    waiting_seconds: float
    """How long the oldest of them has waited."""
    running: int
    failed: list[FailedRun]


async def look_at_engine(client: Client, task_queue: str) -> EngineSight:
    """Raises EngineAway where it does not answer in time."""
    try:
        async with asyncio.timeout(PATIENCE.total_seconds() + 1):
            workflows, activities, running, failed = await asyncio.gather(
                _describe(client, task_queue, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
                _describe(client, task_queue, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
                client.count_workflows(f"ExecutionStatus = 'Running' AND TaskQueue = '{task_queue}'"),
                _list_failed(client, task_queue),
            )
    except (RPCError, RuntimeError, TimeoutError) as error:
        raise EngineAway(type(error).__name__) from error
    stats = [workflows.stats, activities.stats]
    return EngineSight(
        workers=find_workers(workflows, activities),
        waiting=sum(one.approximate_backlog_count for one in stats),
        waiting_seconds=max(one.approximate_backlog_age.ToTimedelta().total_seconds() for one in stats),
        running=running.count,
        failed=failed,
    )


def find_workers(*queues: DescribeTaskQueueResponse) -> list[WorkerSeen]:
    """Each worker once, however many queues it asks."""
    seen: dict[str, WorkerSeen] = {}
    for queue in queues:
        for poller in queue.pollers:
            at = poller.last_access_time.ToDatetime(tzinfo=UTC)
            version = poller.deployment_options.build_id
            if poller.identity not in seen or seen[poller.identity].seen_at < at:
                seen[poller.identity] = WorkerSeen(poller.identity, version, at)
    return sorted(seen.values(), key=lambda worker: worker.identity)


async def _describe(client: Client, task_queue: str, kind: "TaskQueueType.ValueType") -> DescribeTaskQueueResponse:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=task_queue), task_queue_type=kind, report_stats=True
    )
    return await client.workflow_service.describe_task_queue(request, timeout=PATIENCE)


async def _list_failed(client: Client, task_queue: str) -> list[FailedRun]:
    since = (datetime.now(UTC) - FAILED_WITHIN).isoformat()
    query = f"ExecutionStatus = 'Failed' AND TaskQueue = '{task_queue}' AND CloseTime > '{since}'"
    found = []
    async for run in client.list_workflows(query, limit=FAILED_SHOWN, rpc_timeout=PATIENCE):
        found.append(FailedRun(run.id, run.workflow_type, run.close_time or run.start_time))
    return found
