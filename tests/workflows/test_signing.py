"""Having reached Temporal is not being a lead: what nobody of ours has signed changes nothing."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel, Field
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowUpdateInput,
    WorkflowFailureError,
    WorkflowUpdateHandle,
)
from temporalio.common import RetryPolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.adapters.mailer.mailbox import LocalMailbox
from activities.ports.ideas import CommandRefused
from models import workflow_ids
from models.messages.cases import Record
from models.messages.coaching import Leave, OfferAnswer, SearchRequest
from models.messages.commands import ENGINE, Actor, News, RefusalCode
from models.messages.crowdfunding import CampaignRequest
from models.messages.idea import IdeaState
from models.rules import steps
from models.rules.steps import IDEAS
from models.tables.columns import new_id
from models.telemetry.metrics import REGISTRY
from models.vocabulary import OfferStatus, Role, SearchNews
from tests.cast import POLICY
from tests.factories import ALMA, BEN, BRUNO, DORA, alma, carla, command, new_state, write_idea
from tests.workflows.conftest import LETTERHEAD, World, patiently
from workflows import names
from workflows.client import EngineClient
from workflows.signing import HEADER, START, UPDATE, Signer, Signing
from workflows.worker import build_activities, build_replayer, build_worker

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning",
    r"ignore:coroutine '_WorkflowInstanceImpl\..*run_workflow' was never awaited:RuntimeWarning",
)
"""A run that is refused where it begins leaves a coroutine of the SDK behind that nobody awaits."""


@pytest.fixture(autouse=True)
def nothing_is_left_to_the_next() -> Iterator[None]:
    yield
    gc.collect()


class Wearing(Interceptor):
    """Presents a signature that somebody has read in a history."""

    def __init__(self, signature: bytes) -> None:
        self.signature = signature

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        worn = {HEADER: Payload(metadata={"encoding": b"binary/plain"}, data=self.signature)}

        class Calls(OutboundInterceptor):
            async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:
                input.headers = worn
                return await super().start_workflow_update(input)

        return Calls(next)


async def come_in(world: World, *interceptors: Interceptor) -> EngineClient:
    """Somebody who has reached the port, with our code and without our key."""
    address = world.client.service_client.config.target_host
    raw = await Client.connect(address, data_converter=pydantic_data_converter, interceptors=interceptors)
    return EngineClient(raw, world.ideas.task_queue)


def unsigned(kind: str) -> float:
    return REGISTRY.get_sample_value("ideenweg_unsigned_total", {"kind": kind}) or 0


async def is_refused(asking: Any) -> bool:
    with pytest.raises(CommandRefused) as refused:
        await asking
    return refused.value.refusal.code is RefusalCode.UNSIGNED


@asynccontextmanager
async def unchanged(world: World, idea_id: str) -> AsyncIterator[None]:
    """Neither what SQL shows of an idea nor what was told of it is another afterwards."""
    before = (await world.shown(idea_id)).model_dump(), await world.events(idea_id)
    yield
    assert ((await world.shown(idea_id)).model_dump(), await world.events(idea_id)) == before


@pytest.mark.parametrize(
    ("event", "actor", "fields"),
    [
        ("decline", Actor(role=Role.LEAD, account_id=DORA), {"note_id": "note-1"}),
        ("hand_over", Actor(role=Role.LEAD, account_id=DORA), {"partner": "caritas"}),
        ("withdraw", alma, {}),
        ("join_team", ENGINE, {"member_id": DORA, "share": "collaborator"}),
    ],
)
async def test_who_has_the_port_alone_speaks_for_nobody(
    real_world: World, event: str, actor: Actor, fields: dict[str, Any]
) -> None:
    idea = await real_world.hand_in()
    counted = unsigned("update")
    async with unchanged(real_world, idea):
        for stranger in (await come_in(real_world), await come_in(real_world, Signing("somebody else's key " * 2))):
            assert await is_refused(stranger.command(idea, command(event, actor, **fields)))
    assert unsigned("update") == counted + 2
    assert (await real_world.state(idea)).standing.version == 1


async def test_an_answer_to_an_offer_is_the_coachs_own(real_world: World) -> None:
    idea = await real_world.bring_to("matching")
    offer = await real_world.open_offer(idea)
    stranger = await come_in(real_world)
    for accepted in (True, False):
        answer = OfferAnswer(offer_id=offer.id, coach_id=BEN, accepted=accepted)
        assert await is_refused(stranger.answer_offer(idea, 1, answer))
    assert (await real_world.open_offer(idea)).status == OfferStatus.OPEN
    await real_world.accept(idea)
    await real_world.until_in(idea, "planning")


async def test_a_signature_is_for_one_idea_and_one_command(real_world: World) -> None:
    idea, other = await real_world.hand_in(), await real_world.hand_in()
    asked = command("request_clarification", carla)
    receipt = await real_world.ideas.command(idea, asked)
    history = await real_world.client.get_workflow_handle(workflow_ids.idea_workflow(idea)).fetch_history()
    taken = [event.workflow_execution_update_accepted_event_attributes for event in history.events]
    [signature] = [
        update.accepted_request.input.header.fields[HEADER].data
        for update in taken
        if b"request_clarification" in update.accepted_request.input.args.SerializeToString()
    ]
    thief = await come_in(real_world, Wearing(signature))
    assert await is_refused(thief.command(other, asked))
    assert await is_refused(thief.command(idea, asked.model_copy(update={"id": new_id()})))
    assert await is_refused(thief.command(idea, asked.model_copy(update={"id": new_id(), "event": "shortlist"})))
    assert await thief.command(idea, asked) == receipt, "a second time is the first one"
    assert (await real_world.state(idea)).standing.version == receipt.version


def forged(idea_id: str) -> IdeaState:
    """As if a lead had shortlisted it and Ben had taken it."""
    state = new_state(idea_id)
    now = state.standing.entered_at
    for event, actor in (("submit", alma), ("shortlist", carla)):
        IDEAS.take(state, command(event, actor), now)
    steps.hear(state, News(n=1, seq=1, kind=SearchNews.FOUND, coach_id=BRUNO), now)
    return state


async def test_an_idea_cannot_be_begun_where_nobody_of_ours_has_begun_it(real_world: World) -> None:
    idea = await write_idea(real_world.database)
    stranger = await come_in(real_world)
    async with unchanged(real_world, idea):
        await stranger.start_from(forged(idea))
        with pytest.raises(WorkflowFailureError) as ended:
            await real_world.client.get_workflow_handle(workflow_ids.idea_workflow(idea)).result()
    assert isinstance(ended.value.cause, ApplicationError)
    assert ended.value.cause.type == "Unsigned"
    await replays(real_world, workflow_ids.idea_workflow(idea))
    receipt = await real_world.ideas.submit(new_state(idea), command("submit", alma))
    assert receipt.version == 1, "Alma hands it in herself, all the same"
    await real_world.until_shown(idea, 1)


async def test_a_receipt_is_never_that_of_a_forged_run(real_world: World) -> None:
    """Alma hands in while a stranger has begun her idea, and a worker hears of both in one task."""
    idea = await write_idea(real_world.database)
    stranger, queue = await come_in(real_world), f"late-{new_id()}"
    hers, theirs = EngineClient(real_world.client, queue), EngineClient(stranger.client, queue)
    await theirs.start_from(forged(idea))
    submitted = command("submit", alma)
    handing_in = asyncio.create_task(patiently(lambda: hers.submit(new_state(idea), submitted)))
    activities = build_activities(real_world.database, hers, LocalMailbox(real_world.database), POLICY, LETTERHEAD)
    async with build_worker(real_world.client, queue, activities):
        assert (await handing_in).version == 1
        shown = await real_world.until_shown(idea, 1)
        assert (shown.version, shown.state, shown.coach_id) == (1, "screening", None)
    assert await real_world.events(idea) == ["submit"]


@pytest.mark.parametrize("kind", ["search", "leave", "hand-off"])
async def test_nothing_else_that_decides_is_begun_by_a_stranger(real_world: World, kind: str) -> None:
    idea = await real_world.bring_to("planning")
    stranger, rulebook, today = await come_in(real_world), await real_world.rulebook(), await real_world.today()
    request = CampaignRequest(idea_id=idea, attempt=1, owner_id=ALMA, office="dresden", actor=ENGINE)
    search = SearchRequest(idea_id=idea, n=2, rulebook=rulebook)
    leave = Leave(coach_id=BEN, n=99, start=today, cover_id=BRUNO, rulebook=rulebook)
    workflow_id, name, argument = {
        "search": (workflow_ids.coach_search(idea, 2), names.COACH_SEARCH, search),
        "leave": (workflow_ids.coach_leave(BEN, 99), names.COACH_LEAVE, leave),
        "hand-off": (workflow_ids.crowdfunding(idea, 1), names.CROWDFUNDING, request),
    }[kind]
    counted = unsigned("start")
    async with unchanged(real_world, idea):
        handle = await stranger.client.start_workflow(name, argument, id=workflow_id, task_queue=stranger.task_queue)
        with pytest.raises(WorkflowFailureError):
            await handle.result()
    assert unsigned("start") == counted + 1
    assert len(await real_world.offers(idea)) == 1


# A run that is still open when its replay ends is dropped with its sandbox, and the SDK cannot tidy it up then.
async def test_what_is_whispered_into_a_run_is_not_heard_now_and_not_in_a_replay(real_world: World) -> None:
    idea = await real_world.bring_to("matching")
    offer = await real_world.open_offer(idea)
    stranger = await come_in(real_world)
    handle = stranger.client.get_workflow_handle(workflow_ids.idea_workflow(idea))
    counted = unsigned("signal")
    await handle.signal(names.NEWS, News(n=1, seq=9, kind=SearchNews.FOUND, coach_id=BRUNO))
    await stranger.skip_coach(idea, 1, BEN)
    await stranger.client.get_workflow_handle(workflow_ids.coach_search(idea, 1)).signal(names.STOP)
    await real_world.until(lambda: _reached(unsigned("signal"), counted + 3))
    assert (await real_world.open_offer(idea)).id == offer.id
    assert (await real_world.state(idea)).standing.state == "matching"
    for workflow_id in (workflow_ids.idea_workflow(idea), workflow_ids.coach_search(idea, 1)):
        await replays(real_world, workflow_id)
    await real_world.accept(idea)
    await real_world.until_in(idea, "planning")
    assert (await real_world.shown(idea)).coach_id == BEN
    await replays(real_world, workflow_ids.coach_search(idea, 1))


async def _reached(figure: float, wanted: float) -> bool:
    return figure >= wanted


async def replays(world: World, workflow_id: str) -> None:
    """By a worker with another key: what was taken stays taken, and what was refused stays refused."""
    history = await world.client.get_workflow_handle(workflow_id).fetch_history()
    await build_replayer().replay_workflow(history)


@workflow.defn(name="Theirs", sandboxed=False)
class Theirs:
    """Somebody's own workflow that asks our activities to write."""

    @workflow.run
    async def run(self, arguments: tuple[str, str, Any]) -> None:
        queue, activity, argument = arguments
        await workflow.execute_activity(
            activity,
            argument,
            task_queue=queue,
            start_to_close_timeout=timedelta(seconds=20),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )


