"""A worker on the time-skipping server with real activities on a real database."""

import asyncio
import contextlib
import sysconfig
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlmodel import col, select
from temporalio.api.testservice.v1 import UnlockTimeSkippingRequest
from temporalio.client import Client, Interceptor
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from activities.adapters.mailer.mailbox import LocalMailbox
from activities.mails.letterhead import Letterhead
from activities.mails.links import Links
from activities.notice_courier import dispatch_notices
from activities.ports.crowdfunding import CrowdfundingPlatform
from activities.ports.ideas import IdeaGone
from activities.ports.inboxes import Inboxes
from activities.record import write_record
from models.database import Database
from models.messages.cases import Taken
from models.messages.coaching import OfferAnswer, OfferVerdict
from models.messages.commands import Actor, Command, Receipt
from models.messages.idea import IdeaState
from models.messages.rulebook import Rulebook
from models.tables import MailboxMessage, NoticeRow, Offer, StandingRow, TimelineEntry
from models.tables.columns import new_id
from models.vocabulary import Answer, OfferStatus
from tests.breadth import EVERYTHING
from tests.cast import POLICY
from tests.factories import alma, ben, carla, clear_inboxes, command, invite_cast, new_state, write_idea
from tests.fakes import Doors
from tests.planting import Step, plant
from workflows.client import EngineAway, EngineClient
from workflows.worker import build_activities, build_worker

LOOK_AT_THE_CLOCK_SECONDS = 30.0
"""So long a time-skipping server that works never takes for anything; one that stands still is helped on."""

START_SECONDS = 60.0
"""A server that has not answered by then never will."""

LETTERHEAD = Letterhead(POLICY, Links("a key of tests, long enough to sign", "http://localhost:8000"))
TEST_SERVER = str(Path(sysconfig.get_path("scripts")) / "temporal-test-server")


T = TypeVar("T")

PATH_WITH_BEN: list[tuple[str, Actor, dict[str, Any], str]] = [
    ("agree_plan", ben, {}, "working"),
    ("submit_work", alma, {}, "reviewing"),
    ("approve_concept", ben, {}, "assessing"),
    ("request_support", ben, {}, "arranging"),
    ("arrange", carla, {}, "using"),
    ("confirm_use", alma, {}, "assessing"),
    ("no_support_needed", ben, {}, "piloting"),
    ("check_in", alma, {"answer": Answer.NEEDS_HELP}, "helping"),
    ("give_help", ben, {}, "piloting"),
    ("check_in", alma, {"answer": Answer.DONE}, "concluding"),
    ("conclude", ben, {}, "drafting"),
    ("submit_story", alma, {}, "editing"),
    ("approve_story", carla, {}, "consenting"),
    ("consent", alma, {}, "published"),
]
"""From planning to the published story: event, who, fields, the state it leads to."""


