"""Somebody who works here: what is known of them, who changed what and when, and the forms that change it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Form, Response

from api.pages.coach.absence import AbsenceForm, take_absence
from api.pages.kit.page import AnyPage, FreshLeadPage, LeadPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.lead.staff_view import name_office, tell_change, tell_state, tell_why
from api.use_cases.coaches import come_back, end_absence
from api.use_cases.staff.changes import NotChanged, PersonNotFound, change_office, change_person
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.i18n import Texts
from models.queries.coaches import name_coaches
from models.queries.staff import ChangeLine, find_leads, list_changes
from models.queries.staff_list import StaffLine, StaffState, read_person
from models.rules.staff_roles import STAFF_ROLES, Staff, Way, WhyNot, Wish, judge_change
from models.tables.columns import utc_now
from models.vocabulary import PersonChangeKind, Role

router = page_router()

SAID = frozenset({"changed", "proposed", "absence_saved", "absence_ended", "departure_saved", "returned"})


@dataclass(frozen=True)
class HistoryLine:
    """What was changed, by whom, and when."""

    at: str
    text: str
    by: str
    status: str
    """Where a second lead was asked: what they said."""


@dataclass(frozen=True)
class RoleForm:
    """A role that somebody has or has not, and what becomes of a wish to change it."""

    role: Role
    has: bool
    needs_second: bool
    refused: str
    """Why it cannot be changed now; empty where it can."""


@router.get("/menschen/{account_id}")
async def show_person(page: LeadPage, account_id: UUID) -> Response:
    t, today = page.t, page.services.today()
    async with page.services.database.reading() as session:
        line = await read_person(session, str(account_id), today)
        changes = await list_changes(session, str(account_id))
    if line is None:
        raise ProblemError(404, "not_found")
    return page.render(
        "staff/person.html",
        told=page.flash(SAID, "page.person.said."),
        person=line,
        state=line.state,
        state_told=tell_state(t, line),
        office=name_office(page, line.office),
        seen_at=t.instant(line.signed_in_at, page.services.policy.zone) if line.signed_in_at else "",
        history=[write_change(page, one) for one in changes],
        is_self=line.id == page.visitor.id,
    )


@router.get("/menschen/{account_id}/aendern")
async def show_forms(page: FreshLeadPage, account_id: UUID) -> Response:
    return await render_forms(page, str(account_id))


@router.post("/menschen/{account_id}/rolle")
async def change_role(
    page: FreshLeadPage,
    account_id: UUID,
    role: Annotated[str, Form(alias="rolle")] = "",
    doing: Annotated[str, Form(alias="tun")] = "",
    is_sure: Annotated[str, Form(alias="sicher")] = "",
) -> Response:
    kinds = {"geben": PersonChangeKind.ROLE_GIVEN, "nehmen": PersonChangeKind.ROLE_TAKEN}
    if role not in STAFF_ROLES or doing not in kinds:
        raise ProblemError(422, "invalid", "names no role, or nothing to do with it", field="rolle")

    async def change() -> Way:
        return await change_person(
            page.services,
            page.caller,
            str(account_id),
            kinds[doing],
            role=Role(role),
            confirmed=bool(is_sure),
        )

    return await carry_out(page, str(account_id), change)


@router.post("/menschen/{account_id}/buero")
async def move(page: FreshLeadPage, account_id: UUID, office: Annotated[str, Form(alias="buero")] = "") -> Response:
    if office not in page.services.policy.region.offices:
        why = page.t("page.people.wrong.office")
        return await render_forms(page, str(account_id), why, status=422)

    async def change() -> Way:
        await change_office(page.services, page.caller, str(account_id), office)
        return Way.NOW

    return await carry_out(page, str(account_id), change)


@router.post("/menschen/{account_id}/sperre")
async def block(
    page: FreshLeadPage,
    account_id: UUID,
    doing: Annotated[str, Form(alias="tun")] = "",
    is_sure: Annotated[str, Form(alias="sicher")] = "",
) -> Response:
    kinds = {
        "sperren": PersonChangeKind.BLOCKED,
        "entsperren": PersonChangeKind.UNBLOCKED,
        "abmelden": PersonChangeKind.SIGNED_OUT,
        "zuruecksetzen": PersonChangeKind.PROOFS_RESET,
    }
    if doing not in kinds:
        raise ProblemError(422, "invalid", "names nothing to do", field="tun")

    async def change() -> Way:
        caller = page.caller
        return await change_person(page.services, caller, str(account_id), kinds[doing], confirmed=bool(is_sure))

    return await carry_out(page, str(account_id), change)


@router.post("/menschen/{account_id}/abwesenheit")
async def enter_absence(page: FreshLeadPage, account_id: UUID) -> Response:
    if refused := await take_absence(page, str(account_id)):
        return await render_forms(page, str(account_id), form=refused, status=refused.status)
    return see_other(f"/menschen/{account_id}", meldung="absence_saved")


@router.post("/menschen/{account_id}/abwesenheit/beenden")
async def call_off_absence(page: FreshLeadPage, account_id: UUID) -> Response:
    await end_absence(page.services, page.caller, page.person, str(account_id))
    return see_other(f"/menschen/{account_id}", meldung="absence_ended")


@router.post("/menschen/{account_id}/rueckkehr")
async def return_(page: FreshLeadPage, account_id: UUID) -> Response:
    """A departure is taken back, or somebody comes back after it."""
    await come_back(page.services, page.caller, str(account_id))
    return see_other(f"/menschen/{account_id}", meldung="returned")


async def carry_out(page: SignedInPage, account_id: str, change: Callable[[], Awaitable[Way]]) -> Response:
    """Change somebody, or show the forms again with the reason why not."""
    try:
        way = await change()
    except PersonNotFound:
        raise ProblemError(404, "not_found") from None
    except NotChanged as refused:
        why = tell_why(page.t, refused.why)
        return await render_forms(page, account_id, why, status=409)
    return see_other(f"/menschen/{account_id}", meldung="changed" if way is Way.NOW else "proposed")


async def render_forms(
    page: SignedInPage, account_id: str, wrong: str = "", form: AbsenceForm | None = None, *, status: int = 200
) -> Response:
    today, t = page.services.today(), page.t
    async with page.services.database.reading() as session:
        line = await read_person(session, account_id, today)
        if line is None:
            raise ProblemError(404, "not_found")
        leads = await find_leads(session)
        others = await name_coaches(session) if line.has_profile else []
    person = facts_of(line)

    def judge(kind: PersonChangeKind) -> Way | WhyNot:
        return judge_change(Wish(kind, page.person.id, confirmed=True), person, leads)

    blocking = judge(PersonChangeKind.UNBLOCKED if person.blocked else PersonChangeKind.BLOCKED)
    resetting = judge(PersonChangeKind.PROOFS_RESET)
    return page.render(
        "staff/change.html",
        status,
        person=line,
        wrong=wrong,
        form=form or AbsenceForm.of(line.absence),
        roles=[write_role(t, role, person, leads, page.person.id) for role in STAFF_ROLES],
        blocking=blocking,
        why_not_blocked=why_not(t, blocking),
        resetting=resetting,
        why_not_reset=why_not(t, resetting),
        others=[one for one in others if one.id != account_id],
        today=today,
        is_self=account_id == page.visitor.id,
        is_coach=Role.COACH in person.roles,
        has_left=line.state is StaffState.LEFT or (line.left_on is not None and line.left_on <= today),
    )


def facts_of(line: StaffLine) -> Staff:
    return Staff(
        id=line.id,
        roles=frozenset(Role(role) for role in line.roles),
        blocked=line.blocked_at is not None,
        work=line.ideas + line.covering + line.open_offers,
    )


def write_role(t: Texts, role: Role, person: Staff, leads: frozenset[str], by: str) -> RoleForm:
    has = role in person.roles
    kind = PersonChangeKind.ROLE_TAKEN if has else PersonChangeKind.ROLE_GIVEN
    way = judge_change(Wish(kind, by, role, confirmed=True), person, leads)
    return RoleForm(role, has, way is Way.PROPOSED, why_not(t, way))


def why_not(t: Texts, way: Way | WhyNot) -> str:
    return tell_why(t, way) if isinstance(way, WhyNot) else ""


def write_change(page: AnyPage, line: ChangeLine) -> HistoryLine:
    change, status = line.change, line.change.status
    if status == "proposed" and change.proposed_until is not None and change.proposed_until <= utc_now():
        status = "lapsed"
    by = line.by or page.t("page.somebody") if change.by_id else page.t("page.person.by.operator")
    answer = (
        ""
        if status == "done"
        else page.t(f"page.person.status.{status}", by=line.decided_by or page.t("page.somebody"))
    )
    return HistoryLine(page.t.instant(change.at, page.services.policy.zone), tell_change(page, change), by, answer)
