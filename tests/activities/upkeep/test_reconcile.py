"""Every kind of drift is found, and what can be mended without losing anything is mended."""

import asyncio

import pytest
from sqlmodel import select
from temporalio.client import WorkflowExecutionStatus

from activities.ports.ideas import CommandRefused, IdeaGone
from activities.upkeep.reconcile import Reconciler
from models.messages.idea import IdeaState
from models.messages.upkeep import ReconcileRequest
from models.queries.drift import DriftLine, list_findings, read_drift
from models.tables import Drift, DriftRun
from models.tables.columns import new_id
from models.vocabulary import DriftKind, Outcome
from tests.activities.upkeep.conftest import (
    find_drift,
    nothing_moves,
    reconcile,
    reconciler,
    run_sql,
    set_shown,
    until_listed,
)
from tests.cast import POLICY
from tests.factories import RULES, alma, ben, carla, command, new_state
from tests.workflows.conftest import World


async def terminate(world: World, idea: str) -> None:
    """The engine loses an idea, as an operator's mistake or a lost volume would have it."""
    await world.client.get_workflow_handle(f"idea/{idea}").terminate()


async def findings(world: World, run_id: str) -> list[DriftLine]:
    async with world.database.session() as session:
        return await list_findings(session, run_id)


async def test_where_all_is_well_nothing_is_found(real_world: World) -> None:
    await asyncio.gather(*(real_world.bring_to(state) for state in ("screening", "matching", "working")))
    ended = await real_world.hand_in()
    await real_world.ask(ended, "withdraw", alma)
    await real_world.client.get_workflow_handle(f"idea/{ended}").result()
    report = await reconcile(real_world)
    assert (report.found, report.left) == ({}, 0)
    assert report.checked in (3, 4)  # the index of what runs lags by a moment


async def test_what_is_moving_is_no_drift(real_world: World) -> None:
    """Ten steps are taken while the idea is looked at: at many a look SQL is behind for a moment."""
    idea = await real_world.bring_to("working")

    async def work() -> None:
        for _ in range(10):
            await real_world.ideas.command(idea, command("write_note", carla, note_id=idea))

    reports, _ = await asyncio.gather(reconcile(real_world), work())
    assert reports.found == {}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"version": 1, "state": "screening"}, DriftKind.BEHIND),
        ({"state": "reviewing"}, DriftKind.DIFFERS),
        ({"coach_id": None}, DriftKind.DIFFERS),
        ({"snapshot": None}, DriftKind.DIFFERS),
    ],
)
async def test_what_is_shown_wrongly_is_shown_again(
    real_world: World, changes: dict[str, object], kind: DriftKind
) -> None:
    idea = await real_world.bring_to("working")
    before = (await real_world.shown(idea)).model_dump()
    await set_shown(real_world, idea, **changes)
    report = await find_drift(real_world)
    assert (report.found, report.repaired, report.left) == ({kind: 1}, 0, 1)
    assert (await real_world.shown(idea)).model_dump() == before | changes
    report = await find_drift(real_world, fix=True)
    assert (report.found, report.repaired, report.left) == ({kind: 1}, 1, 0)
    assert (await real_world.shown(idea)).model_dump() == before
    assert (await reconcile(real_world)).found == {}


async def test_an_idea_without_its_workflow_goes_on_where_it_stood(real_world: World) -> None:
    idea = await real_world.bring_to("working")
    taken = command("submit_work", alma)
    receipt = await real_world.ideas.command(idea, taken)
    await real_world.until_quiet(idea, receipt.version)
    await terminate(real_world, idea)
    report = await find_drift(real_world)
    assert report.found == {DriftKind.NO_WORKFLOW: 1}
    with pytest.raises(IdeaGone):
        await real_world.ideas.command(idea, command("approve_concept", ben))
    assert (await find_drift(real_world, fix=True)).repaired == 1
    # The same command again is known still, and the next one is taken.
    assert await real_world.ideas.command(idea, taken) == receipt
    approved = await real_world.ask(idea, "approve_concept", ben)
    assert (approved.version, approved.state) == (receipt.version + 1, "assessing")
    assert (await reconcile(real_world)).found == {}


async def test_a_lost_search_for_a_coach_begins_again(real_world: World) -> None:
    idea = await real_world.bring_to("matching")
    offer = await real_world.open_offer(idea)
    await terminate(real_world, idea)
    search = real_world.client.get_workflow_handle(f"coach-search/{idea}/1")
    await search.terminate()
    assert (await find_drift(real_world, fix=True)).repaired == 1

    async def searches() -> bool:
        return (await search.describe()).status is WorkflowExecutionStatus.RUNNING

    await real_world.until(searches)
    assert (await real_world.open_offer(idea)).id == offer.id
    await real_world.accept(idea)
    await real_world.until_in(idea, "planning")


