"""Whose idea it is: handing it to somebody else in its team.

Only the idea's workflow changes that; here it is made sure that whoever gets it has said yes.
"""

from contextlib import suppress
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.notice_courier import dispatch_notices
from activities.owner_changes import tell_new_owners
from activities.ports.ideas import CommandRefused, IdeaGone
from activities.projection import notice_values
from api.runtime.services import Services
from api.use_cases.command_sender import show
from api.use_cases.engine_commands import ask_case
from api.use_cases.idea_text import IdeaNotFound
from models.lifecycles.events import CHANGE_OWNER
from models.messages.commands import ENGINE, Command, Receipt
from models.queries.team import asks_for_an_owner, asks_or_asked_in_vain
from models.rules.permissions import may_hand_over, may_view
from models.tables import Account, NoticeRow, OwnerRequest, StandingRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import NoticeKind, Role, Share
from workflows.client import EngineAway

LASTS = timedelta(days=30)


class WhyNot(StrEnum):
    """Why an idea is not handed over. Pages have words for each: `page.owner.not.…`."""

    NOT_YOURS = "not_yours"
    NOT_NOW = "not_now"
    NOBODY = "nobody"
    """Nobody in the team was chosen."""
    YOURSELF = "yourself"
    """A lead does not give an idea to themselves."""


class NotHandedOver(Exception):
    """Nothing has changed."""

    def __init__(self, why: WhyNot) -> None:
        self.why = why
        super().__init__(why)


class NoQuestion(Exception):
    """There is no such question that waits for an answer, or it is not theirs to answer."""


async def change_owner(
    services: Services, idea_id: str, new_owner_id: str, command_id: str, former: Share | None = None
) -> Receipt:
    """Give an open idea to another account, which has agreed, or belongs to the same person. `former`: with what share
    its owner until now stays in the team; without one they are in it no more. The same `command_id` does it once.

    Raises IdeaGone where the path has ended, CommandRefused where the account owns or coaches the idea, EngineAway.
    """
    command = Command(id=command_id, event=CHANGE_OWNER, actor=ENGINE, member_id=new_owner_id, share=former)
    taken = await ask_case(services, idea_id, command)
    await show(services, taken)
    with suppress(EngineAway):
        await tell_new_owners(services.database, services.engine, idea_id)
    return taken


# -- asking ------------------------------------------------------------------------------------------------------


async def ask_to_take_over(services: Services, account: Account, idea_id: str, member_id: str) -> OwnerRequest:
    """Ask somebody in the team. A question that waits is withdrawn: an idea has one at a time.

    Raises IdeaNotFound, NotHandedOver.
    """
    asked = OwnerRequest(
        id=new_id(), idea_id=idea_id, account_id=member_id, asked_by=account.id, expires_at=utc_now() + LASTS
    )
    async with services.database.transaction() as session:
        row = await _manage(session, account, idea_id)
        if member_id not in row.team:
            raise NotHandedOver(WhyNot.NOBODY)
        if member_id == account.id:
            raise NotHandedOver(WhyNot.YOURSELF)
        await _withdraw_all(session, idea_id)
        session.add(asked)
        tell = {member_id: NoticeKind.OWNER_ASKED, row.owner_id: NoticeKind.OWNER_PROPOSED}
        await _tell(session, asked, {who: kind for who, kind in tell.items() if who != account.id})
    await _knock(services, idea_id)
    return asked


async def withdraw_question(services: Services, account: Account, idea_id: str, request_id: str) -> None:
    """Raises IdeaNotFound, NotHandedOver, NoQuestion."""
    async with services.database.transaction() as session:
        await _manage(session, account, idea_id)
        asked = await _find_waiting(session, idea_id, OwnerRequest.id == request_id)
        asked.withdrawn_at = utc_now()


async def _manage(session: AsyncSession, account: Account, idea_id: str) -> StandingRow:
    """Raises IdeaNotFound, NotHandedOver."""
    row, roles = await session.get(StandingRow, idea_id), [Role(role) for role in account.roles]
    if row is None or not may_view(row.standing(), account.id, roles):
        raise IdeaNotFound
    if not may_hand_over(row.standing(), account.id, roles):
        raise NotHandedOver(WhyNot.NOT_YOURS)
    if row.outcome is not None:
        raise NotHandedOver(WhyNot.NOT_NOW)
    return row


async def _withdraw_all(session: AsyncSession, idea_id: str) -> None:
    """Those whose time is over as well, which would stand in the way of a new one."""
    open_ones = update(OwnerRequest).where(col(OwnerRequest.idea_id) == idea_id, asks_or_asked_in_vain())
    await session.exec(open_ones.values(withdrawn_at=utc_now()))


# -- answering ---------------------------------------------------------------------------------------------------


async def answer_question(services: Services, account: Account, idea_id: str, request_id: str, *, yes: bool) -> None:
    """Take the idea over, or not. Whoever had it stays in the team and works on it.

    Raises NoQuestion, NotHandedOver where it cannot be theirs any more, EngineAway.
    """
    async with services.database.transaction() as session:
        asked = await _find_waiting(
            session, idea_id, OwnerRequest.id == request_id, OwnerRequest.account_id == account.id
        )
        row = await session.get_one(StandingRow, idea_id)
        if account.id not in row.team:
            raise NoQuestion
        if yes:
            await _take_over(services, asked)
            asked.accepted_at = utc_now()
        else:
            asked.declined_at = utc_now()
            await _tell(
                session, asked, dict.fromkeys(filter(None, {asked.asked_by, row.owner_id}), NoticeKind.OWNER_DECLINED)
            )
    await _knock(services, idea_id)


async def _take_over(services: Services, asked: OwnerRequest) -> None:
    try:
        await change_owner(services, asked.idea_id, asked.account_id, f"owner-{asked.id}", Share.COLLABORATOR)
    except (IdeaGone, CommandRefused) as refused:
        raise NotHandedOver(WhyNot.NOT_NOW) from refused


async def _find_waiting(session: AsyncSession, idea_id: str, *which: ColumnElement[bool] | bool) -> OwnerRequest:
    """Held until the end: two answers at the same moment stand in line, and the second finds the first."""
    those = select(OwnerRequest).where(OwnerRequest.idea_id == idea_id, asks_for_an_owner(), *which)
    asked = (await session.exec(those.with_for_update())).one_or_none()
    if asked is None:
        raise NoQuestion
    return asked


async def _tell(session: AsyncSession, asked: OwnerRequest, kinds: dict[str, NoticeKind]) -> None:
    rows = [notice_values(asked.idea_id, f"{kind}-{asked.id}", who, kind) for who, kind in kinds.items()]
    if rows:
        await session.exec(insert(NoticeRow).values(rows).on_conflict_do_nothing())


async def _knock(services: Services, idea_id: str) -> None:
    with suppress(EngineAway):
        await dispatch_notices(services.database, services.engine, idea_id)
