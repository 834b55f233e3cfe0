"""`ideenweg upgrade`: brings a running installation over to another version of its workers."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import typer

from api.operations.console import DONE, LEFT, carry_out

if TYPE_CHECKING:
    from rich.console import Console

    from api.runtime.services import Services
    from workflows.deployments import Deployment, Held, Versions

LOOK_EVERY_SECONDS = 2.0
NUDGE_EVERY_SECONDS = 20.0
AT_ONCE = 16
SURE_AFTER = 2
"""How often nothing must be found: the engine's index lags by a moment."""


def upgrade(
    build_id: str | None = typer.Option(None, metavar="ID", help="The version to go to; by default IDEENWEG_BUILD_ID."),
    timeout: float = typer.Option(600, help="Seconds to wait for a worker of it, and then for what is under way."),
    rollback: bool = typer.Option(False, "--rollback", help="Go back to the version that was current before."),
) -> None:
    """Make a version of the workers current, move everything over to it, and say when the old ones may stop.

    Start the new worker first, beside the old ones. Can be interrupted and run again at any time. Ends with 0 when
    nothing needs an old worker any more, 1 when something still does, 2 when it cannot be done and 3 when a service is
    away.
    """
    carry_out(lambda services, console: _upgrade(services, console, build_id, timeout, rollback))


async def _upgrade(services: Services, console: Console, build_id: str | None, timeout: float, rollback: bool) -> int:
    deployment = services.engine.deployment
    target = await _choose(services, await deployment.look(), build_id, rollback)
    versions = await _wait_for_worker(deployment, console, target, timeout)
    if versions.current == target:
        console.print(f"Version {target} is current already.")
    else:
        await deployment.set_current(target)
        console.print(f"Version {target} is current now, in place of {versions.current or 'none'}.")
    held = await _move_all(services, console, timeout)
    return _tell(console, await deployment.look(), held)


async def _choose(services: Services, versions: Versions, build_id: str | None, rollback: bool) -> str:
    """Raises RuntimeError where there is nothing to go to, or the database is not ready for it."""
    from models.migrations import find_pending

    if missing := await asyncio.to_thread(find_pending, services.settings):
        raise RuntimeError(f"The database lacks {missing}: run `ideenweg migrate` first. Nothing was changed.")
    target = versions.former if rollback else build_id or services.settings.build_id
    if target is None and rollback:
        raise RuntimeError("No version was current before this one: there is nothing to go back to.")
    if target is None:
        raise RuntimeError("Say which version to go to: --build-id, or IDEENWEG_BUILD_ID. Nothing was changed.")
    return target


async def _wait_for_worker(deployment: Deployment, console: Console, target: str, timeout: float) -> Versions:
    """Raises RuntimeError where none comes in time."""
    until, told = time.monotonic() + timeout, False
    while True:
        versions = await deployment.look()
        if target in versions.known and versions.has_worker(target, time.time()):
            return versions
        if time.monotonic() >= until:
            remedy = f"start one with IDEENWEG_BUILD_ID={target}, then run this again"
            raise RuntimeError(f"No worker of version {target} asks for work: {remedy}. Nothing was changed.")
        if not told:
            console.print(f"Waiting for a worker of version {target} …")
        told = True
        await asyncio.sleep(LOOK_EVERY_SECONDS / 2)


async def _move_all(services: Services, console: Console, timeout: float) -> list[Held]:
    """Nudge what rests on another version until nothing does, or time is up; returns what is left."""
    from api.operations.progress import ProgressLine

    deployment = services.engine.deployment
    until, nudged, empty = time.monotonic() + timeout, dict[str, float](), 0
    held = [run async for run in deployment.list_held()]
    with ProgressLine(console, "Moved over", len(held)) as progress:
        while True:
            empty = 0 if held else empty + 1
            if empty >= SURE_AFTER or time.monotonic() >= until:
                return held
            await _nudge(services, held, nudged)
            await asyncio.sleep(LOOK_EVERY_SECONDS / 2)
            held = [run async for run in deployment.list_held()]
            progress.advance(max(progress.total - len(held) - progress.done, 0))


async def _nudge(services: Services, held: list[Held], nudged: dict[str, float]) -> None:
    """Each once, and again where it was busy for long."""
    places, now = asyncio.Semaphore(AT_ONCE), time.monotonic()

    async def nudge(workflow_id: str) -> None:
        async with places:
            await services.engine.nudge(workflow_id)
            nudged[workflow_id] = now

    due = [run for run in held if now - nudged.get(run.workflow_id, -NUDGE_EVERY_SECONDS) >= NUDGE_EVERY_SECONDS]
    await asyncio.gather(*(nudge(run.workflow_id) for run in due))


def _tell(console: Console, versions: Versions, held: list[Held]) -> int:
    from workflows.deployments import describe_held

    now, left = time.time(), describe_held(held)
    for build_id, what in left.items():
        if versions.has_worker(build_id, now):
            console.print(f"The worker of version {build_id} must stay: {what}. Run this again later.")
        else:
            console.print(f"Version {build_id} holds {what} and has no worker: start it again, then run this again.")
    for build_id in versions.workers(now):
        if build_id != versions.current and build_id not in left:
            console.print(f"The workers of version {build_id} may stop.")
    if not left:
        console.print(f"Everything goes on with version {versions.current}.")
    return LEFT if left else DONE
