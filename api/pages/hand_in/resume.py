"""Going on later or elsewhere: the link in a mail, and what it opens."""

from uuid import UUID

from fastapi import Response

from api.pages.hand_in.drafts import (
    SHARED,
    address_field,
    browser_of,
    holder_of,
    keep_cookie,
    kindly,
    load,
    show_elsewhere,
)
from api.pages.hand_in.topics import first_open
from api.pages.kit.address_typo import ask_back, read_address
from api.pages.kit.fields import tell_wrong
from api.pages.kit.honeypot import check_trap
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import private, see_other
from api.use_cases.drafts import find_link, post_link, post_links_to, save_words, typed_words, use_link
from api.web.dependencies import Led
from api.web.rate_limits import Limited, limit_rate
from api.web.request_caller import digest_network
from api.web.routers import page_router
from models.addresses import is_address
from models.secrets import hash_secret
from models.tables import Draft
from workflows.client import EngineAway

router = page_router(dependencies=[Led])


@router.get("/einreichen/weiter")
async def show_way_back(page: AnyPage) -> Response:
    return show_elsewhere(page, "way_back", 200)


@router.post("/einreichen/weiter")
async def send_way_back(page: AnyPage) -> Response:
    """The same answer, whoever has a draft here and who has none."""
    sent, t = await page.form(), page.t
    email, is_open = read_address(sent)
    if is_open:
        return show_elsewhere(page, "way_back", 422, email=email, is_open=True)
    if not is_address(email):
        return show_elsewhere(page, "way_back", 422, email=email, error=tell_wrong(t, "email"))
    check_trap(sent)
    await limit_rate(page.request, page.services, Limited.HAND_IN)
    try:
        await post_links_to(page.services, email, t.language, digest_network(page.services, page.request))
    except EngineAway:
        return show_elsewhere(page, "way_back", 503, email=email, error=t("page.draft.no_mail"))
    return show_elsewhere(page, "sent", 200, email=email)


@router.get("/einreichen/weiter/{secret}")
async def show_link(page: AnyPage, secret: str) -> Response:
    """A look opens nothing, since mail scanners follow links."""
    async with page.services.database.reading() as session:
        found = await find_link(session, secret)
    if found is None:
        return private(show_elsewhere(page, "used", 410))
    last_day = page.t.day(found[0].expires_at.astimezone(page.services.policy.zone).date())
    return private(page.render("hand_in/resume.html", secret=secret, last_day=last_day))


@router.post("/einreichen/weiter/{secret}")
async def follow_link(page: AnyPage, secret: str) -> Response:
    sent = await page.form()
    browser = browser_of(page.request, page.services, sent)
    drafts = await use_link(page.services, secret, hash_secret(browser))
    if not drafts:
        return private(show_elsewhere(page, "used", 410))
    topic = first_open(typed_words(drafts[0]), signed_in=page.visitor.account is not None)
    here = f"/einreichen/{drafts[0].id}/{topic.slug}" if len(drafts) == 1 else "/einreichen"
    answer = see_other(here, meldung="draft_resumed")
    keep_cookie(answer, page.services, browser, is_shared=SHARED in sent)
    return answer


@router.get("/einreichen/{draft_id}/spaeter")
@kindly
async def show_later(page: AnyPage, draft_id: UUID) -> Response:
    draft = await load(page, draft_id)
    return render_later(page, draft)


@router.post("/einreichen/{draft_id}/spaeter")
@kindly
async def send_link(page: AnyPage, draft_id: UUID) -> Response:
    """Keep the address, and write a link to it."""
    draft, t = await load(page, draft_id), page.t
    email, is_open = read_address(await page.form())
    if draft.account_id is not None:
        return see_other(f"/einreichen/{draft_id}/spaeter")
    if is_open:
        return render_later(page, draft, email=email, is_open=True, status=422)
    if not is_address(email):
        error = tell_wrong(t, "email")
        return render_later(page, draft, email=email, error=error, status=422)
    await limit_rate(page.request, page.services, Limited.HAND_IN)
    draft, _ = await save_words(page.services, holder_of(page), str(draft_id), {"email": email})
    try:
        await post_link(page.services, draft, t.language, digest_network(page.services, page.request))
    except EngineAway:
        error = t("page.draft.no_mail")
        return render_later(page, draft, email=email, error=error, status=503)
    return render_later(page, draft, is_sent=True)


def render_later(
    page: AnyPage,
    draft: Draft,
    *,
    email: str | None = None,
    error: str = "",
    is_open: bool = False,
    is_sent: bool = False,
    status: int = 200,
) -> Response:
    t = page.t
    return page.render(
        "hand_in/later.html",
        status,
        draft=draft,
        field=address_field(t, typed_words(draft).email if email is None else email, error),
        question=ask_back(t, email or "") if is_open else None,
        is_sent=is_sent,
        last_day=t.day(draft.expires_at.astimezone(page.services.policy.zone).date()),
    )
