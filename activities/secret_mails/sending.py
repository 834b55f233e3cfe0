"""From a row to a letter that was sent."""

from typing import Any

import structlog
from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.heartbeat import heartbeats
from activities.mails.content import MailContent
from activities.mails.letterhead import Letterhead
from activities.mails.rendering import write_html, write_text
from activities.ports.mailer import Mail, Mailer, MailNotTaken, MailUncertain
from activities.secret_mails.kinds import KINDS
from activities.secret_mails.letter_spec import Desk, Written
from activities.signatures import Letters
from models.database import Database
from models.i18n import texts_in
from models.tables import Account, SecretMailRow
from models.tables.columns import utc_now

TOO_LATE = "expired"

log = structlog.get_logger()


class Overtaken(Exception):
    """Another attempt has sent it meanwhile, or its reader was erased."""


class LetterActivities(Letters):
    """Letters from PostgreSQL, through a mailer."""

    def __init__(self, database: Database, mailer: Mailer, letterhead: Letterhead) -> None:
        self._database = database
        self._mailer = mailer
        self._letterhead = letterhead

    @activity.defn(name="send_letter")
    async def send_letter(self, letter_id: str) -> bool:
        mail = await self._write(letter_id)
        if mail is None:
            return False

        async def giving() -> None:
            if not await self._note(letter_id, col(SecretMailRow.sent_at).is_(None), sent_at=utc_now()):
                raise Overtaken

        try:
            async with heartbeats():
                await self._mailer.send(mail, giving)
        except Overtaken:
            return False
        except MailUncertain:
            # It may have arrived, and a second one would make its secret void. Whoever misses it asks for another.
            pass
        except MailNotTaken as refused:
            await self._note(letter_id, sent_at=None, **_given_up(refused.cause) if refused.permanent else {})
            if refused.permanent:
                log.warning("letter given up", cause=refused.cause)
                return False
            raise ApplicationError(
                refused.cause, type="MailNotTaken", category=ApplicationErrorCategory.BENIGN
            ) from None
        await self._note(letter_id, email="")
        return True

    async def _write(self, letter_id: str) -> Mail | None:
        """Make the secret and the words; None where there is nothing to send, or not any more."""
        async with self._database.transaction() as session:
            row = await session.get(SecretMailRow, letter_id, with_for_update=True)
            if row is None or row.sent_at is not None or not row.email:
                if row is not None:
                    row.email = ""
                return None
            reader = await _find_reader(session, row)
            desk = Desk(row, self._letterhead, texts_in(row.language), reader)
            is_late = row.expires_at <= utc_now()
            is_lost = row.account_id is not None and reader is None
            written = None if is_late or is_lost else await KINDS[row.kind].write(session, desk)
            if written is None:
                row.email, row.cause = "", TOO_LATE if is_late else None
                if is_late:
                    log.warning("letter given up", cause=TOO_LATE)
                return None
            return self._compose(desk, written)

    def _compose(self, desk: Desk, written: Written) -> Mail:
        texts, policy = desk.texts, self._letterhead.policy
        letter = MailContent(written.subject, _greet(desk), written.blocks)
        return Mail(
            id=desk.row.id,
            account_id=desk.row.account_id,
            recipient=desk.row.email,
            language=texts.language,
            subject=written.subject,
            text=write_text(letter, texts, policy),
            html=write_html(letter, texts, policy),
        )

    async def _note(self, letter_id: str, *still: Any, **values: Any) -> bool:
        async with self._database.transaction() as session:
            noted = update(SecretMailRow).where(col(SecretMailRow.id) == letter_id, *still).values(**values)
            return (await session.exec(noted.returning(col(SecretMailRow.id)))).first() is not None


def _greet(desk: Desk) -> str:
    """By name only in a letter about who somebody is: the new address is proved by then, or the old one was."""
    reader = desk.reader
    if KINDS[desk.row.kind].greets and reader is not None and reader.proved_at is not None and reader.name:
        return desk.texts("mail.greeting", name=reader.name)
    return desk.texts("letter.greeting")


async def _find_reader(session: AsyncSession, row: SecretMailRow) -> Account | None:
    """Whose account it is, held until the letter is written: an erasure waits, and then finds the letter."""
    those = select(Account).where(Account.id == row.account_id, col(Account.erased_at).is_(None))
    return (await session.exec(those.with_for_update(read=True))).one_or_none()


def _given_up(cause: str) -> dict[str, str]:
    return {"email": "", "cause": cause[:40]}
