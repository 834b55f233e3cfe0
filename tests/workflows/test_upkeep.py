"""Upkeep by itself: the schedules are there, what they start does its work, and ideas move on to a newer worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlmodel import select
from structlog.testing import capture_logs
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client, ScheduleActionExecutionStartWorkflow, ScheduleHandle, ScheduleOverlapPolicy
from temporalio.service import RPCError

from activities.adapters.mailer.mailbox import LocalMailbox
from models import workflow_ids
from models.database import Database
from models.messages.upkeep import ReconcileReport, RetentionCounts
from models.policy import Policy
from models.queries.drift import read_drift
from models.tables import NoticeRow, RetentionRun
from models.tables.columns import new_id
from models.vocabulary import DriftKind, NoticeKind
from tests.activities.upkeep.conftest import nothing_moves, set_shown
from tests.cast import POLICY
from tests.factories import CARLA, alma, ben, invite_cast
from tests.workflows.conftest import LETTERHEAD, RealTime, World
from workflows import names
from workflows.client import EngineClient
from workflows.schedules import jobs_of, keep_schedules
from workflows.versions import pinned_to
from workflows.worker import build_activities, build_worker

JOBS = ["lead-digest", "reconcile", "retention", "nudge", "pace"]


@pytest.fixture
async def scheduled(real_world: World) -> AsyncIterator[World]:
    """The real server with the schedules of this test's worker."""
    assert await keep_schedules(real_world.client, real_world.ideas.task_queue, POLICY) == []
    yield real_world
    for name in JOBS:
        await handle(real_world, name).delete()


def handle(world: World, name: str) -> ScheduleHandle:
    return world.client.get_schedule_handle(workflow_ids.schedule(name))


def with_upkeep(**changes: Any) -> Policy:
    return POLICY.model_copy(update={"upkeep": POLICY.upkeep.model_copy(update=changes)})


async def trigger(world: World, name: str, result_type: type) -> Any:
    """Start a job now, as its schedule would, and wait for its result."""
    began = datetime.now(UTC) - timedelta(seconds=1)
    await handle(world, name).trigger()
    while True:
        actions = (await handle(world, name).describe()).info.recent_actions
        started = [action for action in actions if action.started_at >= began]
        if started:
            action = started[-1].action
            assert isinstance(action, ScheduleActionExecutionStartWorkflow)
            return await world.client.get_workflow_handle(action.workflow_id, result_type=result_type).result()
        await asyncio.sleep(0.05)


# -- the schedules ----------------------------------------------------------------------------------------------


async def test_every_job_has_its_schedule(scheduled: World) -> None:
    assert [job.name for job in jobs_of(POLICY)] == JOBS
    for job in jobs_of(POLICY):
        found = await handle(scheduled, job.name).describe()
        assert found.schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
        assert found.schedule.policy.catchup_window == timedelta(hours=1)
        days = {at.astimezone(POLICY.zone).weekday() for at in found.info.next_action_times}
        assert days == ({0} if job.name == "lead-digest" else set(range(7)))
        for at in found.info.next_action_times:
            local = at.astimezone(POLICY.zone)
            late = local - local.replace(hour=job.at.hour, minute=job.at.minute, second=0, microsecond=0)
            assert timedelta(0) <= late <= timedelta(minutes=POLICY.upkeep.jitter_minutes)


async def test_another_start_brings_them_up_to_date_and_leaves_a_pause_alone(scheduled: World) -> None:
    await handle(scheduled, "retention").pause(note="Wir prüfen gerade die Fristen.")
    changed = with_upkeep(retention_at=time(5, 15), reconcile_at=time(1), jitter_minutes=0)
    assert await keep_schedules(scheduled.client, scheduled.ideas.task_queue, changed) == []
    reconcile = await handle(scheduled, "reconcile").describe()
    assert reconcile.info.next_action_times[0].astimezone(POLICY.zone).time() == time(1)
    assert not reconcile.schedule.state.paused
    retention = await handle(scheduled, "retention").describe()
    assert retention.schedule.state.paused
    assert retention.schedule.spec.calendars[0].hour[0].start == 5


async def test_a_server_without_schedules_holds_no_worker_up(world: World) -> None:
    """The time-skipping server knows none."""
    with capture_logs() as logs:
        assert await keep_schedules(world.client, world.ideas.task_queue, POLICY) == JOBS
    assert [(line["event"], line["schedule"]) for line in logs] == [("schedule not kept", name) for name in JOBS]


