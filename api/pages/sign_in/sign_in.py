"""Signing in by mail, by link or by code, or at the provider of the staff; signing out."""

from typing import Annotated

from fastapi import Form, Query, Request, Response
from starlette.responses import RedirectResponse

from api.pages.kit.address_typo import ask_back, read_address
from api.pages.kit.forms import FormWriter, one_time_code
from api.pages.kit.menus import home_of
from api.pages.kit.page import AnyPage
from api.pages.kit.redirect_target import wanted_path
from api.pages.kit.rendering import see_other
from api.pages.kit.visitors import Halfway, Member
from api.pages.sign_in.entrance import browser_of, let_in, remember_browser, send_sign_in_mail, way_on
from api.sign_in import mail_proofs
from api.sign_in.bearer import may_sign_in_by_click
from api.sign_in.dependencies import Provider
from api.sign_in.mail_proofs import Proof, Verdict
from api.sign_in.oidc import OidcRefused, ProviderAway
from api.sign_in.sessions import end_session
from api.use_cases.audit import audit
from api.web.cookies import drop_cookie
from api.web.dependencies import ServicesHere
from api.web.kept_forms import COOKIE as KEY_OF_FORMS
from api.web.problems import ProblemError, unavailable
from api.web.rate_limits import Limited, limit_address, limit_rate
from api.web.routers import page_router
from models.addresses import canonical_address, is_address
from models.secrets import new_secret
from models.vocabulary import AuditEvent, SignInMethod

router = page_router()

Text = Annotated[str, Form()]

PROVIDER_AWAY = "the provider of the staff does not answer, or not as it should"


@router.get("/anmelden")
async def show_sign_in(page: AnyPage, wanted: Annotated[str | None, Query(alias="weiter")] = None) -> Response:
    if isinstance(page.visitor, Member):
        return see_other(wanted_path(page.request, wanted) or home_of(page.visitor))
    if isinstance(page.visitor, Halfway):
        return see_other(way_on(page.visitor.lacking, wanted_path(page.request, wanted)))
    return render_form(page, wanted)


@router.post("/anmelden")
async def ask_for_mail(page: AnyPage, wanted: Annotated[str, Form(alias="weiter")] = "") -> Response:
    email, is_open = read_address(await page.form())
    if is_open or not is_address(email):
        await limit_rate(page.request, page.services, Limited.FORM_ERROR)
        return render_form(page, wanted, email=email[:254], wrong=True, is_open=is_open)
    try:
        await limit_rate(page.request, page.services, Limited.SIGN_IN)
        await limit_address(page.request, page.services, canonical_address(email))
    except ProblemError:
        # Whoever has a mail under way goes on with it, however many others ask from here.
        if await mail_proofs.has_asked(page.services, browser_of(page.request, page.services)):
            return see_other("/anmelden/code")
        raise
    return await send_sign_in_mail(page, email, wanted)


@router.get("/anmelden/code")
async def show_code(page: AnyPage) -> Response:
    if not await mail_proofs.has_asked(page.services, browser_of(page.request, page.services)):
        return see_other("/anmelden")
    return render_code(page)


@router.post("/anmelden/code")
async def use_code(page: AnyPage, code: Text = "") -> Response:
    found = await mail_proofs.use_code(page.services, browser_of(page.request, page.services), code)
    if found is Verdict.WRONG:
        return render_code(page, wrong=True)
    if found is Verdict.DEAD:
        await limit_rate(page.request, page.services, Limited.WRONG_PROOF)
        return page.render("sign_in/dead_link.html", 410, of="code")
    return await let_in(page, found, SignInMethod.CODE)


@router.get("/anmelden/link/{token}")
async def show_link(page: AnyPage, token: str) -> Response:
    """Changes nothing: programs that look through mails for people follow links, too."""
    proof = await mail_proofs.find_link(page.services, token)
    if proof is None:
        return page.render("sign_in/dead_link.html", 410, of="link")
    confirms = page.visitor.id == proof.account.id
    is_here = (confirms or page.visitor.id is None) and await mail_proofs.was_asked_here(
        page.services, token, browser_of(page.request, page.services)
    )
    return page.render("sign_in/link.html", account=proof.account, token=token, sends_itself=is_here, confirms=confirms)


