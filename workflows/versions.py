"""Versions of the worker: a run stays with the one it began on, and the next run begins on the newest."""

from typing import Any

from temporalio import workflow
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import WorkerDeploymentConfig
from temporalio.workflow import ContinueAsNewVersioningBehavior


def newest_version() -> ContinueAsNewVersioningBehavior | None:
    """For `continue_as_new`: where a newer worker is there, the next run begins with it instead of staying pinned."""
    changed = workflow.info().is_target_worker_deployment_version_changed()
    return ContinueAsNewVersioningBehavior.AUTO_UPGRADE if changed else None


def pinned_to(deployment: str, build_id: str | None) -> dict[str, Any]:
    """Options for a worker whose runs stay with its version. Without a build id, workers have no versions."""
    if build_id is None:
        return {}
    version = WorkerDeploymentVersion(deployment_name=deployment, build_id=build_id)
    return {
        "deployment_config": WorkerDeploymentConfig(
            version=version, use_worker_versioning=True, default_versioning_behavior=VersioningBehavior.PINNED
        )
    }
