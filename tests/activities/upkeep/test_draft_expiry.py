"""A draft goes after its time, and whoever told us an address is told before."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from activities.secret_mails.kinds import KINDS
from activities.secret_mails.spec import Desk
from activities.upkeep.draft_expiry import Warner
from models.database import Database
from models.i18n import texts_in
from models.tables import Account, Draft, DraftLink, Idea, MailRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import SecretMailKind
from tests.activities.upkeep.conftest import run_sql
from tests.activities.upkeep.test_retention import retain
from tests.factories import ALMA, DORA, invite_cast, write_idea
from tests.workflows.conftest import LETTERHEAD

KEY = "a key of tests, long enough to sign"


class Postbox:
    """Notes which mails were posted."""

    def __init__(self) -> None:
        self.posted: list[str] = []

    async def start_secret_mail(self, mail_id: str) -> None:
        self.posted.append(mail_id)


async def write_draft(database: Database, days_left: int, email: str | None = "dora@example.org") -> str:
    expires = utc_now() + timedelta(days=days_left, minutes=-1)
    draft = Draft(id=new_id(), email=email, words={"title": "Ein Gedanke"}, expires_at=expires)
    async with database.transaction() as session:
        session.add(draft)
    return draft.id


async def find_drafts(database: Database) -> set[str]:
    async with database.session() as session:
        return set((await session.exec(select(Draft.id))).all())


async def warn(database: Database, postbox: Postbox) -> int:
    return await Warner(database, postbox, KEY).warn(utc_now())


async def test_two_weeks_before_it_goes_a_mail_with_a_link_goes_out_once(database: Database) -> None:
    soon, later, nameless = [
        await write_draft(database, days, email)
        for days, email in ((14, "dora@example.org"), (15, "dora@example.org"), (3, None))
    ]
    postbox = Postbox()
    assert [await warn(database, postbox) for _ in range(2)] == [1, 0]
    async with database.transaction() as session:
        (mail,) = (await session.exec(select(MailRow))).all()
        assert postbox.posted == [mail.id]
        assert (mail.secret_kind, mail.email) == (SecretMailKind.DRAFT_ENDS, "dora@example.org")
        desk = Desk(mail, LETTERHEAD, texts_in("de"))
        written = await KINDS[mail.secret_kind or ""].write(session, desk)
        (link,) = (await session.exec(select(DraftLink))).all()
    assert written is not None
    assert link.draft_id == soon
    assert "Ein Gedanke" not in written.subject
    address = written.blocks[0].link
    assert address is not None
    assert "/einreichen/weiter/" in address.url
    assert link.hash is not None
    assert link.hash not in address.url
    assert {soon, later, nameless} == await find_drafts(database)


async def test_a_draft_goes_when_its_time_is_over_and_its_address_was_warned(database: Database) -> None:
    nameless, unwarned, fresh = [
        await write_draft(database, days, email)
        for days, email in ((-2, None), (-2, "dora@example.org"), (40, "dora@example.org"))
    ]
    assert (await retain(database, now=utc_now(), dry_run=True)).drafts_deleted == 1
    assert (await retain(database, now=utc_now())).drafts_deleted == 1
    assert await find_drafts(database) == {unwarned, fresh}
    # What was late to be warned of stays for two weeks more.
    await warn(database, Postbox())
    assert (await retain(database, now=utc_now())).drafts_deleted == 0
    async with database.transaction() as session:
        late = (await session.exec(select(Draft).where(col(Draft.id) == unwarned))).one()
        assert late.expires_at > utc_now() + timedelta(days=13)
        late.expires_at = utc_now() - timedelta(days=2)
    assert (await retain(database, now=utc_now())).drafts_deleted == 1
    assert await find_drafts(database) == {fresh}
    assert nameless


async def draft_of(database: Database, account_id: str, days_left: int) -> str:
    expires = utc_now() + timedelta(days=days_left, minutes=-1)
    async with database.transaction() as session:
        session.add(draft := Draft(id=new_id(), account_id=account_id, words={"title": "Geheim"}, expires_at=expires))
    return draft.id


async def mails_in(database: Database) -> list[MailRow]:
    async with database.session() as session:
        return list((await session.exec(select(MailRow))).all())


async def test_whoever_has_an_account_is_told_of_all_their_drafts_in_one_mail(database: Database) -> None:
    await invite_cast(database)
    await draft_of(database, ALMA, 10)
    await draft_of(database, ALMA, 12)
    await draft_of(database, DORA, 60)
    postbox = Postbox()
    assert [await warn(database, postbox) for _ in range(2)] == [2, 0]
    (mail,) = await mails_in(database)
    assert postbox.posted == [mail.id]
    assert (mail.secret_kind, mail.account_id) == (SecretMailKind.OWN_DRAFTS_END, ALMA)
    async with database.session() as session:
        written = await KINDS[mail.secret_kind or ""].write(session, Desk(mail, LETTERHEAD, texts_in("de")))
        assert mail.email == (await session.get_one(Account, ALMA)).email
    assert written is not None
    assert "Geheim" not in str(written)
    assert written.blocks[0].link is not None
    assert written.blocks[0].link.url.endswith("/ideen")


@pytest.mark.parametrize("column", ["erased_at", "blocked_at"])
async def test_nobody_writes_to_whoever_is_gone_or_blocked_and_the_draft_does_not_stay_for_that(
    database: Database, column: str
) -> None:
    await invite_cast(database)
    await run_sql(database, f"UPDATE account SET {column} = now() WHERE id = :id", id=ALMA)
    await draft_of(database, ALMA, -110)
    assert await warn(database, Postbox()) == 1
    assert await mails_in(database) == []
    assert (await retain(database, now=utc_now())).drafts_deleted == 0
    await run_sql(database, "UPDATE draft SET expires_at = expires_at - interval '16 days'")
    assert (await retain(database, now=utc_now())).drafts_deleted == 1


async def test_a_draft_that_was_begun_by_somebody_with_an_account_goes_two_weeks_after_the_mail(
    database: Database,
) -> None:
    await invite_cast(database)
    await draft_of(database, ALMA, -5)
    assert (await retain(database, now=utc_now())).drafts_deleted == 0, "nobody was told"
    await warn(database, Postbox())
    for days, gone in ((12, 0), (4, 1)):
        await run_sql(database, f"UPDATE draft SET expires_at = expires_at - interval '{days} days'")
        assert (await retain(database, now=utc_now())).drafts_deleted == gone


async def test_an_idea_that_waits_for_the_engine_for_too_long_goes_with_its_draft(database: Database) -> None:
    await invite_cast(database)
    waiting, begun = [await draft_of(database, ALMA, -5) for _ in range(2)]
    async with database.transaction() as session:
        session.add(Idea(id=waiting, owner_id=ALMA, title="Geheim", office="dresden"))
    await write_idea(database, id=begun)
    await run_sql(database, "UPDATE draft SET idea_id = id")
    assert (await retain(database, now=utc_now())).drafts_deleted == 2
    async with database.session() as session:
        assert (await session.exec(select(Idea.id))).all() == [begun]
