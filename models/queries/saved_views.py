"""The saved views that a lead sees, and the one they begin with."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.account_names import Named, Person, person
from models.queries.paging import at_most
from models.tables import DefaultView, SavedView
from models.tables.folded import VIEW_NAME
from models.vocabulary import ViewReach

MOST_VIEWS = 60
"""More views than this are no help to anybody."""


@dataclass(frozen=True)
class ViewLine:
    """One view as somebody sees it. `mine`: they may change it."""

    id: str
    name: str
    board: bool
    filters: Mapping[str, str]
    reach: ViewReach
    office: str | None
    owner: Person | None
    mine: bool
    default: bool


async def list_views(session: AsyncSession, account_id: str, office: str | None) -> list[ViewLine]:
    """Their own and those that others share with them, by name."""
    return await _list(session, account_id, office)


async def read_view(session: AsyncSession, view_id: str, account_id: str, office: str | None) -> ViewLine | None:
    """One of them."""
    found = await _list(session, account_id, office, col(SavedView.id) == view_id)
    return found[0] if found else None


@cache
def _views() -> Any:
    """The views that a `reader` of an `office` sees, with their owners and where they begin. Built once."""
    reader: Any = bindparam("reader")
    shared = and_(col(SavedView.reach) == ViewReach.OFFICE, col(SavedView.office) == bindparam("office"))
    reached = or_(col(SavedView.owner_id) == reader, col(SavedView.reach) == ViewReach.ALL, shared)
    owner = Named(col(SavedView.owner_id))
    columns: list[Any] = [SavedView, owner.name, DefaultView.account_id]
    begins = and_(col(DefaultView.view_id) == col(SavedView.id), col(DefaultView.account_id) == reader)
    statement = owner.join(select(*columns)).outerjoin(DefaultView, begins)
    shown = statement.where(col(SavedView.deleted_at).is_(None), reached)
    return shown.order_by(VIEW_NAME, col(SavedView.id)).limit(at_most(MOST_VIEWS))


async def _list(session: AsyncSession, account_id: str, office: str | None, *which: Any) -> list[ViewLine]:
    views = _views().where(*which) if which else _views()
    rows = (await session.exec(views, params={"reader": account_id, "office": office})).all()
    return [
        ViewLine(
            id=view.id,
            name=view.name,
            board=view.board,
            filters=view.filters,
            reach=ViewReach(view.reach),
            office=view.office,
            owner=person(view.owner_id, name),
            mine=view.owner_id == account_id,
            default=default is not None,
        )
        for view, name, default in rows
    ]
