"""A new version of the worker while people are at it: `ideenweg upgrade` brings all over, and nothing is lost."""

import asyncio
import contextlib
import secrets
import zoneinfo
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from temporalio.client import Client
from typer.testing import CliRunner

from activities.adapters.mailer.mailbox import LocalMailbox
from activities.bulk import BulkActivities
from activities.coaching import offer_id_of
from activities.ports.engine import NoAnswer
from activities.ports.mailer import Mail, MailNotTaken
from activities.projection import notice_values
from activities.record import RecordActivities
from api.cli import app
from models import workflow_ids
from models.cases.calendar import calendar_of
from models.database import Database
from models.messages.cases import Record, Taken
from models.messages.coaching import Leave, OfferAnswer, OfferMade, OfferVerdict, SearchRequest, SearchState
from models.messages.commands import CaseCommand, Command, News
from models.messages.idea import IdeaState
from models.rules import steps
from models.rules.steps import IDEAS
from models.tables import (
    BulkItem,
    BulkRun,
    MailRow,
    NoticeRow,
    NoticeSettings,
    Offer,
    SignIn,
    StandingRow,
    TimelineEntry,
)
from models.tables.columns import new_id, utc_now
from models.vocabulary import (
    BulkAction,
    BulkStatus,
    MailState,
    NoticeKind,
    OfferStatus,
    RankReason,
    Rhythm,
    SearchNews,
    SecretMailKind,
)
from models.workflow_ids import IDEA
from tests.api.conftest import KEY
from tests.cast import PIPELINE, POLICY
from tests.chaos.checker import (
    Call,
    Evidence,
    Finding,
    Try,
    check_commands,
    check_versions,
    check_what_is_shown,
    check_workflows,
)
from tests.chaos.clock import new_zone, write_zone
from tests.factories import (
    ALMA,
    BEN,
    BRUNO,
    CARLA,
    alma,
    carla,
    clear_inboxes,
    command,
    invite_cast,
    new_state,
    secret_mail,
    write_idea,
)
from tests.fakes import Doors
from tests.workflows.campaigns import HandOff
from tests.workflows.conftest import LETTERHEAD, RealTime, World, patiently
from workflows import names
from workflows.client import EngineClient
from workflows.deployments import Held, Trouble, Versions, describe_held, find_trouble
from workflows.versions import pinned_to
from workflows.worker import build_activities, build_replayer, build_worker

SHORTEST_DAY = timedelta(seconds=12)
PACE = 3
"""A day lasts as many times as long as it took to get everything under way: once it ends Ben is away, and by then the
new version is there and everybody has answered, on a slow machine, too."""


class Silent:
    """No case answers, as when the engine is away."""

    async def command(self, idea_id: str, command: Command) -> Taken:
        raise NoAnswer

    async def case_command(self, workflow_id: str, command: CaseCommand) -> Taken:
        raise NoAnswer

    async def skip_coach(self, idea_id: str, n: int, coach_id: str) -> None:
        raise NoAnswer


class KeepsMails(LocalMailbox):
    """Takes every mail but a secret one, which is to be tried again later."""

    mail_id = ""

    async def send(self, mail: Mail, giving: Any) -> None:
        if mail.id == self.mail_id:
            raise MailNotTaken("451", permanent=False)
        await super().send(mail, giving)


