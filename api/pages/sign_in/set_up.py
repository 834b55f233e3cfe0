"""The page behind the link that makes the first lead of an installation."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from api.pages.kit.fields import Choice, Field, tell_wrong
from api.pages.kit.rendering import private, render, texts_for
from api.pages.kit.visitors import AnyVisitor, Visitor
from api.pages.sign_in.entrance import welcome
from api.runtime.services import Services
from api.sign_in.mail_proofs import Proof
from api.use_cases.staff.first_lead import NoSetUp, Unfit, become_first_lead, find_set_up
from api.web.callers import caller_of
from api.web.dependencies import ServicesHere
from api.web.rate_limits import Limited, limit_rate
from models.addresses import WrongAddress, canonical_address
from models.i18n import Texts
from models.lines import is_name
from models.region_names import RegionNames
from models.vocabulary import SignInMethod

router = APIRouter()


@router.get("/einrichten/{secret}")
async def show_set_up(request: Request, services: ServicesHere, visitor: AnyVisitor, secret: str) -> Response:
    """A look changes nothing."""
    try:
        async with services.database.reading() as session:
            await find_set_up(session, secret)
    except NoSetUp:
        return tell_over(request, visitor)
    return show_form(request, services, visitor, secret)


@router.post("/einrichten/{secret}")
async def set_up(request: Request, services: ServicesHere, visitor: AnyVisitor, secret: str) -> Response:
    sent, t = await request.form(), texts_for(request, visitor)
    typed = {name: " ".join(str(sent.get(name) or "").split()) for name in ("name", "email", "office")}
    try:
        async with services.database.reading() as session:
            await find_set_up(session, secret)
        if wrong := check_typed(services, t, typed):
            return show_form(request, services, visitor, secret, typed, wrong)
        email, office = canonical_address(typed["email"]), typed["office"] or None
        account = await become_first_lead(
            services, secret, email, typed["name"], office, t.language, caller_of(services, request)
        )
    except NoSetUp:
        await limit_rate(request, services, Limited.WRONG_PROOF)
        return tell_over(request, visitor)
    except Unfit:
        return show_form(request, services, visitor, secret, typed, {"email": t("page.set_up.unfit")})
    proof = Proof(account, "/menschen?meldung=first_lead")
    return await welcome(request, services, visitor, proof, SignInMethod.SET_UP)


def check_typed(services: Services, t: Texts, typed: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, by field, in the order of the form."""
    wrong = {}
    if not is_name(typed["name"]):
        wrong["name"] = tell_wrong(t, "name")
    try:
        canonical_address(typed["email"])
    except WrongAddress:
        wrong["email"] = tell_wrong(t, "email")
    if typed["office"] and typed["office"] not in services.policy.region.offices:
        wrong["office"] = t("page.people.wrong.office")
    return wrong


def show_form(
    request: Request,
    services: Services,
    visitor: Visitor,
    secret: str,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> Response:
    t, typed, wrong = texts_for(request, visitor), typed or {}, wrong or {}
    offices = tuple(Choice(key, name) for key, name in RegionNames(services.policy.region, t).offices().items())

    def field(name: str, kind: str, label: str, help_: str, required: bool = True, **more: Any) -> Field:
        return Field(name, kind, label, help_, required, value=typed.get(name, ""), error=wrong.get(name, ""), **more)

    fields = [
        field("name", "line", t("field.name"), t("page.set_up.name.help"), autocomplete="name"),
        field("email", "email", t("field.email"), t("page.set_up.email.help"), autocomplete="email", longest=254),
        field("office", "select", t("field.office"), t("page.set_up.office.help"), False, choices=offices),
    ]
    page = render(
        request,
        visitor,
        "staff/set_up.html",
        422 if wrong else 200,
        secret=secret,
        fields=fields,
        wrong=wrong,
        anchors={one.name: f"feld-{one.name}" for one in fields},
    )
    return private(page)


def tell_over(request: Request, visitor: Visitor) -> Response:
    return private(render(request, visitor, "staff/set_up_over.html", 410))
