"""Inboxes that live in Temporal: one mail for what comes together, at the hour that its reader wants."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select
from temporalio import workflow
from temporalio.api.testservice.v1 import UnlockTimeSkippingRequest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.mails.letterhead import Letterhead
from activities.mails.links import Links
from activities.ports.mailer import MailNotTaken
from activities.projection import notice_values
from models.database import Database
from models.tables import MailRow, NoticeRow, NoticeSettings
from models.tables.columns import new_id
from models.vocabulary import MailState, NoticeKind, Rhythm
from tests.activities.post_office import Sink, fail, nothing
from tests.cast import BERLIN, SHIPPED
from tests.factories import ALMA, BEN, CARLA, invite_cast, write_idea
from tests.workflows.conftest import World, start_server
from workflows.client import EngineClient
from workflows.inbox import Inbox
from workflows.worker import build_activities, build_worker, sandbox_runner

LETTERHEAD = Letterhead(SHIPPED, Links("a key of tests, long enough to sign", "https://ideen.example.org"))


class PostOffice:
    """Inboxes under the rules that are shipped, with time that can be moved, and a sink for mails."""

    def __init__(self, environment: WorkflowEnvironment, database: Database, sink: Sink) -> None:
        self.environment = environment
        self.database = database
        self.ideas = EngineClient(environment.client, now=environment.get_current_time)
        self.sink = sink

    async def now(self) -> datetime:
        return await self.environment.get_current_time()

    async def tell(self, account: str, kind: NoticeKind = NoticeKind.TASK_ADDED) -> str:
        """Somebody gets a notice, and the courier knocks."""
        values = notice_values(await write_idea(self.database), new_id(), account, kind, at=await self.now())
        async with self.database.transaction() as session:
            session.add(NoticeRow(**values))
        await self.ideas.knock(account)
        return str(values["id"])

    async def choose(self, account: str, **values: Any) -> None:
        async with self.database.transaction() as session:
            await session.merge(NoticeSettings(account_id=account, **values))
        await self.ideas.knock(account)

    async def until_ended(self, account: str) -> datetime:
        """Let time pass until an inbox has ended, in longer steps the longer it waits; returns when it did."""
        step = timedelta(seconds=10)
        while True:
            found = await self.environment.client.get_workflow_handle(f"inbox/{account}").describe()
            if found.status is not WorkflowExecutionStatus.RUNNING:
                assert found.status is WorkflowExecutionStatus.COMPLETED
                assert found.close_time is not None
                return found.close_time
            await self.sleep(step)
            step = min(2 * step, timedelta(minutes=20))

    async def sleep(self, how_long: timedelta) -> None:
        """As `World.sleep`: the test server may lose count of its locks."""
        goal = await self.now() + how_long
        while (left := goal - await self.now()) > timedelta(0):
            try:
                await self.environment.sleep(left)
            except RPCError:
                await self.environment.client.test_service.unlock_time_skipping(UnlockTimeSkippingRequest())
        # What the time has set off happens in real time.
        await asyncio.sleep(0.05)

    async def is_open(self, account: str) -> bool:
        found = await self.environment.client.get_workflow_handle(f"inbox/{account}").describe()
        return found.status is WorkflowExecutionStatus.RUNNING

    async def mails(self) -> list[MailRow]:
        async with self.database.session() as session:
            return list((await session.exec(select(MailRow).order_by(col(MailRow.created_at)))).all())

    async def contents(self, mail_id: str) -> set[str]:
        async with self.database.session() as session:
            return set((await session.exec(select(NoticeRow.id).where(NoticeRow.mail_id == mail_id))).all())


@pytest.fixture
async def office(database: Database, cached_workflows: int) -> AsyncIterator[PostOffice]:
    await invite_cast(database)
    async with await start_server() as environment:
        office = PostOffice(environment, database, Sink())
        activities = build_activities(database, office.ideas, office.sink, SHIPPED, LETTERHEAD)
        queue = office.ideas.task_queue
        kept = {"max_cached_workflows": cached_workflows, "debug_mode": True, "workflow_runner": sandbox_runner()}
        async with build_worker(environment.client, queue, activities, **kept):
            yield office


async def test_what_happens_within_a_minute_comes_in_one_mail(office: PostOffice) -> None:
    notices = {await office.tell(ALMA) for _ in range(3)}
    other = await office.tell(BEN)
    began = await office.now()
    assert timedelta(seconds=50) < await office.until_ended(ALMA) - began < timedelta(minutes=2)
    await office.until_ended(BEN)
    by_reader = {mail.account_id: await office.contents(mail.id) for mail in await office.mails()}
    assert by_reader == {ALMA: notices, BEN: {other}}
    assert Counter(mail.account_id for mail in office.sink.taken) == {ALMA: 1, BEN: 1}


async def test_an_inbox_in_which_nothing_waits_ends(office: PostOffice) -> None:
    await office.ideas.knock(ALMA)
    await office.until_ended(ALMA)
    assert await office.mails() == []


async def test_an_inbox_that_has_ended_opens_again(office: PostOffice) -> None:
    for round_ in (1, 2):
        await office.tell(ALMA)
        await office.until_ended(ALMA)
        assert len(office.sink.taken) == round_


async def test_a_daily_mail_comes_in_the_morning(office: PostOffice) -> None:
    await office.choose(ALMA, news=Rhythm.DAILY)
    await office.until_ended(ALMA)
    told_at = await office.now()
    notices = {await office.tell(ALMA, NoticeKind.STAGE_REACHED) for _ in range(2)}
    ended_at = (await office.until_ended(ALMA)).astimezone(BERLIN)
    assert ended_at > told_at
    assert (ended_at.hour, ended_at.minute) in ((7, 30), (7, 31))
    (mail,) = await office.mails()
    assert await office.contents(mail.id) == notices


async def test_a_change_of_mind_wakes_an_inbox_that_waits(office: PostOffice) -> None:
    await office.choose(ALMA, news=Rhythm.WEEKLY)
    await office.until_ended(ALMA)
    began = await office.now()
    await office.tell(ALMA, NoticeKind.STAGE_REACHED)
    await office.sleep(timedelta(minutes=5))
    assert await office.is_open(ALMA)
    assert office.sink.taken == []
    await office.choose(ALMA, news=Rhythm.AT_ONCE)
    assert await office.until_ended(ALMA) - began < timedelta(minutes=10)
    assert len(office.sink.taken) == 1


@pytest.mark.replayed
async def test_a_server_that_is_down_for_a_while_costs_nobody_a_mail(office: PostOffice) -> None:
    office.sink.asked = fail(MailNotTaken("connection", permanent=False))
    first = await office.tell(ALMA)
    await office.sleep(timedelta(minutes=5))
    second = await office.tell(ALMA)
    (waiting,) = await office.mails()
    assert (waiting.state, waiting.cause) == (MailState.WAITING, "connection")
    assert waiting.attempts > 3
    office.sink.asked = nothing
    await office.until_ended(ALMA)
    gathered = [await office.contents(mail.id) for mail in await office.mails()]
    assert gathered == [{first}, {second}]
    assert len(office.sink.taken) == 2


async def test_a_mail_that_failed_is_sent_again_under_its_own_id(office: PostOffice) -> None:
    office.sink.asked = fail(MailNotTaken("550", permanent=True))
    await office.tell(ALMA)
    await office.until_ended(ALMA)
    mail = (await office.mails())[0]
    assert (mail.account_id, mail.state) == (ALMA, MailState.FAILED)
    # Carla hears of it the same way.
    await office.until_ended(CARLA)
    office.sink.asked = nothing
    async with office.database.transaction() as session:
        again = update(MailRow).where(col(MailRow.id) == mail.id)
        await session.exec(again.values(state=MailState.WAITING, attempts=0))
    await office.ideas.knock(ALMA)
    await office.until_ended(ALMA)
    assert [taken.id for taken in office.sink.taken] == [mail.id]


async def test_a_history_holds_ids_counts_and_times(office: PostOffice) -> None:
    office.sink.asked = fail(MailNotTaken("451", permanent=False))
    await office.tell(ALMA)
    await office.sleep(timedelta(minutes=10))
    office.sink.asked = nothing
    await office.until_ended(ALMA)
    history = await office.environment.client.get_workflow_handle(f"inbox/{ALMA}").fetch_history()
    kept = b"".join(event.SerializeToString() for event in history.events)
    assert ALMA.encode() in kept
    for words in (b"Pflegelotsen", b"Alma", b"example.org"):
        assert words not in kept


async def test_an_inbox_renews_itself_at_every_step(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await invite_cast(database)
    monkeypatch.setattr(workflow.Info, "is_continue_as_new_suggested", lambda _: True)
    async with await start_server() as environment:
        office = PostOffice(environment, database, Sink())
        activities = build_activities(database, office.ideas, office.sink, SHIPPED, LETTERHEAD)
        async with Worker(
            environment.client,
            task_queue=office.ideas.task_queue,
            workflows=[Inbox],
            activities=activities,
            workflow_runner=UnsandboxedWorkflowRunner(),
        ):
            notices = {await office.tell(ALMA) for _ in range(3)}
            await office.until_ended(ALMA)
            (mail,) = await office.mails()
            assert await office.contents(mail.id) == notices
            assert len(office.sink.taken) == 1


async def test_a_knock_at_the_very_end_is_not_lost(real_world: World) -> None:
    """On the real server, with nothing to gather for: each knock meets an inbox in another moment of its life."""
    idea = await write_idea(real_world.database)
    for _ in range(60):
        values = notice_values(idea, new_id(), ALMA, NoticeKind.TASK_ADDED, at=datetime.now(UTC))
        async with real_world.database.transaction() as session:
            session.add(NoticeRow(**values))
        await real_world.ideas.knock(ALMA)
        await asyncio.sleep(0.01)

    async def all_sent() -> bool:
        if not all(notice.mail_id for notice in await real_world.notices(idea)):
            return False
        async with real_world.database.session() as session:
            return all(mail.state == MailState.SENT for mail in (await session.exec(select(MailRow))).all())

    await real_world.until(all_sent)
    in_mails = Counter(notice.mail_id for notice in await real_world.notices(idea))
    assert sum(in_mails.values()) == 60
    assert {mail.id for mail in await real_world.mails()} == set(in_mails)
