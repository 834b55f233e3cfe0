"""The session log of an idea, and what all sessions come to by coach and month. For coaches and leads alone."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import FormData

from api.pages.idea.mine import speak
from api.pages.kit.fields import Choice, Field, new_key
from api.pages.kit.rendering import render, see_other, texts_for
from api.pages.kit.step_taking import read_version
from api.pages.kit.turns import Speaker
from api.pages.kit.visitors import Fresh, Member, SignedIn
from api.runtime.services import Services
from api.use_cases.audit import audit
from api.use_cases.errors import Conflict
from api.use_cases.idea_text import LONGEST_TEXT
from api.use_cases.session_log import (
    SessionWords,
    correct_session,
    log_session,
    open_session_log,
    remove_session,
    restore_session,
)
from api.web.callers import caller_of
from api.web.dependencies import ServicesHere
from api.web.problems import ProblemError
from models.i18n import Texts
from models.queries.session_log import (
    LoggedSession,
    MonthSum,
    SessionLog,
    SessionSum,
    list_removed_sessions,
    read_session_log,
    sum_months,
)
from models.rules.days import read_day
from models.rules.permissions import may_correct_session
from models.spreadsheet import SheetWriter
from models.tables.session_log import LONGEST_MINUTES
from models.texts import clean
from models.vocabulary import AuditEvent, Role, SessionKind

router = APIRouter()

SAID = frozenset({"session_logged", "session_corrected", "session_removed", "session_restored"})

EARLIEST = timedelta(days=730)
"""How long ago a session may have been that somebody notes today."""

MONTHS_SHOWN = 12
MONTHS_IN_SHEET = 36

NEW = "neu"
"""The form for a session that is not noted yet, beside the ids of those that are."""


@dataclass(frozen=True)
class SessionForm:
    """A form as it is shown. `at` tells its fields from those of other forms on the page."""

    at: str
    fields: tuple[Field, ...]
    key: str = ""
    version: int = 0
    open: bool = False
    error: str = ""


@dataclass(frozen=True)
class Entered:
    """A form that was refused: which, with what, and why."""

    at: str
    values: Mapping[str, str]
    errors: Mapping[str, str]
    error: str = ""


@dataclass(frozen=True)
class SessionLine:
    """One session in words, with a form for whoever may correct it."""

    id: str
    day: str
    kind: str
    length: str
    who: str
    note: str
    form: SessionForm | None


class WrongSession(Exception):
    """Fields that are missing or out of range, with the words for it."""

    def __init__(self, errors: dict[str, str]) -> None:
        self.errors = errors
        super().__init__(", ".join(errors))


@router.get("/ideen/{idea_id}/gespraeche")
async def show_sessions(request: Request, services: ServicesHere, member: SignedIn, idea_id: UUID) -> Response:
    return await answer_with_sessions(request, services, member, str(idea_id))


@router.post("/ideen/{idea_id}/gespraeche")
async def add_session(request: Request, services: ServicesHere, member: SignedIn, idea_id: UUID) -> Response:
    sent, t = await request.form(), texts_for(request, member)
    values = read_values(sent)
    try:
        words = read_session(values, services.today(), t)
        key = str(sent.get("schluessel") or new_key())[:80]
        await log_session(services, member.person, str(idea_id), words, key)
    except WrongSession as wrong:
        entered = Entered(NEW, values, wrong.errors)
        return await answer_with_sessions(request, services, member, str(idea_id), entered, status=422)
    return see_other(f"/ideen/{idea_id}/gespraeche", meldung="session_logged")


@router.post("/ideen/{idea_id}/gespraeche/{session_id}")
async def change_session(
    request: Request, services: ServicesHere, member: SignedIn, idea_id: UUID, session_id: UUID
) -> Response:
    sent, t = await request.form(), texts_for(request, member)
    values = read_values(sent)
    try:
        words = read_session(values, services.today(), t)
        version = read_version(sent) or 0
        await correct_session(services, member.person, str(idea_id), str(session_id), words, version)
    except WrongSession as wrong:
        entered = Entered(str(session_id), values, wrong.errors)
        return await answer_with_sessions(request, services, member, str(idea_id), entered, status=422)
    except Conflict:
        entered = Entered(str(session_id), values, {}, t("page.session.stale"))
        return await answer_with_sessions(request, services, member, str(idea_id), entered, status=409)
    return see_other(f"/ideen/{idea_id}/gespraeche", meldung="session_corrected")


@router.post("/ideen/{idea_id}/gespraeche/{session_id}/entfernen")
async def take_out(services: ServicesHere, member: SignedIn, idea_id: UUID, session_id: UUID) -> Response:
    await remove_session(services, member.person, str(idea_id), str(session_id))
    return see_other(f"/ideen/{idea_id}/gespraeche", meldung="session_removed")


@router.post("/ideen/{idea_id}/gespraeche/{session_id}/zurueckholen")
async def bring_back(services: ServicesHere, member: SignedIn, idea_id: UUID, session_id: UUID) -> Response:
    await restore_session(services, member.person, str(idea_id), str(session_id))
    return see_other(f"/ideen/{idea_id}/gespraeche", meldung="session_restored")


async def see_staff(member: SignedIn) -> Member:
    """Whoever coaches or leads. Raises a problem with status 403 for everybody else."""
    if not (member.has(Role.COACH) or member.has(Role.LEAD)):
        raise ProblemError(403, "forbidden")
    return member


Staff = Annotated[Member, Depends(see_staff)]


@router.get("/gespraeche")
async def show_months(request: Request, services: ServicesHere, member: Staff) -> Response:
    """By month: a coach's own sessions, and for leads those of everybody."""
    speaker = speak(services, texts_for(request, member), member)
    async with services.database.reading() as session:
        found = await sum_months(session, months_ago(speaker.today, MONTHS_SHOWN), coach_id=scope_of(member))
    total = SessionSum(sum(one.total.count for one in found), sum(one.total.minutes for one in found))
    months = [(speaker.t.month(one.month), speaker.name(one.coach), tell_sum(speaker.t, one.total)) for one in found]
    return render(
        request,
        member,
        "session_log/months.html",
        months=months,
        total=tell_sum(speaker.t, total),
        everybody=member.has(Role.LEAD),
    )


