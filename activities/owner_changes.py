"""Telling what stands beside an idea whose that is now: who is on turn there, and of whom SQL says so, follows from it.

A crowdfunding hears it from the idea itself, which knows it; it knows nothing of all others.
"""

from contextlib import suppress
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import col, select

from activities.ports.ideas import Cases, CommandRefused, IdeaGone
from models.database import Database
from models.lifecycles.events import CHANGE_OWNER
from models.messages.commands import ENGINE, PlainCommand
from models.queries.paging import at_most
from models.tables import StandingRow
from models.workflow_ids import CROWDFUNDING

MOST_AT_ONCE = 500


async def tell_new_owners(database: Database, cases: Cases, *idea_ids: str) -> int:
    """Tell the open cases beside these ideas, or of all, that know another owner; returns how many. Harmless twice.

    Raises what the way to the cases raises where the engine is away.
    """
    idea, case = aliased(StandingRow), StandingRow
    columns: tuple[Any, ...] = (case, idea.owner_id)
    others = select(*columns).join(idea, col(idea.case_id) == col(case.idea_id))
    others = others.where(col(case.kind) != CROWDFUNDING, col(case.outcome).is_(None))
    others = others.where(col(case.owner_id) != col(idea.owner_id))
    if idea_ids:
        others = others.where(col(case.idea_id).in_(idea_ids))
    async with database.reading() as session:
        found = (await session.exec(others.limit(at_most(MOST_AT_ONCE)))).all()
    for row, owner_id in found:
        command_id = f"owner-{owner_id}-{row.version}"
        command = PlainCommand(id=command_id, event=CHANGE_OWNER, actor=ENGINE, owner_id=owner_id)
        with suppress(IdeaGone, CommandRefused):
            await cases.case_command(row.workflow_id, command)
    return len(found)
