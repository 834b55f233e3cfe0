"""The plan of an idea on a page of its own: all tasks in one form, saved at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from fastapi import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.ports.ideas import CommandRefused
from api.pages.idea.plan_form import (
    Rows,
    add_rows,
    begin_rows,
    catch_up,
    digest_of,
    fill_rows,
    find_row,
    move_row,
    read_plan,
    read_rows,
)
from api.pages.kit.fields import Choice, Field, new_key
from api.pages.kit.forms import FormWriter, read_text
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.step_taking import word_for
from api.use_cases.command_sender import refused
from api.use_cases.commands import CommandForm, allowed_for, send_command
from api.use_cases.idea_text import IdeaNotFound
from api.web.problems import STATUS_OF_REFUSAL
from api.web.routers import page_router
from models.cases.calendar import calendar_of
from models.i18n import Texts
from models.lifecycles.events import PLAN
from models.messages.commands import Refusal, RefusalCode
from models.messages.idea import LONGEST_TASK
from models.policy import PlanTemplate
from models.queries.idea import IdeaView, TaskLine, read_idea
from models.rules.idea_refusals import MAY_BE_ASKED
from models.rules.permissions import may_view
from models.typed_text import LONGEST_TEXT
from workflows.client import EngineAway

router = page_router(prefix="/ideen/{idea_id}/plan")

UP, DOWN, MORE, FILL = "hoch", "runter", "mehr", "vorlage"
"""What a button asks for; any other saves the plan."""

STALE = 412


@dataclass(frozen=True)
class Typed:
    """What stands in the form, and what is wrong about it."""

    rows: Rows
    seen: str
    """The digest of the plan that was there as the form began."""
    note: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    key: str = field(default_factory=new_key)
    is_behind: bool = False
    """Somebody else has changed the plan meanwhile."""


@router.get("")
async def show_plan(page: SignedInPage, idea_id: UUID) -> Response:
    view, tasks = await open_plan(page, str(idea_id))
    return render_plan(page, view, Typed(begin_rows(tasks), digest_of(tasks)))


@router.post("")
async def write_plan(page: SignedInPage, idea_id: UUID) -> Response:
    """Save all rows at once; the other buttons only write the form anew."""
    view, tasks = await open_plan(page, str(idea_id))
    sent = await page.form()
    rows, note, key = read_rows(sent), read_text(sent, "note"), str(sent.get("schluessel") or new_key())[:80]
    typed = Typed(rows, read_text(sent, "stand"), note, key=key)
    wish, _, number = read_text(sent, "tun").partition("-")
    if wish in (UP, DOWN) and number.isdecimal() and len(number) < 4:
        moved = move_row(rows, int(number), -1 if wish == UP else 1)
        return render_plan(page, view, Typed(moved, typed.seen, note))
    if wish == MORE:
        return render_plan(page, view, Typed(add_rows(rows), typed.seen, note))
    if wish == FILL:
        return render_plan(page, view, Typed(fill_from(page, view, rows, read_text(sent, FILL)), typed.seen, note))
    return await save(page, view, tasks, typed)


async def open_plan(page: SignedInPage, idea_id: str) -> tuple[IdeaView, list[TaskLine]]:
    """The idea and its open tasks, for those who may plan now. Raises IdeaNotFound, CommandRefused."""
    async with page.services.database.reading() as session:
        view = await find_seen(session, page, idea_id)
    allowed = allowed_for(view.row, view.idea, page.person)
    if PLAN not in allowed:
        is_over = view.row.outcome is not None
        code = RefusalCode.NOT_ALLOWED if is_over else RefusalCode.FORBIDDEN
        raise refused(code, "you cannot plan here now", view.row.version, allowed)
    return view, [task for task in view.tasks if task.open and not task.asks]


async def find_seen(session: AsyncSession, page: SignedInPage, idea_id: str) -> IdeaView:
    view = await read_idea(session, idea_id)
    if view is None or not may_view(view.row.standing(), page.person.id, page.visitor.roles):
        raise IdeaNotFound(hidden=view is not None)
    return view


def fill_from(page: SignedInPage, view: IdeaView, rows: Rows, chosen: str) -> Rows:
    """From a prepared plan, in the language in which the idea is written: its owner reads it."""
    plans = page.services.policy.plans
    if not chosen.isdecimal() or len(chosen) > 3 or int(chosen) >= len(plans):
        return rows
    tasks = plans[int(chosen)].tasks_in(view.idea.language)
    return fill_rows(rows, tasks, calendar_of(page.services.rulebook()), page.services.today())


async def save(page: SignedInPage, view: IdeaView, tasks: list[TaskLine], typed: Typed) -> Response:
    idea_id, t = view.idea.id, page.t
    if typed.seen != digest_of(tasks):
        return render_behind(page, view, tasks, typed)
    read = read_plan(typed.rows, tasks, page.services.today(), t)
    if len(typed.note) > LONGEST_TEXT:
        read.errors["note"] = t("page.too_long")
    if read.errors:
        return render_plan(page, view, Typed(typed.rows, typed.seen, typed.note, read.errors), 422)
    form = CommandForm(event=PLAN, tasks=read.tasks, note=typed.note or None)
    try:
        done = await send_command(page.services, page.person, idea_id, form, typed.key, view.row.version)
    except CommandRefused as why:
        return await render_refused(page, view, typed, why.refusal)
    except EngineAway:
        errors = {"form": t("refusal.engine_away")}
        return render_plan(page, view, Typed(typed.rows, typed.seen, typed.note, errors, typed.key), 503)
    return see_other(f"/ideen/{idea_id}", meldung=PLAN, v=done.receipt.version)


async def render_refused(page: SignedInPage, view: IdeaView, typed: Typed, refusal: Refusal) -> Response:
    if refusal.code is RefusalCode.STALE:
        return render_behind(page, *await open_plan(page, view.idea.id), typed)
    errors = {"form": page.t(f"refusal.{refusal.code}")}
    if refusal.field is not None:
        at = find_row(typed.rows, refusal.field)
        errors = {at: word_for(at.rpartition(".")[2], PLAN, page.t)}
    return render_plan(page, view, Typed(typed.rows, typed.seen, typed.note, errors), STATUS_OF_REFUSAL[refusal.code])


def render_behind(page: SignedInPage, view: IdeaView, tasks: list[TaskLine], typed: Typed) -> Response:
    rows = catch_up(typed.rows, tasks, page.t)
    return render_plan(page, view, Typed(rows, digest_of(tasks), typed.note, is_behind=True), STALE)


def render_plan(page: SignedInPage, view: IdeaView, typed: Typed, status: int = 200) -> Response:
    t = page.t
    errors = {at: name_row(t, at, text) for at, text in typed.errors.items()}
    return page.render(
        "ideas/plan.html",
        status,
        idea=view.idea,
        rows=[write_row(page, typed, number) for number in range(1, len(typed.rows) + 1)],
        note=Field("note", "text", t("page.plan.note"), t("page.plan.note.help"), value=typed.note),
        plans=write_plans(t, page.services.policy.plans),
        seen=typed.seen,
        key=typed.key,
        errors=errors,
        anchors={at: "feld-note" if at == "note" else f"feld-{at}" for at in errors if at != "form"},
        is_behind=typed.is_behind,
    )


def name_row(t: Texts, at: str, text: str) -> str:
    number, _, name = at.partition(".")
    return t("page.plan.row.wrong", number=number, text=text) if name else text


def write_row(page: SignedInPage, typed: Typed, number: int) -> dict[str, object]:
    """The fields of a row, each named by its number."""
    t, row = page.t, typed.rows[number - 1]
    wrong = {name: typed.errors.get(f"{number}.{name}", "") for name in ("title", "assignee", "until")}
    form = FormWriter(t, vars(row), wrong)
    roles = tuple(Choice(role, t(f"role.{role}")) for role in MAY_BE_ASKED)
    fields = {
        "title": form.write("title", "line", t("field.task"), required=True, notes=row.notes, longest=LONGEST_TASK),
        "assignee": form.write("assignee", "select", t("page.plan.who"), required=True, choices=roles),
        "until": form.write("until", "date", t("page.plan.until.label"), required=True),
        "dropped": form.write("dropped", "check", t("page.plan.drop")),
    }
    return {"number": number, "row": row, "fields": fields, "name": row.title or t("page.plan.row", number=number)}


def write_plans(t: Texts, plans: tuple[PlanTemplate, ...]) -> list[Choice]:
    return [Choice(str(number), plan.title_in(t.language)) for number, plan in enumerate(plans)]
