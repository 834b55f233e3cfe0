"""The address of one's own calendar: made, renewed, revoked; and the calendar that it opens."""

import hashlib

from fastapi import APIRouter, Request, Response

from api.pages.kit.rendering import render, see_other, texts_for
from api.pages.kit.visitors import Member, SignedIn
from api.runtime.services import Services
from api.use_cases.calendar_feed import FRESH_FOR, renew_calendar, revoke_calendar, write_my_calendar
from api.web.dependencies import ServicesHere
from api.web.problems import ProblemError
from api.web.rate_limits import Limited, limit_rate
from models.queries.my_calendar import find_calendar
from models.secrets import hash_secret
from models.tables import CalendarAddress

router = APIRouter()

HEADERS = {
    "Cache-Control": f"private, max-age={int(FRESH_FOR.total_seconds())}",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/kalender")
async def show_calendar(request: Request, services: ServicesHere, member: SignedIn) -> Response:
    return await render_calendar(request, services, member)


@router.post("/kalender")
async def make_address(request: Request, services: ServicesHere, member: SignedIn) -> Response:
    """A new address, shown in this very answer: nobody can look it up later, so a redirect could not show it."""
    secret = await renew_calendar(services, member.person.id)
    address = f"{services.settings.base_url}/kalender/{secret}.ics"
    return await render_calendar(request, services, member, address)


@router.post("/kalender/widerrufen")
async def revoke_address(services: ServicesHere, member: SignedIn) -> Response:
    await revoke_calendar(services, member.person.id)
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
    headers = HEADERS | {"ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"'}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    named = {"Content-Disposition": 'inline; filename="ideenweg.ics"'}
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers | named)


async def render_calendar(request: Request, services: Services, member: Member, address: str = "") -> Response:
    t = texts_for(request, member)
    async with services.database.reading() as session:
        found = await session.get(CalendarAddress, member.person.id)
    since = t.short_day(found.created_at.astimezone(services.policy.zone).date()) if found else ""
    is_revoked = request.query_params.get("meldung") == "calendar_revoked" and found is None
    told = t("page.said.calendar_revoked") if is_revoked else None
    return render(request, member, "calendar/calendar.html", since=since, address=address, told=told)
