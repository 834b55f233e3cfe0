"""From waiting notices to a mail that is written down: what comes together, and who reads it."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from models.messages.inbox import InboxPlan, MailOrder
from models.tables import Account, CoachProfile, MailRow, NoticeRow, NoticeSettings, StandingRow
from models.tables.columns import new_id
from models.vocabulary import MailChannel, MailState, NoticeKind, Rhythm, Role, SecretMailKind
from tests.activities.post_office import ERIC, MINUTE, Post
from tests.cast import SHIPPED
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA, secret_mail, write_idea

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


async def test_what_goes_to_an_address_that_the_office_reads_is_passed_on_as_a_letter(post: Post) -> None:
    await post.note(ALMA, NoticeKind.COACH_FOUND, await write_idea(post.database))
    await post.note(DORA, NoticeKind.COACH_FOUND, await write_idea(post.database))
    async with post.database.transaction() as session:
        (await session.get_one(Account, ALMA)).held = True
    mails = {who: await post.prepare(who) for who in (ALMA, DORA)}
    assert await post.mailing.send_mail(mails[ALMA]) is MailState.SENT
    async with post.database.session() as session:
        channels = [(await session.get_one(MailRow, mail)).channel for mail in mails.values()]
    assert channels == [MailChannel.LETTER, MailChannel.MAIL]


async def test_an_empty_inbox_writes_no_mail(post: Post) -> None:
    order = MailOrder(account_id=DORA, mail_id=new_id(), now=post.now)
    assert (await post.look(DORA)).next_at is None
    assert not await post.inbox.prepare_mail(order)
    async with post.database.session() as session:
        assert await session.get(MailRow, order.mail_id) is None


async def test_a_secret_mail_does_not_stand_in_line_in_an_inbox(post: Post) -> None:
    async with post.database.transaction() as session:
        session.add(secret_mail(SecretMailKind.SIGN_IN, ALMA, email="alma@example.org"))
    assert await post.look(ALMA) == InboxPlan(gather_seconds=60)


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
    waits_for = update(StandingRow).where(col(StandingRow.case_id) == idea)
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
