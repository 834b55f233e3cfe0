"""Asking somebody to work here: the form, a look at the mail, sending again, withdrawing."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import Response

from activities.secret_mails.staff import LASTS, word_invitation
from api.pages.kit.fields import Choice, Field, tell_wrong
from api.pages.kit.forms import FormWriter, read_lines, read_texts, write_choices
from api.pages.kit.page import AnyPage, FreshLeadPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.lead.staff_view import tell_why, write_invited
from api.use_cases.staff.changes import NotChanged
from api.use_cases.staff.inviting import NewStaff, ask_again, invite, withdraw_invitation
from api.web.problems import ProblemError
from api.web.rate_limits import Limited, limit_rate
from api.web.routers import page_router
from models.addresses import WrongAddress, canonical_address
from models.queries.staff import find_leads
from models.queries.staff_list import StaffState, read_invited
from models.region_names import RegionNames
from models.rules.staff_roles import STAFF_ROLES, Way, judge_invitation
from models.single_line import is_name
from models.tables.columns import utc_now
from models.vocabulary import Role

router = page_router()

LONGEST_GREETING = 1000
NAMES = ("email", "name", "role", "office", "greeting")
SEND, CHANGE = "senden", "aendern"


@router.get("/menschen/einladen")
async def show_form(page: FreshLeadPage) -> Response:
    given = {name: page.query.get(name, "") for name in ("role", "office")}
    return render_form(page, given)


@router.post("/menschen/einladen")
async def ask(page: FreshLeadPage) -> Response:
    """A look at the mail first; it goes out when somebody has seen it."""
    sent = await page.form()
    typed = read_texts(sent, NAMES) | read_lines(sent, ("name",))
    wrong = check_typed(page, typed)
    if wrong or sent.get("absicht") == CHANGE:
        return render_form(page, typed, wrong)
    form = NewStaff(
        canonical_address(typed["email"]),
        typed["name"],
        Role(typed["role"]),
        typed["office"] or None,
        typed["greeting"],
        page.t.language,
    )
    if sent.get("absicht") != SEND:
        return await show_preview(page, form, typed)
    await limit_rate(page.request, page.services, Limited.INVITE, page.visitor.id)
    try:
        asked = await invite(page.services, page.caller, form)
    except NotChanged as refused:
        return render_form(page, typed, {"email": tell_why(page.t, refused.why)}, status=409)
    said = "proposed" if asked.way is Way.PROPOSED else "invited" if asked.sent else "invited_no_mail"
    return see_other("/menschen", meldung=said)


@router.get("/menschen/einladungen/{invitation_id}")
async def show_invitation(page: FreshLeadPage, invitation_id: UUID) -> Response:
    return await render_invitation(page, str(invitation_id))


@router.post("/menschen/einladungen/{invitation_id}/erneut")
async def send_again(page: FreshLeadPage, invitation_id: UUID) -> Response:
    try:
        is_sent = await ask_again(page.services, page.caller, str(invitation_id))
    except NotChanged as refused:
        why = tell_why(page.t, refused.why)
        return await render_invitation(page, str(invitation_id), why)
    return see_other("/menschen", meldung="invited" if is_sent else "invited_no_mail")


@router.post("/menschen/einladungen/{invitation_id}/zurueckziehen")
async def withdraw(page: FreshLeadPage, invitation_id: UUID) -> Response:
    try:
        await withdraw_invitation(page.services, page.caller, str(invitation_id))
    except NotChanged as refused:
        why = tell_why(page.t, refused.why)
        return await render_invitation(page, str(invitation_id), why)
    return see_other("/menschen", meldung="invitation_withdrawn")


def check_typed(page: AnyPage, typed: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, by field, in the order of the form."""
    wrong = {}
    try:
        canonical_address(typed["email"])
    except WrongAddress:
        wrong["email"] = tell_wrong(page.t, "email")
    if not is_name(typed["name"]):
        wrong["name"] = tell_wrong(page.t, "name")
    if typed["role"] not in STAFF_ROLES:
        wrong["role"] = page.t("page.people.wrong.role")
    if typed["office"] not in page.services.policy.region.offices:
        wrong["office"] = page.t("page.people.wrong.office")
    if len(typed["greeting"]) > LONGEST_GREETING:
        wrong["greeting"] = page.t("page.too_long")
    return wrong


def render_form(
    page: SignedInPage, typed: Mapping[str, str], wrong: Mapping[str, str] | None = None, *, status: int = 422
) -> Response:
    fields, wrong = write_fields(page, typed, wrong or {}), wrong or {}
    return page.render(
        "staff/invite.html",
        status if wrong else 200,
        fields=fields,
        wrong=wrong,
        anchors={one.name: f"feld-{one.name}" for one in fields},
    )


def write_fields(page: AnyPage, typed: Mapping[str, str], wrong: Mapping[str, str]) -> list[Field]:
    t, form = page.t, FormWriter(page.t, typed, wrong)
    roles = [Choice(role, t(f"role.{role}"), t(f"page.people.role.{role}")) for role in STAFF_ROLES]
    offices = write_choices(t, RegionNames(page.services.policy.region, t).offices())
    return [
        form.write("email", "email", help_=t("page.invite.email.help"), required=True, longest=254),
        form.write("name", "line", help_=t("page.invite.name.help"), required=True),
        form.write("role", "radio", t("page.invite.role"), required=True, choices=roles),
        form.write("office", "select", required=True, choices=offices),
        form.write("greeting", "text", t("page.invite.greeting"), t("page.invite.greeting.help")),
    ]


async def show_preview(page: SignedInPage, form: NewStaff, typed: Mapping[str, str]) -> Response:
    policy = page.services.policy
    async with page.services.database.reading() as session:
        way = judge_invitation(form.role, page.visitor.id, await find_leads(session))
    until = (utc_now() + LASTS).astimezone(policy.zone).date()
    return page.render(
        "staff/preview.html",
        typed=typed,
        form=form,
        words=word_invitation(page.t, form.role, policy.region.platform, until),
        needs_second=way is Way.PROPOSED,
    )


async def render_invitation(page: SignedInPage, invitation_id: str, wrong: str = "") -> Response:
    async with page.services.database.reading() as session:
        found = await read_invited(session, invitation_id)
    if found is None:
        raise ProblemError(404, "not_found", "this invitation was answered or withdrawn")
    zone = page.services.policy.zone
    return page.render(
        "staff/invitation.html",
        409 if wrong else 200,
        row=write_invited(page, found),
        asked=found.asked,
        waits=found.state is StaffState.PROPOSED,
        wrong=wrong,
        asked_at=page.t.instant(found.asked.asked_at, zone),
        last_day=page.t.day(found.asked.expires_at.astimezone(zone).date()),
    )
