"""My data: everything that is kept of somebody in plain words, as a file, corrected, and the wish to be erased."""

import json
from collections.abc import Mapping

from fastapi import Response

from api.pages.account.my_data_view import tell_all, tell_ideas
from api.pages.kit.fields import tell_wrong
from api.pages.kit.forms import FormWriter, read_lines, write_choices
from api.pages.kit.page import FreshPage, LeadPage, SignedInPage
from api.pages.kit.rendering import environment, see_other
from api.use_cases.address_change import ask_for_address
from api.use_cases.audit import audit
from api.use_cases.personal_data import (
    ANSWERED_WITHIN_DAYS,
    ask_for_erasure,
    correct_account,
    gather_own_data,
    withdraw_erasure,
    write_json,
)
from api.web.downloads import download
from api.web.rate_limits import Limited, limit_rate
from api.web.routers import page_router
from models.addresses import is_address
from models.queries.erasure_requests import list_erasure_requests
from models.single_line import is_name
from models.vocabulary import AuditEvent
from workflows.client import EngineAway

router = page_router()

SAID = frozenset({"data_saved", "address_asked", "erasure_asked", "erasure_withdrawn"})
FILE = "ideenweg"


@router.get("/meine-daten")
async def show_my_data(page: SignedInPage) -> Response:
    return await render_data(page)


@router.post("/meine-daten")
async def save_my_data(page: SignedInPage) -> Response:
    """Correct name and language."""
    sent = await page.form()
    values = read_lines(sent, ("name", "language"))
    errors = {}
    if not is_name(values["name"]):
        errors["name"] = tell_wrong(page.t, "name")
    if values["language"] not in page.services.policy.region.languages:
        errors["language"] = tell_wrong(page.t, "language")
    if errors:
        return await render_data(page, values, errors, status=422)
    await correct_account(page.services, page.person.id, values["name"], values["language"])
    return see_other("/meine-daten", meldung="data_saved")


@router.post("/meine-daten/adresse")
async def change_address(page: FreshPage) -> Response:
    """Nothing changes until the link in the mail was used."""
    email = str((await page.form()).get("email") or "").strip()
    if not is_address(email):
        errors = {"email": tell_wrong(page.t, "email")}
        return await render_data(page, {"email": email}, errors, status=422)
    await limit_rate(page.request, page.services, Limited.ADDRESS, page.visitor.id)
    try:
        await ask_for_address(page.services, page.caller, page.person, email)
    except EngineAway:
        errors = {"email": page.t("page.my_data.no_mail")}
        return await render_data(page, {"email": email}, errors, status=503)
    return see_other("/meine-daten", meldung="address_asked")


@router.get("/meine-daten/export.json")
async def export_as_json(page: FreshPage) -> Response:
    async with page.services.database.transaction() as session:
        content = write_json(await gather_own_data(session, page.person))
        await audit(session, page.caller, AuditEvent.EXPORT, what="own_data", form="json")
    return download(json.dumps(content, ensure_ascii=False, indent=2), f"{FILE}.json", "application/json")


@router.get("/meine-daten/export.html")
async def export_as_html(page: FreshPage) -> Response:
    """The same for reading, in a file that needs nothing else."""
    async with page.services.database.transaction() as session:
        data = await gather_own_data(session, page.person)
        await audit(session, page.caller, AuditEvent.EXPORT, what="own_data", form="html")
    known = {
        "t": page.t,
        "policy": page.services.policy,
        "parts": tell_all(page, data),
        "ideas": await tell_ideas(page, data),
    }
    written = environment().get_template("my_data/export.html").render(known | {"name": page.person.name})
    return download(written, f"{FILE}.html", "text/html; charset=utf-8")


@router.get("/meine-daten/loeschen")
async def show_erasure(page: FreshPage) -> Response:
    return page.render("my_data/erase.html", days=ANSWERED_WITHIN_DAYS)


@router.post("/meine-daten/loeschen")
async def want_erasure(page: FreshPage) -> Response:
    await ask_for_erasure(page.services, page.person)
    return see_other("/meine-daten", meldung="erasure_asked")


@router.post("/meine-daten/loeschen/zuruecknehmen")
async def keep_me(page: SignedInPage) -> Response:
    await withdraw_erasure(page.services, page.person.id)
    return see_other("/meine-daten", meldung="erasure_withdrawn")


@router.get("/loeschwuensche")
async def show_erasure_requests(page: LeadPage) -> Response:
    """For leads: whoever wants to be erased, and by when it has to be done."""
    async with page.services.database.reading() as session:
        wishes = await list_erasure_requests(session)
    return page.render(
        "my_data/wishes.html",
        wishes=[(wish, page.speaker.due(wish.due_on)) for wish in wishes],
        zone=page.services.policy.zone,
    )


# -- in words ----------------------------------------------------------------------------------------------------


async def render_data(
    page: SignedInPage,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    t = page.t
    async with page.services.database.reading() as session:
        data = await gather_own_data(session, page.person)
    errors = errors or {}
    person, region = page.person, page.services.policy.region
    form = FormWriter(t, {"name": person.name, "language": person.language, **(values or {})}, errors)
    languages = write_choices(t, {code: t.name_of(code) for code in region.languages})
    fields = [
        form.write("name", "line", help_=t("field.name.help"), required=True),
        form.write("language", "select", required=True, choices=languages),
    ]
    label, help_ = t("page.my_data.new_address"), t("page.my_data.new_address.help")
    address = form.write("email", "email", label, help_, True, longest=254, autocomplete="email")
    return page.render(
        "my_data/my_data.html",
        status,
        told=page.flash(SAID),
        fields=fields,
        address=address,
        errors=errors,
        email=person.email,
        parts=tell_all(page, data),
        ideas=[(own.idea, own.slug, own.opening) for own in data.ideas],
        erasure_until=t.day(data.erasure.due_on) if data.erasure else None,
    )