@router.get("/gespraeche.csv")
async def download_months(request: Request, services: ServicesHere, _fresh: Fresh, member: Staff) -> Response:
    """By month, coach and idea, for a spreadsheet. Ideas are ids, and no note leaves the house."""
    speaker = speak(services, texts_for(request, member), member)
    async with services.database.transaction() as session:
        since = months_ago(speaker.today, MONTHS_IN_SHEET)
        found = await sum_months(session, since, coach_id=scope_of(member), by_idea=True)
        await audit(session, caller_of(services, request), AuditEvent.EXPORT, what="sessions", count=len(found))
    headers = {
        "Content-Disposition": 'attachment; filename="ideenweg-gespraeche.csv"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(write_sheet(speaker, found), media_type="text/csv; charset=utf-8", headers=headers)


async def answer_with_sessions(
    request: Request,
    services: Services,
    member: Member,
    idea_id: str,
    entered: Entered | None = None,
    *,
    status: int = 200,
) -> Response:
    t, said = texts_for(request, member), request.query_params.get("meldung")
    async with services.database.reading() as session:
        view = await open_session_log(session, member.person, idea_id)
        log = await read_session_log(session, idea_id)
        removed = await list_removed_sessions(session, idea_id)
    speaker = speak(services, t, member)
    lines = [tell_session(speaker, one, entered) for one in log.sessions]
    shown = {NEW, *(line.id for line in lines if line.form)}
    return render(
        request,
        member,
        "session_log/sessions.html",
        status,
        idea=view.idea,
        told=t(f"page.said.{said}") if said in SAID else None,
        refused=list_wrong(entered, t) if entered else {},
        anchors={name: f"{entered.at}-{name}" for name in entered.errors} if entered and entered.at in shown else {},
        form=write_form(speaker, NEW, None, entered),
        lines=lines,
        total=tell_sum(t, log.total),
        removed=[tell_session(speaker, one, None) for one in removed],
    )


# -- in words ----------------------------------------------------------------------------------------------------


def describe_sessions(speaker: Speaker, log: SessionLog) -> dict[str, Any]:
    """What the idea's own page shows of its log: the sum, the latest, and the form for the next."""
    return {
        "total": tell_sum(speaker.t, log.total) if log.total.count else "",
        "lines": [tell_session(speaker, one, None) for one in log.sessions],
        "form": write_form(speaker, NEW, None, None),
    }


def tell_session(speaker: Speaker, one: LoggedSession, entered: Entered | None) -> SessionLine:
    t, row, visitor = speaker.t, one.row, speaker.visitor
    may_correct = visitor.id is not None and may_correct_session(visitor.id, visitor.roles, row.coach_id)
    return SessionLine(
        id=row.id,
        day=t.short_day(row.day),
        kind=t(f"session.kind.{row.kind}"),
        length=tell_minutes(t, row.minutes),
        who=t("page.you") if row.coach_id == visitor.id else speaker.name(one.coach),
        note=row.note,
        form=write_form(speaker, row.id, one, entered) if may_correct else None,
    )


def tell_sum(t: Texts, total: SessionSum) -> str:
    """ "3 Gespräche, 2 h 15 min"."""
    count = t("page.session.one") if total.count == 1 else t("page.session.count", count=total.count)
    return f"{count}, {tell_minutes(t, total.minutes)}"


def tell_minutes(t: Texts, minutes: int) -> str:
    """ "2 h 15 min"."""
    hours, rest = divmod(minutes, 60)
    parts = [t("page.hours", hours=hours)] if hours else []
    return " ".join([*parts, t("page.minutes", minutes=rest)] if rest or not hours else parts)


def write_form(speaker: Speaker, at: str, one: LoggedSession | None, entered: Entered | None) -> SessionForm:
    """The form for a new session, or one that corrects; with what was entered where it was refused."""
    t, today = speaker.t, speaker.today
    row = one.row if one else None
    kinds = tuple(Choice(kind, t(f"session.kind.{kind}")) for kind in SessionKind)
    first, last = (today - EARLIEST).isoformat(), today.isoformat()
    day, kind = (row.day, row.kind) if row else (today, SessionKind.IN_PERSON)
    minutes, note = (str(row.minutes), row.note) if row else ("", "")
    note_help = t("field.session_note.help")
    fields: tuple[Field, ...] = (
        Field("day", "date", t("field.day"), "", True, value=day.isoformat(), least=first, most=last),
        Field("minutes", "number", t("field.minutes"), "", True, value=minutes, least="1", most=str(LONGEST_MINUTES)),
        Field("kind", "select", t("field.session_kind"), "", True, kinds, kind),
        Field("note", "text", t("field.session_note"), note_help, value=note),
    )
    version = row.version if row else 0
    if entered is None or entered.at != at:
        return SessionForm(at, fields, new_key(), version)
    fields = tuple(
        replace(field, value=entered.values.get(field.name, ""), error=entered.errors.get(field.name, ""))
        for field in fields
    )
    return SessionForm(at, fields, new_key(), version, open=True, error=entered.error)


def list_wrong(entered: Entered, t: Texts) -> dict[str, str]:
    return {**entered.errors, **({"form": entered.error} if entered.error else {})} or {"form": t("refusal.invalid")}


def write_sheet(speaker: Speaker, found: list[MonthSum]) -> bytes:
    t, sink = speaker.t, io.StringIO()
    sheet = SheetWriter(sink)
    names = ("month", "coach", "idea", "sessions", "minutes")
    sheet.write([t(f"sheet.sessions.{name}") for name in names])
    for one in found:
        sheet.write([f"{one.month:%Y-%m}", speaker.name(one.coach), one.idea_id, one.total.count, one.total.minutes])
    return sink.getvalue().encode("utf-8")


# -- what was sent -----------------------------------------------------------------------------------------------


def read_values(sent: FormData) -> dict[str, str]:
    """The fields of a session, as they were filled in."""
    found = {name: str(sent.get(name, "")) for name in ("day", "minutes", "kind", "note")}
    return {name: clean(value) for name, value in found.items()}


def read_session(values: Mapping[str, str], today: date, t: Texts) -> SessionWords:
    """Raises WrongSession."""
    day, minutes, kind = values["day"], values["minutes"], values["kind"]
    on = read_day(day)
    is_number = minutes.isdecimal() and len(minutes) < 6
    wrong = {
        "day": on is None or not today - EARLIEST <= on <= today,
        "minutes": not is_number or not 1 <= int(minutes) <= LONGEST_MINUTES,
        "kind": kind not in set(SessionKind),
        "note": len(values["note"]) > LONGEST_TEXT,
    }
    errors = {name: t(f"refusal.field.session_{name}") for name, is_wrong in wrong.items() if is_wrong}
    if errors or on is None:
        raise WrongSession(errors)
    return SessionWords(on, int(minutes), SessionKind(kind), values["note"])


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
