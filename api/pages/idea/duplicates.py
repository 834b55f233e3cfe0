"""For leads: the ideas that may be the same as one, and the step that brings it to another.

A look of its own: pages of ideas take no statement for it, and with script it comes by itself once the page is there.
"""

from dataclasses import dataclass
from uuid import UUID

from fastapi import Response

from api.pages.kit.fields import new_key
from api.pages.kit.page import LeadPage
from api.pages.kit.turn_presenter import name_idea
from api.use_cases.commands import allowed_for
from api.use_cases.idea_text import IdeaNotFound
from api.web.routers import page_router
from models.i18n import Texts
from models.queries.similar import LikelyTwin, find_twins
from models.rules.permissions import is_own
from models.tables import Idea, StandingRow

router = page_router()


@dataclass(frozen=True)
class TwinLine:
    """An idea that may be the same. `key` of the step that ends this one as its duplicate; empty where it has ended."""

    id: str
    reference: str
    title: str
    named: str
    state: str
    key: str


@router.get("/ideen/{idea_id}/aehnliche")
async def show_twins(page: LeadPage, idea_id: UUID) -> Response:
    async with page.services.database.reading() as session:
        idea, row = await session.get(Idea, str(idea_id)), await session.get(StandingRow, str(idea_id))
    if idea is None or row is None or is_own(row, page.visitor.id):
        raise IdeaNotFound
    may_close = "close" in allowed_for(row, idea, page.person)
    twins = await find_twins(page.services.database, idea)
    is_part = "hx-request" in page.request.headers
    return page.render(
        "ideas/duplicates_found.html" if is_part else "ideas/duplicates.html",
        idea=idea,
        twins=[write_twin(page.t, twin, may_close=may_close) for twin in twins],
    )


def write_twin(t: Texts, twin: LikelyTwin, *, may_close: bool) -> TwinLine:
    return TwinLine(
        id=twin.id,
        reference=twin.reference or "",
        title=twin.title,
        named=name_idea(twin.reference, twin.title),
        state=t(f"state.{twin.stage}.{twin.state}"),
        key=new_key() if may_close else "",
    )