class World:
    """Time that can be moved, the workflows, and what SQL shows of them."""

    def __init__(
        self,
        environment: "WorkflowEnvironment | RealTime",
        database: Database,
        ideas: EngineClient,
        inboxes: Inboxes | None = None,
    ) -> None:
        self.environment = environment
        self.database = database
        self.ideas = ideas
        self.inboxes = inboxes or ideas

    @property
    def client(self) -> Client:
        return self.environment.client

    async def now(self) -> datetime:
        return await self.environment.get_current_time()

    async def today(self) -> date:
        return (await self.now()).astimezone(POLICY.zone).date()

    async def rulebook(self) -> Rulebook:
        return POLICY.rulebook(await self.today())

    async def sleep(self, days: float) -> None:
        """Let days pass. The test server may lose count of its locks when a run closes with a task in flight, and
        then stands still, or says so; one lock is then taken off."""
        goal = await self.now() + timedelta(days=days)
        while (left := goal - await self.now()) > timedelta(0):
            assert isinstance(self.environment, WorkflowEnvironment), "real time cannot be moved"
            sleeping = asyncio.create_task(self.environment.sleep(left))
            while not sleeping.done():
                before = await self.now()
                await asyncio.wait({sleeping}, timeout=LOOK_AT_THE_CLOCK_SECONDS)
                if not sleeping.done() and await self.now() - before < timedelta(minutes=1):
                    await self._take_off_a_lock()
            with contextlib.suppress(RPCError):
                await sleeping
                continue
            await self._take_off_a_lock()

    async def _take_off_a_lock(self) -> None:
        with contextlib.suppress(RPCError):
            await self.client.test_service.unlock_time_skipping(UnlockTimeSkippingRequest())

    async def hand_in(self, **fields: Any) -> str:
        """Alma hands in an idea; returns its id."""
        rulebook = fields.pop("rulebook", None) or await self.rulebook()
        idea_id = await write_idea(self.database, **fields)
        submitted = command("submit", alma, asker_records=True)
        state = new_state(idea_id, rulebook, entered_at=await self.now())
        await self.write(await patiently(lambda: self.ideas.submit(state, submitted)))
        return idea_id

    async def ask(self, idea_id: str, event: str, actor: Actor, **fields: Any) -> Receipt:
        """Ask as a patient person would: the same command again while the engine does not answer, and then wait until
        the step is shown and told."""
        asked = command(event, actor, asker_records=True, searched_to=(await self.shown(idea_id)).version, **fields)
        taken = await patiently(lambda: self.take(idea_id, asked))
        await self.write(taken)
        return taken

    async def write(self, taken: Taken) -> None:
        """Write down what a case has answered, as whoever asks does; then wait until it is shown and told."""
        if taken.record is not None:
            await write_record(self.database, taken.record)
            await dispatch_notices(self.database, self.inboxes, taken.record.standing.idea_id)
        await self.until_quiet(taken.case_id, taken.version)

    async def take(self, idea_id: str, asked: Command) -> Taken:
        """An open idea without a run is just going on to its next stage; the test server has a gap there at times."""
        try:
            return await self.ideas.command(idea_id, asked)
        except IdeaGone:
            if (await self.shown(idea_id)).outcome is not None:
                raise
            raise EngineAway("between two runs") from None

    async def until_quiet(self, idea_id: str, version: int) -> None:
        """Wait until a version is shown and its notices are out.

        The test server orders an update and the end of an activity that meet in one task differently when it replays
        them; the real one does not (`test_hand_over`). People are slower than that anyway.
        """

        async def is_quiet() -> bool:
            if (await self.shown(idea_id)).version < version:
                return False
            return all(notice.handed_over_at is not None for notice in await self.notices(idea_id))

        await self.until(is_quiet)

    async def state(self, idea_id: str) -> IdeaState:
        return await patiently(lambda: self.ideas.state(idea_id))

    async def shown(self, idea_id: str) -> StandingRow:
        async with self.database.session() as session:
            return await session.get_one(StandingRow, idea_id)

    async def timeline(self, idea_id: str) -> list[TimelineEntry]:
        async with self.database.session() as session:
            entries = select(TimelineEntry).where(TimelineEntry.case_id == idea_id)
            return list((await session.exec(entries.order_by(col(TimelineEntry.version)))).all())

    async def events(self, idea_id: str) -> list[str]:
        return [entry.event for entry in await self.timeline(idea_id)]

    async def offers(self, idea_id: str) -> list[Offer]:
        async with self.database.session() as session:
            offers = select(Offer).where(Offer.idea_id == idea_id)
            return list((await session.exec(offers.order_by(col(Offer.search), col(Offer.rank)))).all())

    async def notices(self, idea_id: str) -> list[NoticeRow]:
        async with self.database.session() as session:
            notices = select(NoticeRow).where(NoticeRow.idea_id == idea_id)
            return list((await session.exec(notices.order_by(col(NoticeRow.created_at)))).all())

    async def mails(self) -> list[MailboxMessage]:
        async with self.database.session() as session:
            return list((await session.exec(select(MailboxMessage))).all())

    async def accept(self, idea_id: str, search: int = 1) -> OfferVerdict:
        """The coach who is asked says yes."""
        offer = await self.open_offer(idea_id, search)
        answer = OfferAnswer(offer_id=offer.id, coach_id=offer.coach_id, accepted=True)
        return await patiently(lambda: self.ideas.answer_offer(idea_id, search, answer))

    async def open_offer(self, idea_id: str, search: int = 1) -> Offer:
        """The offer that is open in this search, as soon as there is one."""
        while True:
            for offer in await self.offers(idea_id):
                if offer.search == search and offer.status == OfferStatus.OPEN:
                    return offer
            await asyncio.sleep(0.02)

    async def walk(self, idea_id: str, *steps: Step) -> Receipt:
        """Ask one step after the other; returns the last receipt."""
        for event, actor, fields in steps:
            receipt = await self.ask(idea_id, event, actor, **fields)
        return receipt

    async def walk_to(self, state: str, **fields: Any) -> str:
        """Hand in an idea and bring it to a state of the path, with Ben as its coach."""
        idea_id = await self.hand_in(**fields)
        if state == "screening":
            return idea_id
        if state == "clarification":
            await self.walk(idea_id, ("request_clarification", carla, {}))
            return idea_id
        await self.walk(idea_id, ("shortlist", carla, {}))
        if state == "matching":
            await self.open_offer(idea_id)
            return idea_id
        await self.accept(idea_id)
        await self.until_in(idea_id, "planning")
        reached_state = "planning"
        for event, actor, given, reached in PATH_WITH_BEN:
            if reached_state == state:
                break
            receipt = await self.ask(idea_id, event, actor, **given)
            reached_state = receipt.state
            assert reached_state == reached
        return idea_id

    async def bring_to(self, state: str, **fields: Any) -> str:
        """As `walk_to`, but what came before the state is not waited for."""
        if state in {"screening", "clarification", "matching"}:
            return await self.walk_to(state, **fields)
        now, rulebook = await self.now(), fields.pop("rulebook", None) or await self.rulebook()
        idea_id = await write_idea(self.database, **fields)
        path = [] if state == "planning" else steps_to(state)
        idea = new_state(idea_id, rulebook, entered_at=now)
        await patiently(lambda: plant(self.database, self.ideas, idea, path, now))
        return idea_id

    async def until_in(self, idea_id: str, state: str) -> None:
        """Wait until an idea is shown in a state that it reaches by itself."""

        async def is_there() -> bool:
            return (await self.shown(idea_id)).state == state

        await self.until(is_there)
        await self.until_quiet(idea_id, (await self.shown(idea_id)).version)

    async def until_shown(self, idea_id: str, version: int | None = None) -> StandingRow:
        """Wait until SQL shows what the workflow knows."""
        wanted = version or (await self.state(idea_id)).standing.version

        async def is_shown() -> bool:
            return (await self.shown(idea_id)).version >= wanted

        await self.until(is_shown)
        return await self.shown(idea_id)

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Wait in real time for something that is on its way. The caller's test fails by hanging, never by hurry."""

        while not await holds():
            await asyncio.sleep(0.02)


