"""Whether a question that went out by mail still waits for its answer."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.messages.idea import Standing
from models.rules.permissions import allowed_events, roles_toward
from models.tables import StandingRow, TimelineEntry

ANSWER = "check_in"


async def is_question_open(session: AsyncSession, idea_id: str, account_id: str, version: int) -> bool:
    """Whether the idea still asks this person what it asked at `version`: the same question, not the next one."""
    row = await session.get(StandingRow, idea_id)
    if row is None or row.snapshot is None:
        return False
    asked_at = select(TimelineEntry.at).where(
        TimelineEntry.case_id == idea_id, TimelineEntry.version == version, col(TimelineEntry.at) > row.entered_at
    )
    standing = Standing.model_validate(row.snapshot)
    is_allowed = ANSWER in allowed_events(standing, account_id, roles_toward(standing, account_id, ()))
    return is_allowed and (await session.exec(asked_at)).first() is not None