@pytest.mark.parametrize("activity", ["record", "deliver_notices"])
async def test_our_activities_work_for_our_workflows_alone(real_world: World, activity: str) -> None:
    idea = await real_world.hand_in()
    stranger = await come_in(real_world)
    state = forged(idea)
    state.standing.version += 10
    argument = Record(standing=state.standing, entries=state.outbox) if activity == "record" else idea
    async with (
        unchanged(real_world, idea),
        Worker(stranger.client, task_queue="theirs", workflows=[Theirs], workflow_runner=UnsandboxedWorkflowRunner()),
    ):
        with pytest.raises(WorkflowFailureError) as failed:
            await stranger.client.execute_workflow(
                Theirs.run, (stranger.task_queue, activity, argument), id=f"theirs/{idea}", task_queue="theirs"
            )
    assert isinstance(failed.value.cause, ActivityError)
    assert isinstance(failed.value.cause.cause, ApplicationError)
    assert failed.value.cause.cause.type == "Unsigned"


# -- signatures by themselves -----------------------------------------------------------------------------------


class Older(BaseModel):
    id: str
    days: int | None = None


class Newer(BaseModel):
    """The next release knows two things more, in another order."""

    days: int | None = None
    wishes: list[str] = Field(default_factory=list)
    id: str
    loud: bool = False


