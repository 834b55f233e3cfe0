"""Published stories, for everybody and without signing in."""

from api.routes.idea_representation import Listing
from api.use_cases.open_data import Catalogue, describe_catalogue
from api.use_cases.story_records import StoryRecord, record_of
from api.web.dependencies import ServicesHere
from api.web.parameters import Cursor, Limit, Search, Word
from api.web.problems import invalid, responses
from api.web.public_stories import Slug, open_story
from api.web.routers import api_router
from models.i18n import texts_in
from models.queries.paging import InvalidCursor
from models.queries.stories import StoryFilters
from models.queries.story_lists import page_stories
from models.region_names import RegionNames
from models.vocabulary import Effort

router = api_router("", "stories")


@router.get("/stories", summary="Published stories, for everybody", responses=responses(422))
async def get_stories(
    services: ServicesHere,
    text: Search = "",
    theme: Word | None = None,
    district: Word | None = None,
    effort: Effort | None = None,
    copied: bool = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listing[StoryRecord]:
    filters = StoryFilters(text.strip(), theme, district, effort, copied)
    async with services.database.reading() as session:
        try:
            page = await page_stories(session, filters, cursor=cursor, limit=limit)
        except InvalidCursor as error:
            raise invalid("cursor", str(error)) from error
    region, base = services.policy.region, services.settings.base_url
    names = RegionNames(region, texts_in(region.default_language))
    return Listing(items=[record_of(story, names, base) for story in page.items], next_cursor=page.next_cursor)


@router.get("/stories/{slug}", summary="One published story, for everybody", responses=responses(404, 410, 422))
async def get_story(services: ServicesHere, slug: Slug) -> StoryRecord:
    async with services.database.reading() as session:
        story = await open_story(session, slug)
    region = services.policy.region
    return record_of(story, RegionNames(region, texts_in(region.default_language)), services.settings.base_url)


@router.get("/open-data", summary="The catalogue of open data, for everybody")
async def get_open_data(services: ServicesHere) -> Catalogue:
    """As of DCAT-AP, in JSON-LD."""
    return await describe_catalogue(services)
