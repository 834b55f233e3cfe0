"""From waiting notices to one mail: nobody gets anything twice, and nothing gets lost without a word."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select
from temporalio.exceptions import ApplicationError

import activities.mail_sending
from activities.inbox import InboxActivities
from activities.mail_sending import INTERRUPTED, MailingActivities
from activities.mails.letterhead import Letterhead
from activities.mails.links import Links
from activities.ports.mailer import Mail, MailNotTaken, MailUncertain
from activities.record import notice_values
from models.database import Database
from models.messages.inbox import InboxLook, InboxPlan, MailOrder
from models.tables import Account, CoachProfile, MailRow, NoticeRow, NoticeSettings, Offer, StandingRow
from models.tables.columns import new_id
from models.vocabulary import MailState, NoticeKind, Rhythm, Role
from tests.cast import SHIPPED
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA, invite_cast, write_idea
from tests.fakes import Doors

LETTERHEAD = Letterhead(SHIPPED, Links("a key of tests, long enough to sign", "https://ideen.example.org"))
MINUTE = timedelta(minutes=1)
ERIC = new_id()
"""Leads in Leipzig."""


Hook = Callable[[], Awaitable[None]]


async def nothing() -> None:
    """Befalls nobody."""


def fail(error: BaseException) -> Hook:
    async def fails() -> None:
        raise error

    return fails


class Sink:
    """A mail server that keeps what it takes. The hooks are what befalls it when it is asked, when it has been given a
    mail, and when it has taken it."""

    def __init__(self) -> None:
        self.taken: list[Mail] = []
        self.asked: Hook = nothing
        self.given: Hook = nothing
        self.kept: Hook = nothing

    async def send(self, mail: Mail, giving: Hook) -> None:
        given, kept = self.given, self.kept
        await self.asked()
        await giving()
        await given()
        self.taken.append(mail)
        await kept()


class Post:
    """Inboxes on a real database, a sink for mails, and the doors at which the courier knocks."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.sink = Sink()
        self.doors = Doors()
        self.inbox = InboxActivities(database, SHIPPED)
        self.mailing = MailingActivities(database, self.doors, self.sink, LETTERHEAD)
        self.now = datetime.now(UTC)

    async def note(self, account: str, kind: NoticeKind, idea: str | None = None, **fields: Any) -> str:
        values = notice_values(idea, fields.pop("key", new_id()), account, kind, at=self.now) | fields
        async with self.database.transaction() as session:
            session.add(NoticeRow(**values))
        return str(values["id"])

    async def look(self, account: str, after: timedelta = MINUTE) -> InboxPlan:
        return await self.inbox.plan_inbox(InboxLook(account_id=account, now=self.now + after))

    async def look_twice(self, account: str) -> InboxPlan:
        """A look that settles something is followed by another."""
        await self.look(account)
        return await self.look(account)

    async def ask(self, coach: str) -> None:
        """Offer an idea to a coach, and tell them."""
        idea = await write_idea(self.database)
        async with self.database.transaction() as session:
            session.add(Offer(id=new_id(), idea_id=idea, search=1, rank=1, coach_id=coach, expires_on=date.max))
        await self.note(coach, NoticeKind.OFFER, idea)

    async def prepare(self, account: str, mail_id: str | None = None) -> str:
        order = MailOrder(account_id=account, mail_id=mail_id or new_id(), now=self.now + MINUTE)
        assert await self.inbox.prepare_mail(order)
        return order.mail_id

    async def write_mail(self, account: str, kind: NoticeKind = NoticeKind.TASK_ADDED) -> str:
        """A mail about an idea in Dresden that waits to be sent."""
        await self.note(account, kind, await write_idea(self.database))
        return await self.prepare(account)

    async def mail(self, mail_id: str) -> MailRow:
        async with self.database.session() as session:
            return await session.get_one(MailRow, mail_id)

    async def contents(self, mail_id: str) -> set[str]:
        async with self.database.session() as session:
            return set((await session.exec(select(NoticeRow.id).where(NoticeRow.mail_id == mail_id))).all())

    async def told(self, kind: NoticeKind) -> list[str]:
        """Who has a notice of a kind."""
        async with self.database.session() as session:
            return list((await session.exec(select(NoticeRow.account_id).where(NoticeRow.kind == kind))).all())

    async def write(self, statement: Any) -> None:
        async with self.database.transaction() as session:
            await session.exec(statement)

    async def choose(self, account: str, **values: Any) -> None:
        async with self.database.transaction() as session:
            session.add(NoticeSettings(account_id=account, **values))


