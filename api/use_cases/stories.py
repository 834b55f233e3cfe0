"""The story of an idea on its way to the public: edited by a lead, agreed to by its owner, and taken back by them."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.notice_courier import dispatch_notices
from activities.ports.ideas import CommandRefused
from activities.projection import find_recipients, notice_values
from api.runtime.services import Services
from api.use_cases.idea_text import IdeaNotFound
from models.messages.cases import Notice
from models.messages.commands import Refusal, RefusalCode
from models.messages.story import StoryParts
from models.queries.stories import StoryView, read_story
from models.rules.permissions import is_own
from models.single_line import Line
from models.tables import Account, Document, Idea, NoticeRow, PublishedStory, StandingRow
from models.tables.columns import new_id, utc_now
from models.typed_text import LONGEST_TEXT, Text, VisibleTitle
from models.vocabulary import DocumentKind, NoticeKind, Role
from workflows.client import EngineAway

EDITING = "editing"
OWNER = "owner"


class StoryWords(BaseModel):
    """A story in the words in which it is to appear."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: Annotated[Line, VisibleTitle] = Field(max_length=200)
    teaser: Text = Field(min_length=1, max_length=LONGEST_TEXT)
    text: Text = Field(min_length=1, max_length=LONGEST_TEXT)


def may_edit_story(row: StandingRow, account_id: str | None, roles: list[Role]) -> bool:
    """A lead, as long as the story lies with the leads and is not their own."""
    return row.state == EDITING and row.outcome is None and Role.LEAD in roles and not is_own(row, account_id)


async def edit_story(services: Services, account: Account, idea_id: str, words: StoryWords) -> None:
    """Write the next version. Its owner sees what was changed, and agrees to that or not. Raises IdeaNotFound,
    CommandRefused."""
    async with services.database.transaction() as session:
        row = await _hold(session, idea_id)
        if not may_edit_story(row, account.id, [Role(role) for role in account.roles]):
            detail = "a story is edited by a lead before its owner is asked"
            raise CommandRefused(Refusal(code=RefusalCode.NOT_ALLOWED, detail=detail, version=row.version))
        view = await _read(session, idea_id)
        said = {"title": words.title, "teaser": words.teaser, "changed": words.text}
        await write_draft(session, idea_id, account.id, view.latest.words | said, view.latest.parts)


async def write_draft(
    session: AsyncSession, idea_id: str, account_id: str, words: Mapping[str, str], parts: Mapping[str, Any]
) -> str:
    """Into the draft, or into the next version where there is none; returns its id."""
    told = select(Document).where(Document.idea_id == idea_id, Document.kind == DocumentKind.STORY)
    latest = (await session.exec(told.order_by(col(Document.version).desc()).limit(1))).first()
    if latest is None or latest.handed_in_at is not None:
        number = latest.version + 1 if latest is not None else 1
        latest = Document(id=new_id(), idea_id=idea_id, kind=DocumentKind.STORY, version=number)
        session.add(latest)
    latest.words, latest.parts = dict(words), dict(parts)
    latest.author_id, latest.updated_at = account_id, utc_now()
    await session.flush()
    return latest.id


async def write_what_was_told(services: Services, account: Account, idea: Idea, text: str) -> str:
    """A story that is handed in as one text."""
    async with services.database.transaction() as session:
        await _hold(session, idea.id)
        words = {"title": idea.title, "teaser": idea.summary, "changed": text}
        return await write_draft(session, idea.id, account.id, words, {})


async def find_to_show(services: Services, idea_id: str, seen: str | None = None) -> str | None:
    """The revision that is approved, or agreed to. Raises CommandRefused where somebody has `seen` another one."""
    async with services.database.reading() as session:
        view = await read_story(session, idea_id)
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


async def _read(session: AsyncSession, idea_id: str) -> StoryView:
    view = await read_story(session, idea_id)
    if view is None:
        raise IdeaNotFound
    return view


async def _tell_leads(session: AsyncSession, row: StandingRow, key: str) -> None:
    kind = NoticeKind.STORY_WITHDRAWN
    leads = await find_recipients(session, Notice(kind=kind, to=Role.LEAD), row.office, {row.owner_id, *row.team})
    rows = [notice_values(row.idea_id, key, lead, kind) for lead in leads if lead != row.owner_id]
    if rows:
        await session.exec(insert(NoticeRow).values(rows).on_conflict_do_nothing())
