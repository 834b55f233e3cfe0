"""From which list somebody came to a case: the way back, and what stands before and after it there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlmodel.ext.asyncio.session import AsyncSession

from api.pages.kit.page import SignedInPage
from api.pages.lead.filters import read_filters
from api.pages.lead.stuck_filters import StuckFilters
from api.use_cases.return_path import own_path
from models.case_names import page_of
from models.queries.board import list_ids
from models.queries.moment import Moment
from models.vocabulary import Role
from models.workflow_ids import IDEA

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


def carry_trail(page: SignedInPage) -> dict[str, str]:
    """The list that the address names, for the address of the page after a step."""
    back = own_path(page.query.get(FROM))
    return {FROM: back} if back else {}


async def read_trail(page: SignedInPage, session: AsyncSession, idea_id: str, kind: str = IDEA) -> Trail | None:
    """None where somebody came from elsewhere. A list is named by the address, or by the page with the link. What is no
    idea and stands in no list of its own has the place of its idea."""
    back = own_path(page.query.get(FROM)) or own_path(come_from(page))
    path, _, query = (back or "").partition("?")
    if back is None or path not in LISTS:
        return None
    trail = Trail(back, LISTS[path])
    paths = await list_around(page, session, path, dict(parse_qsl(query)))
    here = next((own for own in (page_of(kind, idea_id), page_of(IDEA, idea_id)) if own in paths), None)
    if here is None:
        return trail
    at = paths.index(here)
    before, after = paths[at - 1] if at else "", paths[at + 1] if at + 1 < len(paths) else ""
    return Trail(back, trail.name, (at + 1, len(paths)), *(one and f"/{one}{trail.query}" for one in (before, after)))


def come_from(page: SignedInPage) -> str | None:
    """The page of ours on which the link was."""
    link = urlsplit(page.request.headers.get("referer", ""))
    if link.netloc != page.request.url.netloc:
        return None
    return f"{link.path}?{link.query}" if link.query else link.path


async def list_around(page: SignedInPage, session: AsyncSession, path: str, query: dict[str, str]) -> Sequence[str]:
    """The pages of a list in its order; empty where it has none to leaf through, or is not for the visitor."""
    if not page.visitor.has(Role.LEAD):
        return []
    moment = Moment.of(page.services.policy, datetime.now(UTC))
    if path == "/haengt-fest":
        stuck = await StuckFilters.of(query).list(session, moment, page.person.id, limit=MOST_BROWSED)
        # Whatever else is stuck on the page of an idea is the same page.
        return list(dict.fromkeys(page_of(case.kind, case.id) for case in stuck.items))
    if path == "/leitung":
        filters, viewer = read_filters(query), (page.person.id, page.visitor.roles)
        ids = await list_ids(session, *viewer, moment, filters.wanted, filters.sort, MOST_BROWSED)
        return [page_of(IDEA, one) for one in ids]
    return []
