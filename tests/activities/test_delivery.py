"""Notices become mails: once each, in the reader's language, and nothing personal in a subject."""

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from activities.adapters.mailer.mailbox import LocalMailbox
from activities.notices import DeliveryActivities
from activities.ports.mailer import Mail
from activities.record import notice_values
from models.database import Database
from models.i18n import texts_in
from models.tables import Account, MailboxMessage, NoticeRow
from models.vocabulary import NoticeKind
from tests.factories import ALMA, BEN, invite_cast, write_idea

URL = "https://ideen.example.org"


async def note(database: Database, idea: str, account: str, kind: NoticeKind, key: str = "v1") -> None:
    async with database.transaction() as session:
        session.add(NoticeRow(**notice_values(idea, key, account, kind)))


async def mails(database: Database) -> list[MailboxMessage]:
    async with database.session() as session:
        return list((await session.exec(select(MailboxMessage))).all())


@pytest.mark.parametrize("kind", list(NoticeKind))
async def test_every_notice_can_be_written(database: Database, kind: NoticeKind) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    await note(database, idea, ALMA, kind)
    assert await DeliveryActivities(database, LocalMailbox(database), URL).deliver_notices(idea) == 1
    [mail] = await mails(database)
    assert mail.recipient == "alma@example.org"
    assert "Pflegelotsen" not in mail.subject
    assert "Alma" not in mail.subject
    assert "Alma" in mail.body
    assert URL in mail.body
    assert "{" not in mail.body


async def test_everybody_reads_their_own_language(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    async with database.transaction() as session:
        await session.exec(update(Account).where(col(Account.id) == BEN).values(language="en"))
    await note(database, idea, ALMA, NoticeKind.YOUR_TURN)
    await note(database, idea, BEN, NoticeKind.YOUR_TURN)
    await DeliveryActivities(database, LocalMailbox(database), URL).deliver_notices(idea)
    subjects = {mail.account_id: mail.subject for mail in await mails(database)}
    assert subjects == {
        ALMA: texts_in("de")("notice.your_turn.subject"),
        BEN: texts_in("en")("notice.your_turn.subject"),
    }


class BrokenThenWorking:
    """A mail server that takes the mail, and then the line is cut before it says so."""

    def __init__(self, mailbox: LocalMailbox) -> None:
        self.mailbox = mailbox
        self.calls = 0

    async def send(self, mail: Mail) -> None:
        self.calls += 1
        await self.mailbox.send(mail)
        if self.calls == 1:
            raise ConnectionError


async def test_a_delivery_that_failed_after_sending_leaves_one_mail(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    await note(database, idea, ALMA, NoticeKind.REMINDER)
    delivery = DeliveryActivities(database, BrokenThenWorking(LocalMailbox(database)), URL)
    with pytest.raises(ConnectionError):
        await delivery.deliver_notices(idea)
    assert await delivery.deliver_notices(idea) == 1
    assert await delivery.deliver_notices(idea) == 0
    assert len(await mails(database)) == 1