async def test_an_engine_that_was_set_back_takes_over_what_sql_knows(real_world: World) -> None:
    idea = await real_world.bring_to("working")
    earlier = await real_world.state(idea)
    shown = await real_world.ask(idea, "submit_work", alma)
    await real_world.ideas.start_from(earlier, replace=True)
    report = await find_drift(real_world, fix=True)
    assert (report.found, report.repaired) == ({DriftKind.AHEAD: 1}, 1)
    assert (await real_world.state(idea)).standing.version == shown.version
    assert (await real_world.ask(idea, "approve_concept", ben)).version == shown.version + 1


async def test_an_end_that_the_engine_forgot_stays_an_end(real_world: World) -> None:
    idea = await real_world.bring_to("working")
    earlier = await real_world.state(idea)
    await real_world.ask(idea, "close", carla, outcome=Outcome.CLOSED, note_id=idea)
    await real_world.client.get_workflow_handle(f"idea/{idea}").result()
    await real_world.ideas.start_from(earlier, replace=True)
    await until_listed(real_world, f"idea/{idea}")
    assert (await find_drift(real_world)).found == {DriftKind.AHEAD: 1}
    assert (await find_drift(real_world, fix=True)).left == 0
    with pytest.raises((IdeaGone, CommandRefused)):
        await real_world.ask(idea, "submit_work", alma)
    assert (await real_world.shown(idea)).outcome == Outcome.CLOSED


async def test_an_end_that_sql_forgot_is_shown_again(real_world: World) -> None:
    idea = await real_world.bring_to("working")
    before = (await real_world.shown(idea)).model_dump()
    await real_world.ask(idea, "withdraw", alma)
    await real_world.client.get_workflow_handle(f"idea/{idea}").result()
    after = (await real_world.shown(idea)).model_dump()
    await set_shown(real_world, idea, **before)
    report = await find_drift(real_world, fix=True)
    assert (report.found, report.repaired) == ({DriftKind.BEHIND: 1}, 1)
    assert (await real_world.shown(idea)).model_dump() == after


async def test_a_workflow_that_sql_does_not_know_is_told_and_left_alone(real_world: World) -> None:
    stray = new_id()
    state = new_state(stray)
    await real_world.ideas.start_from(IdeaState(standing=state.standing, rulebook=RULES))
    await until_listed(real_world, f"idea/{stray}")
    report = await find_drift(real_world, fix=True)
    assert (report.found, report.repaired, report.left) == ({DriftKind.ORPHAN: 1}, 0, 1)
    [line] = await findings(real_world, report.run_id)
    assert (line.subject, line.shown_version, line.engine_version) == (f"idea/{stray}", None, 0)
    assert await real_world.ideas.is_running(f"idea/{stray}")
    await terminate(real_world, stray)


async def test_a_hole_in_the_timeline_is_told(real_world: World) -> None:
    idea = await real_world.bring_to("working")
    version = (await real_world.shown(idea)).version
    await run_sql(real_world.database, "DELETE FROM timeline_entry WHERE version = 2")
    report = await find_drift(real_world, fix=True)
    assert (report.found, report.repaired) == ({DriftKind.GAP: 1}, 0)
    [line] = await findings(real_world, report.run_id)
    assert (line.shown_version, line.engine_version) == (version, version - 1)


async def test_one_idea_can_be_looked_at_alone(real_world: World) -> None:
    first, second = await real_world.bring_to("working"), await real_world.bring_to("working")
    for idea in (first, second):
        await set_shown(real_world, idea, state="reviewing")
    report = await find_drift(real_world, idea_id=second, fix=True)
    assert (report.checked, report.repaired) == (1, 1)
    assert (await real_world.shown(first)).state == "reviewing"
    async with real_world.database.session() as session:
        assert await read_drift(session) is None


async def test_a_comparison_that_was_cut_off_goes_on_with_the_same_report(real_world: World) -> None:
    ideas = sorted([await real_world.hand_in() for _ in range(3)])
    for idea in ideas:
        await set_shown(real_world, idea, state="clarification")
    request = ReconcileRequest(run_id=new_id())
    with nothing_moves():
        for after in (None, ideas[1]):
            report = await reconciler(real_world).run(request, after=after)
    assert (report.checked, report.found) == (3, {DriftKind.DIFFERS: 3})
    async with real_world.database.session() as session:
        assert len((await session.exec(select(Drift))).all()) == 3
        assert len((await session.exec(select(DriftRun))).all()) == 1
        shown = await read_drift(session)
    assert shown is not None
    assert [line.subject for line in shown.items] == [f"idea/{idea}" for idea in ideas]


class Silent:
    """A worker that has hung up: the engine knows the runs, and nobody answers for them."""

    def __init__(self, world: World) -> None:
        self._ideas = world.ideas

    def __getattr__(self, name: str) -> object:
        return getattr(self._ideas, name)

    async def case_state(self, workflow_id: str) -> IdeaState:
        from workflows.client import EngineAway

        raise EngineAway(workflow_id)


async def test_a_workflow_that_does_not_answer_is_told(real_world: World) -> None:
    await real_world.hand_in()
    silent = Reconciler(real_world.database, Silent(real_world), POLICY)  # type: ignore[arg-type]
    report = await silent.run(ReconcileRequest(run_id=new_id(), fix=True))
    assert (report.found, report.left) == ({DriftKind.SILENT: 1}, 1)
