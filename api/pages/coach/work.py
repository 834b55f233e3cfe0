"""A coach's day: what is overdue, what comes today and this week, what waits for others; a line for each idea."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from fastapi import Response

from api.pages.coach.absence import AbsenceForm, take_absence
from api.pages.coach.work_filter import WorkFilter, list_chips
from api.pages.kit.due_things import DueThing, list_things
from api.pages.kit.first_steps import FirstStep, is_reachable, list_first_steps
from api.pages.kit.page import AnyPage, CoachPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.turn_presenter import Badge, Position, TurnPresenter
from api.use_cases.coaches import end_absence, refuse_to_stand_in
from api.web.routers import page_router
from models.case_names import tell_place
from models.queries.coaches import name_coaches, read_coach_and_stood_in_for
from models.queries.my_work import Case, list_coached_cases
from models.vocabulary import Role

router = page_router()

SECTIONS = ("overdue", "today", "week", "later", "others", "paused")
SAID = frozenset({"absence_saved", "absence_ended", "introduced", "stand_in_refused"})

SHOWN = 20
"""So many lines lie open, however they are spread over the sections: more is not done in a day. The rest is folded."""


@dataclass(frozen=True)
class WorkRow:
    """One idea with all that is on the way beside it, and the first thing that its coach has to do about it."""

    id: str
    title: str
    about: str
    """How far it is; of what is no idea, what waits there."""
    person: str
    contact: str
    """When coach and people last had to do with each other."""
    section: str
    stage: str
    office: str
    badge: Badge
    thing: DueThing | None = None
    more: int = 0
    """How many other things wait for the coach there."""
    waits_for: str = ""
    """Who is on turn, where nothing waits for the coach."""


@dataclass(frozen=True)
class WorkSection:
    """Lines under one heading; `rest` are those that are folded."""

    name: str
    rows: Sequence[WorkRow]
    rest: Sequence[WorkRow] = ()

    @property
    def count(self) -> int:
        return len(self.rows) + len(self.rest)


@router.get("/arbeit")
async def show_work(page: CoachPage) -> Response:
    return await render_work(page, AbsenceForm())


@router.post("/arbeit/abwesenheit")
async def enter_absence(page: CoachPage) -> Response:
    if refused := await take_absence(page, page.person.id):
        return await render_work(page, refused, status=refused.status)
    return see_other("/arbeit", meldung="absence_saved")


@router.post("/arbeit/abwesenheit/beenden")
async def call_off_absence(page: CoachPage) -> Response:
    await end_absence(page.services, page.caller, page.person, page.person.id)
    return see_other("/arbeit", meldung="absence_ended")


@router.post("/arbeit/vertretung/{coach_id}/absagen")
async def refuse_cover(page: CoachPage, coach_id: UUID) -> Response:
    await refuse_to_stand_in(page.services, page.caller, page.person.id, str(coach_id))
    return see_other("/arbeit", meldung="stand_in_refused")


async def render_work(page: SignedInPage, form: AbsenceForm, *, status: int = 200) -> Response:
    async with page.services.database.reading() as session:
        cases = await list_coached_cases(session, page.person.id)
        me, away = await read_coach_and_stood_in_for(session, page.person.id, page.services.today())
        others = await name_coaches(session)
    begun = me is not None and me.has_profile
    steps = [
        FirstStep("profile", "/erste-schritte", begun),
        FirstStep("contact", "/kontakt", is_reachable(page.person)),
        FirstStep("offer", "/angebote", bool(cases)),
    ]
    rows, wanted = write_rows(page.speaker, cases), WorkFilter.of(page.query)
    return page.render(
        "work/work.html",
        status,
        told=read_told(page),
        first_steps_left=await list_first_steps(page, steps),
        sections=sort_work(filter(wanted.takes, rows)),
        chips=list_chips(page.speaker, wanted, rows),
        wanted=wanted,
        me=me,
        away=away,
        others=[coach for coach in others if coach.id != page.visitor.id],
        form=form if form.error or me is None else AbsenceForm.of(me.absence),
        today=page.services.today(),
    )


def read_told(page: AnyPage) -> str | None:
    """What has just been done, from the address; also a step after which an idea is not the coach's any more."""
    if page.said in SAID:
        return page.t(f"page.said.{page.said}")
    done = f"done.{page.said}"
    return page.t("page.said.done", what=page.t(done)) if page.t.has(done) else None


def write_rows(speaker: TurnPresenter, cases: Iterable[Case]) -> list[WorkRow]:
    """A line for each idea, by the day of what the coach has to do first; then by that of whoever is on turn."""
    by_idea: dict[str, list[Case]] = {}
    for case in cases:
        by_idea.setdefault(case.idea.id, []).append(case)
    rows = [write_row(speaker, found) for found in by_idea.values()]
    return [row for _, row in sorted(rows, key=lambda found: found[0])]


def write_row(speaker: TurnPresenter, cases: Sequence[Case]) -> tuple[date, WorkRow]:
    """The line, and the day by which it is sorted."""
    case = next((case for case in cases if case.is_idea), cases[0])
    things = sorted(
        (thing for one in cases for thing in list_things(speaker, one, Role.COACH)), key=lambda thing: thing.order
    )
    first, row, position = next(iter(things), None), case.of, Position.of_case(case)
    place = (first and first.place) or tell_place(speaker.t, case.row.kind, case.row.stage, case.row.state)
    share = speaker.t("turn.role.cover") if row.cover_id == speaker.visitor.id else None
    return (
        first.order if first else case.row.holder_until or date.max,
        WorkRow(
            id=case.idea.id,
            title=case.idea.title,
            about=" · ".join(filter(None, (case.idea.reference, place, share))),
            person=speaker.name(case.owner),
            contact=tell_contact(speaker, case),
            section=section_of(speaker, case, first),
            stage=row.stage,
            office=row.office,
            badge=speaker.due(first.day) if first else speaker.badge(position),
            thing=first,
            more=max(0, len(things) - 1),
            waits_for="" if first else speaker.short_who(position),
        ),
    )


def tell_contact(speaker: TurnPresenter, case: Case) -> str:
    """ "zuletzt vor 9 Tagen" """
    t, wrote = speaker.t, case.wrote_at
    days = [case.spoken_on, wrote.astimezone(speaker.zone).date() if isinstance(wrote, datetime) else None]
    known = [day for day in days if day is not None]
    if not known:
        return t("page.work.contact.none")
    since = (speaker.today - max(known)).days
    return t("page.work.contact.today") if since <= 0 else t("page.work.contact", count=since)


def sort_work(rows: Iterable[WorkRow]) -> list[WorkSection]:
    """Overdue, then today, then this week, then later; and what waits for somebody else."""
    found: Mapping[str, list[WorkRow]] = {name: [] for name in SECTIONS}
    for row in rows:
        found[row.section].append(row)
    sections, room = [], SHOWN
    for name, its in found.items():
        if its:
            sections.append(WorkSection(name, its[:room], its[room:]))
            room -= len(sections[-1].rows)
    return sections


def section_of(speaker: TurnPresenter, case: Case, first: DueThing | None) -> str:
    if first is None:
        return "paused" if case.paused_until is not None else "others"
    return _section_of_day(first.day, speaker.today) if first.day is not None else "later"


def _section_of_day(due: date, today: date) -> str:
    if due < today:
        return "overdue"
    if due == today:
        return "today"
    end_of_week = today + timedelta(days=6 - today.weekday())
    return "week" if due <= end_of_week else "later"
