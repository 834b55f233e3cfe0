"""Open questions that wait for the leads: put to them, or to a coach that is not there."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.paging import at_most
from models.tables import Idea, StandingRow, Task, acting_coach, is_open_idea, is_own
from models.vocabulary import Role

MOST = 20
"""More than that nobody answers in a day; the list of what is stuck has those that are late."""


class WaitingQuestion(NamedTuple):
    """A question of an idea, without its words: they stand in the conversation alone."""

    task_id: str
    idea_id: str
    title: str
    due: date | None


async def list_questions_to_leads(session: AsyncSession, account_id: str, office: str | None) -> list[WaitingQuestion]:
    """The first that are due, of ideas that are open and do not rest. `office` None: of all of them. What is asked of
    one's own idea others answer."""
    assignee = col(Task.assignee)
    to_us = or_(assignee == Role.LEAD, and_(assignee == Role.COACH, acting_coach().is_(None)))
    is_asked = (col(Task.asks), col(Task.done_at).is_(None), to_us)
    goes_on = (is_open_idea(), col(StandingRow.paused_until).is_(None), col(StandingRow.asked_until).is_not(None))
    columns: list[Any] = [Task.id, Idea.id, Idea.title, Task.due]
    found: Any = select(*columns).join(Idea, col(Idea.id) == col(Task.idea_id))
    found = found.join(StandingRow, col(StandingRow.case_id) == col(Idea.id)).where(*is_asked, *goes_on)
    found = found.where(~is_own(account_id))
    if office is not None:
        found = found.where(col(StandingRow.office) == office)
    rows = await session.exec(found.order_by(col(Task.due), col(Task.id)).limit(at_most(MOST)))
    return [WaitingQuestion(*row) for row in rows]
