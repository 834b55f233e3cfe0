"""The platform in numbers, for leads: each chart with its table, and the table as a file. Every count leads to its
ideas."""

import io
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial

from fastapi import Response

from api.pages.kit.fields import Choice
from api.pages.kit.page import LeadPage
from api.pages.kit.turn_presenter import TurnPresenter
from api.pages.lead.comparison import write_comparison
from api.pages.lead.figures import LEAST_SHOWN, USUAL, Asked, Panel, address_of, tell_number, write_number
from api.pages.lead.panels import write_ages, write_months, write_offices, write_paces, write_path, write_themes
from api.pages.lead.staff_view import read_gaps
from api.runtime.lost_keys import list_lost_offices, read_lost_keys
from api.runtime.services import Services
from api.use_cases.audit import audit
from api.web.downloads import download
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.queries.happenings import Span
from models.queries.moment import Moment
from models.queries.overview import Numbers, Scope, count_all
from models.spreadsheet import SheetWriter
from models.vocabulary import AuditEvent

router = page_router()

PERIODS: Mapping[str, int] = {"monat": 1, "quartal": 3, "jahr": 12}
"""What `vergleich` may say, and how many months that is."""

SPANS: Mapping[str, int | None] = {"12": 365, "36": 3 * 365, "alle": None}
"""What `zeitraum` may say, and how many days that is."""

WRITERS: Mapping[str, Callable[[TurnPresenter, Asked, Numbers], Panel]] = {
    "vergleich": write_comparison,
    "weg": write_path,
    "zeiten": write_paces,
    "alter": write_ages,
    "monate": write_months,
    "bueros": write_offices,
    "themen": write_themes,
}
"""In the order of the page."""


@router.get("/ueberblick")
async def show_overview(page: LeadPage) -> Response:
    speaker = page.speaker
    lost = await list_lost_offices(page.services)
    asked = read_scope(page.query, page.services, lost)
    numbers = await read_numbers(page.services, asked, anew=bool(page.query.get("neu")))
    choices = list_choices(speaker, lost)
    async with page.services.database.reading() as session:
        gaps = await read_gaps(page, session)
    return page.render(
        "lead/overview.html",
        panels=[write(speaker, asked, numbers) for write in WRITERS.values()],
        is_empty=not asked.values and not numbers.ages and not any(numbers.path.values()),
        counted_at=speaker.t.instant(numbers.at, speaker.zone),
        of=" · ".join(choice.label for name in choices for choice in choices[name] if asked.shows(name, choice.value)),
        write=partial(tell_number, speaker),
        address_of=address_of,
        asked=asked,
        choices=choices,
        missing=await read_lost_keys(page.services),
        gaps=gaps,
    )


@router.get("/ueberblick/{name}.csv")
async def download_panel(page: LeadPage, name: str) -> Response:
    """The table of one chart, for a spreadsheet."""
    if name not in WRITERS:
        raise ProblemError(404, "not_found")
    asked = read_scope(page.query, page.services, await list_lost_offices(page.services))
    panel = WRITERS[name](page.speaker, asked, await read_numbers(page.services, asked))
    async with page.services.database.transaction() as session:
        await audit(session, page.caller, AuditEvent.EXPORT, what="overview", chart=name)
    sink = io.StringIO()
    sheet = SheetWriter(sink)
    sheet.write(panel.header)
    for row in panel.rows:
        sheet.write([write_number(cell) for cell in row])
    return download(sink.getvalue(), f"ideenweg-{name}.csv")


async def read_numbers(services: Services, asked: Asked, *, anew: bool = False) -> Numbers:
    """As they were counted some minutes ago at most, or right now."""

    async def count() -> Numbers:
        async with services.database.reading() as session:
            return await count_all(session, _now(services), asked.scope, LEAST_SHOWN)

    return await services.numbers.get(tuple(asked.values.items()), count, anew=anew)


def read_scope(query: Mapping[str, str], services: Services, lost: Sequence[str]) -> Asked:
    """What means nothing is left out."""
    region = services.policy.region
    known = {"buero": [*region.offices, *lost], "thema": region.themes, "zeitraum": SPANS, "vergleich": PERIODS}
    values = {name: query.get(name, "") for name in known if query.get(name, "") in known[name]}
    days, today = SPANS[values.get("zeitraum", USUAL["zeitraum"])], services.today()
    lately = Span(None if days is None else today - timedelta(days=days))
    periods = find_periods(today, PERIODS[values.get("vergleich", USUAL["vergleich"])])
    return Asked(values, Scope(lately, periods, values.get("buero"), values.get("thema")))


def find_periods(today: date, months: int) -> tuple[Span, Span]:
    """The last months up to today, and as many before them.

    >>> find_periods(date(2026, 11, 30), 3)[0].first, find_periods(date(2026, 5, 30), 3)[0].first
    (datetime.date(2026, 9, 1), datetime.date(2026, 2, 28))
    """
    after = today + timedelta(days=1)
    first, before = months_before(after, months), months_before(after, 2 * months)
    return Span(first, today), Span(before, first - timedelta(days=1))


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or the last that it has."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def list_choices(speaker: TurnPresenter, lost: Sequence[str]) -> dict[str, list[Choice]]:
    t = speaker.t
    return {
        "vergleich": [Choice(name, t(f"page.overview.period.{name}")) for name in PERIODS],
        "zeitraum": [Choice(name, t(f"page.overview.span.{name}")) for name in SPANS],
        "buero": [Choice(key, name) for key, name in speaker.names.offices(lost).items()],
        "thema": [Choice(key, name) for key, name in speaker.names.all_themes().items()],
    }


def _now(services: Services) -> Moment:
    return Moment.of(services.policy, datetime.now(UTC))
