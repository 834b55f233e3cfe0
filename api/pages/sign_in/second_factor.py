"""Between the mail and the pages: whoever has a second factor shows it here."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from api.pages.kit.landing import wanted_path
from api.pages.kit.rendering import home_of, render, see_other, texts_for
from api.pages.kit.visitors import AnyVisitor, Halfway, Member, see_member
from api.pages.sign_in.entrance import way_on
from api.pages.sign_in.second_factor_form import password_field, render_end, take_password
from api.runtime.services import Services
from api.sign_in.sessions import Lacking, hand_over_cookie, read_factors
from api.web.dependencies import ServicesHere
from api.web.rate_limits import Limited, limit_rate
from models.vocabulary import AuditEvent

router = APIRouter()

Text = Annotated[str, Form()]


async def see_half(request: Request, visitor: AnyVisitor) -> Halfway | Member:
    """Somebody whose sign-in lacks the second factor, or who has shown it already. 401 for nobody."""
    return visitor if isinstance(visitor, Halfway) else await see_member(request, visitor)


Half = Annotated[Halfway | Member, Depends(see_half)]


@router.get("/anmelden/zweiter-faktor")
async def show_question(
    request: Request, services: ServicesHere, half: Half, wanted: Annotated[str | None, Query(alias="weiter")] = None
) -> Response:
    if isinstance(half, Member):
        return see_other(wanted_path(request, wanted) or home_of(half))
    if half.lacking is Lacking.SET_UP:
        return see_other(way_on(half.lacking, wanted_path(request, wanted)))
    return await render_question(request, services, half, wanted)


@router.post("/anmelden/zweiter-faktor")
async def show_it(
    request: Request,
    services: ServicesHere,
    half: Half,
    password: Annotated[str, Form(alias="kennwort")] = "",
    wanted_typed: Annotated[str, Form(alias="weiter")] = "",
) -> Response:
    """Only whoever has proved the address comes so far, so that no stranger uses up somebody's tries."""
    wanted = wanted_path(request, wanted_typed)
    if isinstance(half, Member):
        return see_other(wanted or home_of(half))
    if half.lacking is Lacking.SET_UP:
        return see_other(way_on(half.lacking, wanted))
    await limit_rate(request, services, Limited.SECOND_FACTOR, half.person.id)
    shown = await take_password(request, services, half.person.id, password, AuditEvent.SECOND_FACTOR)
    if shown is None:
        return await render_question(request, services, half, wanted_typed, wrong=True)
    if not shown:
        return await render_end(request, services, half)
    answer = see_other(wanted or home_of(Member(half.person)))
    hand_over_cookie(request, answer, services)
    return answer


async def render_question(
    request: Request, services: Services, half: Halfway, wanted: str | None, *, wrong: bool = False
) -> Response:
    t = texts_for(request, half)
    async with services.database.reading() as session:
        factors = await read_factors(session, half.person.id)
    return render(
        request,
        half,
        "sign_in/second.html",
        422 if wrong else 200,
        wanted=wanted_path(request, wanted),
        field=password_field(t, wrong=wrong) if factors.app else None,
        passkeys=factors.passkey and services.settings.passkey_host is not None,
    )
