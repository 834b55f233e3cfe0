"""One's devices and proofs: passkeys, an authenticator app with its codes on paper, and where one is signed in."""

from typing import Annotated

from fastapi import Form, Query, Response

from api.pages.kit.fields import Field
from api.pages.kit.forms import one_time_code
from api.pages.kit.menus import home_of
from api.pages.kit.page import FreshOwnerPage, FreshPage, OwnerPage, SignedInPage
from api.pages.kit.redirect_target import DEVICES, wanted_path
from api.pages.kit.rendering import see_other
from api.pages.kit.visitors import Halfway, Member
from api.sign_in.passkeys import LONGEST_NAME, list_passkeys
from api.sign_in.sessions import (
    LastFactor,
    check_factors_left,
    count_try,
    hand_over_cookie,
    needs_second,
    renew_session,
)
from api.use_cases.audit import audit
from api.use_cases.second_factor import (
    confirm_app,
    count_codes,
    draw_offer,
    has_app,
    make_codes,
    offer_app,
    read_offer,
    remove_app,
)
from api.web.cookies import session_of
from api.web.routers import page_router
from models.i18n import Texts
from models.secrets import show_code
from models.vocabulary import AuditEvent, SecondFactor

router = page_router()

Text = Annotated[str, Form()]

SAID = frozenset({"passkey_added", "passkey_named", "passkey_removed", "app_removed", "last_factor"})


@router.get("/einstellungen/geraete")
async def show_devices(page: OwnerPage, wanted: Annotated[str | None, Query(alias="weiter")] = None) -> Response:
    account = page.person
    async with page.services.database.reading() as session:
        app, codes = await has_app(session, account.id), await count_codes(session, account.id)
    return page.render(
        "devices/devices.html",
        is_half=isinstance(page.visitor, Halfway),
        wanted=wanted_path(page.request, wanted),
        told=page.flash(SAID, "page.devices.said."),
        refused=page.said == "last_factor",
        passkeys=await list_passkeys(page.services, account.id),
        may_make=page.services.settings.passkey_host is not None,
        name=name_field(page.t),
        app=app,
        codes=codes,
        needs=needs_second(page.services, account),
        zone=page.services.policy.zone,
    )


@router.post("/einstellungen/geraete/app")
async def begin_app(page: FreshOwnerPage, wanted_typed: Annotated[str, Form(alias="weiter")] = "") -> Response:
    """Offer a secret. The app that counts goes on counting until the new one has shown a password."""
    async with page.services.database.transaction() as session:
        await offer_app(session, page.services.signing_key, page.person.id)
    wanted = wanted_path(page.request, wanted_typed)
    return see_other(f"{DEVICES}/app", **({"weiter": wanted} if wanted else {}))


@router.get("/einstellungen/geraete/app")
async def show_app(page: FreshOwnerPage, wanted: Annotated[str | None, Query(alias="weiter")] = None) -> Response:
    return await render_app(page, wanted)


@router.post("/einstellungen/geraete/app/pruefen")
async def check_app(
    page: FreshOwnerPage,
    password: Annotated[str, Form(alias="kennwort")] = "",
    wanted: Annotated[str, Form(alias="weiter")] = "",
) -> Response:
    """The first password; with it come the codes on paper, shown in this very answer and never again."""
    row, key, account_id = session_of(page.request), page.services.signing_key, page.person.id
    is_left = row is not None and await count_try(page.services, row)
    async with page.services.database.transaction() as session:
        is_right = is_left and await confirm_app(session, key, account_id, password)
        codes = await make_codes(session, key, account_id) if is_right else []
        outcome = "done" if is_right else "wrong"
        await audit(session, page.caller, AuditEvent.AUTHENTICATOR_CHANGED, outcome)
    if not is_right or row is None:
        return await render_app(page, wanted, wrong=True)
    await renew_session(page.request, page.services, row, AuditEvent.SECOND_FACTOR, second=SecondFactor.TOTP)
    answer = show_codes(page.seen_by(Member(page.person)), codes, wanted_path(page.request, wanted))
    hand_over_cookie(page.request, answer, page.services)
    return answer


@router.post("/einstellungen/geraete/app/entfernen")
async def end_app(page: FreshPage) -> Response:
    try:
        async with page.services.database.transaction() as session:
            await remove_app(session, page.person.id)
            await check_factors_left(session, page.services, page.person)
            await audit(session, page.caller, AuditEvent.AUTHENTICATOR_CHANGED, removed=True)
    except LastFactor:
        return see_other(DEVICES, meldung="last_factor")
    return see_other(DEVICES, meldung="app_removed")


@router.post("/einstellungen/geraete/codes")
async def renew_codes(page: FreshPage) -> Response:
    async with page.services.database.transaction() as session:
        if await has_app(session, page.person.id) is None:
            return see_other(DEVICES)
        codes = await make_codes(session, page.services.signing_key, page.person.id)
        await audit(session, page.caller, AuditEvent.AUTHENTICATOR_CHANGED, codes=len(codes))
    return show_codes(page, codes, None)


async def render_app(page: OwnerPage, wanted: str | None, *, wrong: bool = False) -> Response:
    async with page.services.database.reading() as session:
        secret = await read_offer(session, page.services.signing_key, page.person.id)
    if secret is None:
        return see_other(DEVICES)
    wrong_code = page.t("page.devices.app.wrong") if wrong else ""
    field = one_time_code("kennwort", page.t("page.devices.app.field"), error=wrong_code)
    return page.render(
        "devices/app.html",
        422 if wrong else 200,
        picture=draw_offer(secret, page.person.email, page.services.policy.region.platform),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        field=field,
        wanted=wanted_path(page.request, wanted),
    )


def show_codes(page: SignedInPage, codes: list[str], wanted: str | None) -> Response:
    return page.render(
        "devices/codes.html",
        codes=[show_code(code) for code in codes],
        go_on=wanted or home_of(page.visitor),
        day=page.t.day(page.services.today()),
    )


def name_field(t: Texts) -> Field:
    label, help_ = t("page.devices.passkey.name"), t("page.devices.passkey.name.help")
    return Field("name", "line", label, help_, longest=LONGEST_NAME)
