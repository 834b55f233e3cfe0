"""Showing an idea on its way to everybody, in words of its owner; ending that, and taking it down."""

from contextlib import suppress
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.notice_courier import dispatch_notices
from activities.projection import notice_values
from api.runtime.services import Services
from api.use_cases.command_sender import refused
from api.use_cases.idea_text import IdeaNotFound
from api.use_cases.stories import BY_LEAD, BY_OWNER, hold_as, hold_to_take_down
from models.messages.commands import RefusalCode
from models.queries.openings import read_opening
from models.rules.openings import may_open
from models.single_line import Line
from models.tables import Account, Idea, NoticeRow, Opening
from models.tables.columns import utc_now
from models.tables.opening import LONGEST_TEASER, LONGEST_TITLE
from models.typed_text import Text
from models.vocabulary import NoticeKind
from workflows.client import EngineAway

Words = Annotated[Text, StringConstraints(min_length=1, max_length=LONGEST_TEASER)]


class OpeningWords(BaseModel):
    """What everybody reads, as its owner has written it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: Annotated[Line, StringConstraints(min_length=1, max_length=LONGEST_TITLE)]
    teaser: Words
    seeks: Words
    shows_district: bool = False


async def open_idea(services: Services, account: Account, idea_id: str, words: OpeningWords) -> None:
    """Show it from now on, or in other words than before.

    Raises IdeaNotFound for everybody but its owner, CommandRefused where it is not on its way, or was taken down.
    """
    async with services.database.transaction() as session:
        row, by = await hold_as(session, account, idea_id)
        if by != BY_OWNER:
            raise IdeaNotFound(hidden=True)
        if not may_open(row.standing(), account.id):
            raise refused(RefusalCode.NOT_ALLOWED, "the idea is not on its way", row.version)
        kept = await read_opening(session, idea_id)
        if kept is not None and kept.taken_down_at is not None:
            raise refused(RefusalCode.NOT_ALLOWED, "a lead has taken it down", row.version)
        idea = await session.get_one(Idea, idea_id)
        kept = kept or Opening(idea_id=idea_id, title="", teaser="", seeks="")
        kept.title, kept.teaser, kept.seeks = words.title, words.teaser, words.seeks
        kept.district, kept.opened_by = idea.district if words.shows_district else None, account.id
        session.add(kept)


async def close_opening(services: Services, account: Account, idea_id: str, reason: str = "") -> None:
    """From now on nobody reads it. Its owner takes it away; where a lead does, its owner is told why.

    Raises IdeaNotFound for everybody but owner and leads, CommandRefused where a lead gives no reason.
    """
    async with services.database.transaction() as session:
        row, by = await hold_to_take_down(session, account, idea_id, reason)
        kept = await read_opening(session, idea_id)
        if kept is None or kept.taken_down_at is not None:
            return
        if by == BY_OWNER:
            await session.delete(kept)
            return
        kept.taken_down_at, kept.reason = utc_now(), reason
        await _tell(session, row.owner_id, idea_id, f"opening-{kept.taken_down_at.timestamp():.0f}")
    with suppress(EngineAway):
        # It is taken down, whether its owner hears of it now or over night.
        await dispatch_notices(services.database, services.engine, idea_id)


async def allow_opening(services: Services, account: Account, idea_id: str) -> None:
    """Its owner may show it again, in words that are written anew. Raises IdeaNotFound for everybody but leads."""
    async with services.database.transaction() as session:
        _, by = await hold_as(session, account, idea_id)
        if by != BY_LEAD:
            raise IdeaNotFound(hidden=True)
        kept = await read_opening(session, idea_id)
        if kept is not None and kept.taken_down_at is not None:
            await session.delete(kept)


async def _tell(session: AsyncSession, owner_id: str, idea_id: str, key: str) -> None:
    row = notice_values(idea_id, key, owner_id, NoticeKind.OPENING_TAKEN_DOWN)
    await session.exec(insert(NoticeRow).values(row).on_conflict_do_nothing())
