"""The address of one's own calendar: made, renewed, revoked; and the calendar that it opens."""

from fastapi import Request, Response

from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.calendar_feed import FRESH_FOR, renew_calendar, revoke_calendar, write_my_calendar
from api.web.dependencies import ServicesHere
from api.web.etags import unless_known
from api.web.problems import ProblemError
from api.web.rate_limits import Limited, limit_rate
from api.web.routers import page_router
from models.queries.my_calendar import find_calendar
from models.secrets import hash_secret
from models.tables import CalendarAddress

router = page_router()

HEADERS = {
    "Cache-Control": f"private, max-age={int(FRESH_FOR.total_seconds())}",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/kalender")
async def show_calendar(page: SignedInPage) -> Response:
    return await render_calendar(page)


@router.post("/kalender")
async def make_address(page: SignedInPage) -> Response:
    """A new address, shown in this very answer: nobody can look it up later, so a redirect could not show it."""
    secret = await renew_calendar(page.services, page.person.id)
    address = f"{page.services.settings.base_url}/kalender/{secret}.ics"
    return await render_calendar(page, address)


@router.post("/kalender/widerrufen")
async def revoke_address(page: SignedInPage) -> Response:
    await revoke_calendar(page.services, page.person.id)
    return see_other("/kalender", meldung="calendar_revoked")


@router.get("/kalender/{secret}.ics")
async def read_calendar(request: Request, services: ServicesHere, secret: str) -> Response:
    """For a calendar program, which has no cookie: whoever knows the address reads dates and codes, and no name."""
    await limit_rate(request, services, Limited.CALENDAR)
    async with services.database.reading() as session:
        account = await find_calendar(session, hash_secret(secret))
    if account is None:
        raise ProblemError(404, "not_found")
    content = await write_my_calendar(services, account)
    named = {"Content-Disposition": 'inline; filename="ideenweg.ics"'}
    answer = Response(content, media_type="text/calendar; charset=utf-8", headers=HEADERS | named)
    return unless_known(request, answer)


async def render_calendar(page: SignedInPage, address: str = "") -> Response:
    async with page.services.database.reading() as session:
        found = await session.get(CalendarAddress, page.person.id)
    since = page.t.short_day(found.created_at.astimezone(page.services.policy.zone).date()) if found else ""
    is_revoked = page.said == "calendar_revoked" and found is None
    told = page.t("page.said.calendar_revoked") if is_revoked else None
    return page.render("calendar/calendar.html", since=since, address=address, told=told)
