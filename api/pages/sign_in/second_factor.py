"""Between the mail and the pages: whoever has a second factor shows it here."""

from typing import Annotated

from fastapi import Depends, Form, Query, Response

from api.pages.kit.menus import home_of
from api.pages.kit.page import AnyPage, OwnerPage
from api.pages.kit.redirect_target import wanted_path
from api.pages.kit.rendering import see_other
from api.pages.kit.visitors import Halfway, Member, see_member
from api.pages.sign_in.entrance import way_on
from api.pages.sign_in.second_factor_form import password_field, render_end, take_password
from api.sign_in.sessions import Lacking, hand_over_cookie, read_factors
from api.web.rate_limits import Limited, limit_rate
from api.web.routers import page_router
from models.vocabulary import AuditEvent

router = page_router()

Text = Annotated[str, Form()]


async def open_on_the_way(page: AnyPage) -> OwnerPage:
    """For whose sign-in lacks the second factor, or has shown it already. 401 for nobody."""
    if isinstance(page.visitor, Halfway):
        return page.seen_by(page.visitor)
    return page.seen_by(await see_member(page.request, page.visitor))


HalfPage = Annotated[OwnerPage, Depends(open_on_the_way)]


@router.get("/anmelden/zweiter-faktor")
async def show_question(page: HalfPage, wanted: Annotated[str | None, Query(alias="weiter")] = None) -> Response:
    return lead_past(page, wanted_path(page.request, wanted)) or await render_question(page, wanted)


@router.post("/anmelden/zweiter-faktor")
async def show_it(
    page: HalfPage,
    password: Annotated[str, Form(alias="kennwort")] = "",
    wanted_typed: Annotated[str, Form(alias="weiter")] = "",
) -> Response:
    """Only whoever has proved the address comes so far, so that no stranger uses up somebody's tries."""
    wanted = wanted_path(page.request, wanted_typed)
    if past := lead_past(page, wanted):
        return past
    await limit_rate(page.request, page.services, Limited.SECOND_FACTOR, page.person.id)
    shown = await take_password(page, password, AuditEvent.SECOND_FACTOR)
    if shown is None:
        return await render_question(page, wanted_typed, wrong=True)
    if not shown:
        return await render_end(page)
    answer = see_other(wanted or home_of(Member(page.person)))
    hand_over_cookie(page.request, answer, page.services)
    return answer


def lead_past(page: OwnerPage, wanted: str | None) -> Response | None:
    """Where somebody goes who needs no question here; None for whom it is asked."""
    if isinstance(page.visitor, Member):
        return see_other(wanted or home_of(page.visitor))
    return see_other(way_on(Lacking.SET_UP, wanted)) if page.visitor.lacking is Lacking.SET_UP else None


async def render_question(page: OwnerPage, wanted: str | None, *, wrong: bool = False) -> Response:
    async with page.services.database.reading() as session:
        factors = await read_factors(session, page.person.id)
    return page.render(
        "sign_in/second.html",
        422 if wrong else 200,
        wanted=wanted_path(page.request, wanted),
        field=password_field(page.t, wrong=wrong) if factors.app else None,
        passkeys=factors.passkey and page.services.settings.passkey_host is not None,
    )
