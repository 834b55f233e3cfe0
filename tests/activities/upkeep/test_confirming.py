"""An idea without an account waits for its address: a mail asks once more, and after its time it goes unread."""

from datetime import datetime, timedelta

from sqlmodel import col, select

from activities.secret_mails.posting import Order, is_held_back, write_secret_mail
from activities.upkeep.confirmation_reminder import remind_of_confirming
from models.database import Database
from models.tables import Draft, DraftLink
from models.tables.columns import new_id, utc_now
from models.vocabulary import SecretMailKind
from tests.activities.upkeep.conftest import age
from tests.activities.upkeep.test_draft_expiry import KEY, Postbox, find_drafts, mails_in
from tests.activities.upkeep.test_retention import retain


async def wait_for(database: Database, days: float, email: str) -> str:
    """A draft that was handed in so many days ago."""
    since = utc_now() - timedelta(days=days)
    until = since + timedelta(days=14)
    draft = Draft(id=new_id(), email=email, words={"title": "Geheim"}, waits_since=since, expires_at=until)
    async with database.transaction() as session:
        session.add(draft)
    return draft.id


async def remind(database: Database, postbox: Postbox, now: datetime | None = None) -> int:
    return await remind_of_confirming(database, postbox, KEY, now or utc_now())


async def test_after_three_days_whoever_has_not_confirmed_is_asked_once_more_and_no_oftener(database: Database) -> None:
    fresh = await wait_for(database, 2.9, "alma@example.org")
    late = await wait_for(database, 3.1, "dora@example.org")
    gone = await wait_for(database, 14.1, "nora@example.org")
    postbox = Postbox()
    assert [await remind(database, postbox) for _ in range(3)] == [1, 0, 0]
    (mail,) = await mails_in(database)
    assert (postbox.posted, mail.secret_kind, mail.email) == (
        [mail.id],
        SecretMailKind.CONFIRM_DRAFT,
        "dora@example.org",
    )
    async with database.session() as session:
        (link,) = (await session.exec(select(DraftLink))).all()
        waiting = (await session.exec(select(Draft).where(col(Draft.id) == late))).one()
    assert (link.draft_id, link.expires_at) == (late, waiting.expires_at)
    assert fresh
    assert gone


async def test_a_reminder_that_the_door_holds_back_is_tried_again(database: Database) -> None:
    """Others may have had mails sent to this address: that must not cost its owner the reminder."""
    await wait_for(database, 4, "dora@example.org")
    async with database.transaction() as session:
        while not is_held_back(
            await write_secret_mail(session, KEY, Order(SecretMailKind.CONFIRM_DRAFT, "dora@example.org"))
        ):
            pass
    assert await remind(database, Postbox()) == 0
    await age(database, "mail", "created_at", 2, "true")
    assert await remind(database, Postbox()) == 1


async def test_what_nobody_has_confirmed_in_two_weeks_goes_without_having_been_read(database: Database) -> None:
    kept = await wait_for(database, 12, "alma@example.org")
    await wait_for(database, 15.1, "dora@example.org")
    assert (await retain(database, now=utc_now())).drafts_deleted == 1
    assert await find_drafts(database) == {kept}