@dataclass
class Office:
    """An installation whose workers have versions."""

    world: World
    database_url: str
    var: Path
    queue: str
    mailbox: KeepsMails
    at_work: AsyncExitStack
    """What a test that fails leaves behind: workers that nobody stops would keep the whole run from ending."""
    calls: list[Call] = field(default_factory=list)

    @property
    def ideas(self) -> EngineClient:
        return self.world.ideas

    async def start_worker(self, build_id: str, *, old: bool = False) -> AsyncExitStack:
        """`old`: the one under whose hands a secret mail and a bulk run are when it is to go."""
        database, client = self.world.database, self.world.client
        mailer = self.mailbox if old else LocalMailbox(database)
        activities = build_activities(database, self.ideas, mailer, POLICY, LETTERHEAD)
        if old:
            activities = [each for each in activities if each.__name__ != "carry_out_bulk"]
            activities.append(BulkActivities(database, Silent(), Doors(), POLICY).carry_out_bulk)
        stack = await self.at_work.enter_async_context(AsyncExitStack())
        await stack.enter_async_context(
            build_worker(client, self.queue, activities, debug_mode=True, **pinned_to(self.queue, build_id))
        )
        return stack

    def begin_work_on(self, ideas: list[str]) -> asyncio.Task[None]:
        """Somebody works on these until the test is over, or has cancelled it."""
        working = asyncio.create_task(self.work_on(ideas))
        self.at_work.callback(working.cancel)
        return working

    async def run(self, *arguments: str) -> tuple[int, str]:
        """`ideenweg …`, in a thread of its own."""
        environment = {
            "DATABASE_URL": self.database_url,
            "TEMPORAL_ADDRESS": self.world.client.service_client.config.target_host,
            "IDEENWEG_TASK_QUEUE": self.queue,
            "IDEENWEG_VAR": str(self.var),
            "IDEENWEG_SECRET_KEY": KEY,
            "IDEENWEG_PIPELINE": str(PIPELINE),
        }
        ended = await asyncio.to_thread(CliRunner().invoke, app, arguments, env=environment)
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        return ended.exit_code, ended.output

    async def work_on(self, ideas: list[str]) -> None:
        """Somebody who goes on taking steps, and writes down what they were told."""
        for n in range(10_000):
            idea_id = ideas[n % len(ideas)]
            asked = command("write_note", carla, note_id=new_id())
            receipt = await patiently(partial(self.ideas.command, idea_id, asked))
            told = Try(began=n, ended=n, status=200, version=receipt.version)
            self.calls.append(Call(CARLA, idea_id, asked.id, asked.event, (told,)))
            await asyncio.sleep(0.2)

    async def rows(self, table: type[Any]) -> list[Any]:
        async with self.world.database.session() as session:
            return list((await session.exec(select(table))).all())

    async def version_of(self, workflow_id: str) -> str:
        found = await self.world.client.get_workflow_handle(workflow_id).describe()
        return str(found.raw_description.workflow_execution_info.versioning_info.deployment_version.build_id)

    async def replay(self, workflow_id: str) -> None:
        """Every run of a chain replays: the one that has moved over, and the one it has moved to."""
        handle = self.world.client.get_workflow_handle(workflow_id)
        run: str | None = (await handle.describe()).run_id
        while run:
            history = await self.world.client.get_workflow_handle(workflow_id, run_id=run).fetch_history()
            await build_replayer().replay_workflow(history)
            run = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id or None

    async def judge(self) -> list[Finding]:
        """What people were told against what is there."""
        shown = [row for row in await self.rows(StandingRow) if row.kind == IDEA and row.version > 0]
        evidence = Evidence(
            at=utc_now(),
            calls=self.calls,
            timeline=[line for line in await self.rows(TimelineEntry) if line.kind == IDEA],
            shown=shown,
            known={row.idea_id: await self.world.state(row.idea_id) for row in shown},
            running={
                workflow_id
                for row in shown
                if await self.ideas.is_running(workflow_id := workflow_ids.idea_workflow(row.idea_id))
            },
        )
        checks = (check_commands, check_versions, check_what_is_shown, check_workflows)
        return [finding for check in checks for finding in check(evidence)]

    async def until_at_rest(self) -> None:
        """Until everything that was taken is shown."""

        async def is_shown() -> bool:
            shown = [row for row in await self.rows(StandingRow) if row.kind == IDEA and row.version > 0]
            states = [await self.world.state(row.idea_id) for row in shown]
            return all(
                state.standing.version == row.version and not state.chores and not state.undelivered
                for row, state in zip(shown, states, strict=True)
            )

        await self.world.until(is_shown)


@pytest.fixture
def zones(tmp_path: Path) -> Iterator[Path]:
    """Where time zones of a test's own may be written."""
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(tmp_path / "zones"), *before])
    yield tmp_path / "zones"
    zoneinfo.reset_tzpath(before)


