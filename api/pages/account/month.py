"""A month: what has to be done by which day, one's own and, for leads, what the leads have to decide and whom the
coaches of their office meet."""

import re
from calendar import Calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import Response

from api.pages.kit.case_lines import answer_path
from api.pages.kit.due_things import DueThing, is_meeting, list_things, tell_meeting, tell_turn
from api.pages.kit.office import Office
from api.pages.kit.page import SignedInPage
from api.web.routers import page_router
from models.cases.calendar import calendar_of
from models.queries.my_calendar import MyDates, list_dates_of_leads, list_my_dates
from models.queries.questions import list_questions_to_leads
from models.vocabulary import Role

router = page_router()

SHOWN = 4
"""So many lines of a day lie open; the others are folded."""

MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True)
class Dated:
    """One line of a day: which idea, and what is to be done."""

    title: str
    thing: DueThing


@dataclass(frozen=True)
class Day:
    """One day of the calendar, with what is due on it."""

    day: date
    lines: Sequence[Dated]
    in_month: bool
    is_today: bool
    is_past: bool
    is_free: bool
    """No working day."""
    is_away: bool
    """The reader is absent."""


@router.get("/monat")
async def show_month(page: SignedInPage) -> Response:
    first = read_month(page.query.get("monat", ""), page.services.today())
    days = [day for week in weeks_of(first) for day in week]
    leads = page.visitor.has(Role.LEAD)
    async with page.services.database.reading() as session:
        mine = await list_my_dates(session, page.person)
        office = await Office.of(page, session) if leads else None
        theirs = (page.person.id, office.wanted) if office else None
        dates = await list_dates_of_leads(session, *theirs, days[0], days[-1]) if theirs else []
        asked = await list_questions_to_leads(session, *theirs) if theirs else []
    lines = list_mine(page, mine)
    decisions, meetings = [case for case in dates if not is_meeting(case)], [case for case in dates if is_meeting(case)]
    lines += [Dated(case.idea.title, tell_turn(page.speaker, case, Role.LEAD)) for case in decisions]
    answer = page.t("page.question.answer")
    lines += [Dated(one.title, DueThing(one.due, answer, answer_path(one.idea_id, one.task_id))) for one in asked]
    lines += [Dated(case.idea.title, tell_meeting(page.speaker, case)) for case in meetings]
    weeks = fill_weeks(page, first, lines, mine)
    return page.render(
        "calendar/month.html",
        first=first,
        weeks=weeks,
        is_empty=not any(day.lines for week in weeks for day in week if day.in_month),
        before=f"{first - timedelta(days=1):%Y-%m}",
        after=f"{first + timedelta(days=31):%Y-%m}",
        office=office,
        shown=SHOWN,
    )


def read_month(wanted: str, today: date) -> date:
    """The first day of the month that an address names; of this month where it names none.

    >>> read_month("2027-02", date(2026, 12, 4)), read_month("2027-13", date(2026, 12, 4))
    (datetime.date(2027, 2, 1), datetime.date(2026, 12, 1))
    """
    found = MONTH.fullmatch(wanted)
    return date(int(found[1]), int(found[2]), 1) if found else today.replace(day=1)


def weeks_of(first: date) -> list[list[date]]:
    """Whole weeks from Monday, with the days around the month."""
    return Calendar().monthdatescalendar(first.year, first.month)


def list_mine(page: SignedInPage, mine: MyDates) -> list[Dated]:
    """What waits for somebody as a coach and as whose idea it is."""
    roles = ((Role.COACH, mine.coached), (Role.INNOVATOR, mine.own))
    found = [
        Dated(case.idea.title, thing)
        for role, cases in roles
        for case in cases
        for thing in list_things(page.speaker, case, role)
    ]
    offer = page.t("page.month.offer")
    return found + [Dated("", DueThing(one.expires_on, offer, "/angebote")) for one in mine.offers]


def fill_weeks(page: SignedInPage, first: date, lines: Iterable[Dated], mine: MyDates) -> list[list[Day]]:
    today, calendar = page.services.today(), calendar_of(page.services.rulebook())
    by_day: dict[date | None, list[Dated]] = {}
    for line in lines:
        by_day.setdefault(line.thing.day, []).append(line)
    away = mine.profile
    from_, until = (away.absent_from, away.absent_until) if away is not None else (None, None)
    return [
        [
            Day(
                day,
                by_day.get(day, ()),
                day.month == first.month,
                day == today,
                day < today,
                not calendar.is_working_day(day),
                from_ is not None and until is not None and from_ <= day <= until,
            )
            for day in week
        ]
        for week in weeks_of(first)
    ]
