"""The story of an idea on its way to the public: edited by a lead, agreed to by its owner, and taken back by them."""

from contextlib import suppress

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.notice_courier import dispatch_notices
from activities.ports.ideas import CommandRefused
from activities.projection import find_recipients, notice_values
from api.runtime.services import Services
from api.use_cases.idea_text import IdeaNotFound
from models.messages.cases import Notice
from models.messages.commands import Refusal, RefusalCode
from models.messages.story import StoryParts
from models.queries.documents import read_versions
from models.queries.stories import read_story
from models.tables import Account, Idea, NoticeRow, PublishedStory, StandingRow
from models.tables.columns import utc_now
from models.vocabulary import DocumentKind, NoticeKind, Role
from workflows.client import EngineAway

OWNER = "owner"


async def find_to_show(services: Services, idea_id: str, seen: str | None = None) -> str | None:
    """The revision that is approved, or agreed to. Raises CommandRefused where somebody has `seen` another one."""
    async with services.database.reading() as session:
        idea = await session.get_one(Idea, idea_id)
        view = await read_story(session, idea, await read_versions(session, idea_id, DocumentKind.STORY))
    if view is None:
        return None
    if seen is not None and seen != view.digest:
        raise CommandRefused(Refusal(code=RefusalCode.INVALID, field="seen", detail="the story has changed since"))
    if lacks := StoryParts.model_validate(view.latest.parts).lacks:
        detail = f"the story cannot be shown yet; it lacks {', '.join(lacks)}"
        raise CommandRefused(Refusal(code=RefusalCode.NOT_ALLOWED, field=lacks[0], detail=detail))
    return view.latest.id


async def withdraw_story(services: Services, account: Account, idea_id: str) -> None:
    """From now on nobody reads it. The leads are told. Raises IdeaNotFound for everybody but its owner."""
    async with services.database.transaction() as session:
        row = await _hold_own(session, account, idea_id)
        kept = await session.get(PublishedStory, idea_id)
        if kept is None or kept.taken_down_at is not None:
            return
        now = utc_now()
        kept.taken_down_at, kept.taken_down_by = now, OWNER
        await _tell_leads(session, row, f"story-{now.timestamp():.0f}")
    with suppress(EngineAway):
        # It is withdrawn, whether the leads hear of it now or over night.
        await dispatch_notices(services.database, services.engine, idea_id)


async def show_story_again(services: Services, account: Account, idea_id: str) -> None:
    """The same words as before. Raises IdeaNotFound for everybody but its owner, and where a lead has taken it down."""
    async with services.database.transaction() as session:
        await _hold_own(session, account, idea_id)
        kept = await session.get(PublishedStory, idea_id)
        if kept is not None and kept.taken_down_by == OWNER:
            kept.taken_down_at = kept.taken_down_by = None


async def _hold(session: AsyncSession, idea_id: str) -> StandingRow:
    """Two who change a story at the same moment stand in line."""
    await session.get(Idea, idea_id, with_for_update={"key_share": True})
    row = await session.get(StandingRow, idea_id, populate_existing=True)
    if row is None:
        raise IdeaNotFound
    return row


async def _hold_own(session: AsyncSession, account: Account, idea_id: str) -> StandingRow:
    row = await _hold(session, idea_id)
    if row.owner_id != account.id:
        raise IdeaNotFound(hidden=True)
    return row


async def _tell_leads(session: AsyncSession, row: StandingRow, key: str) -> None:
    kind = NoticeKind.STORY_WITHDRAWN
    leads = await find_recipients(session, Notice(kind=kind, to=Role.LEAD), row.office, {row.owner_id, *row.team})
    rows = [notice_values(row.idea_id, key, lead, kind) for lead in leads if lead != row.owner_id]
    if rows:
        await session.exec(insert(NoticeRow).values(rows).on_conflict_do_nothing())
