"""Ideas on their way that their owners show, for everybody and without signing in."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.routes.idea_representation import Listing
from api.web.dependencies import ServicesHere
from api.web.parameters import Cursor, Limit, OpeningId, Search, Word
from api.web.problems import invalid, responses
from api.web.public_openings import open_opening
from api.web.routers import api_router
from models.i18n import texts_in
from models.queries.openings import OpeningFilters, PublicOpening, page_openings
from models.queries.paging import InvalidCursor
from models.region_names import RegionNames

router = api_router("/openings", "openings")


class OpeningRecord(BaseModel):
    """An idea on its way, in the words that its owner has written for everybody. It names nobody."""

    id: str = Field(description="Its address below /unterwegs/; it says nothing of the idea.")
    address: str = Field(description="Where people read it, and may write to it.")
    title: str
    teaser: str
    seeks: str = Field(description="Whom or what it looks for.")
    language: str
    district: str | None = Field(description="Code of the district (NUTS 3); null where the place is not shown.")
    district_name: str | None
    opened_at: datetime


@router.get("", summary="Ideas on their way, for everybody", responses=responses(422))
async def get_openings(
    services: ServicesHere, text: Search = "", district: Word | None = None, cursor: Cursor = None, limit: Limit = 50
) -> Listing[OpeningRecord]:
    async with services.database.reading() as session:
        try:
            page = await page_openings(session, OpeningFilters(text.strip(), district), cursor=cursor, limit=limit)
        except InvalidCursor as error:
            raise invalid("cursor", str(error)) from error
    return Listing(items=[record_of(services, one) for one in page.items], next_cursor=page.next_cursor)


@router.get("/{opening_id}", summary="One idea on its way, for everybody", responses=responses(404, 410))
async def get_opening(services: ServicesHere, opening_id: OpeningId) -> OpeningRecord:
    async with services.database.reading() as session:
        opening = await open_opening(session, str(opening_id))
    return record_of(services, opening)


def record_of(services: ServicesHere, one: PublicOpening) -> OpeningRecord:
    region = services.policy.region
    names = RegionNames(region, texts_in(region.default_language))
    return OpeningRecord(
        id=one.id,
        address=f"{services.settings.base_url}/unterwegs/{one.id}",
        title=one.title,
        teaser=one.teaser,
        seeks=one.seeks,
        language=one.language,
        district=one.district,
        district_name=names.district(one.district) if one.district in region.districts else None,
        opened_at=one.opened_at,
    )