@pytest.fixture
async def post(database: Database) -> Post:
    await invite_cast(database)
    async with database.transaction() as session:
        roles, email = [str(Role.LEAD)], "eric@example.org"
        session.add(Account(id=ERIC, email=email, name="Eric", roles=roles, office="leipzig"))
    return Post(database)


# -- gathering ------------------------------------------------------------------------------------------------


async def test_what_comes_together_becomes_one_mail(post: Post) -> None:
    idea, other = await write_idea(post.database), await write_idea(post.database)
    notices = {
        await post.note(ALMA, NoticeKind.COACH_FOUND, idea),
        await post.note(ALMA, NoticeKind.STAGE_REACHED, other),
    }
    await post.note(BEN, NoticeKind.COACH_FOUND, idea)
    early = await post.look(ALMA, timedelta(0))
    assert (early.mails, early.next_at) == ((), post.now + MINUTE)
    mail = await post.prepare(ALMA)
    assert await post.contents(mail) == notices
    assert (await post.look(ALMA)).mails == (mail,)
    assert await post.mailing.send_mail(mail) is MailState.SENT
    assert [taken.recipient for taken in post.sink.taken] == ["alma@example.org"]
    assert await post.look(ALMA) == InboxPlan(gather_seconds=60)


async def test_an_empty_inbox_writes_no_mail(post: Post) -> None:
    order = MailOrder(account_id=DORA, mail_id=new_id(), now=post.now)
    assert (await post.look(DORA)).next_at is None
    assert not await post.inbox.prepare_mail(order)
    async with post.database.session() as session:
        assert await session.get(MailRow, order.mail_id) is None


async def test_preparing_twice_writes_one_mail(post: Post) -> None:
    first = await post.note(ALMA, NoticeKind.ENDED, await write_idea(post.database))
    mail = await post.prepare(ALMA)
    await post.note(ALMA, NoticeKind.REOPENED, await write_idea(post.database))
    assert await post.prepare(ALMA, mail) == mail
    assert await post.contents(mail) == {first}


async def test_two_that_prepare_at_the_same_time_write_one_mail(post: Post) -> None:
    notice = await post.note(ALMA, NoticeKind.ENDED, await write_idea(post.database))
    mail = new_id()
    await asyncio.gather(*(post.prepare(ALMA, mail) for _ in range(5)))
    assert await post.contents(mail) == {notice}


async def test_what_somebody_does_not_want_is_put_away(post: Post) -> None:
    await post.choose(ALMA, news=Rhythm.OFF)
    notice = await post.note(ALMA, NoticeKind.STAGE_REACHED, await write_idea(post.database))
    settling = await post.look(ALMA)
    assert settling.next_at == post.now + MINUTE, "whoever saw it waiting a moment ago has not knocked"
    assert (await post.look(ALMA)).next_at is None
    async with post.database.session() as session:
        row = await session.get_one(NoticeRow, notice)
    assert row.settled_at is not None
    assert row.mail_id is None


