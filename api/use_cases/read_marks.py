"""Who reads: that somebody has begun to is a fact, noted once. Who looked how often is nobody's business."""

from sqlalchemy import update
from sqlmodel import col

from api.runtime.services import Services
from models.queries.idea import IdeaView
from models.rules.permissions import is_own
from models.tables import Account, Idea
from models.tables.columns import utc_now
from models.vocabulary import Role


async def begin_reading(services: Services, view: IdeaView, account: Account) -> None:
    """From here on the words stay as they are: a lead has opened the idea, and answers what they have read."""
    if Role.LEAD not in account.roles or is_own(view.row, account.id):
        return
    if view.row.state != "screening" or view.idea.read_at is not None:
        return
    unread = update(Idea).where(col(Idea.id) == view.idea.id, col(Idea.read_at).is_(None))
    async with services.database.transaction() as session:
        await session.exec(unread.values(read_at=utc_now()))
