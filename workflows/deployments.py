"""The versions of our workers as Temporal knows them: which is current, which has a worker, what holds an old one."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeWorkerDeploymentRequest,
    DescribeWorkerDeploymentResponse,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.ports.engine import NoAnswer
from workflows import names

PATIENCE = timedelta(seconds=3)
LISTING = timedelta(seconds=10)
SEEN_WITHIN_SECONDS = 60.0
"""A worker that has not asked for work for so long is taken for gone."""
LOOK_AGAIN_SECONDS = 1.0

KINDS = {
    **dict.fromkeys(names.STAGE_WORKFLOWS.values(), ("idea", "ideas")),
    names.COACH_SEARCH: ("coach search", "coach searches"),
    names.COACH_LEAVE: ("coach leave", "coach leaves"),
    names.CROWDFUNDING: ("crowdfunding hand-off", "crowdfunding hand-offs"),
}
"""What waits for people and is pinned to the version it began on, in an operator's words."""

UNVERSIONED = ""


class Held(NamedTuple):
    """A run that only a worker of its own version can carry on."""

    workflow_id: str
    workflow: str
    build_id: str


@dataclass(frozen=True)
class Versions:
    """What Temporal says of our workers at one moment."""

    current: str | None = None
    """The build id that is given what has no version of its own; None where no version is current."""
    former: str | None = None
    """What was current before."""
    was_set: bool = False
    """Whether any version ever was current."""
    known: frozenset[str] = frozenset()
    asked_at: dict[str, float] = field(default_factory=dict)
    """Build id → when one of its workers last asked for work, as a Unix time. Workers without a version are ""."""

    def seconds_since(self, build_id: str | None, now: float) -> float | None:
        """How long ago a worker of this version asked for work; None where none is known."""
        at = self.asked_at.get(build_id or UNVERSIONED)
        return None if at is None else max(now - at, 0.0)

    def has_worker(self, build_id: str | None, now: float) -> bool:
        seconds = self.seconds_since(build_id, now)
        return seconds is not None and seconds <= SEEN_WITHIN_SECONDS

    def workers(self, now: float) -> list[str]:
        """The build ids that have a worker."""
        return sorted(build_id for build_id in self.asked_at if build_id and self.has_worker(build_id, now))


class Trouble(NamedTuple):
    """Why no step can be taken, and what helps."""

    text: str
    remedy: str


def find_trouble(versions: Versions, now: float) -> Trouble | None:
    """Why nobody would take a step now: that a worker asks for work is not enough, it has to be given some."""
    if versions.has_worker(versions.current, now):
        return None
    others = versions.workers(now)
    if versions.current is not None:
        seen = f"; seen: {', '.join(others)}" if others else ""
        text = f"none of version {versions.current}, which is current, has asked for work within a minute{seen}"
        other = f", or `ideenweg upgrade --build-id {others[-1]}`" if others else ""
        return Trouble(text, f"Start one with IDEENWEG_BUILD_ID={versions.current}{other}.")
    if others:
        text = f"no version is current, so those of {', '.join(others)} are given nothing"
        return Trouble(text, f"Run `ideenweg upgrade --build-id {others[-1]}`.")
    return Trouble(
        "none has asked for work within a minute",
        "Start one with `ideenweg worker`, with the same IDEENWEG_TASK_QUEUE.",
    )


def describe_held(held: list[Held]) -> dict[str, str]:
    """Build id → what holds it, such as "2 coach searches, 1 idea"."""
    counts: dict[str, Counter[tuple[str, str]]] = {}
    for run in held:
        counts.setdefault(run.build_id, Counter())[KINDS.get(run.workflow, (run.workflow, run.workflow))] += 1
    return {
        build_id: ", ".join(f"{n} {words[n != 1]}" for words, n in sorted(of_build.items()))
        for build_id, of_build in sorted(counts.items())
    }


