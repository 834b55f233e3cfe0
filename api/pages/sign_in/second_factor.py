"""Between the mail and the pages: whoever has a second factor shows it here."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request, Response

from api.pages.kit.fields import Field
from api.pages.kit.landing import wanted_path
from api.pages.kit.rendering import home_of, render, see_other, texts_for
from api.pages.kit.visitors import AnyVisitor, Halfway, Member, Visitor, see_member
from api.pages.sign_in.entrance import way_on
from api.runtime.services import Services
from api.sign_in.sessions import Lacking, count_try, end_session, hand_over_cookie, read_factors, renew_session
from api.use_cases.audit import audit
from api.use_cases.second_factor import try_second
from api.web.callers import caller_of
from api.web.cookies import session_of
from api.web.dependencies import ServicesHere
from api.web.rate_limits import Limited, limit_rate
from models.i18n import Texts
from models.vocabulary import AuditEvent, SecondFactor

router = APIRouter()

Text = Annotated[str, Form()]


async def see_half(request: Request, visitor: AnyVisitor) -> Halfway | Member:
    """Somebody whose sign-in lacks the second factor, or who has shown it already. 401 for nobody."""
    return visitor if isinstance(visitor, Halfway) else await see_member(request, visitor)


Half = Annotated[Halfway | Member, Depends(see_half)]


@router.get("/anmelden/zweiter-faktor")
async def show_question(request: Request, services: ServicesHere, half: Half, weiter: str | None = None) -> Response:
    if isinstance(half, Member):
        return see_other(wanted_path(request, weiter) or home_of(half))
    if half.lacking is Lacking.SET_UP:
        return see_other(way_on(half.lacking, wanted_path(request, weiter)))
    return await answer_with_question(request, services, half, weiter)


@router.post("/anmelden/zweiter-faktor")
async def show_it(
    request: Request, services: ServicesHere, half: Half, kennwort: Text = "", weiter: Text = ""
) -> Response:
    """Only whoever has proved the address comes so far, so that no stranger uses up somebody's tries."""
    wanted = wanted_path(request, weiter)
    if isinstance(half, Member):
        return see_other(wanted or home_of(half))
    if half.lacking is Lacking.SET_UP:
        return see_other(way_on(half.lacking, wanted))
    await limit_rate(request, services, Limited.SECOND_FACTOR, half.person.id)
    shown = await take_password(request, services, half.person.id, kennwort, AuditEvent.SECOND_FACTOR)
    if shown is None:
        return await answer_with_question(request, services, half, weiter, wrong=True)
    if not shown:
        return await answer_with_end(request, services, half)
    answer = see_other(wanted or home_of(Member(half.person)))
    hand_over_cookie(request, answer, services)
    return answer


async def take_password(
    request: Request, services: Services, account_id: str, typed: str, event: AuditEvent
) -> SecondFactor | Literal[False] | None:
    """Try a password in the session of whoever asks, which is renewed if it is right.

    None: it is wrong. False: there is no try left.
    """
    row = session_of(request)
    if row is None or not await count_try(services, row):
        return False
    async with services.database.transaction() as session:
        shown = await try_second(session, services.signing_key, account_id, typed)
        if shown is None:
            await audit(session, caller_of(services, request), event, "wrong")
    if shown is not None:
        await renew_session(request, services, row, event, second=shown)
    return shown


async def answer_with_question(
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


async def answer_with_end(request: Request, services: Services, visitor: Visitor) -> Response:
    """After too many wrong passwords: the sign-in begins anew."""
    page = render(request, visitor, "sign_in/dead.html", 410, of="second")
    await end_session(request, page, services)
    return page


def password_field(t: Texts, *, wrong: bool = False) -> Field:
    return Field(
        name="kennwort",
        kind="line",
        label=t("page.second.field"),
        help=t("page.second.help"),
        required=True,
        error=t("page.second.wrong") if wrong else "",
        longest=20,
        autocomplete="one-time-code",
    )
