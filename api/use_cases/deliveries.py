"""What became of mails, and sending one again."""

from datetime import UTC, datetime

from api.runtime.services import Services
from api.use_cases.errors import Conflict, NotFound
from models.queries.deliveries import UNDELIVERED, NoticeLine, list_notices
from models.queries.inbox import read_inbox
from models.rules.notice_timing import hours_of
from models.tables import Account, MailRow
from models.tables.columns import utc_now
from models.vocabulary import MailState
from workflows.client import EngineAway


async def read_notices(services: Services, account: Account) -> list[NoticeLine]:
    """Somebody's newest notices, each with what became of it or when it will go out."""
    today = datetime.now(UTC).astimezone(services.policy.zone).date()
    async with services.database.reading() as session:
        inbox = await read_inbox(session, account.id, today)
        return await list_notices(session, account, inbox, hours_of(services.policy, today))


async def send_again(services: Services, mail_id: str) -> None:
    """Give a mail that failed, or may have, all its attempts anew, under the id it has always had.

    Raises NotFound, Conflict, EngineAway.
    """
    async with services.database.transaction() as session:
        mail = await session.get(MailRow, mail_id, with_for_update=True)
        if mail is None or mail.account_id is None or mail.secret_kind is not None:
            raise NotFound("there is no such mail")
        if mail.state not in UNDELIVERED:
            raise Conflict("this mail is on its way already, or has arrived")
        was = mail.state
        mail.state, mail.tried_since, mail.changed_at = MailState.WAITING, utc_now(), utc_now()
        account_id = mail.account_id
    try:
        await services.engine.knock(account_id)
    except EngineAway:
        await _put_back(services, mail_id, was)
        raise


async def _put_back(services: Services, mail_id: str, was: str) -> None:
    """Nobody has heard that it is to be sent again, so the button stays."""
    async with services.database.transaction() as session:
        mail = await session.get(MailRow, mail_id, with_for_update=True)
        if mail is not None and mail.state == MailState.WAITING:
            mail.state = was
