"""Once more, where it matters: somebody who is signed in proves in this very session that it is still them."""

from typing import Annotated

from fastapi import Form, Query, Response

from api.pages.kit.menus import home_of
from api.pages.kit.page import SignedInPage
from api.pages.kit.redirect_target import wanted_path
from api.pages.kit.rendering import see_other
from api.pages.sign_in.entrance import send_sign_in_mail
from api.pages.sign_in.second_factor_form import password_field, render_end, take_password
from api.sign_in.bearer import may_sign_in_by_click
from api.sign_in.mail_proofs import opens_by_mail
from api.sign_in.sessions import hand_over_cookie, read_factors
from api.use_cases.second_factor import has_app
from api.web.cookies import session_of
from api.web.problems import ProblemError
from api.web.rate_limits import Limited, Whose, limit_whose
from api.web.routers import page_router
from models.vocabulary import AuditEvent

router = page_router()

Text = Annotated[str, Form()]


@router.get("/anmelden/bestaetigen")
async def show_step_up(page: SignedInPage, wanted: Annotated[str | None, Query(alias="weiter")] = None) -> Response:
    return await render_ways(page, wanted)


@router.post("/anmelden/bestaetigen")
async def ask_for_mail(page: SignedInPage, wanted: Annotated[str, Form(alias="weiter")] = "") -> Response:
    """By session: nobody else's asking uses it up."""
    row = session_of(page.request)
    await limit_whose(page.request, page.services, Limited.STEP_UP, Whose.SESSION, row.id if row else page.person.id)
    if not opens_by_mail(page.services, page.person):
        raise ProblemError(403, "forbidden")
    return await send_sign_in_mail(page, page.person.email, wanted, is_here=True)


@router.post("/anmelden/bestaetigen/app")
async def take_app(
    page: SignedInPage,
    password: Annotated[str, Form(alias="kennwort")] = "",
    wanted: Annotated[str, Form(alias="weiter")] = "",
) -> Response:
    async with page.services.database.reading() as session:
        if await has_app(session, page.person.id) is None:
            return see_other("/anmelden/bestaetigen")
    shown = await take_password(page, password, AuditEvent.STEP_UP)
    if shown is None:
        return await render_ways(page, wanted, wrong=True)
    if not shown:
        return await render_end(page)
    answer = see_other(wanted_path(page.request, wanted) or home_of(page.visitor))
    hand_over_cookie(page.request, answer, page.services)
    return answer


async def render_ways(page: SignedInPage, wanted: str | None, *, wrong: bool = False) -> Response:
    """All ways that this person has, the shortest first."""
    settings = page.services.settings
    async with page.services.database.reading() as session:
        factors = await read_factors(session, page.person.id)
    by_mail = opens_by_mail(page.services, page.person)
    return page.render(
        "sign_in/step_up.html",
        422 if wrong else 200,
        wanted=wanted_path(page.request, wanted),
        passkeys=factors.passkey and by_mail and settings.passkey_host is not None,
        field=password_field(page.t, wrong=wrong) if factors.app else None,
        by_mail=by_mail,
        provider=settings.oidc_name if settings.has_oidc and page.visitor.has_staff_role else None,
        by_click=may_sign_in_by_click(page.request, settings) and page.person.demo,
        minutes=settings.step_up_minutes,
    )