async def test_who_acted_before_the_mail_went_out_is_not_called(post: Post) -> None:
    idea = await write_idea(post.database)
    waits_for = update(StandingRow).where(col(StandingRow.idea_id) == idea)
    await post.write(waits_for.values(holder_role=Role.INNOVATOR, holder_id=ALMA))
    await post.note(ALMA, NoticeKind.YOUR_TURN, idea)
    assert (await post.look(ALMA)).next_at == post.now + MINUTE
    await post.write(waits_for.values(holder_role=Role.COACH, holder_id=BEN))
    assert (await post.look_twice(ALMA)).next_at is None
    # All leads are on turn where the leads are.
    await post.write(waits_for.values(holder_role=Role.LEAD, holder_id=None))
    for account in (CARLA, ALMA):
        await post.note(account, NoticeKind.REMINDER, idea)
    assert (await post.look_twice(CARLA)).next_at is not None
    assert (await post.look_twice(ALMA)).next_at is None


# -- deputies -------------------------------------------------------------------------------------------------


async def go_away(post: Post, coach: str, cover: str | None) -> None:
    absent = {"absent_from": date(2020, 1, 1), "absent_until": date(2100, 1, 1), "cover_id": cover}
    await post.write(update(CoachProfile).where(col(CoachProfile.account_id) == coach).values(absent))


async def test_a_deputy_gets_what_needs_an_answer_and_nothing_else(post: Post) -> None:
    await go_away(post, BEN, BRUNO)
    idea = await write_idea(post.database)
    asked = await post.note(BEN, NoticeKind.TASK_ADDED, idea)
    news = await post.note(BEN, NoticeKind.PAUSED, idea)
    first, second = await post.prepare(BEN), await post.prepare(BEN)
    assert ((await post.mail(first)).recipient_id, await post.contents(first)) == (BRUNO, {asked})
    assert ((await post.mail(second)).recipient_id, await post.contents(second)) == (BEN, {news})
    assert await post.mailing.send_mail(first) is MailState.SENT
    assert post.sink.taken[0].recipient == "bruno@example.org"


async def test_a_lead_names_a_deputy_for_a_time(post: Post) -> None:
    today = post.now.astimezone(SHIPPED.zone).date()
    await post.choose(CARLA, deputy_id=ERIC, deputy_from=today, deputy_until=today)
    await post.note(CARLA, NoticeKind.ESCALATION, await write_idea(post.database))
    assert (await post.mail(await post.prepare(CARLA))).recipient_id == ERIC
    yesterday = today - timedelta(days=1)
    await post.write(update(NoticeSettings).values(deputy_from=yesterday, deputy_until=yesterday))
    await post.note(CARLA, NoticeKind.ESCALATION, await write_idea(post.database))
    assert (await post.mail(await post.prepare(CARLA))).recipient_id == CARLA


async def test_a_deputy_who_is_away_too_passes_nothing_on(post: Post) -> None:
    await go_away(post, BEN, BRUNO)
    await go_away(post, BRUNO, BEN)
    await post.ask(BEN)
    assert (await post.mail(await post.prepare(BEN))).recipient_id == BRUNO


@pytest.mark.parametrize(
    "gone",
    [
        update(CoachProfile).where(col(CoachProfile.account_id) == BRUNO).values(left_on=date(2020, 1, 1)),
        update(Account).where(col(Account.id) == BRUNO).values(roles=[Role.INNOVATOR]),
    ],
    ids=["left", "no coach any more"],
)
async def test_who_has_left_gets_nobodys_mail(post: Post, gone: Any) -> None:
    await go_away(post, BEN, BRUNO)
    await post.write(gone)
    await post.ask(BEN)
    assert (await post.mail(await post.prepare(BEN))).recipient_id == BEN


# -- sending once ---------------------------------------------------------------------------------------------


async def test_a_mail_that_was_sent_is_not_sent_again(post: Post) -> None:
    mail = await post.write_mail(ALMA)
    for _ in range(3):
        assert await post.mailing.send_mail(mail) is MailState.SENT
    assert [taken.id for taken in post.sink.taken] == [mail]


