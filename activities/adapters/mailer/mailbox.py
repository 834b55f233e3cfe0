"""The local mailbox: mails land in a table, and the page `/mailbox` shows them in demo mode."""

from sqlalchemy.dialects.postgresql import insert

from activities.ports.mailer import Mail
from models.database import Database
from models.tables import MailboxMessage
from models.tables.columns import utc_now


class LocalMailbox:
    """Fulfils `Mailer`. The same mail twice stays one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, mail: Mail) -> None:
        async with self._database.transaction() as session:
            values = {**mail.model_dump(), "sent_at": utc_now()}
            await session.exec(insert(MailboxMessage).values(values).on_conflict_do_nothing())
