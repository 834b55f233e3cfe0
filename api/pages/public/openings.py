"""*Unterwegs*: ideas on their way whose owners show them to everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from fastapi import Response

from api.pages.kit.page import AnyPage
from api.pages.public.list_search import Chip, ListSearch, quoted, read_page, read_typed
from api.web.etags import open_to_all
from api.web.public_openings import open_opening
from api.web.routers import page_router
from models.i18n import Texts
from models.policy import RegionSection
from models.queries.contributions import list_public
from models.queries.openings import OPENINGS_A_PAGE, OpeningFilters, count_openings, list_openings
from models.region_names import RegionNames

router = page_router(prefix="/unterwegs")


@dataclass(frozen=True, kw_only=True)
class OpeningSearch(ListSearch):
    """By words and by place: of an idea on its way nothing else is known."""

    filters: OpeningFilters

    at: ClassVar = "/unterwegs"
    a_page: ClassVar = OPENINGS_A_PAGE

    @classmethod
    def of(cls, query: Mapping[str, str], region: RegionSection) -> "OpeningSearch":
        district = query.get("ort", "")
        filters = OpeningFilters(read_typed(query), district if district in region.districts else None)
        return cls(filters=filters, page=read_page(query))

    @property
    def named(self) -> dict[str, str]:
        values = {"text": self.filters.typed, "ort": self.filters.district}
        return {name: value for name, value in values.items() if value}

    def chips(self, t: Texts, names: RegionNames) -> list[Chip]:
        district = self.filters.district
        place = f"{t('page.stories.place')}: {names.district(district)}" if district else ""
        return self.chips_of({"text": quoted(self.filters.typed), "ort": place})


@router.get("")
async def show_openings(page: AnyPage) -> Response:
    search = OpeningSearch.of(page.query, page.services.policy.region)
    async with page.services.database.reading() as session:
        openings = await list_openings(session, search.filters, offset=search.offset)
        count = await count_openings(session, search.filters)
        is_empty = not count and not (search.named and await count_openings(session))
    answer = page.render(
        "openings/list.html",
        openings=openings,
        search=search,
        chips=search.chips(page.t, RegionNames(page.services.policy.region, page.t)),
        count=count,
        is_empty=is_empty,
        pages=search.pages_around(count),
    )
    return answer if page.visitor.account else open_to_all(page.request, answer)


@router.get("/{opening_id}")
async def show_opening(page: AnyPage, opening_id: UUID) -> Response:
    async with page.services.database.reading() as session:
        opening = await open_opening(session, str(opening_id))
        views = await list_public(session, opening.idea_id)
    answer = page.render("openings/opening.html", opening=opening, views=views)
    return answer if page.visitor.account else open_to_all(page.request, answer)
