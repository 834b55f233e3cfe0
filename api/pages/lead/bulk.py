"""One step for many cases: choose, say what is wanted, look, carry out, see what became of each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from starlette.datastructures import FormData

from activities.bulk import SILENT
from api.pages.kit.fields import Choice, Field
from api.pages.kit.forms import read_text, read_texts, write_choices
from api.pages.kit.page import AnyPage, FreshLeadPage, LeadPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.turn_presenter import Position, TurnPresenter
from api.pages.lead.filters import read_filters
from api.runtime.services import Services
from api.use_cases.audit import audit
from api.use_cases.bulk import (
    FIELDS,
    OPTIONAL,
    SPEAKS_FOR_ITSELF,
    Foreseen,
    Wanted,
    check_bulk,
    drop_bulk,
    foresee_bulk,
    prepare_bulk,
    see_bulk,
    start_bulk,
)
from api.use_cases.errors import Invalid
from api.web.problems import ProblemError
from api.web.request_caller import caller_of
from api.web.routers import page_router
from models.case_names import page_of, tell_event, tell_place
from models.messages.cases import CaseStanding
from models.messages.commands import RefusalCode
from models.messages.idea import Standing
from models.policy import fill_gaps
from models.queries.account_names import Person
from models.queries.board import list_ideas
from models.queries.bulk import BulkLine, BulkView, list_runs
from models.queries.coaches import list_coaches
from models.queries.moment import Moment
from models.rules.bulk import MOST_CASES
from models.rules.days import read_day
from models.tables import StandingRow
from models.typed_text import LONGEST_TEXT
from models.vocabulary import AuditEvent, BulkAction, BulkStatus, Outcome

router = page_router()

HOME = "/leitung/sammel"


@router.get("/leitung/sammel")
async def show_runs(page: LeadPage) -> Response:
    async with page.services.database.reading() as session:
        runs = await list_runs(session, page.person.id)
    return page.render("lead/bulk_runs.html", runs=runs, zone=page.services.policy.zone)


@router.post("/leitung/sammel")
async def gather(page: LeadPage) -> Response:
    """The ticked cases, or all ideas that the filters of the address show."""
    sent = await page.form()
    try:
        action = BulkAction(str(sent.get("handlung", "")))
        ids = await choose(page, sent)
        run_id = await prepare_bulk(page.services, page.person.id, action, [Wanted(one) for one in ids])
        await note_run(page.request, page.services, run_id, action, "prepared", len(ids))
    except (ValueError, Invalid) as wrong:
        why = wrong.field if isinstance(wrong, Invalid) and wrong.field else "none"
        came_from = sent.get("von")
        back = f"/{came_from}" if came_from in ("haengt-fest", "neu") else read_filters(page.query).address()
        told = page.t(f"page.bulk.wrong.{why}", most=MOST_CASES)
        return page.render("lead/bulk_none.html", 422, told=told, back=back)
    return see_other(f"{HOME}/{run_id}")


@router.get("/leitung/sammel/{run_id}")
async def show_run(page: LeadPage, run_id: UUID) -> Response:
    return await render_run(page, str(run_id))


@router.get("/leitung/sammel/{run_id}/stand")
async def show_progress(page: LeadPage, run_id: UUID) -> Response:
    """How far it has come: the part of the page that changes by itself."""
    view = await see_bulk(page.services, str(run_id))
    return page.render("lead/bulk_progress.html", **describe_progress(page, view))


@router.post("/leitung/sammel/{run_id}/angaben")
async def say_what(page: LeadPage, run_id: UUID) -> Response:
    sent = await page.form()
    view = await see_bulk(page.services, str(run_id))
    values = read_texts(sent, fields_of(view))
    values["reason"] = values["reason"] or read_text(sent, "reason_template")
    fields, errors = read_fields(values, needs_reason=needs_reason(view))
    if errors:
        told = {name: page.t(f"refusal.field.{name}") for name in errors}
        return await render_run(page, str(run_id), values, told, status=422)
    kept = {name: value for name, value in view.run.fields.items() if name == "leaving"}
    notes = write_notes(page.speaker, view, values["reason"])
    await check_bulk(page.services, page.person.id, str(run_id), fields | kept, values["reason"], notes)
    return see_other(f"{HOME}/{run_id}")


@router.post("/leitung/sammel/{run_id}/ausfuehren")
async def carry_out(page: FreshLeadPage, run_id: UUID) -> Response:
    await start_bulk(page.services, page.person.id, str(run_id))
    view = await see_bulk(page.services, str(run_id))
    await note_run(page.request, page.services, str(run_id), view.run.action, "carried_out", len(view.lines))
    return see_other(f"{HOME}/{run_id}")


@router.post("/leitung/sammel/{run_id}/verwerfen")
async def drop(page: LeadPage, run_id: UUID) -> Response:
    await drop_bulk(page.services, page.person.id, str(run_id))
    return see_other(HOME)


async def note_run(request: Request, services: Services, run_id: str, action: str, step: str, ideas: int) -> None:
    async with services.database.transaction() as session:
        await audit(
            session,
            caller_of(services, request),
            AuditEvent.BULK,
            subject_id=run_id,
            action=action,
            step=step,
            ideas=ideas,
        )


async def choose(page: SignedInPage, sent: FormData) -> list[str]:
    """Raises ValueError where something is no id."""
    if not sent.get("alle"):
        return [str(UUID(str(one))) for one in sent.getlist("fall")]
    filters, moment = read_filters(page.query), Moment.of(page.services.policy, datetime.now(UTC))
    async with page.services.database.reading() as session:
        listed = partial(list_ideas, session, page.person.id, page.visitor.roles, moment, filters.wanted)
        return [card.id for card in (await listed(sort=filters.sort, limit=MOST_CASES + 1)).items]


async def render_run(
    page: SignedInPage,
    run_id: str,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    view = await see_bulk(page.services, run_id)
    if view.run.started_at is not None:
        return page.render("lead/bulk_result.html", status, **describe_progress(page, view))
    if view.run.created_by != page.visitor.id:
        raise ProblemError(404, "not_found")
    async with page.services.database.reading() as session:
        coaches = await list_coaches(session, page.services.today())
    names = {coach.id: Person(id=coach.id, name=coach.name) for coach in coaches}
    foreseen = await foresee_bulk(page.services, view) if view.run.checked_at is not None and not errors else []
    known = values if values is not None else known_values(view)
    places = {one.id: one.free for one in coaches if one.left_on is None}
    return page.render(
        "lead/bulk.html",
        status,
        run=view.run,
        lines=[write_line(page.speaker, line) for line in view.lines],
        foreseen=[write_foreseen(page.speaker, one, names) for one in foreseen],
        possible=sum(one.refusal is None for one in foreseen),
        fields=list(write_fields(page, view, known, errors or {}, names, places)),
        errors=dict(errors or {}),
    )


# -- what is asked ---------------------------------------------------------------------------------------------


def fields_of(view: BulkView) -> tuple[str, ...]:
    return FIELDS[BulkAction(view.run.action)]


def needs_reason(view: BulkView) -> bool:
    return BulkAction(view.run.action) not in SPEAKS_FOR_ITSELF


def read_fields(values: Mapping[str, str], *, needs_reason: bool) -> tuple[dict[str, Any], list[str]]:
    """What was entered, as it is kept; and the names of the fields that say nothing."""
    readers: dict[str, Callable[[str], Any]] = {
        "days": _read_days,
        "until": _read_day,
        "outcome": Outcome,
        "coach_id": _read_id,
        "partner": str,
    }
    fields: dict[str, Any] = {}
    said = len(values.get("reason", ""))
    wrong = [] if said <= LONGEST_TEXT and (said or not needs_reason) else ["reason"]
    for name, read in readers.items():
        if name in values and (values[name] or name not in OPTIONAL):
            try:
                fields[name] = read(values[name])
            except ValueError:
                wrong.append(name)
    return fields, wrong


def known_values(view: BulkView) -> dict[str, str]:
    return {name: str(view.run.fields.get(name) or "") for name in fields_of(view)} | {"reason": view.run.reason}


def write_fields(
    page: AnyPage,
    view: BulkView,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    names: Mapping[str, Person],
    places: Mapping[str, int],
) -> Iterator[Field]:
    for name in fields_of(view):
        field = write_field(page, name, names, places, needs_reason=needs_reason(view))
        if name == "reason" and (prepared := list_prepared(page.speaker, view)):
            field = replace(field, help=page.t("page.bulk.reason.gaps"), templates=prepared)
        yield replace(field, value=values.get(name, ""), error=errors.get(name, ""))


def list_prepared(speaker: TurnPresenter, view: BulkView) -> tuple[Choice, ...]:
    """The words that the region has prepared for the step, with gaps for what differs from idea to idea."""
    prepared = (one for one in speaker.policy.templates if one.event == view.run.action)
    return tuple(Choice(one.with_gaps, one.title) for one in prepared)


def write_notes(speaker: TurnPresenter, view: BulkView, reason: str) -> dict[str, str]:
    """Case → the reason with what belongs to its idea; nothing where words cannot be prepared."""
    if not list_prepared(speaker, view):
        return {}
    me = speaker.visitor.account
    return {
        line.case.row.case_id: fill_gaps(
            reason,
            name=speaker.name(line.case.owner),
            title=line.case.idea.title,
            office=speaker.names.office(line.case.of.office),
            me=me.name if me else "",
        )
        for line in view.lines
    }


def write_field(
    page: AnyPage, name: str, names: Mapping[str, Person], places: Mapping[str, int], *, needs_reason: bool
) -> Field:
    t, today, rulebook = page.speaker.t, page.speaker.today, page.services.rulebook()
    label = t(f"field.{name}")
    match name:
        case "days":
            most = str(rulebook.longest_extension_days)
            return Field(name, "number", label, t("page.bulk.days.help"), True, least="1", most=most)
        case "until":
            first = (today + timedelta(days=1)).isoformat()
            last = (today + timedelta(days=rulebook.longest_pause_days)).isoformat()
            return Field(name, "date", label, t("page.bulk.until.help"), True, least=first, most=last)
        case "outcome":
            return Field(name, "select", label, "", True, tuple(Choice(one, t(f"outcome.{one}")) for one in Outcome))
        case "coach_id":
            free = tuple(Choice(one, names[one].name, write_places(page.speaker, places[one])) for one in places)
            return Field(name, "select", label, t("page.bulk.coach.help"), False, free)
        case "partner":
            return Field(name, "select", label, "", False, write_choices(t, page.speaker.policy.region.partners))
    about = t("page.bulk.reason.help")
    return Field(name, "text", label if needs_reason else t("page.note.optional"), about, needs_reason)


def write_places(speaker: TurnPresenter, free: int) -> str:
    return speaker.t("page.places", count=free)


def _read_days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= 3650:
        raise ValueError("no number of days")
    return days


def _read_day(text: str) -> str:
    day = read_day(text)
    if day is None:
        raise ValueError("no day")
    return day.isoformat()


def _read_id(text: str) -> str:
    return str(UUID(text))


# -- in words --------------------------------------------------------------------------------------------------


def write_line(speaker: TurnPresenter, line: BulkLine) -> dict[str, Any]:
    """A case as it stands now."""
    row, position = line.case.row, Position.of_case(line.case)
    return {
        "id": row.case_id,
        "path": page_of(row.kind, row.idea_id),
        "title": line.case.idea.title,
        "place": tell_place(speaker.t, row.kind, row.stage, row.state),
        "who": speaker.short_who(position),
        "badge": speaker.badge(position),
    }


def write_foreseen(speaker: TurnPresenter, one: Foreseen, names: Mapping[str, Person]) -> dict[str, Any]:
    """What will happen, or why not."""
    told = write_line(speaker, one.line)
    if one.refusal is not None:
        return told | {"possible": False, "what": explain(speaker, one.line, one.refusal.code, one.refusal.field)}
    assert one.after is not None
    what = tell_event(speaker.t, one.line.case.row.stage, one.event)
    after = tell_after(speaker, one.line.case.row, one.after, names)
    return told | {"possible": True, "what": what, "after": after, "note": one.line.item.note}


def tell_after(speaker: TurnPresenter, row: StandingRow, after: CaseStanding, names: Mapping[str, Person]) -> str:
    """Where it stands afterwards, in one line."""
    t = speaker.t
    if isinstance(after, Standing) and after.outcome is not None:
        return t("page.bulk.then.ended", outcome=t(f"outcome.{after.outcome}"))
    if after.pause is not None:
        return t("page.bulk.then.paused", until=t.short_day(after.pause.until))
    if isinstance(after, Standing) and after.coach_id not in (None, row.coach_id):
        return t("page.bulk.then.coach", name=speaker.name(names.get(str(after.coach_id))))
    if isinstance(after, Standing) and after.search not in (None, row.search):
        return t("page.bulk.then.search")
    if after.holder is not None and after.holder.until is not None:
        return t("page.bulk.then.due", until=t.short_day(after.holder.until))
    return t("page.bulk.then.same")


def explain(speaker: TurnPresenter, line: BulkLine, code: str, field: str | None) -> str:
    """Why a case stays, or stayed, as it is."""
    if code == SILENT:
        return speaker.t("page.bulk.silent")
    if field is not None and speaker.t.has(f"page.bulk.refused.{field}"):
        return speaker.t(f"page.bulk.refused.{field}")
    if code == RefusalCode.NOT_ALLOWED and line.case.row.outcome is not None:
        return speaker.t("page.bulk.refused.ended")
    if code == RefusalCode.NOT_ALLOWED and (until := line.case.paused_until) is not None:
        return speaker.t("page.bulk.refused.paused", until=speaker.t.short_day(until))
    return speaker.t(f"page.bulk.refused.{code}")


def describe_progress(page: SignedInPage, view: BulkView) -> dict[str, Any]:
    waiting = view.count(BulkStatus.WAITING)
    results = []
    for line in view.lines:
        told: dict[str, Any] = write_line(page.speaker, line) | {"status": line.item.status}
        if line.item.status == BulkStatus.REFUSED:
            told["what"] = explain(page.speaker, line, line.item.code or "", line.item.field)
        elif line.item.event is not None:
            told["what"] = page.speaker.t(f"done.{line.item.event}")
        results.append(told)
    return {
        "run": view.run,
        "by": page.speaker.name(view.by),
        "mine": view.run.created_by == page.visitor.id,
        "results": results,
        "waiting": waiting,
        "done": view.count(BulkStatus.DONE),
        "refused": view.count(BulkStatus.REFUSED),
        "over": view.run.finished_at is not None,
        "untouched": view.run.finished_at is None and waiting == len(view.lines),
        "zone": page.speaker.zone,
    }
