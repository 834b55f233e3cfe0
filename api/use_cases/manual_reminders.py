"""A lead asks the platform to remind somebody now, beside the reminders that come by themselves."""

from sqlalchemy.dialects.postgresql import insert

from activities.idea_projection import REMINDER_KEY
from activities.notice_courier import dispatch_notices
from activities.projection import notice_values
from api.runtime.services import Services
from models.tables import NoticeRow, StandingRow
from models.vocabulary import NoticeKind
from workflows.client import EngineAway


async def remind_holder(services: Services, idea_id: str, version: int) -> bool:
    """Tell the person who is on turn that the idea waits for them; the same version twice is one mail.

    False where a group is on turn. An inbox that is away is told later, by whoever comes next. As long as the step with
    which it was asked for can be undone, nobody is reminded.
    """
    async with services.database.transaction() as session:
        row = await session.get_one(StandingRow, idea_id)
        if row.holder_id is None:
            return False
        values = notice_values(idea_id, f"{REMINDER_KEY}{version}", row.holder_id, NoticeKind.REMINDER, version)
        undo = row.standing().undo
        values["not_before"] = undo.until if undo is not None else None
        await session.exec(insert(NoticeRow).values(values).on_conflict_do_nothing())
    try:
        await dispatch_notices(services.database, services.engine, idea_id)
    except EngineAway:
        return False
    return True