# -- what they start --------------------------------------------------------------------------------------------


async def test_the_nightly_comparison_reports_and_repairs_where_it_may(scheduled: World) -> None:
    idea = await scheduled.bring_to("working")
    await set_shown(scheduled, idea, state="reviewing")
    with nothing_moves():
        report = await trigger(scheduled, "reconcile", ReconcileReport)
    assert (report.found, report.repaired) == ({DriftKind.DIFFERS: 1}, 0)
    await keep_schedules(scheduled.client, scheduled.ideas.task_queue, with_upkeep(reconcile_repairs=True))
    with nothing_moves():
        report = await trigger(scheduled, "reconcile", ReconcileReport)
    assert (report.found, report.repaired) == ({DriftKind.DIFFERS: 1}, 1)
    async with scheduled.database.session() as session:
        drift = await read_drift(session)
    assert drift is not None
    assert [(line.subject, line.repaired) for line in drift.items] == [(f"idea/{idea}", True)]


async def test_retention_runs_by_night(scheduled: World) -> None:
    assert await trigger(scheduled, "retention", RetentionCounts) == RetentionCounts()
    async with scheduled.database.session() as session:
        [run] = (await session.exec(select(RetentionRun))).all()
    assert run.finished_at is not None
    assert not run.dry_run


async def test_every_lead_gets_one_overview_a_week(scheduled: World) -> None:
    assert await trigger(scheduled, "lead-digest", int) == 1
    assert await trigger(scheduled, "lead-digest", int) == 0
    async with scheduled.database.session() as session:
        digests = select(NoticeRow).where(NoticeRow.kind == NoticeKind.LEAD_DIGEST)
        [notice] = (await session.exec(digests)).all()
    year, week, _ = datetime.now(POLICY.zone).isocalendar()
    assert (notice.account_id, notice.idea_id, notice.key) == (CARLA, None, f"digest-{year}-W{week:02}")


# -- versions of the worker -------------------------------------------------------------------------------------


async def set_current(client: Client, deployment: str, build_id: str) -> None:
    """What an operator does once the new worker is there: `temporal worker deployment set-current-version`."""
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace, deployment_name=deployment, build_id=build_id, identity="tests"
    )
    while True:
        try:
            await client.workflow_service.set_worker_deployment_current_version(request)
        except RPCError:
            await asyncio.sleep(0.2)  # the server has not heard of this version yet
        else:
            return


async def version_of(client: Client, idea: str) -> str:
    info = (await client.get_workflow_handle(f"idea/{idea}").describe()).raw_description.workflow_execution_info
    return str(info.versioning_info.deployment_version.build_id)


async def test_ideas_that_rest_move_on_to_a_newer_worker(database: Database, client: Client) -> None:
    await invite_cast(database)
    queue = f"versions-{new_id()}"
    ideas = EngineClient(client, queue)
    world = World(RealTime(client), database, ideas)
    activities = build_activities(database, ideas, LocalMailbox(database), POLICY, LETTERHEAD)
    async with AsyncExitStack() as old, AsyncExitStack() as new:
        await old.enter_async_context(build_worker(client, queue, activities, **pinned_to(queue, "one")))
        await set_current(client, queue, "one")
        idea = await world.walk_to("working")
        assert await version_of(client, idea) == "one"
        await new.enter_async_context(build_worker(client, queue, activities, **pinned_to(queue, "two")))
        await set_current(client, queue, "two")
        version = (await world.state(idea)).standing.version
        assert await version_of(client, idea) == "one"

        nudged = await client.execute_workflow(names.NUDGING, id=f"nudge-{queue}", task_queue=queue, result_type=int)
        assert nudged == 1

        async def has_moved() -> bool:
            return await version_of(client, idea) == "two"

        await world.until(has_moved)
        await old.aclose()
        assert (await world.state(idea)).standing.version == version
        assert (await world.ask(idea, "submit_work", alma)).state == "reviewing"
        assert (await world.ask(idea, "approve_concept", ben)).state == "assessing"


async def test_without_versions_nobody_is_nudged_and_a_nudge_changes_nothing(real_world: World) -> None:
    idea = await real_world.bring_to("working")
    assert [found async for found in real_world.ideas.list_on_other_versions()] == []
    before = await real_world.state(idea)
    await real_world.ideas.nudge(f"idea/{idea}")
    assert await real_world.state(idea) == before
    assert (await real_world.ask(idea, "submit_work", alma)).version == before.standing.version + 1
