"""Mails to somebody whose address the office reads."""

from datetime import datetime
from typing import Any

from models.database import Database
from models.tables import Account, MailRow, NoticeRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import MailChannel, MailState, NoticeKind
from tests.factories import ALMA


async def write_letter(database: Database, idea: str, sent_at: datetime | None = None, **more: Any) -> str:
    """A mail to Alma, whose address the office reads, that tells of an idea."""
    mail = new_id()
    async with database.transaction() as session:
        alma = await session.get_one(Account, ALMA)
        alma.held, alma.post, alma.proved_at = True, "Am Bahnhof 1\n04758 Oschatz", utc_now()
        values: dict[str, Any] = {
            "account_id": ALMA,
            "recipient_id": ALMA,
            "channel": MailChannel.LETTER,
            "state": MailState.SENT,
        }
        session.add(MailRow(id=mail, sent_at=sent_at or utc_now(), **values, **more))
        await session.flush()
        told: dict[str, Any] = {
            "idea_id": idea,
            "account_id": ALMA,
            "kind": NoticeKind.COACH_FOUND,
            "settled_at": utc_now(),
        }
        session.add(NoticeRow(key=f"v3-{mail}", version=3, mail_id=mail, **told))
    return mail
