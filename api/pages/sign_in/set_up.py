"""The page behind the link that makes the first lead of an installation."""

from collections.abc import Mapping

from fastapi import Response

from api.pages.kit.fields import tell_wrong
from api.pages.kit.forms import FormWriter, read_lines, write_choices
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import private
from api.pages.sign_in.entrance import welcome
from api.sign_in.mail_proofs import Proof
from api.use_cases.staff.first_lead import NoSetUp, Unfit, become_first_lead, find_set_up
from api.web.rate_limits import Limited, limit_rate
from api.web.routers import page_router
from models.addresses import WrongAddress, canonical_address
from models.region_names import RegionNames
from models.single_line import is_name
from models.vocabulary import SignInMethod

router = page_router()


@router.get("/einrichten/{secret}")
async def show_set_up(page: AnyPage, secret: str) -> Response:
    """A look changes nothing."""
    try:
        async with page.services.database.reading() as session:
            await find_set_up(session, secret)
    except NoSetUp:
        return tell_over(page)
    return show_form(page, secret)


@router.post("/einrichten/{secret}")
async def set_up(page: AnyPage, secret: str) -> Response:
    sent = await page.form()
    typed = read_lines(sent, ("name", "email", "office"))
    try:
        async with page.services.database.reading() as session:
            await find_set_up(session, secret)
        if wrong := check_typed(page, typed):
            return show_form(page, secret, typed, wrong)
        email, office = canonical_address(typed["email"]), typed["office"] or None
        account = await become_first_lead(
            page.services, secret, email, typed["name"], office, page.t.language, page.caller
        )
    except NoSetUp:
        await limit_rate(page.request, page.services, Limited.WRONG_PROOF)
        return tell_over(page)
    except Unfit:
        return show_form(page, secret, typed, {"email": page.t("page.set_up.unfit")})
    proof = Proof(account, "/menschen?meldung=first_lead")
    return await welcome(page, proof, SignInMethod.SET_UP)


def check_typed(page: AnyPage, typed: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, by field, in the order of the form."""
    wrong = {}
    if not is_name(typed["name"]):
        wrong["name"] = tell_wrong(page.t, "name")
    try:
        canonical_address(typed["email"])
    except WrongAddress:
        wrong["email"] = tell_wrong(page.t, "email")
    if typed["office"] and typed["office"] not in page.services.policy.region.offices:
        wrong["office"] = page.t("page.people.wrong.office")
    return wrong


def show_form(
    page: AnyPage, secret: str, typed: Mapping[str, str] | None = None, wrong: Mapping[str, str] | None = None
) -> Response:
    t, wrong = page.t, wrong or {}
    form, offices = FormWriter(t, typed or {}, wrong), RegionNames(page.services.policy.region, t).offices()
    choices = write_choices(t, offices)
    fields = [
        form.write("name", "line", help_=t("page.set_up.name.help"), required=True, autocomplete="name"),
        form.write(
            "email", "email", help_=t("page.set_up.email.help"), required=True, autocomplete="email", longest=254
        ),
        form.write("office", "select", help_=t("page.set_up.office.help"), choices=choices),
    ]
    answer = page.render(
        "staff/set_up.html",
        422 if wrong else 200,
        secret=secret,
        fields=fields,
        wrong=wrong,
        anchors={one.name: f"feld-{one.name}" for one in fields},
    )
    return private(answer)


def tell_over(page: AnyPage) -> Response:
    return private(page.render("staff/set_up_over.html", 410))
