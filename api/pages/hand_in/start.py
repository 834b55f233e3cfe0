"""Beginning to hand in: what it takes, and drafts that were begun before."""

from collections.abc import Awaitable, Callable

from fastapi import Response

from api.pages.hand_in.drafts import SAID, SHARED, browser_of, holder_of, keep_cookie, name_steps
from api.pages.hand_in.topics import topics_for
from api.pages.kit.dates import read_until
from api.pages.kit.honeypot import TRAP, check_trap
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import see_other
from api.use_cases.drafts import Holder, begin_draft, list_open_drafts, typed_words
from api.use_cases.replications import begin_after
from api.web.dependencies import Led
from api.web.public_stories import Slug, open_story
from api.web.rate_limits import Limited, limit_rate
from api.web.routers import page_router
from models.queries.stories import PublicStory
from models.secrets import hash_secret
from models.tables import Draft

router = page_router(dependencies=[Led])


@router.get("/einreichen")
async def show_start(page: AnyPage) -> Response:
    async with page.services.database.reading() as session:
        begun = await list_open_drafts(session, holder_of(page))
    return page.render(
        "hand_in/start.html",
        told=page.flash(SAID),
        begun=[
            (draft.id, typed_words(draft).title, page.t.instant(draft.updated_at, page.services.policy.zone))
            for draft in begun
        ],
        steps=name_steps(page, None),
        read_until=read_until(page),
        days=page.services.policy.retention.draft_days,
        trap=TRAP,
    )


@router.post("/einreichen")
async def begin(page: AnyPage) -> Response:
    return await begin_with(page, lambda holder: begin_draft(page.services, holder, page.t.language))


@router.get("/geschichten/{slug}/starten")
async def show_start_after(page: AnyPage, slug: Slug) -> Response:
    """What it means to try elsewhere what a story tells of."""
    return page.render("replication/start.html", story=await read_story(page, slug), trap=TRAP)


@router.post("/geschichten/{slug}/starten")
async def start_after(page: AnyPage, slug: Slug) -> Response:
    story = await read_story(page, slug)
    return await begin_with(page, lambda holder: begin_after(page.services, holder, page.t.language, story))


async def read_story(page: AnyPage, slug: str) -> PublicStory:
    async with page.services.database.reading() as session:
        return await open_story(session, slug)


async def begin_with(page: AnyPage, write: Callable[[Holder], Awaitable[Draft]]) -> Response:
    """A draft of this browser, or of whoever is signed in, opened at its first page."""
    sent = await page.form()
    check_trap(sent)
    await limit_rate(page.request, page.services, Limited.HAND_IN)
    secret = browser_of(page.request, page.services, sent)
    draft = await write(Holder(page.visitor.account, hash_secret(secret)))
    answer = see_other(f"/einreichen/{draft.id}/{topics_for(signed_in=False)[0].slug}")
    if page.visitor.account is None:
        keep_cookie(answer, page.services, secret, is_shared=SHARED in sent)
    return answer
