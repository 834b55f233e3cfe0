"""Passing on what has arrived at an address that the office reads for somebody."""

from datetime import datetime

from activities.mails.compose import write_mail
from activities.mails.content import MailContent, Reader
from activities.mails.letterhead import Letterhead
from api.runtime.services import Services
from api.use_cases.errors import NotFound
from models.i18n import texts_in
from models.queries.letters import Letter, find_letter
from models.tables import Account, MailRow
from models.tables.columns import utc_now


async def write_letter(services: Services, account: Account, mail_id: str) -> tuple[Letter, MailContent]:
    """The words as the mail would say them now, in the language of whom they are for. Raises NotFound."""
    async with services.database.reading() as session:
        found = await find_letter(session, account, mail_id)
        if found is None:
            raise NotFound("there is no such letter")
        letter, notices = found
        today, letterhead = services.today(), Letterhead.of(services.settings, services.policy)
        reader = Reader(letter.reader, letterhead, texts_in(letter.reader.language), today)
        return letter, await write_mail(session, reader, notices)


async def note_passed_on(services: Services, account: Account, mail_id: str) -> datetime:
    """Who has told, and when; noted once. Raises NotFound."""
    async with services.database.transaction() as session:
        found = await find_letter(session, account, mail_id)
        if found is None:
            raise NotFound("there is no such letter")
        mail = await session.get_one(MailRow, mail_id, with_for_update=True)
        if mail.passed_on_at is None:
            mail.passed_on_at, mail.passed_on_by = utc_now(), account.id
        return mail.passed_on_at
