"""What holds for every kind of durable case, through real workflows and SQL; a kind passes by being registered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle
from random import Random
from typing import Any

import pytest
from sqlmodel import col, select

from activities.record import write_record
from activities.upkeep.close_cases import end_open_cases
from activities.upkeep.rebuild import Rebuilder
from activities.upkeep.reconcile import Reconciler
from models import workflow_ids
from models.messages.appointment import AppointmentCommand
from models.messages.cases import Taken
from models.messages.commands import ENGINE, Actor, CaseCommand, Command
from models.messages.contribution import ContributionCommand
from models.messages.crowdfunding import CampaignCommand
from models.messages.replication import ReplicationCommand
from models.messages.upkeep import ReconcileRequest
from models.rules.replication import BEGIN as BEGINS
from models.tables import NoticeRow, StandingRow, TimelineEntry
from models.tables.columns import new_id
from models.vocabulary import Answer, DriftKind
from tests import replications
from tests.appointments import AppointmentStory, begin
from tests.contributions import ContributionStory
from tests.contributions import begin as contribution
from tests.errand import ErrandStanding, ErrandState
from tests.factories import ALMA, BEN, alma, ben, carla
from tests.kinds import NAME, POLICY_WITH_ERRANDS, errands
from tests.workflows.campaigns import HandOff
from tests.workflows.conftest import World, patiently
from workflows.worker import build_replayer

RENEWS_OFTEN = 3
"""Steps after which a run goes on as another, so that commands meet the hand-over."""

BEGINNING = 3
"""Events of a run that waits for its first task: there is nothing to replay."""

Ask = tuple[str, Actor, dict[str, Any]]


@dataclass
class Case:
    """One open case, and steps that people can take in it for ever."""

    world: World
    workflow_id: str
    command: Callable[..., CaseCommand]
    steps: list[Ask]
    taken: list[tuple[CaseCommand, Taken]] = field(default_factory=list)

    @property
    def case_id(self) -> str:
        case = workflow_ids.read_case(self.workflow_id)
        assert case is not None
        return workflow_ids.case_id(*case)

    async def ask(self, step: Ask, **fields: Any) -> Taken:
        event, actor, given = step
        command = self.command(id=new_id(), event=event, actor=actor, **given, **fields)
        taken = await patiently(lambda: self.world.ideas.case_command(self.workflow_id, command))
        self.taken.append((command, taken))
        return taken

    async def again(self, command: CaseCommand) -> Taken:
        return await patiently(lambda: self.world.ideas.case_command(self.workflow_id, command))

    async def state(self) -> Any:
        return await patiently(lambda: self.world.ideas.case_state(self.workflow_id))

    async def row(self) -> StandingRow | None:
        async with self.world.database.session() as session:
            return await session.get(StandingRow, self.case_id)

    async def timeline(self) -> list[TimelineEntry]:
        mine = select(TimelineEntry).where(TimelineEntry.case_id == self.case_id)
        async with self.world.database.session() as session:
            return list((await session.exec(mine.order_by(col(TimelineEntry.version)))).all())

    async def until_shown(self) -> StandingRow:
        await self.world.ideas.nudge(self.workflow_id)
        version = (await self.state()).standing.version

        async def is_shown() -> bool:
            row = await self.row()
            return row is not None and row.version >= version

        await self.world.until(is_shown)
        row = await self.row()
        assert row is not None
        return row

    async def until_at_work(self) -> None:
        """A run that has not begun knows nothing, and is no loss to speak of."""

        async def is_at_work() -> bool:
            described = await self.world.client.get_workflow_handle(self.workflow_id).describe()
            return described.history_length > BEGINNING

        await self.world.until(is_at_work)

    async def histories(self) -> AsyncIterator[Any]:
        """Of all its runs that have got to work."""
        async for run in self.world.client.list_workflows(f'WorkflowId = "{self.workflow_id}"'):
            history = await self.world.client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
            if len(history.events) > BEGINNING:
                yield history


async def begin_idea(world: World) -> Case:
    rulebook = (await world.rulebook()).model_copy(update={"renew_after_steps": RENEWS_OFTEN})
    idea = await world.bring_to("planning", rulebook=rulebook)
    extend: Ask = ("extend_deadline", ben, {"days": 1, "note_id": idea})
    note: Ask = ("write_note", alma, {"note_id": idea})
    return Case(world, workflow_ids.idea_workflow(idea), Command, [note, extend])


async def begin_crowdfunding(world: World) -> Case:
    hand_off = await HandOff.start(world, await world.bring_to("piloting"))
    soon = await world.today() + timedelta(days=9)
    snooze: Ask = ("snooze", alma, {"until": soon})
    extend: Ask = ("extend_deadline", ben, {"days": 1})
    return Case(world, workflow_ids.crowdfunding(hand_off.idea, 1), CampaignCommand, [snooze, extend])


async def begin_errand(world: World) -> Case:
    idea, now = await world.bring_to("planning"), await world.now()
    rulebook = POLICY_WITH_ERRANDS.rulebook(now.date(), NAME).model_copy(update={"renew_after_steps": RENEWS_OFTEN})
    standing = ErrandStanding(idea_id=idea, owner_id=ALMA, coach_id=BEN, office="dresden", entered_at=now)
    asked = CaseCommand(id=new_id(), event="ask", actor=alma, note_id=idea)
    state = ErrandState(standing=standing, rulebook=rulebook)
    await patiently(lambda: world.ideas.submit(state, asked))
    case = Case(world, standing.workflow_id, CaseCommand, [("ask_back", ben, {"note_id": idea}), ("answer", alma, {})])
    await case.until_shown()
    return case


async def begin_appointment(world: World) -> Case:
    idea, story = await world.bring_to("planning"), AppointmentStory(await world.now())
    state = begin(idea, ben, story.now, owner_id=ALMA)
    state.rulebook = state.rulebook.model_copy(update={"renew_after_steps": RENEWS_OFTEN})
    asked = story.command(ben, "propose", id=new_id())
    await patiently(lambda: world.ideas.submit(state, asked))
    offer = story.command(ben, "move").model_dump(include={"slots", "minutes", "place"})
    case = Case(world, state.standing.workflow_id, AppointmentCommand, [("move", ben, offer), ("move", alma, offer)])
    await case.until_shown()
    return case


async def begin_replication(world: World) -> Case:
    idea, now = await world.bring_to("planning"), await world.now()
    state = replications.begin(now, idea, owner_id=ALMA, asks=False)
    state.rulebook = state.rulebook.model_copy(update={"renew_after_steps": RENEWS_OFTEN})
    await patiently(lambda: world.ideas.submit(state, ReplicationCommand(id=new_id(), event=BEGINS, actor=ENGINE)))
    goes_well: Ask = ("check_in", alma, {"answer": Answer.ON_TRACK})
    extend: Ask = ("extend_deadline", ben, {"days": 1})
    case = Case(world, state.standing.workflow_id, ReplicationCommand, [goes_well, extend])
    await case.until_shown()
    return case


async def begin_contribution(world: World) -> Case:
    idea, story = await world.bring_to("planning"), ContributionStory(await world.now())
    state = contribution(idea, story.now, owner_id=ALMA)
    state.rulebook = state.rulebook.model_copy(update={"renew_after_steps": RENEWS_OFTEN})
    await patiently(lambda: world.ideas.submit(state, story.command(ENGINE, "contribute", id=new_id())))
    more: list[Ask] = [("extend_deadline", actor, {"days": 1}) for actor in (carla, ben)]
    case = Case(world, state.standing.workflow_id, ContributionCommand, more)
    await case.until_shown()
    return case


BEGIN = {
    "idea": begin_idea,
    "crowdfunding": begin_crowdfunding,
    "appointment": begin_appointment,
    "replication": begin_replication,
    "contribution": begin_contribution,
    NAME: begin_errand,
}

every_kind = pytest.mark.parametrize("kind", BEGIN)


@pytest.fixture
async def case(kind: str, with_errands: None, real_world: World) -> Case:
    return await BEGIN[kind](real_world)


@pytest.fixture
def with_errands() -> Any:
    with errands():
        yield


@every_kind
async def test_a_case_among_askers_that_die_is_shown_whole_and_replays(kind: str, case: Case) -> None:
    """Each asks, and asks again; half of them are gone before they write, and runs follow each other meanwhile."""
    chance, before = Random(kind), (await case.state()).standing.version
    steps = cycle(case.steps)
    for _ in range(4 * RENEWS_OFTEN):
        row = await case.row()
        taken = await case.ask(next(steps), asker_records=True, searched_to=row.version if row else 0)
        command = case.taken[-1][0]
        assert (await case.again(command)).version == taken.version, "the same command, the same receipt"
        if taken.record is not None and chance.random() < 0.5:
            await write_record(case.world.database, taken.record)
    row = await case.until_shown()
    state, timeline = await case.state(), await case.timeline()
    assert row.read() == state.standing
    assert [entry.version for entry in timeline] == list(range(1, state.standing.version + 1))
    told = {entry.version: entry.command_id for entry in timeline}
    assert all(told[taken.version] == command.id for command, taken in case.taken)
    assert state.standing.version == before + len(case.taken)
    async with case.world.database.session() as session:
        notices = (await session.exec(select(NoticeRow).where(NoticeRow.idea_id == row.idea_id))).all()
    assert len({(each.key, each.account_id) for each in notices}) == len(notices), "nobody is told twice"
    replayed = await build_replayer("tests").replay_workflows(case.histories())
    assert not replayed.replay_failures


@every_kind
async def test_a_case_that_many_ask_at_once_gives_each_step_its_own_version(kind: str, case: Case) -> None:
    step = case.steps[-1] if kind in ("idea", "crowdfunding") else ("extend_deadline", ben, {"days": 1})
    answers = await asyncio.gather(*(case.ask(step) for _ in range(9)))
    versions = sorted(answer.version for answer in answers)
    assert versions == list(range(versions[0], versions[0] + 9))
    assert (await case.until_shown()).version == versions[-1]


@every_kind
async def test_a_case_whose_workflow_was_lost_goes_on_where_it_stood(
    kind: str, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = await case.ask(case.steps[0])
    shown = (await case.until_shown()).model_dump()
    await case.until_at_work()
    await case.world.client.get_workflow_handle(case.workflow_id).terminate()
    monkeypatch.setattr("activities.upkeep.reconcile.PAUSE_SECONDS", 0)
    reconciler = Reconciler(case.world.database, case.world.ideas, POLICY_WITH_ERRANDS)

    seen, repaired = set[DriftKind](), 0

    async def is_whole() -> bool:
        nonlocal repaired
        report = await reconciler.run(ReconcileRequest(run_id=new_id(), fix=True))
        seen.update(report.found)
        repaired += report.repaired
        return bool(seen) and not report.found

    await case.world.until(is_whole)
    assert (DriftKind.NO_WORKFLOW in seen, repaired) == (True, 1)
    assert (await case.again(case.taken[-1][0])).version == taken.version
    following = await case.ask(case.steps[1])
    assert following.version == taken.version + 1
    await case.until_shown()
    async with case.world.database.transaction() as session:
        await session.delete(await session.get_one(StandingRow, case.case_id))
    idea_id = shown["idea_id"]
    await Rebuilder(case.world.database, case.world.ideas).build(idea_id)
    built = await case.until_shown()
    assert (built.kind, built.number, built.version) == (shown["kind"], shown["number"], following.version)


@every_kind
async def test_a_case_ends_with_the_account_of_its_owner(kind: str, case: Case) -> None:
    await case.ask(case.steps[0])
    await case.until_shown()
    await end_open_cases(case.world.database, case.world.ideas, ALMA)
    row = await case.until_shown()
    assert row.outcome is not None
    assert (await case.timeline())[-1].event == "withdraw"