def short_day(zones: Path, began: datetime) -> str:
    """A time zone in which today ends in a moment; a moment is told by how long all has taken since the test began."""
    zone, now = new_zone(), utc_now()
    day = max(SHORTEST_DAY, PACE * (now - began))
    write_zone(zones / zone, now.replace(microsecond=0), [timedelta(seconds=round(day.total_seconds()))])
    return zone


@pytest.fixture
async def office(database: Database, database_url: str, client: Client, tmp_path: Path) -> AsyncIterator[Office]:
    await invite_cast(database, ben_has_places=20, bruno_has_places=20)
    await clear_inboxes(client)
    queue = f"upgrade-{new_id()}"
    world = World(RealTime(client), database, EngineClient(client, queue))
    async with AsyncExitStack() as at_work:
        yield Office(world, database_url, tmp_path / "var", queue, KeepsMails(database), at_work)


async def offer_that_ends_today(office: Office, rulebook: Any, today: date) -> str:
    """An idea that was offered to Bruno some days ago."""
    world, now = office.world, utc_now()
    idea_id = await write_idea(world.database)
    state = new_state(idea_id, await world.rulebook(), entered_at=now)
    for event, actor in (("submit", alma), ("shortlist", carla)):
        IDEAS.take(state, command(event, actor), now)
    steps.hear(state, News(n=1, seq=1, kind=SearchNews.OFFERED, until=today), now)
    await record(world, state)
    made = OfferMade(offer_id=offer_id_of(idea_id, 1, 1), coach_id=BRUNO)
    async with world.database.transaction() as session:
        session.add(
            Offer(
                id=made.offer_id,
                idea_id=idea_id,
                search=1,
                rank=1,
                coach_id=BRUNO,
                reasons=[RankReason.SAME_DISTRICT],
                expires_on=today,
            )
        )
    carried = SearchState(rank=1, asked=[BRUNO], offer=made, until=today)
    request = SearchRequest(idea_id=idea_id, n=1, rulebook=rulebook, carried=carried)
    await world.ideas.start_from(state)
    await world.client.start_workflow(
        names.COACH_SEARCH, request, id=workflow_ids.coach_search(idea_id, 1), task_queue=office.queue
    )
    return idea_id


async def record(world: World, state: IdeaState) -> None:
    entries = list(state.outbox)
    state.outbox.clear()
    state.chores.clear()
    assert await RecordActivities(world.database, Doors()).record(Record(standing=state.standing, entries=entries))


async def mail_under_way(office: Office) -> str:
    async with office.world.database.transaction() as session:
        later = utc_now() + timedelta(minutes=10)
        asked = SignIn(account_id=ALMA, browser_hash="b", expires_at=later)
        session.add(asked)
        mail = secret_mail(SecretMailKind.SIGN_IN, ALMA, email="alma@example.org", subject_id=asked.id)
        # It is tried again every two seconds.
        mail.expires_at, mail.tried_since = later, later - timedelta(seconds=20)
        session.add(mail)
    office.mailbox.mail_id = mail.id
    await office.ideas.start_secret_mail(mail.id)
    return mail.id


async def bulk_under_way(office: Office, *ideas: str) -> str:
    run = BulkRun(
        id=new_id(),
        created_by=CARLA,
        action=BulkAction.PAUSE,
        fields={"until": (utc_now().date() + timedelta(days=30)).isoformat()},
        reason="Es ist Sommer.",
    )
    async with office.world.database.transaction() as session:
        session.add(run)
        await session.flush()
        for position, idea in enumerate(ideas):
            version = (await office.world.shown(idea)).version
            item = BulkItem(run_id=run.id, case_id=idea, idea_id=idea, position=position, expected_version=version)
            session.add(item)
    await office.ideas.start_bulk(run.id)
    return run.id


async def digest_waits(office: Office) -> str:
    """Alma wants her news in one mail a week, and there is some."""
    values = notice_values(await write_idea(office.world.database), new_id(), ALMA, NoticeKind.TASK_ADDED)
    async with office.world.database.transaction() as session:
        session.add(NoticeSettings(account_id=ALMA, turn=Rhythm.WEEKLY, news=Rhythm.WEEKLY))
        session.add(NoticeRow(**values))
    await office.ideas.knock(ALMA)
    return str(values["id"])


