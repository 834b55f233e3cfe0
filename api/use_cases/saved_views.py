"""Saving, sharing, renaming and deleting views of the lead's list."""

from collections.abc import Mapping

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.runtime.services import Services
from api.use_cases.errors import Conflict, Invalid, NotFound
from models.queries.saved_views import MOST_VIEWS, read_view
from models.single_line import read_line
from models.tables import Account, DefaultView, SavedView
from models.tables.columns import new_id, utc_now
from models.typed_text import says_something
from models.vocabulary import ViewReach

LONGEST_NAME = 80


async def save_view(
    services: Services, account: Account, name: str, filters: Mapping[str, str], reach: ViewReach, *, board: bool
) -> str:
    """Keep filters under a name; returns the id. Raises Conflict, Invalid."""
    async with services.database.transaction() as session:
        theirs = select(func.count()).where(col(SavedView.owner_id) == account.id, col(SavedView.deleted_at).is_(None))
        if (await session.exec(theirs)).one() >= MOST_VIEWS:
            raise Conflict(f"at most {MOST_VIEWS} views", field="too_many")
        view = SavedView(
            id=new_id(), owner_id=account.id, name=_check_name(name), board=board, filters=dict(filters), reach=reach
        )
        view.office = _office_of(account, reach)
        session.add(view)
    return view.id


async def change_view(services: Services, account: Account, view_id: str, name: str, reach: ViewReach) -> None:
    """Another name, or for others. Raises NotFound, Invalid."""
    async with services.database.transaction() as session:
        view = await _own(session, account, view_id)
        view.name, view.reach, view.office = _check_name(name), reach, _office_of(account, reach)
        session.add(view)


async def delete_view(services: Services, account: Account, view_id: str) -> None:
    """Take a view away from everybody; it can be brought back for some days. Raises NotFound."""
    async with services.database.transaction() as session:
        view = await _own(session, account, view_id)
        view.deleted_at = view.deleted_at or utc_now()
        session.add(view)


async def restore_view(services: Services, account: Account, view_id: str) -> None:
    """Raises NotFound."""
    async with services.database.transaction() as session:
        view = await _own(session, account, view_id)
        view.deleted_at = None
        session.add(view)


async def begin_with(services: Services, account: Account, view_id: str | None) -> None:
    """Choose the view that the list begins with; None: all open ideas. Raises NotFound."""
    async with services.database.transaction() as session:
        if view_id is None:
            await session.exec(delete(DefaultView).where(col(DefaultView.account_id) == account.id))
            return
        if await read_view(session, view_id, account.id, account.office) is None:
            raise NotFound
        chosen = insert(DefaultView).values(account_id=account.id, view_id=view_id)
        await session.exec(
            chosen.on_conflict_do_update(index_elements=["account_id"], set_={"view_id": chosen.excluded.view_id})
        )


async def _own(session: AsyncSession, account: Account, view_id: str) -> SavedView:
    """Others use a view that is shared with them, and only its owner changes it."""
    view = await session.get(SavedView, view_id, with_for_update=True)
    if view is None or view.owner_id != account.id:
        raise NotFound
    return view


def _check_name(name: str) -> str:
    name = read_line(name)
    if not says_something(name) or len(name) > LONGEST_NAME:
        raise Invalid("name", f"needs 1 to {LONGEST_NAME} characters")
    return name


def _office_of(account: Account, reach: ViewReach) -> str | None:
    """Whose leads see it. A lead of no office shares with all."""
    if reach is ViewReach.OFFICE and account.office is None:
        raise Invalid("reach", "you belong to no office")
    return account.office if reach is ViewReach.OFFICE else None
