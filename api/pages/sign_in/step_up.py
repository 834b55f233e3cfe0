"""Once more, where it matters: somebody who is signed in proves in this very session that it is still them."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from api.pages.kit.landing import wanted_path
from api.pages.kit.rendering import home_of, render, see_other, texts_for
from api.pages.kit.visitors import Member, SignedIn
from api.pages.sign_in.entrance import send_letter
from api.pages.sign_in.second_factor_form import password_field, render_end, take_password
from api.runtime.services import Services
from api.sign_in.bearer import may_sign_in_by_click
from api.sign_in.mail_proofs import opens_by_mail
from api.sign_in.sessions import hand_over_cookie, read_factors
from api.use_cases.second_factor import has_app
from api.web.cookies import session_of
from api.web.dependencies import ServicesHere
from api.web.problems import ProblemError
from api.web.rate_limits import Limited, Whose, limit_whose
from models.vocabulary import AuditEvent

router = APIRouter()

Text = Annotated[str, Form()]


@router.get("/anmelden/bestaetigen")
async def show_step_up(
    request: Request,
    services: ServicesHere,
    member: SignedIn,
    wanted: Annotated[str | None, Query(alias="weiter")] = None,
) -> Response:
    return await render_ways(request, services, member, wanted)


@router.post("/anmelden/bestaetigen")
async def ask_for_mail(
    request: Request, services: ServicesHere, member: SignedIn, wanted: Annotated[str, Form(alias="weiter")] = ""
) -> Response:
    """By session: nobody else's asking uses it up."""
    row = session_of(request)
    await limit_whose(request, services, Limited.STEP_UP, Whose.SESSION, row.id if row else member.person.id)
    if not opens_by_mail(services, member.person):
        raise ProblemError(403, "forbidden")
    return await send_letter(request, services, member, member.person.email, wanted, is_here=True)


@router.post("/anmelden/bestaetigen/app")
async def take_app(
    request: Request,
    services: ServicesHere,
    member: SignedIn,
    password: Annotated[str, Form(alias="kennwort")] = "",
    wanted: Annotated[str, Form(alias="weiter")] = "",
) -> Response:
    async with services.database.reading() as session:
        if await has_app(session, member.person.id) is None:
            return see_other("/anmelden/bestaetigen")
    shown = await take_password(request, services, member.person.id, password, AuditEvent.STEP_UP)
    if shown is None:
        return await render_ways(request, services, member, wanted, wrong=True)
    if not shown:
        return await render_end(request, services, member)
    answer = see_other(wanted_path(request, wanted) or home_of(member))
    hand_over_cookie(request, answer, services)
    return answer


async def render_ways(
    request: Request, services: Services, member: Member, wanted: str | None, *, wrong: bool = False
) -> Response:
    """All ways that this person has, the shortest first."""
    t, settings = texts_for(request, member), services.settings
    async with services.database.reading() as session:
        factors = await read_factors(session, member.person.id)
    by_mail = opens_by_mail(services, member.person)
    return render(
        request,
        member,
        "sign_in/step_up.html",
        422 if wrong else 200,
        wanted=wanted_path(request, wanted),
        passkeys=factors.passkey and by_mail and settings.passkey_host is not None,
        field=password_field(t, wrong=wrong) if factors.app else None,
        by_mail=by_mail,
        provider=settings.oidc_name if settings.has_oidc and member.has_staff_role else None,
        by_click=may_sign_in_by_click(request, settings) and member.person.demo,
        minutes=settings.step_up_minutes,
    )
