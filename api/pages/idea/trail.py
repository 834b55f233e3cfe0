"""From which list somebody came to an idea: the way back, and what stands before and after it there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlmodel.ext.asyncio.session import AsyncSession

from api.pages.kit.page import SignedInPage
from api.pages.lead.filters import read_filters
from api.use_cases.return_path import own_path
from models.queries.board import list_ids
from models.queries.moment import Moment
from models.queries.stuck import list_stuck
from models.vocabulary import Role

LISTS = {
    "/leitung": "page.menu.lead",
    "/leitung/tafel": "page.lead.as_board",
    "/heute": "page.today",
    "/haengt-fest": "page.menu.stuck",
    "/arbeit": "page.menu.work",
    "/ideen": "page.menu.my_ideas",
    "/suche": "page.search.title",
    "/mitteilungen": "page.menu.notices",
}
"""Path of a list → the key of its name."""

MOST_BROWSED = 300
"""Whoever leafs through more than this filters first."""

FROM = "aus"


@dataclass(frozen=True)
class Trail:
    """The way back, and the neighbours. Addresses carry the list along."""

    back: str
    name: str
    place: tuple[int, int] | None = None
    """Which one of how many, where the list has an order to leaf through."""
    before: str = ""
    after: str = ""

    @property
    def query(self) -> str:
        return "?" + urlencode({FROM: self.back})


async def read_trail(page: SignedInPage, session: AsyncSession, idea_id: str) -> Trail | None:
    """None where somebody came from elsewhere. A list is named by the address, or by the page with the link."""
    back = own_path(page.query.get(FROM)) or own_path(come_from(page))
    path, _, query = (back or "").partition("?")
    if back is None or path not in LISTS:
        return None
    trail = Trail(back, LISTS[path])
    ids = await list_around(page, session, path, dict(parse_qsl(query)))
    if idea_id not in ids:
        return trail
    at = ids.index(idea_id)
    before, after = ids[at - 1] if at else "", ids[at + 1] if at + 1 < len(ids) else ""
    return Trail(
        back, trail.name, (at + 1, len(ids)), *(one and f"/ideen/{one}{trail.query}" for one in (before, after))
    )


def come_from(page: SignedInPage) -> str | None:
    """The page of ours on which the link was."""
    link = urlsplit(page.request.headers.get("referer", ""))
    if link.netloc != page.request.url.netloc:
        return None
    return f"{link.path}?{link.query}" if link.query else link.path


async def list_around(page: SignedInPage, session: AsyncSession, path: str, query: dict[str, str]) -> Sequence[str]:
    """The ids of a list in its order; empty where it has none to leaf through, or is not for the visitor."""
    if not page.visitor.has(Role.LEAD):
        return []
    moment = Moment.of(page.services.policy, datetime.now(UTC))
    if path == "/haengt-fest":
        office = query.get("buero") or None
        stuck = await list_stuck(session, moment, office=office, reader=page.person.id, limit=MOST_BROWSED)
        return list(dict.fromkeys(case.id for case in stuck.items))
    if path == "/leitung":
        filters, viewer = read_filters(query), (page.person.id, page.visitor.roles)
        return await list_ids(session, *viewer, moment, filters.wanted, filters.sort, MOST_BROWSED)
    return []