def headers_of(signature: bytes) -> dict[str, Payload]:
    return {HEADER: Payload(data=signature)}


def test_a_release_understands_the_signature_of_the_one_before_and_after() -> None:
    signer = Signer("a key")
    older, newer = Older(id="1", days=3), Newer(id="1", days=3)
    signature = signer.sign(UPDATE, "command", "idea/1", [older])
    assert signature == signer.sign(UPDATE, "command", "idea/1", [newer])
    assert not signer.verify(headers_of(signature), UPDATE, "command", "idea/1", [Newer(id="1", days=3, loud=True)])


def test_a_signature_is_for_one_purpose_name_and_workflow() -> None:
    signer, asked = Signer("a key"), Older(id="1")
    headers = headers_of(signer.sign(UPDATE, "command", "idea/1", [asked]))
    assert signer.verify(headers, UPDATE, "command", "idea/1", [asked])
    for kind, name, workflow_id in (
        (START, "command", "idea/1"),
        (UPDATE, "answer", "idea/1"),
        (UPDATE, "command", "idea/2"),
    ):
        assert not signer.verify(headers, kind, name, workflow_id, [asked])
    assert not signer.verify({}, UPDATE, "command", "idea/1", [asked])


def test_a_key_that_was_changed_counts_as_long_as_it_is_named() -> None:
    headers = headers_of(Signer("the old key").sign(UPDATE, "command", "idea/1", []))
    assert Signer("the new key", "the old key").verify(headers, UPDATE, "command", "idea/1", [])
    assert not Signer("the new key").verify(headers, UPDATE, "command", "idea/1", [])