class Deployment:
    """The workers of one task queue. Everything may raise NoAnswer."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue
        self._name = names.deployment(task_queue)

    async def look(self) -> Versions:
        try:
            asked_at, described = await asyncio.gather(self._find_pollers(), self._describe())
        except (RPCError, RuntimeError) as error:
            raise NoAnswer(type(error).__name__) from error
        if described is None:
            return Versions(asked_at=asked_at)
        info = described.worker_deployment_info
        routing = info.routing_config
        current = routing.current_deployment_version.build_id or None
        return Versions(
            current=current,
            former=_find_former(info, current),
            was_set=routing.HasField("current_version_changed_time"),
            known=frozenset(version.deployment_version.build_id for version in info.version_summaries),
            asked_at=asked_at,
        )

    async def list_held(self) -> AsyncIterator[Held]:
        """The running runs that are pinned to another version than the current; none where no version is current."""
        current = (await self.look()).current
        if current is None:
            return
        query = (
            f"ExecutionStatus = 'Running' AND TaskQueue = '{self._task_queue}' "
            f"AND TemporalWorkflowVersioningBehavior = 'Pinned' AND TemporalWorkerDeployment = '{self._name}' "
            f"AND TemporalWorkerDeploymentVersion != '{self._name}:{current}'"
        )
        try:
            async for found in self._client.list_workflows(query, rpc_timeout=LISTING):
                version = found.search_attributes.get("TemporalWorkerDeploymentVersion", [""])[0]
                yield Held(found.id, found.workflow_type, str(version).removeprefix(f"{self._name}:"))
        except (RPCError, RuntimeError) as error:
            raise NoAnswer(type(error).__name__) from error

    async def set_current(self, build_id: str) -> None:
        """From now on this version is given what is new, and what follows."""
        described = await self._describe_or_fail()
        try:
            await self._set_current(build_id, described)
        except (RPCError, RuntimeError) as error:
            raise NoAnswer(type(error).__name__) from error

    async def begin_with(self, build_id: str) -> None:
        """Make a version current where none ever was, as soon as Temporal has heard of it. What an operator has
        chosen stays.
        """
        while True:
            try:
                described = await self._describe()
                if described is not None and await self._begin(build_id, described):
                    return
            except (RPCError, RuntimeError):
                pass  # it does not answer yet, has not heard of every queue, or another worker was quicker: look again
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _begin(self, build_id: str, described: DescribeWorkerDeploymentResponse) -> bool:
        if described.worker_deployment_info.routing_config.HasField("current_version_changed_time"):
            return True
        await self._set_current(build_id, described)
        return True

    async def _set_current(self, build_id: str, described: DescribeWorkerDeploymentResponse) -> None:
        request = SetWorkerDeploymentCurrentVersionRequest(
            namespace=self._client.namespace,
            deployment_name=self._name,
            build_id=build_id,
            conflict_token=described.conflict_token,
            identity=self._client.identity,
        )
        await self._client.workflow_service.set_worker_deployment_current_version(request, timeout=LISTING)

    async def _find_pollers(self) -> dict[str, float]:
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=self._task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        answer = await self._client.workflow_service.describe_task_queue(request, timeout=PATIENCE)
        asked_at: dict[str, float] = {}
        for poller in answer.pollers:
            build_id, at = poller.deployment_options.build_id, float(poller.last_access_time.ToSeconds())
            asked_at[build_id] = max(asked_at.get(build_id, at), at)
        return asked_at

    async def _describe(self) -> DescribeWorkerDeploymentResponse | None:
        """None where workers have no versions."""
        request = DescribeWorkerDeploymentRequest(namespace=self._client.namespace, deployment_name=self._name)
        try:
            return await self._client.workflow_service.describe_worker_deployment(request, timeout=PATIENCE)
        except RPCError as error:
            if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.UNIMPLEMENTED):
                return None
            raise

    async def _describe_or_fail(self) -> DescribeWorkerDeploymentResponse:
        try:
            described = await self._describe()
        except (RPCError, RuntimeError) as error:
            raise NoAnswer(type(error).__name__) from error
        if described is None:
            raise NoAnswer("no worker has said its version")
        return described


def _find_former(info: WorkerDeploymentInfo, current: str | None) -> str | None:
    """The version that was current last, before the one that is."""
    before: list[tuple[Any, str]] = [
        (version.last_current_time.ToNanoseconds(), version.deployment_version.build_id)
        for version in info.version_summaries
        if version.HasField("last_current_time") and version.deployment_version.build_id != current
    ]
    return max(before)[1] if before else None
