"""Public stories: only of ideas whose owners have agreed."""

from fastapi import Response

from api.pages.kit.page import AnyPage
from api.pages.public.district_map import draw_districts
from api.pages.public.story_facts import tell_facts
from api.pages.public.story_search import StorySearch
from api.web.etags import open_to_all
from api.web.public_stories import Slug, open_story
from api.web.routers import page_router
from models.queries.contributions import list_public
from models.queries.replications import read_copies
from models.queries.stories import list_stories
from models.queries.story_lists import count_all, count_places, list_related
from models.region_names import RegionNames

router = page_router()


@router.get("/geschichten")
async def show_stories(page: AnyPage) -> Response:
    search = StorySearch.of(page.query, page.services.policy.region)
    names = RegionNames(page.services.policy.region, page.t)
    async with page.services.database.reading() as session:
        stories = await list_stories(session, search.filters, offset=search.offset)
        counts = await count_places(session, search.filters)
        is_empty = not counts and not await count_all(session)
    district = search.filters.district
    count = sum(counts.values()) if district is None else counts.get(district, 0)
    answer = page.render(
        "stories/list.html",
        stories=stories,
        search=search,
        chips=search.chips(page.t, names),
        count=count,
        is_empty=is_empty,
        map=draw_districts(search, counts, names),
        pages=search.pages_around(count),
    )
    return answer if page.visitor.account else open_to_all(page.request, answer)


@router.get("/geschichten/{slug}")
async def show_story(page: AnyPage, slug: Slug) -> Response:
    async with page.services.database.reading() as session:
        story = await open_story(session, slug)
        copies = await read_copies(session, story.idea_id)
        views = await list_public(session, story.idea_id)
        related = await list_related(session, story)
    told = story.told_in(page.t.language, page.services.policy.region.default_language)
    facts = tell_facts(page, story, told)
    answer = page.render(
        "stories/story.html", story=story, told=told, facts=facts, copies=copies, views=views, related=related
    )
    return answer if page.visitor.account else open_to_all(page.request, answer)