def steps_to(state: str) -> list[Step]:
    """From planning to a state, with Ben."""
    states = [reached for _, _, _, reached in PATH_WITH_BEN]
    return [(event, actor, fields) for event, actor, fields, _ in PATH_WITH_BEN[: states.index(state) + 1]]


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    while True:
        try:
            return await ask()
        except EngineAway:
            await asyncio.sleep(0.1)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that are marked `replayed` run with no workflow kept in memory, so that each task replays all that was
    before: what code reads from memory alone is found there. The corpus replays the others."""
    if "cached_workflows" in metafunc.fixturenames:
        replayed = metafunc.definition.get_closest_marker("replayed") is not None
        kept = [0] if replayed else [500]
        kept += [500] if replayed and EVERYTHING else []
        metafunc.parametrize("cached_workflows", kept, ids=lambda workflows: "cached" if workflows else "uncached")


async def start_server(interceptors: Sequence[Interceptor] = ()) -> WorkflowEnvironment:
    """A time-skipping server. Now and then one never answers after its start, and another one does."""
    while True:
        starting = WorkflowEnvironment.start_time_skipping(
            test_server_existing_path=TEST_SERVER, data_converter=pydantic_data_converter, interceptors=interceptors
        )
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(starting, START_SECONDS)


@asynccontextmanager
async def open_world(
    database: Database,
    cached_workflows: int,
    interceptors: Sequence[Interceptor] = (),
    platform: CrowdfundingPlatform | None = None,
) -> AsyncIterator[World]:
    """A fresh time-skipping server with the cast, a worker and real activities.

    Without the sandbox, as in production: `test_replay` and `test_inbox` run the workflows within it.

    Nothing is signed: that server loses the headers of what workflows tell each other. The real one is another world.
    """
    await invite_cast(database)
    async with AsyncExitStack() as stack:
        environment = await stack.enter_async_context(await start_server(interceptors))
        ideas = EngineClient(environment.client, now=environment.get_current_time)
        activities = build_activities(database, ideas, LocalMailbox(database), POLICY, LETTERHEAD, platform)
        kept = {"max_cached_workflows": cached_workflows, "debug_mode": True}
        worker = build_worker(environment.client, ideas.task_queue, activities, **kept)
        await stack.enter_async_context(worker)
        yield World(environment, database, ideas)


class RealTime:
    """The development server as a world whose time cannot be moved."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def get_current_time(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
async def real_world(database: Database, client: Client, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """The real server, for what happens at the same moment. Notices become mails where a test is marked `inboxes`."""
    await invite_cast(database)
    await clear_inboxes(client)
    ideas = EngineClient(client, task_queue=f"real-{new_id()}")
    inboxes: Inboxes = ideas if request.node.get_closest_marker("inboxes") else Doors()
    activities = build_activities(database, ideas, LocalMailbox(database), POLICY, LETTERHEAD, inboxes=inboxes)
    async with build_worker(client, ideas.task_queue, activities, debug_mode=True):
        yield World(RealTime(client), database, ideas, inboxes)


@pytest.fixture
async def world(database: Database, cached_workflows: int) -> AsyncIterator[World]:
    async with open_world(database, cached_workflows) as world:
        yield world
