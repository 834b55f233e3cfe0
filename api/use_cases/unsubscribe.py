"""Switching a group of notices off by the signed link of a mail."""

from sqlalchemy.dialects.postgresql import insert

from activities.mails.links import Refused
from api.runtime.services import Services
from models.queries.inbox import wishes_of
from models.rules.notice_timing import CHOICES
from models.tables import Account, NoticeSettings
from models.tables.columns import utc_now
from models.vocabulary import Rhythm


class NotRefusable(Exception):
    """There is no such account any more, or this group cannot be switched off."""


async def find_rhythm(services: Services, refused: Refused) -> tuple[Account, Rhythm]:
    """Whose mail it is, and how they have it now. Raises NotRefusable."""
    async with services.database.reading() as session:
        account = await session.get(Account, refused.account_id)
        wishes = wishes_of(await session.get(NoticeSettings, refused.account_id))
    if account is None or Rhythm.OFF not in CHOICES[refused.group]:
        raise NotRefusable
    return account, wishes.of(refused.group)


async def turn_off(services: Services, refused: Refused) -> None:
    """Twice is once. What waits and is of this group goes into no mail any more."""
    values = {str(refused.group): Rhythm.OFF, "updated_at": utc_now()}
    async with services.database.transaction() as session:
        chosen = insert(NoticeSettings).values(account_id=refused.account_id, **values)
        await session.exec(chosen.on_conflict_do_update(index_elements=["account_id"], set_=values))
