"""How somebody wants their mail, and who can read it for them."""

from datetime import date

from pydantic import BaseModel
from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.account_names import Person, read_names
from models.queries.inbox import read_deputy, wishes_of
from models.rules.notice_timing import CHOICES
from models.tables import Account, CoachProfile, NoticeSettings, has_role
from models.tables.folded import PERSON_NAME
from models.vocabulary import NoticeGroup, Rhythm, Role


class ChosenRhythm(BaseModel):
    """When mails of one group come, and what may be chosen."""

    group: NoticeGroup
    rhythm: Rhythm
    choices: list[Rhythm]


class NoticePreferences(BaseModel):
    """What somebody chose, or the usual. `reads_today` gets what needs an answer now, where that is somebody else."""

    rhythms: list[ChosenRhythm]
    deputy: Person | None
    deputy_from: date | None
    deputy_until: date | None
    reads_today: Person | None


def groups_for(account: Account) -> list[NoticeGroup]:
    """The groups that somebody is ever told of."""
    for_leads = {NoticeGroup.LEAD, NoticeGroup.DIGEST}
    return [group for group in NoticeGroup if Role.LEAD in account.roles or group not in for_leads]


async def read_preferences(session: AsyncSession, account: Account, today: date) -> NoticePreferences:
    settings = await session.get(NoticeSettings, account.id)
    wishes = wishes_of(settings)
    # Days that are over are not chosen any more.
    planned = settings if settings and settings.deputy_until and settings.deputy_until >= today else None
    deputy_id = planned.deputy_id if planned else None
    reader_id = await read_deputy(session, account.id, settings, today)
    names = await read_names(session, {found for found in (deputy_id, reader_id) if found})
    return NoticePreferences(
        rhythms=[
            ChosenRhythm(group=group, rhythm=wishes.of(group), choices=list(CHOICES[group]))
            for group in groups_for(account)
        ],
        deputy=names.get(deputy_id or ""),
        deputy_from=planned.deputy_from if planned else None,
        deputy_until=planned.deputy_until if planned else None,
        reads_today=names.get(reader_id or ""),
    )


async def list_deputies(session: AsyncSession, account: Account, today: date) -> list[Person]:
    """Who may be named as a deputy: leads, since they may see whatever they are then told of. Only for those who work
    here; a coach's place is taken by their cover, who gets the ideas themselves."""
    if not {Role.COACH, Role.LEAD} & set(account.roles):
        return []
    present = or_(col(CoachProfile.left_on).is_(None), col(CoachProfile.left_on) > today)
    found = await session.exec(
        select(Account.id, Account.name)
        .outerjoin(CoachProfile, col(CoachProfile.account_id) == col(Account.id))
        .where(has_role(Role.LEAD), Account.id != account.id, present)
        .order_by(PERSON_NAME, col(Account.id))
    )
    return [Person(id=account_id, name=name) for account_id, name in found]
