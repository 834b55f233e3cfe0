"""From a mail that is written down to one that was sent: never twice, and never lost without a word."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from temporalio.exceptions import ApplicationError

import activities.mail_sending
from activities.mail_sending import INTERRUPTED
from activities.ports.mailer import Mail, MailNotTaken, MailUncertain
from models.tables import Account, MailRow
from models.vocabulary import MailState, NoticeKind
from tests.activities.post_office import MINUTE, Post, fail, nothing
from tests.factories import ALMA, CARLA, DORA

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