@pytest.mark.slow
async def test_everything_goes_on_with_the_new_version_and_nothing_waits_for_the_old(
    office: Office, zones: Path
) -> None:
    world, began = office.world, utc_now()
    old = await office.start_worker("one", old=True)
    await office.ideas.deployment.begin_with("one")
    busy = [await world.hand_in() for _ in range(3)]
    digest = await digest_waits(office)
    accepted, declined = await world.walk_to("matching"), await world.walk_to("matching")
    covered, paused, funded = [await world.bring_to(state) for state in ("planning", "working", "arranging")]
    hand_off = await HandOff.start(world, funded)
    mail, bulk = await mail_under_way(office), await bulk_under_way(office, paused)
    working = office.begin_work_on(busy)
    rulebook = (await world.rulebook()).model_copy(update={"timezone": short_day(zones, began)})
    today = calendar_of(rulebook).today(utc_now())
    expiring = await offer_that_ends_today(office, rulebook, today)
    begins, ends = today + timedelta(days=1), today + timedelta(days=20)
    leave = Leave(coach_id=BEN, n=any_number(), start=begins, until=ends, cover_id=BRUNO, rulebook=rulebook)
    await office.ideas.start_leave(leave)

    new = await office.start_worker("two")
    code, said = await office.run("upgrade", "--build-id", "two", "--timeout", "60")
    assert (code, "workers of version one may stop" in said) == (0, True), said
    await old.aclose()

    assert [held async for held in office.ideas.deployment.list_held()] == []
    offers = {idea: await world.open_offer(idea) for idea in (accepted, declined)}
    yes, no = (
        OfferAnswer(offer_id=offers[idea].id, coach_id=offers[idea].coach_id, accepted=idea == accepted)
        for idea in (accepted, declined)
    )
    assert await patiently(lambda: office.ideas.answer_offer(accepted, 1, yes)) is OfferVerdict.ACCEPTED
    assert await patiently(lambda: office.ideas.answer_offer(declined, 1, no)) is OfferVerdict.DECLINED
    await world.until_in(accepted, "planning")
    assert (await world.open_offer(declined)).coach_id != offers[declined].coach_id, "it was passed on"
    assert (await world.offers(declined))[0].expires_on == offers[declined].expires_on
    await hand_off.save()

    async def has_begun() -> bool:
        return (await world.shown(covered)).cover_id == BRUNO

    async def has_expired() -> bool:
        return (await world.offers(expiring))[0].status == OfferStatus.EXPIRED

    async def mail_is_sent() -> bool:
        return any(row.id == mail and row.sent_at is not None for row in await office.rows(MailRow))

    async def bulk_is_done() -> bool:
        return any(row.id == bulk and row.finished_at is not None for row in await office.rows(BulkRun))

    async def digest_is_sent() -> bool:
        notices = {row.id: row.mail_id for row in await office.rows(NoticeRow)}
        return any(mail.id == notices[digest] and mail.state == MailState.SENT for mail in await office.rows(MailRow))

    for holds in (mail_is_sent, bulk_is_done, has_expired, has_begun):
        await world.until(holds)
    async with world.database.transaction() as session:
        wishes = await session.get_one(NoticeSettings, ALMA)
        wishes.turn = wishes.news = Rhythm.AT_ONCE
    await office.ideas.knock(ALMA)
    await world.until(digest_is_sent)
    assert [item.status for item in await office.rows(BulkItem)] == [BulkStatus.DONE]

    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
    assert len(office.calls) > 10
    moved = [workflow_ids.idea_workflow(idea) for idea in (*busy, accepted, covered, funded)]
    moved += [workflow_ids.coach_search(idea, 1) for idea in (accepted, declined, expiring)]
    moved += [
        workflow_ids.coach_leave(BEN, leave.n),
        workflow_ids.crowdfunding(funded, 1),
        workflow_ids.secret_mail(mail),
        workflow_ids.bulk(bulk),
    ]
    assert {workflow_id: await office.version_of(workflow_id) for workflow_id in moved} == dict.fromkeys(moved, "two")
    await office.until_at_rest()
    assert await office.judge() == []
    for workflow_id in moved:
        await office.replay(workflow_id)
    await new.aclose()


