"""The story of an idea on its way to the public: edited by a lead, agreed to by its owner, and taken down at once."""

from contextlib import suppress

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.notice_courier import dispatch_notices
from activities.ports.ideas import CommandRefused
from activities.projection import find_recipients, notice_values
from api.runtime.services import Services
from api.use_cases.command_sender import wrong_field
from api.use_cases.idea_text import IdeaNotFound
from api.use_cases.pictures import refuse_lacking
from models.messages.cases import Notice
from models.messages.commands import Refusal, RefusalCode
from models.queries.documents import read_versions
from models.queries.stories import read_story
from models.rules.permissions import is_own
from models.tables import Account, Idea, NoticeRow, PublishedStory, StandingRow
from models.tables.columns import utc_now
from models.typed_text import says_something
from models.vocabulary import DocumentKind, NoticeKind, Role
from workflows.client import EngineAway

BY_OWNER, BY_LEAD = "owner", "lead"


async def find_to_show(services: Services, idea_id: str, seen: str | None = None) -> str | None:
    """The revision that is approved, or agreed to. Raises CommandRefused where somebody has `seen` another one."""
    async with services.database.reading() as session:
        idea = await session.get_one(Idea, idea_id)
        view = await read_story(session, idea, await read_versions(session, idea_id, DocumentKind.STORY))
    if view is None:
        return None
    if seen is not None and seen != view.digest:
        raise CommandRefused(Refusal(code=RefusalCode.INVALID, field="seen", detail="the story has changed since"))
    refuse_lacking(view.latest)
    return view.latest.id


async def take_down_story(services: Services, account: Account, idea_id: str, reason: str = "") -> None:
    """From now on nobody reads it. The others are told: the leads, or its owner with the reason of the lead.

    Raises IdeaNotFound for everybody but owner and leads, CommandRefused where a lead gives no reason.
    """
    async with services.database.transaction() as session:
        row, by = await hold_to_take_down(session, account, idea_id, reason)
        kept = await session.get(PublishedStory, idea_id)
        if kept is None or kept.taken_down_at is not None:
            return
        now = utc_now()
        kept.taken_down_at, kept.taken_down_by, kept.reason = now, by, reason if by == BY_LEAD else ""
        await _tell(session, row, by, f"story-{now.timestamp():.0f}")
    with suppress(EngineAway):
        # It is taken down, whether they hear of it now or over night.
        await dispatch_notices(services.database, services.engine, idea_id)


async def show_story_again(services: Services, account: Account, idea_id: str) -> None:
    """The same words as before. What a lead has taken down, a lead shows again. Raises IdeaNotFound."""
    async with services.database.transaction() as session:
        _, by = await hold_as(session, account, idea_id)
        kept = await session.get(PublishedStory, idea_id)
        if kept is None or kept.taken_down_at is None:
            return
        if kept.taken_down_by != by:
            raise IdeaNotFound(hidden=True)
        kept.taken_down_at = kept.taken_down_by = None
        kept.reason = ""


async def _hold(session: AsyncSession, idea_id: str) -> StandingRow:
    """Two who change a story at the same moment stand in line."""
    await session.get(Idea, idea_id, with_for_update={"key_share": True})
    row = await session.get(StandingRow, idea_id, populate_existing=True)
    if row is None:
        raise IdeaNotFound
    return row


async def hold_as(session: AsyncSession, account: Account, idea_id: str) -> tuple[StandingRow, str]:
    """With whether it is its owner who asks, or a lead whose own it is not."""
    row = await _hold(session, idea_id)
    if row.owner_id == account.id:
        return row, BY_OWNER
    if Role.LEAD in account.roles and not is_own(row, account.id):
        return row, BY_LEAD
    raise IdeaNotFound(hidden=True)


async def hold_to_take_down(
    session: AsyncSession, account: Account, idea_id: str, reason: str
) -> tuple[StandingRow, str]:
    """The same for whatever everybody reads of an idea. Raises CommandRefused where a lead gives no reason."""
    row, by = await hold_as(session, account, idea_id)
    if by == BY_LEAD and not says_something(reason):
        raise wrong_field("reason", "a lead says why nobody is to read it any more", row.version)
    return row, by


async def _tell(session: AsyncSession, row: StandingRow, by: str, key: str) -> None:
    kind, told = NoticeKind.STORY_TAKEN_DOWN, [row.owner_id]
    if by == BY_OWNER:
        kind, own = NoticeKind.STORY_WITHDRAWN, {row.owner_id, *row.team}
        leads = await find_recipients(session, Notice(kind=kind, to=Role.LEAD), row.office, own)
        told = [lead for lead in leads if lead != row.owner_id]
    rows = [notice_values(row.idea_id, key, account_id, kind) for account_id in told]
    if rows:
        await session.exec(insert(NoticeRow).values(rows).on_conflict_do_nothing())