async def test_a_worker_that_dies_before_giving_leaves_the_mail_to_the_next(post: Post) -> None:
    mail = await post.write_mail(ALMA)
    post.sink.asked = fail(asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await post.mailing.send_mail(mail)
    assert (await post.mail(mail)).state == MailState.WAITING
    post.sink.asked = nothing
    assert await post.mailing.send_mail(mail) is MailState.SENT
    assert len(post.sink.taken) == 1


@pytest.mark.parametrize("taken", [0, 1], ids=["before it was taken", "after it was taken"])
async def test_a_worker_that_dies_between_giving_and_noting_leaves_a_question(post: Post, taken: int) -> None:
    mail, dies = await post.write_mail(ALMA), fail(asyncio.CancelledError())
    post.sink.given, post.sink.kept = (nothing, dies) if taken else (dies, nothing)
    with pytest.raises(asyncio.CancelledError):
        await post.mailing.send_mail(mail)
    assert (await post.mail(mail)).state == MailState.HANDING_OVER
    post.sink.given = post.sink.kept = nothing
    for _ in range(3):
        assert await post.mailing.send_mail(mail) is MailState.UNCERTAIN
    assert len(post.sink.taken) == taken
    assert (await post.mail(mail)).cause == INTERRUPTED
    assert await post.told(NoticeKind.MAIL_FAILED) == [CARLA]


async def test_an_attempt_that_was_overtaken_sends_nothing(post: Post) -> None:
    mail = await post.write_mail(ALMA)
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def is_slow() -> None:
        reached.set()
        await go_on.wait()

    post.sink.asked = is_slow
    slow = asyncio.create_task(post.mailing.send_mail(mail))
    await reached.wait()
    post.sink.asked = nothing
    assert await post.mailing.send_mail(mail) is MailState.SENT
    go_on.set()
    assert await slow is MailState.SENT
    assert len(post.sink.taken) == 1


async def test_an_attempt_that_was_thought_dead_and_came_through_settles_the_question(post: Post) -> None:
    mail = await post.write_mail(ALMA)
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def is_slow() -> None:
        reached.set()
        await go_on.wait()

    post.sink.given = is_slow
    slow = asyncio.create_task(post.mailing.send_mail(mail))
    await reached.wait()
    assert await post.mailing.send_mail(mail) is MailState.UNCERTAIN
    go_on.set()
    assert await slow is MailState.SENT
    assert len(post.sink.taken) == 1
    assert (await post.mail(mail)).cause is None


async def test_a_server_that_does_not_answer_leaves_a_question(post: Post) -> None:
    mail = await post.write_mail(ALMA)
    post.sink.kept = fail(MailUncertain())
    assert await post.mailing.send_mail(mail) is MailState.UNCERTAIN
    assert await post.mailing.send_mail(mail) is MailState.UNCERTAIN
    assert len(post.sink.taken) == 1


# -- trying again, giving up ----------------------------------------------------------------------------------


async def test_a_server_that_is_busy_is_asked_again_after_growing_pauses(post: Post) -> None:
    mail = await post.write_mail(ALMA)
    post.sink.asked = fail(MailNotTaken("451", permanent=False))
    for attempt, tried_for in enumerate((0, 5, 600), start=1):
        await post.write(update(MailRow).values(tried_since=datetime.now(UTC) - tried_for * MINUTE))
        with pytest.raises(ApplicationError) as put_off:
            await post.mailing.send_mail(mail)
        pause = put_off.value.next_retry_delay
        assert pause is not None
        assert timedelta(0) <= pause - (timedelta(seconds=10), 5 * MINUTE, 240 * MINUTE)[attempt - 1] < MINUTE
        row = await post.mail(mail)
        assert (row.state, row.attempts, row.cause) == (MailState.WAITING, attempt, "451")
        assert row.next_attempt_at is not None
    post.sink.asked = nothing
    assert await post.mailing.send_mail(mail) is MailState.SENT
    row = await post.mail(mail)
    assert (row.cause, row.next_attempt_at, len(post.sink.taken)) == (None, None, 1)
    assert await post.told(NoticeKind.MAIL_FAILED) == []


async def test_a_refusal_of_the_text_itself_is_no_question(post: Post) -> None:
    mail = await post.write_mail(ALMA)
    post.sink.given = fail(MailNotTaken("452", permanent=False))
    with pytest.raises(ApplicationError):
        await post.mailing.send_mail(mail)
    assert (await post.mail(mail)).state == MailState.WAITING
    post.sink.given = nothing
    assert await post.mailing.send_mail(mail) is MailState.SENT
    assert len(post.sink.taken) == 1


async def test_after_two_days_a_mail_is_given_up(post: Post) -> None:
    mail = await post.write_mail(ALMA)
    post.sink.asked = fail(MailNotTaken("connection", permanent=False))
    await post.write(update(MailRow).values(tried_since=post.now - timedelta(days=2)))
    assert await post.mailing.send_mail(mail) is MailState.FAILED
    row = await post.mail(mail)
    assert (row.cause, row.next_attempt_at) == ("connection", None)


async def test_the_leads_of_the_office_hear_of_a_mail_that_failed(post: Post) -> None:
    mail = await post.write_mail(ALMA)
    post.sink.asked = fail(MailNotTaken("550", permanent=True))
    for _ in range(2):
        assert await post.mailing.send_mail(mail) is MailState.FAILED
    assert await post.told(NoticeKind.MAIL_FAILED) == [CARLA]
    assert post.doors.knocks == [CARLA]


async def test_the_knock_about_a_failed_mail_is_repeated_where_it_went_unheard(post: Post) -> None:
    mail = await post.write_mail(ALMA)
    post.sink.asked, post.doors.away = fail(MailNotTaken("550", permanent=True)), 1
    with pytest.raises(ConnectionError):
        await post.mailing.send_mail(mail)
    assert await post.mailing.send_mail(mail) is MailState.FAILED
    assert post.doors.knocks == [CARLA]


async def test_nobody_is_told_by_mail_that_their_own_mail_failed(post: Post) -> None:
    mail = await post.write_mail(CARLA, NoticeKind.ESCALATION)
    post.sink.asked = fail(MailNotTaken("550", permanent=True))
    assert await post.mailing.send_mail(mail) is MailState.FAILED
    assert await post.told(NoticeKind.MAIL_FAILED) == []


async def test_a_failed_mail_about_a_failed_mail_is_told_to_nobody(post: Post) -> None:
    await post.note(CARLA, NoticeKind.MAIL_FAILED)
    mail = await post.prepare(CARLA)
    post.sink.asked = fail(MailNotTaken("550", permanent=True))
    assert await post.mailing.send_mail(mail) is MailState.FAILED
    assert await post.told(NoticeKind.MAIL_FAILED) == [CARLA]


async def test_a_mistake_of_ours_is_put_off_and_shown_with_its_cause(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = await post.write_mail(ALMA)

    async def stumbles(*_: object) -> Mail:
        raise KeyError("words of people")

    monkeypatch.setattr(activities.mail_sending, "compose_mail", stumbles)
    with pytest.raises(ApplicationError, match=r"^MailNotTaken: KeyError$") as put_off:
        await post.mailing.send_mail(mail)
    assert put_off.value.__cause__ is None
    row = await post.mail(mail)
    assert (row.state, row.cause) == (MailState.WAITING, "KeyError")


async def test_the_mail_of_an_erased_person_is_gone(post: Post) -> None:
    mail = await post.write_mail(DORA)
    async with post.database.transaction() as session:
        await session.delete(await session.get_one(Account, DORA))
    assert await post.mailing.send_mail(mail) is MailState.FAILED
    assert post.sink.taken == []