@router.post("/anmelden/link/{token}")
async def use_link(page: AnyPage, token: str) -> Response:
    proof = await mail_proofs.use_link(page.services, token)
    if proof is None:
        await limit_rate(page.request, page.services, Limited.WRONG_PROOF)
        return page.render("sign_in/dead_link.html", 410, of="link")
    return await let_in(page, proof, SignInMethod.LINK)


# -- at the provider of the staff ------------------------------------------------------------------------------


@router.get("/anmelden/dienst")
async def go_to_provider(
    page: AnyPage, provider: Provider, wanted: Annotated[str | None, Query(alias="weiter")] = None
) -> Response:
    await limit_rate(page.request, page.services, Limited.PROVIDER)
    browser = browser_of(page.request, page.services) or new_secret()
    try:
        anew = isinstance(page.visitor, Member)
        address = await provider.begin(page.services.database, browser, wanted_path(page.request, wanted), anew=anew)
    except ProviderAway as error:
        raise unavailable(PROVIDER_AWAY) from error
    answer = RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})
    remember_browser(page.request, answer, page.services, browser)
    return answer


@router.get("/anmelden/dienst/zurueck")
async def come_from_provider(page: AnyPage, provider: Provider, state: str = "", code: str = "") -> Response:
    """The one sign-in that ends with a GET: the provider sends people here, with a state that counts once."""
    await limit_rate(page.request, page.services, Limited.PROVIDER)
    try:
        account, wanted = await provider.complete(
            page.services.database, browser_of(page.request, page.services), state, code
        )
    except OidcRefused as refused:
        async with page.services.database.transaction() as session:
            await audit(session, page.caller, AuditEvent.SIGN_IN, refused.why, method=SignInMethod.OIDC)
        return page.render("sign_in/dead_link.html", 403, of=refused.why)
    except ProviderAway as error:
        raise unavailable(PROVIDER_AWAY) from error
    return await let_in(page, Proof(account, wanted), SignInMethod.OIDC)


@router.post("/abmelden")
async def sign_out(
    request: Request, services: ServicesHere, wanted: Annotated[str, Form(alias="weiter")] = ""
) -> Response:
    answer = see_other(wanted_path(request, wanted) or "/")
    await end_session(request, answer, services)
    drop_cookie(answer, services.settings, KEY_OF_FORMS)
    return answer


# -- how -------------------------------------------------------------------------------------------------------


def render_form(
    page: AnyPage, wanted: str | None, *, email: str = "", wrong: bool = False, is_open: bool = False
) -> Response:
    t = page.t
    form = FormWriter(t, {"email": email}, {"email": t("page.sign_in.email.wrong")} if wrong and not is_open else {})
    label, help_ = t("page.sign_in.email"), t("page.sign_in.email.help")
    field = form.write("email", "email", label, help_, True, longest=254, autocomplete="email")
    return page.render(
        "sign_in/start.html",
        422 if wrong else 200,
        wanted=wanted_path(page.request, wanted),
        field=field,
        question=ask_back(t, email) if is_open else None,
        by_click=may_sign_in_by_click(page.request, page.services.settings),
        passkeys=page.services.settings.passkey_host is not None,
        provider=page.services.settings.oidc_name if page.services.settings.has_oidc else None,
    )


def render_code(page: AnyPage, *, wrong: bool = False) -> Response:
    t = page.t
    error = t("page.sign_in.code.wrong") if wrong else ""
    field = one_time_code("code", t("page.sign_in.code.field"), t("page.sign_in.code.help"), error)
    address = page.visitor.account.email if page.visitor.account else None
    return page.render("sign_in/code.html", 422 if wrong else 200, field=field, address=address)
