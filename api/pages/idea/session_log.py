"""The session log of an idea, and what all sessions come to by coach and month. For coaches and leads alone."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from api.pages.idea.session_view import (
    NEW,
    read_session,
    read_values,
    tell_session,
    tell_sum,
    write_form,
    write_sheet,
)
from api.pages.kit.fields import Entered, WrongFields, new_key
from api.pages.kit.page import FreshPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.step_taking import read_version
from api.pages.kit.visitors import Member
from api.use_cases.audit import audit
from api.use_cases.errors import Conflict
from api.use_cases.session_log import (
    correct_session,
    log_session,
    open_session_log,
    remove_session,
    restore_session,
)
from api.web.downloads import download
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.queries.session_log import (
    SessionSum,
    list_removed_sessions,
    read_session_log,
    sum_months,
)
from models.vocabulary import AuditEvent, Role

router = page_router()

SAID = frozenset({"session_logged", "session_corrected", "session_removed", "session_restored"})


MONTHS_SHOWN = 12
MONTHS_IN_SHEET = 36


@router.get("/ideen/{idea_id}/gespraeche")
async def show_sessions(page: SignedInPage, idea_id: UUID) -> Response:
    return await render_sessions(page, str(idea_id))


@router.post("/ideen/{idea_id}/gespraeche")
async def add_session(page: SignedInPage, idea_id: UUID) -> Response:
    sent = await page.form()
    values = read_values(sent)
    try:
        words = read_session(values, page.services.today(), page.t)
        key = str(sent.get("schluessel") or new_key())[:80]
        await log_session(page.services, page.person, str(idea_id), words, key)
    except WrongFields as wrong:
        entered = Entered(NEW, values, wrong.errors)
        return await render_sessions(page, str(idea_id), entered, status=422)
    return see_other(f"/ideen/{idea_id}/gespraeche", meldung="session_logged")


@router.post("/ideen/{idea_id}/gespraeche/{session_id}")
async def change_session(page: SignedInPage, idea_id: UUID, session_id: UUID) -> Response:
    sent = await page.form()
    values = read_values(sent)
    try:
        words = read_session(values, page.services.today(), page.t)
        version = read_version(sent) or 0
        await correct_session(page.services, page.person, str(idea_id), str(session_id), words, version)
    except WrongFields as wrong:
        entered = Entered(str(session_id), values, wrong.errors)
        return await render_sessions(page, str(idea_id), entered, status=422)
    except Conflict:
        entered = Entered(str(session_id), values, {}, page.t("page.session.stale"))
        return await render_sessions(page, str(idea_id), entered, status=409)
    return see_other(f"/ideen/{idea_id}/gespraeche", meldung="session_corrected")


@router.post("/ideen/{idea_id}/gespraeche/{session_id}/entfernen")
async def take_out(page: SignedInPage, idea_id: UUID, session_id: UUID) -> Response:
    await remove_session(page.services, page.person, str(idea_id), str(session_id))
    return see_other(f"/ideen/{idea_id}/gespraeche", meldung="session_removed")


@router.post("/ideen/{idea_id}/gespraeche/{session_id}/zurueckholen")
async def bring_back(page: SignedInPage, idea_id: UUID, session_id: UUID) -> Response:
    await restore_session(page.services, page.person, str(idea_id), str(session_id))
    return see_other(f"/ideen/{idea_id}/gespraeche", meldung="session_restored")


async def open_for_staff(page: SignedInPage) -> SignedInPage:
    """For whoever coaches or leads. Raises a problem with status 403 for everybody else."""
    if not page.visitor.has_staff_role:
        raise ProblemError(403, "forbidden")
    return page


StaffPage = Annotated[SignedInPage, Depends(open_for_staff)]


@router.get("/gespraeche")
async def show_months(page: StaffPage) -> Response:
    """By month: a coach's own sessions, and for leads those of everybody."""
    speaker = page.speaker
    async with page.services.database.reading() as session:
        found = await sum_months(session, months_ago(speaker.today, MONTHS_SHOWN), coach_id=scope_of(page.visitor))
    total = SessionSum(sum(one.total.count for one in found), sum(one.total.minutes for one in found))
    months = [(speaker.t.month(one.month), speaker.name(one.coach), tell_sum(speaker.t, one.total)) for one in found]
    return page.render(
        "session_log/months.html",
        months=months,
        total=tell_sum(speaker.t, total),
        everybody=page.visitor.has(Role.LEAD),
    )


@router.get("/gespraeche.csv")
async def download_months(page: StaffPage, _fresh: FreshPage) -> Response:
    """By month, coach and idea, for a spreadsheet. Ideas are ids, and no note leaves the house."""
    speaker = page.speaker
    async with page.services.database.transaction() as session:
        since = months_ago(speaker.today, MONTHS_IN_SHEET)
        found = await sum_months(session, since, coach_id=scope_of(page.visitor), by_idea=True)
        await audit(session, page.caller, AuditEvent.EXPORT, what="sessions", count=len(found))
    return download(write_sheet(speaker, found), "ideenweg-gespraeche.csv")


async def render_sessions(
    page: SignedInPage, idea_id: str, entered: Entered | None = None, *, status: int = 200
) -> Response:
    t = page.t
    async with page.services.database.reading() as session:
        view = await open_session_log(session, page.person, idea_id)
        log = await read_session_log(session, idea_id)
        removed = await list_removed_sessions(session, idea_id)
    speaker = page.speaker
    lines = [tell_session(speaker, one, entered) for one in log.sessions]
    shown = {NEW, *(line.id for line in lines if line.form)}
    return page.render(
        "session_log/sessions.html",
        status,
        idea=view.idea,
        told=page.flash(SAID),
        refused=entered.list_wrong(t) if entered else {},
        anchors={name: f"{entered.event}-{name}" for name in entered.errors}
        if entered and entered.event in shown
        else {},
        form=write_form(speaker, NEW, None, entered),
        lines=lines,
        total=tell_sum(t, log.total),
        removed=[tell_session(speaker, one, None) for one in removed],
    )


# -- in words ----------------------------------------------------------------------------------------------------


# -- what was sent -----------------------------------------------------------------------------------------------


def scope_of(member: Member) -> str | None:
    """Whose sessions somebody may add up: a lead everybody's."""
    return None if member.has(Role.LEAD) else member.person.id


def months_ago(today: date, months: int) -> date:
    """The first day of the month that, with this one, makes so many.

    >>> months_ago(date(2026, 11, 22), 12)
    datetime.date(2025, 12, 1)
    """
    count = today.year * 12 + today.month - months
    return date(count // 12, count % 12 + 1, 1)
