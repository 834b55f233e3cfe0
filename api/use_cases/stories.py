"""The story of an idea on its way to the public: edited by a lead, agreed to by its owner, and taken back by them."""

from contextlib import suppress
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.notice_courier import dispatch_notices
from activities.ports.ideas import CommandRefused
from activities.projection import find_recipients, notice_values
from api.runtime.services import Services
from api.use_cases.idea_text import IdeaNotFound
from models.messages.cases import Notice
from models.messages.commands import Refusal, RefusalCode
from models.queries.stories import StoryView, read_story
from models.rules.permissions import is_own
from models.single_line import Line
from models.tables import Account, Idea, NoticeRow, StandingRow, StoryRow
from models.tables.columns import utc_now
from models.typed_text import LONGEST_TEXT, Text, VisibleTitle
from models.vocabulary import NoticeKind, Role
from workflows.client import EngineAway

EDITING, PUBLISHED = "editing", "published"


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
    """Its owner sees what was changed, and agrees to that or not. Raises IdeaNotFound, CommandRefused."""
    async with services.database.transaction() as session:
        row = await _hold(session, idea_id)
        if not may_edit_story(row, account.id, [Role(role) for role in account.roles]):
            detail = "a story is edited by a lead before its owner is asked"
            raise CommandRefused(Refusal(code=RefusalCode.NOT_ALLOWED, detail=detail, version=row.version))
        view = await _read(session, idea_id)
        told = words.model_dump() | {"note_id": view.note_id, "edited_by": account.id, "edited_at": utc_now()}
        await _keep(session, idea_id, **told, name="", agreed_at=None, withdrawn_at=None)


async def agree_to_story(
    services: Services, account: Account, idea_id: str, seen: str | None = None, *, named: bool = False
) -> None:
    """Keep the very words that the owner agrees to. The step that publishes them comes after it.

    Raises CommandRefused where they have `seen` other words than there are now.
    """
    async with services.database.transaction() as session:
        await _hold(session, idea_id)
        view = await read_story(session, idea_id)
        if view is None:
            return
        if seen is not None and seen != view.shown.digest:
            raise CommandRefused(Refusal(code=RefusalCode.INVALID, field="seen", detail="the story has changed since"))
        words = {"title": view.shown.title, "teaser": view.shown.summary, "text": view.shown.text}
        name = account.name if named else ""
        await _keep(session, idea_id, **words, note_id=view.note_id, name=name, agreed_at=utc_now(), withdrawn_at=None)


async def withdraw_story(services: Services, account: Account, idea_id: str) -> None:
    """From now on nobody reads it. The leads are told. Raises IdeaNotFound for everybody but its owner."""
    async with services.database.transaction() as session:
        row = await _hold_own(session, account, idea_id)
        view = await _read(session, idea_id)
        if not view.is_public:
            return
        words = {"title": view.shown.title, "teaser": view.shown.summary, "text": view.shown.text}
        now = utc_now()
        await _keep(session, idea_id, **words, note_id=view.note_id, name=view.shown.name, withdrawn_at=now)
        await _tell_leads(session, row, f"story-{now.timestamp():.0f}")
    with suppress(EngineAway):
        # It is withdrawn, whether the leads hear of it now or over night.
        await dispatch_notices(services.database, services.engine, idea_id)


async def show_story_again(services: Services, account: Account, idea_id: str) -> None:
    """The same words as before. Raises IdeaNotFound for everybody but its owner."""
    async with services.database.transaction() as session:
        await _hold_own(session, account, idea_id)
        if (kept := await session.get(StoryRow, idea_id)) is not None:
            kept.withdrawn_at, kept.agreed_at = None, utc_now()


async def _hold(session: AsyncSession, idea_id: str) -> StandingRow:
    """Two who change a story at the same moment stand in line."""
    await session.get(Idea, idea_id, with_for_update={"key_share": True})
    row = await session.get(StandingRow, idea_id, populate_existing=True)
    if row is None:
        raise IdeaNotFound
    return row


async def _hold_own(session: AsyncSession, account: Account, idea_id: str) -> StandingRow:
    row = await _hold(session, idea_id)
    if row.owner_id != account.id or row.state != PUBLISHED:
        raise IdeaNotFound(hidden=True)
    return row


async def _read(session: AsyncSession, idea_id: str) -> StoryView:
    view = await read_story(session, idea_id)
    if view is None:
        raise IdeaNotFound
    return view


async def _keep(session: AsyncSession, idea_id: str, **values: Any) -> None:
    kept = insert(StoryRow).values(idea_id=idea_id, **values)
    await session.exec(kept.on_conflict_do_update(index_elements=["idea_id"], set_=values))


async def _tell_leads(session: AsyncSession, row: StandingRow, key: str) -> None:
    kind = NoticeKind.STORY_WITHDRAWN
    leads = await find_recipients(session, Notice(kind=kind, to=Role.LEAD), row.office, {row.owner_id, *row.team})
    rows = [notice_values(row.idea_id, key, lead, kind) for lead in leads if lead != row.owner_id]
    if rows:
        await session.exec(insert(NoticeRow).values(rows).on_conflict_do_nothing())
