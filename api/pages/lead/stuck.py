"""What is stuck: a table of cases with their worst cause; opened, all of them and, for an idea, what helps as forms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from api.pages.kit.coach_candidates import CHOOSES_COACH, NONE, rank_candidates
from api.pages.kit.fields import Entered, new_key
from api.pages.kit.page import AnyPage, LeadPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.step_forms import StepForm, StepWriter
from api.pages.kit.step_taking import NotTaken, take_from_form
from api.pages.kit.tables import MOST_ROWS, NOTHING, Cell, Column, Table, write_cells, write_column
from api.pages.kit.timeline_presenter import tell_who
from api.pages.kit.turn_presenter import Badge, Position, TurnPresenter
from api.pages.lead.filters import count_list
from api.runtime.configuration_gaps import list_lost_offices
from api.runtime.services import Services
from api.use_cases.commands import allowed_for
from api.use_cases.idea_text import IdeaNotFound
from api.use_cases.manual_reminders import remind_holder
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.case_names import page_of, tell_event, tell_place
from models.i18n import Texts
from models.lifecycles.event_spec import Group
from models.lifecycles.events import EVENTS
from models.messages.idea import OpenTask, Standing
from models.queries.board import MOST_COUNTED
from models.queries.idea import read_idea, read_question
from models.queries.moment import Moment
from models.queries.paging import InvalidCursor, Page, read_whole
from models.queries.stuck import StuckSort, count_stuck, list_stuck
from models.queries.stuck_causes import HARDEST
from models.queries.stuck_lines import Cause, StuckCase, read_stuck
from models.rules.deadlines import ringing_questions
from models.rules.permissions import is_own
from models.vocabulary import StuckCause
from models.workflow_ids import IDEA

router = page_router()

CASES_A_PAGE = 40

REMEDIES: dict[StuckCause, tuple[str, ...]] = {
    StuckCause.OVER_LIMIT: ("extend_deadline", "pause"),
    StuckCause.SLOW: ("write_note", "change_coach", "pause"),
    StuckCause.NO_COACH: ("assign_coach", "search_again"),
    StuckCause.COACH_ABSENT: ("cover_coach", "change_coach"),
    StuckCause.NO_ACTIVITY: ("write_note", "pause", "close"),
    StuckCause.WAITING_FOR_US: ("extend_deadline",),
    StuckCause.UNANSWERED: ("write_note", "ask", "finish_task"),
    StuckCause.ENGINE_TROUBLE: (),
    StuckCause.NOT_STARTED: (),
}
"""Cause → the steps that help first."""

ALWAYS = (
    "extend_deadline",
    *(event for event, spec in EVENTS.items() if spec.group is Group.COACH),
    *("write_note", "ask", "pause", "send_back", "close"),
)
"""What can be done about any of them, as far as the idea allows it."""

KNOWN = frozenset({*ALWAYS, *(event for remedies in REMEDIES.values() for event in remedies), "mark_chased"})

REMINDS = "erinnern"
"""Beside `mark_chased`: the platform asks by mail at the same time."""

CLOSES = "zu"
"""In the address of a row: as it is when it is not open."""


SORTS = {
    "seit": StuckSort.SINCE,
    "grund": StuckSort.CAUSE,
    "fall": StuckSort.TITLE,
    "amzug": StuckSort.HOLDER,
    "buero": StuckSort.OFFICE,
}
"""What the table is sorted by, as it stands in the address; a minus turns it round."""

COLUMNS = ("fall", "grund", "seit", "amzug", "buero")


@dataclass(frozen=True)
class Helping:
    """The forms of a row that was opened, and what was wrong with one of them. What is no idea has none here."""

    first: tuple[StepForm, ...] = ()
    others: tuple[StepForm, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class StuckLine:
    """One case of the list, in words."""

    case: StuckCase
    path: str
    place: str
    badge: Badge
    cells: Mapping[str, str]
    causes: list[tuple[str, str]]
    remedies: list[str]
    likeliest: str
    """What helps most likely, on the button that opens the forms."""
    is_ours: bool
    """It waits for a decision of the leads: that is what helps, on the page of the case."""
    may_remind: bool
    key: str
    helping: Helping | None = None
    is_back: bool = False
    """It was just closed: whoever did so goes on here."""


@dataclass(frozen=True)
class Filters:
    """What of the list is shown."""

    office: str | None = None
    cause: StuckCause | None = None
    sort: str = "seit"

    @classmethod
    async def read(cls, given: Mapping[str, Any], services: Services) -> "Filters":
        office, cause = str(given.get("buero", "")), str(given.get("grund", ""))
        offices = [*services.policy.region.offices, *await list_lost_offices(services)]
        known = office if office in offices else None
        sort = str(given.get("sortierung", ""))
        is_sort = sort.removeprefix("-") in SORTS and not sort.startswith("--")
        return cls(known, StuckCause(cause) if cause in set(StuckCause) else None, sort if is_sort else "seit")

    @property
    def query(self) -> dict[str, str]:
        named = {"buero": self.office, "grund": self.cause, "sortierung": self.sort if self.sort != "seit" else None}
        return {name: str(value) for name, value in named.items() if value}

    def address(self, sort: str, **more: str) -> str:
        query = replace(self, sort=sort).query | more
        return f"/haengt-fest?{urlencode(query)}" if query else "/haengt-fest"

    async def list(
        self,
        session: AsyncSession,
        moment: Moment,
        reader: str,
        *,
        cursor: str | None = None,
        limit: int = CASES_A_PAGE,
    ) -> Page[StuckCase]:
        """Raises InvalidCursor."""
        return await list_stuck(
            session,
            moment,
            office=self.office,
            cause=self.cause,
            reader=reader,
            sort=SORTS[self.sort.removeprefix("-")],
            descending=self.sort.startswith("-"),
            cursor=cursor,
            limit=limit,
        )

    async def count(self, session: AsyncSession, moment: Moment, reader: str) -> int:
        return await count_stuck(
            session, moment, office=self.office, cause=self.cause, reader=reader, most=MOST_COUNTED
        )


@router.get("/haengt-fest")
async def show_stuck(page: LeadPage) -> Response:
    return await render_stuck(page, await Filters.read(page.query, page.services))


@router.get("/haengt-fest/{case_id}")
async def show_remedies(page: LeadPage, case_id: UUID) -> Response:
    """One row opened, or closed again: alone where htmx puts it in place, else with the list around it."""
    filters = await Filters.read(page.query, page.services)
    if page.request.headers.get("HX-Request") != "true":
        return await render_stuck(page, filters, opened=str(case_id))
    async with page.services.database.reading() as session:
        case = await read_stuck(session, _now(page.services), str(case_id))
        if case is None:
            raise IdeaNotFound
        if page.query.get(CLOSES) is None:
            line = await describe_opened(page, session, case)
        else:
            line = replace(describe(page.speaker, case), is_back=True)
    return page.render("lead/stuck_row.html", one=line, filters=filters, columns=write_columns(page.t, filters))


@router.post("/haengt-fest/{idea_id}")
async def help_along(page: LeadPage, idea_id: UUID) -> Response:
    """One remedy for one idea: the step is taken, and the list goes on; or the row says why not."""
    sent = await page.form()
    filters = await Filters.read({**sent}, page.services)
    if sent.get("event", "") not in KNOWN:
        raise ProblemError(422, "invalid", "is no remedy", field="event")
    taken = await take_from_form(page, str(idea_id), sent)
    if isinstance(taken, NotTaken):
        return await render_stuck(page, filters, str(idea_id), taken.entered, status=taken.status)
    if sent.get(REMINDS):
        await remind_holder(page.services, str(idea_id), taken.version)
    return see_other("/haengt-fest", **filters.query, meldung=REMINDS if sent.get(REMINDS) else taken.event)


async def read_table(page: SignedInPage) -> Table:
    """What is seen of the list that the address names, on all its pages."""
    filters = await Filters.read(page.query, page.services)
    async with page.services.database.reading() as session:
        cases = await read_whole(partial(filters.list, session, _now(page.services), page.person.id), MOST_ROWS)
    header = [column.label for column in write_columns(page.t, filters)]
    return Table(header, [list(list_cells(page.speaker, case).values()) for case in cases])


async def render_stuck(
    page: SignedInPage,
    filters: Filters,
    opened: str | None = None,
    entered: Entered | None = None,
    *,
    status: int = 200,
) -> Response:
    """`opened` is the case whose row has its forms; it stands first where the page does not hold it."""
    moment = _now(page.services)
    speaker = page.speaker
    async with page.services.database.reading() as session:
        listed = partial(filters.list, session, moment, page.person.id)
        try:
            answer = await listed(cursor=page.query.get("weiter"))
        except InvalidCursor:
            answer = await listed()
        is_whole = answer.next_cursor is None and not page.query.get("weiter")
        all_ = None if is_whole else await filters.count(session, moment, page.person.id)
        items = list(answer.items)
        if opened is not None and opened not in {case.case_id for case in items}:
            missing = await read_stuck(session, moment, opened)
            items = [missing, *items] if missing is not None else items
        lines = [
            await describe_opened(page, session, case, entered) if case.case_id == opened else describe(speaker, case)
            for case in items
        ]
    gone = entered is not None and opened not in {line.case.case_id for line in lines}
    if gone and status == 422:
        # What is wrong with the form does not matter any more: its row is not there to be corrected.
        status = 409
    return page.render(
        "lead/stuck.html",
        status,
        told=read_told(page),
        offices=speaker.names.offices(await list_lost_offices(page.services)),
        refused=(entered.error or page.t("page.stuck.solved")) if gone and entered else "",
        errors=(dict(entered.errors) or {"form": entered.error}) if entered else {},
        anchors=list_anchors(entered, next((line for line in lines if line.helping), None)),
        lines=lines,
        columns=write_columns(page.t, filters),
        filters=filters,
        count=count_list(page.t, len(lines), is_whole=is_whole, all_=all_, what="page.stuck.count"),
        causes=[cause for cause in StuckCause if cause is not StuckCause.NOT_STARTED],
        further=filters.address(filters.sort, weiter=answer.next_cursor) if answer.next_cursor else None,
        is_first=not page.query.get("weiter"),
    )


def list_anchors(entered: Entered | None, line: StuckLine | None) -> dict[str, str]:
    """Where on the page each wrong field is, as far as its form is shown."""
    if entered is None or line is None or line.helping is None:
        return {}
    anchors = {"form": f"fall-{line.case.id}"}
    if entered.event in {form.event for form in (*line.helping.first, *line.helping.others)}:
        anchors |= {name: f"f{line.case.id}-{entered.event}-{name}" for name in entered.errors}
    return anchors


def read_told(page: AnyPage) -> str:
    """What has just been done, from the address."""
    if page.said == REMINDS:
        return page.t("page.stuck.reminded")
    known = page.said in KNOWN and page.t.has(f"done.{page.said}")
    return page.t("page.said.done", what=page.t(f"done.{page.said}")) if known else ""


def describe(speaker: TurnPresenter, case: StuckCase) -> StuckLine:
    t, worst = speaker.t, worst_first(case.causes)
    remedies = list_remedies([cause.cause for cause in worst])
    return StuckLine(
        case=case,
        path=page_of(case.kind, case.id),
        place=tell_place(t, case.kind, case.stage, case.state),
        badge=speaker.due(case.holder_until),
        cells=write_cells(t, list_cells(speaker, case)) | {"seit": tell_since(t, case.causes)},
        causes=[(tell_cause(speaker, cause), tell_help(t, case.kind, cause)) for cause in worst],
        remedies=remedies,
        is_ours=bool(worst) and worst[0].cause is StuckCause.WAITING_FOR_US,
        likeliest=tell_event(t, case.stage, remedies[0]) if remedies else t("page.stuck.help"),
        may_remind=case.holder is not None and case.holder.id != speaker.visitor.id,
        key=new_key(),
    )


def list_remedies(causes: Sequence[StuckCause]) -> list[str]:
    """What helps first, in the order of the causes."""
    return list(dict.fromkeys(event for cause in causes for event in REMEDIES[cause]))


def worst_first(causes: Sequence[Cause]) -> list[Cause]:
    """Where nobody cares for an idea that comes first, and then where it waits for us, whatever else is late."""
    return sorted(causes, key=lambda one: HARDEST.index(one.cause) if one.cause in HARDEST else len(HARDEST))


async def describe_opened(
    page: SignedInPage, session: AsyncSession, case: StuckCase, entered: Entered | None = None
) -> StuckLine:
    """The row with a form for everything that the idea allows now; what helps against its causes comes first."""
    view, line = await read_idea(session, case.id), describe(page.speaker, case)
    if view is None or is_own(view.row, page.visitor.id):
        raise IdeaNotFound
    if case.kind != IDEA:
        return replace(line, helping=Helping())
    allowed = allowed_for(view.row, view.idea, page.person)
    candidates = NONE
    if CHOOSES_COACH & set(allowed):
        candidates = await rank_candidates(page, session, view.row)
    position = Position.of(view.row, view.holder)
    standing, rulebook = view.row.standing(), page.services.rulebook()
    question = first_unanswered(standing, line)
    line_of = await read_question(session, case.id, question.id) if question is not None else None
    asked = (tell_who(page.speaker, line_of.actor_role, line_of.actor), line_of.note or "") if line_of else None
    writer = StepWriter(page.speaker, position, standing, rulebook, candidates, entered, asked=asked, question=question)
    first = [event for event in line.remedies if event in allowed]
    others = [event for event in ALWAYS if event in allowed and event not in first]
    shown = {*first, *others}
    error = (entered.error or "") if entered is not None and entered.event not in shown else ""
    likeliest = [suggest(writer.form(event, open_=entered is None)) for event in first[:1]]
    helping = Helping((*likeliest, *map(writer.form, first[1:])), tuple(map(writer.form, others)), error)
    return replace(line, helping=helping)


def suggest(form: StepForm) -> StepForm:
    """With the coach chosen who fits best: whoever agrees only has to press the button."""
    fields = (
        replace(field, value=field.choices[0].value) if field.name == "coach_id" and field.choices else field
        for field in form.fields
    )
    return form if form.error or form.event != "assign_coach" else replace(form, fields=tuple(fields))


def first_unanswered(standing: Standing, line: StuckLine) -> OpenTask | None:
    """The question for which an idea is stuck."""
    if StuckCause.UNANSWERED not in [cause.cause for cause in line.case.causes]:
        return None
    return min(ringing_questions(standing), key=lambda task: str(task.due), default=None)


def tell_help(t: Texts, kind: str, cause: Cause) -> str:
    """What helps; a kind whose people cannot do all that has words of its own."""
    general = f"stuck.{cause.cause}.help"
    own = f"{general}.{kind}"
    return t(own if t.has(own) else general)


def tell_cause(speaker: TurnPresenter, cause: Cause) -> str:
    """ "Ohne Coach, seit 12 Tagen". A deadline is counted from its own day, as the badge beside it does."""
    return f"{speaker.t(f'stuck.{cause.cause}')}, {tell_since(speaker.t, [cause])}"


def tell_since(t: Texts, causes: Sequence[Cause]) -> str:
    """How long the longest of them holds."""
    if not causes:
        return NOTHING
    days = max(cause.days for cause in causes)
    return {0: t("page.stuck.today"), 1: t("page.stuck.yesterday")}.get(days) or t("page.stuck.days", count=days)


def list_cells(speaker: TurnPresenter, case: StuckCase) -> dict[str, Cell]:
    """What its line says, in the page and in a file."""
    t, causes = speaker.t, worst_first(case.causes)
    role = t(f"role.{case.holder_role}")
    return {
        "fall": case.title
        if case.kind == IDEA
        else f"{case.title}, {tell_place(t, case.kind, case.stage, case.state)}",
        "grund": name_cause(t, causes[0].cause) if causes else t("page.stuck.solved"),
        "seit": min((cause.since for cause in causes), default=None),
        "amzug": f"{speaker.name(case.holder)} ({role})" if case.holder else role,
        "buero": speaker.names.office(case.office),
    }


def name_cause(t: Texts, cause: StuckCause) -> str:
    """In few words; what it means stands in the row that is opened."""
    short = f"stuck.{cause}.short"
    return t(short if t.has(short) else f"stuck.{cause}")


def write_columns(t: Texts, filters: Filters) -> list[Column]:
    return [write_column(name, t(f"page.stuck.column.{name}"), name, filters.sort, filters.address) for name in COLUMNS]


def _now(services: Services) -> Moment:
    return Moment.of(services.policy, datetime.now(UTC))
