"""One's devices and proofs: passkeys, an authenticator app with its codes on paper, and where one is signed in."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from api.pages.kit.fields import Field
from api.pages.kit.landing import DEVICES, wanted_path
from api.pages.kit.rendering import home_of, render, see_other, texts_for
from api.pages.kit.visitors import Fresh, FreshOwner, Halfway, Member, Owner
from api.runtime.services import Services
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
from api.web.callers import caller_of
from api.web.cookies import session_of
from api.web.dependencies import ServicesHere
from models.i18n import Texts
from models.secrets import show_code
from models.vocabulary import AuditEvent, SecondFactor

router = APIRouter()

Text = Annotated[str, Form()]

SAID = frozenset({"passkey_added", "passkey_named", "passkey_removed", "app_removed", "last_factor"})


@router.get("/einstellungen/geraete")
async def show_devices(
    request: Request, services: ServicesHere, owner: Owner, wanted: Annotated[str | None, Query(alias="weiter")] = None
) -> Response:
    t, account = texts_for(request, owner), owner.person
    async with services.database.reading() as session:
        app, codes = await has_app(session, account.id), await count_codes(session, account.id)
    said = request.query_params.get("meldung")
    return render(
        request,
        owner,
        "devices/devices.html",
        is_half=isinstance(owner, Halfway),
        wanted=wanted_path(request, wanted),
        told=t(f"page.devices.said.{said}") if said in SAID else None,
        refused=said == "last_factor",
        passkeys=await list_passkeys(services, account.id),
        may_make=services.settings.passkey_host is not None,
        name=name_field(t),
        app=app,
        codes=codes,
        needs=needs_second(services, account),
        zone=services.policy.zone,
    )


@router.post("/einstellungen/geraete/app")
async def begin_app(
    request: Request,
    services: ServicesHere,
    owner: FreshOwner,
    wanted_typed: Annotated[str, Form(alias="weiter")] = "",
) -> Response:
    """Offer a secret. The app that counts goes on counting until the new one has shown a password."""
    async with services.database.transaction() as session:
        await offer_app(session, services.signing_key, owner.person.id)
    wanted = wanted_path(request, wanted_typed)
    return see_other(f"{DEVICES}/app", **({"weiter": wanted} if wanted else {}))


@router.get("/einstellungen/geraete/app")
async def show_app(
    request: Request,
    services: ServicesHere,
    owner: FreshOwner,
    wanted: Annotated[str | None, Query(alias="weiter")] = None,
) -> Response:
    return await render_app(request, services, owner, wanted)


@router.post("/einstellungen/geraete/app/pruefen")
async def check_app(
    request: Request,
    services: ServicesHere,
    owner: FreshOwner,
    password: Annotated[str, Form(alias="kennwort")] = "",
    wanted: Annotated[str, Form(alias="weiter")] = "",
) -> Response:
    """The first password; with it come the codes on paper, shown in this very answer and never again."""
    row, key, account_id = session_of(request), services.signing_key, owner.person.id
    is_left = row is not None and await count_try(services, row)
    async with services.database.transaction() as session:
        is_right = is_left and await confirm_app(session, key, account_id, password)
        codes = await make_codes(session, key, account_id) if is_right else []
        outcome = "done" if is_right else "wrong"
        await audit(session, caller_of(services, request), AuditEvent.AUTHENTICATOR_CHANGED, outcome)
    if not is_right or row is None:
        return await render_app(request, services, owner, wanted, wrong=True)
    await renew_session(request, services, row, AuditEvent.SECOND_FACTOR, second=SecondFactor.TOTP)
    page = show_codes(request, services, Member(owner.person), codes, wanted_path(request, wanted))
    hand_over_cookie(request, page, services)
    return page


@router.post("/einstellungen/geraete/app/entfernen")
async def end_app(request: Request, services: ServicesHere, member: Fresh) -> Response:
    try:
        async with services.database.transaction() as session:
            await remove_app(session, member.person.id)
            await check_factors_left(session, services, member.person)
            await audit(session, caller_of(services, request), AuditEvent.AUTHENTICATOR_CHANGED, removed=True)
    except LastFactor:
        return see_other(DEVICES, meldung="last_factor")
    return see_other(DEVICES, meldung="app_removed")


@router.post("/einstellungen/geraete/codes")
async def renew_codes(request: Request, services: ServicesHere, member: Fresh) -> Response:
    async with services.database.transaction() as session:
        if await has_app(session, member.person.id) is None:
            return see_other(DEVICES)
        codes = await make_codes(session, services.signing_key, member.person.id)
        await audit(session, caller_of(services, request), AuditEvent.AUTHENTICATOR_CHANGED, codes=len(codes))
    return show_codes(request, services, member, codes, None)


async def render_app(
    request: Request, services: Services, owner: Member | Halfway, wanted: str | None, *, wrong: bool = False
) -> Response:
    t = texts_for(request, owner)
    async with services.database.reading() as session:
        secret = await read_offer(session, services.signing_key, owner.person.id)
    if secret is None:
        return see_other(DEVICES)
    field = Field(
        name="kennwort",
        kind="line",
        label=t("page.devices.app.field"),
        required=True,
        error=t("page.devices.app.wrong") if wrong else "",
        longest=20,
        autocomplete="one-time-code",
    )
    return render(
        request,
        owner,
        "devices/app.html",
        422 if wrong else 200,
        picture=draw_offer(secret, owner.person.email, services.policy.region.platform),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        field=field,
        wanted=wanted_path(request, wanted),
    )


def show_codes(request: Request, services: Services, member: Member, codes: list[str], wanted: str | None) -> Response:
    return render(
        request,
        member,
        "devices/codes.html",
        codes=[show_code(code) for code in codes],
        go_on=wanted or home_of(member),
        day=texts_for(request, member).day(services.today()),
    )


def name_field(t: Texts) -> Field:
    return Field(
        name="name",
        kind="line",
        label=t("page.devices.passkey.name"),
        help=t("page.devices.passkey.name.help"),
        longest=LONGEST_NAME,
    )
