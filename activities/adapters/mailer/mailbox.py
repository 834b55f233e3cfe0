"""The local mailbox: mails land in a table, and the page `/mailbox` shows them in demo mode."""

from base64 import b64encode
from collections.abc import Awaitable, Callable

from sqlalchemy.dialects.postgresql import insert

from activities.ports.mailer import Mail
from models.database import Database
from models.tables import MailboxMessage
from models.tables.columns import utc_now


class LocalMailbox:
    """Fulfils `Mailer`. The same mail twice stays one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, mail: Mail, giving: Callable[[], Awaitable[None]]) -> None:
        await giving()
        values = {
            "id": mail.id,
            "account_id": mail.account_id,
            "recipient": mail.recipient,
            "subject": mail.subject,
            "body": mail.text,
            "html": mail.html,
            "attachments": [
                {"name": file.name, "media_type": file.media_type, "content": b64encode(file.content).decode()}
                for file in mail.attachments
            ],
            "sent_at": utc_now(),
        }
        async with self._database.transaction() as session:
            await session.exec(insert(MailboxMessage).values(values).on_conflict_do_nothing())