def any_number() -> int:
    """The cast is the same in all tests and so is Temporal: the ids of their leaves must differ."""
    return secrets.randbelow(10**9)


@pytest.mark.slow
async def test_what_is_under_way_is_told_and_a_step_back_is_a_step_forward(office: Office) -> None:
    """No worker of the version that is to come; one that was stopped too early; and back again."""
    code, said = await office.run("upgrade")
    assert (code, "--build-id" in said) == (2, True), said
    code, said = await office.run("upgrade", "--build-id", "one", "--timeout", "0")
    assert (code, "IDEENWEG_BUILD_ID=one" in said) == (2, True), said
    code, said = await office.run("upgrade", "--rollback", "--timeout", "0")
    assert code == 2, said
    one = await office.start_worker("one")
    assert (await office.run("upgrade", "--build-id", "one"))[0] == 0
    idea = await office.world.walk_to("matching")
    search = workflow_ids.coach_search(idea, 1)
    two = await office.start_worker("two")
    await one.aclose()
    code, said = await office.run("upgrade", "--build-id", "two", "--timeout", "3")
    assert (code, "1 coach search, 1 idea" in said) == (1, True), said
    assert "version one still holds 1 coach search, 1 idea" in (await office.run("doctor"))[1]
    one = await office.start_worker("one")
    code, said = await office.run("upgrade", "--build-id", "two", "--timeout", "60")
    assert (code, "current already" in said) == (0, True), said
    assert {await office.version_of(each) for each in (workflow_ids.idea_workflow(idea), search)} == {"two"}
    code, said = await office.run("upgrade", "--rollback", "--timeout", "60")
    assert (code, "Version one is current now" in said) == (0, True), said
    assert {await office.version_of(each) for each in (workflow_ids.idea_workflow(idea), search)} == {"one"}
    await two.aclose()
    assert await office.world.accept(idea) is OfferVerdict.ACCEPTED
    await office.world.until_in(idea, "planning")
    await one.aclose()


async def test_only_where_no_version_ever_was_current_one_becomes_so_by_itself(office: Office) -> None:
    deployment = office.ideas.deployment
    async with await office.start_worker("one"), await office.start_worker("two"):
        await deployment.begin_with("one")
        await deployment.begin_with("two")
        assert (await deployment.look()).current == "one"
        assert (await office.world.walk_to("screening")) != ""


# -- what readiness says -----------------------------------------------------------------------------------------

NOW = 1_000.0


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        (Versions(asked_at={"": NOW - 5}), None),
        (Versions(current="v2", asked_at={"v2": NOW - 5, "v1": NOW - 1}), None),
        (Versions(), "none has asked"),
        (Versions(asked_at={"": NOW - 90}), "none has asked"),
        (Versions(asked_at={"v1": NOW - 5}), "no version is current"),
        (Versions(current="v2", asked_at={"v1": NOW - 5}), "seen: v1"),
        (Versions(current="v2", asked_at={"v2": NOW - 90, "": NOW}), "version v2"),
    ],
)
def test_a_worker_counts_only_where_it_would_be_given_a_step(versions: Versions, said: str | None) -> None:
    trouble = find_trouble(versions, NOW)
    assert (trouble is None) == (said is None)
    if trouble is not None and said is not None:
        assert said in trouble.text
        assert isinstance(trouble, Trouble)
        assert "ideenweg" in trouble.remedy or "IDEENWEG" in trouble.remedy


def test_what_holds_an_old_version_is_told_in_words() -> None:
    held = [
        Held("coach-search/1/1", names.COACH_SEARCH, "v1"),
        Held("coach-search/2/1", names.COACH_SEARCH, "v1"),
        Held("idea/1", "Develop", "v1"),
        Held("idea/2", "Support", "v0"),
    ]
    assert describe_held(held) == {"v0": "1 idea", "v1": "2 coach searches, 1 idea"}
