"""Versions of the worker, and how each workflow gets over to a newer one.

What waits for people for weeks and whose story changes (the stages, a coach search, a leave, a crowdfunding) is pinned:
a run stays with the version it began on, and goes on in a fresh run on the newest one as soon as it is at rest and has
been nudged. What is a few repeatable activities long (inbox, secret mail, bulk, upkeep) follows: whichever version is
current takes its next task, and its activities, too, so that a mail that waits for its next attempt holds no worker.
For that their stories must replay with every release, which the corpus in tests/workflows/histories sees to.
"""

from dataclasses import replace
from typing import Any, NoReturn

from temporalio import workflow
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import (
    UnsandboxedWorkflowRunner,
    WorkerDeploymentConfig,
    WorkflowInstance,
    WorkflowInstanceDetails,
)
from temporalio.workflow import ContinueAsNewVersioningBehavior

from workflows import names

FOLLOW = frozenset(
    {
        *(names.INBOX, names.SECRET_MAIL, names.BULK),
        *(names.RECONCILE, names.RETENTION, names.LEAD_DIGEST, names.NUDGING, names.PACE),
    }
)
"""Workflows that go on with whichever version is current."""


def is_newer_version_there() -> bool:
    """As of the latest task: whoever sleeps does not know before it is nudged."""
    return workflow.info().is_target_worker_deployment_version_changed()


def newest_version() -> ContinueAsNewVersioningBehavior | None:
    """For `continue_as_new`: where a newer worker is there, the next run begins with it instead of staying pinned."""
    return ContinueAsNewVersioningBehavior.AUTO_UPGRADE if is_newer_version_there() else None


def move_over(carried: object) -> NoReturn:
    """Go on in a fresh run on the newest version."""
    workflow.continue_as_new(carried, initial_versioning_behavior=newest_version())


def pinned_to(deployment: str, build_id: str | None) -> dict[str, Any]:
    """Options for a worker whose runs stay with its version. Without a build id, workers have no versions."""
    if build_id is None:
        return {}
    version = WorkerDeploymentVersion(deployment_name=deployment, build_id=build_id)
    return {
        "deployment_config": WorkerDeploymentConfig(
            version=version, use_worker_versioning=True, default_versioning_behavior=VersioningBehavior.PINNED
        ),
        "workflow_runner": LetFollow(),
    }


class LetFollow(UnsandboxedWorkflowRunner):
    """Says which runs follow. In `workflow.defn` the server would refuse it of a worker that has no version."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        if det.defn.name in FOLLOW:
            following = replace(det.defn, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
            return super().create_instance(replace(det, defn=following))
        return super().create_instance(det)
