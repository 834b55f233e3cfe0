"""The platform in numbers, for leads: each chart with its table, and the table as a file."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from babel.numbers import format_decimal
from fastapi import Response

from api.pages.kit.fields import Choice
from api.pages.kit.page import LeadPage
from api.pages.kit.turn_presenter import TurnPresenter
from api.pages.lead.charts import Drawing, Row, draw_columns, draw_rows
from api.pages.lead.staff_view import read_gaps
from api.runtime.configuration_gaps import list_lost_offices, read_lost_keys
from api.runtime.services import Services
from api.use_cases.audit import audit
from api.web.downloads import download
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.lifecycles import LIFECYCLES
from models.queries.overview import AGES, Numbers, Scope, Share, count_all
from models.queries.stuck import Moment
from models.spreadsheet import SheetWriter
from models.vocabulary import AuditEvent, Stage

router = page_router()

SPANS: Mapping[str, int | None] = {"12": 365, "36": 3 * 365, "alle": None}
"""What `zeitraum` may say, and how many days that is."""

LEAST_SHOWN = 3
"""Fewer ideas have no median worth the name. How many there were stands beside it."""

NAMES = ("weg", "zeiten", "alter", "monate", "bueros", "themen")


Cells = tuple[str | int | float, ...]


@dataclass(frozen=True)
class Panel:
    """One question: its chart, and the same numbers as a table. The first column names the row."""

    name: str
    title: str
    about: str
    series: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[Cells, ...]
    drawing: Drawing | None


@dataclass(frozen=True)
class Asked:
    """What is counted, as the address says it."""

    values: Mapping[str, str]
    scope: Scope

    @property
    def query(self) -> str:
        return "&".join(f"{name}={value}" for name, value in self.values.items())


@router.get("/ueberblick")
async def show_overview(page: LeadPage) -> Response:
    speaker = page.speaker
    lost = await list_lost_offices(page.services)
    asked = read_scope(page.query, page.services, lost)
    numbers = await read_numbers(page.services, asked, anew=bool(page.query.get("neu")))
    return page.render(
        "lead/overview.html",
        panels=[WRITERS[name](speaker, numbers) for name in NAMES],
        counted_at=speaker.t.instant(numbers.at, speaker.zone),
        write=partial(tell_number, speaker),
        asked=asked,
        choices=list_choices(speaker, lost),
        missing=await read_lost_keys(page.services),
        gaps=await read_gaps(page),
    )


@router.get("/ueberblick/{name}.csv")
async def download_panel(page: LeadPage, name: str) -> Response:
    """The table of one chart, for a spreadsheet."""
    if name not in WRITERS:
        raise ProblemError(404, "not_found")
    asked = read_scope(page.query, page.services, await list_lost_offices(page.services))
    panel = WRITERS[name](page.speaker, await read_numbers(page.services, asked))
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
    known = {"buero": [*region.offices, *lost], "thema": region.themes, "zeitraum": SPANS}
    values = {name: query.get(name, "") for name in known if query.get(name, "") in known[name]}
    days = SPANS[values.get("zeitraum", "12")]
    since = None if days is None else datetime.now(UTC) - timedelta(days=days)
    return Asked(values, Scope(since, values.get("buero"), values.get("thema")))


def list_choices(speaker: TurnPresenter, lost: Sequence[str]) -> dict[str, list[Choice]]:
    t = speaker.t
    return {
        "zeitraum": [Choice(name, t(f"page.overview.span.{name}")) for name in SPANS],
        "buero": [Choice(key, name) for key, name in speaker.names.offices(lost).items()],
        "thema": [Choice(key, name) for key, name in speaker.names.all_themes().items()],
    }


# -- the panels ------------------------------------------------------------------------------------------------


def write_path(speaker: TurnPresenter, numbers: Numbers) -> Panel:
    counts, t = numbers.path, speaker.t
    all_ = counts[Stage.IDENTIFY]
    rows = [(t(f"stage.{stage}"), count, percent(count, all_)) for stage, count in counts.items()]
    bars = [Row(name, (count,), f"{count} ({share} %)") for name, count, share in rows]
    series = (t("page.overview.reached"),)
    header = (t("page.lead.phase"), *series, t("page.overview.percent"))
    return panel(speaker, "weg", series, header, rows, draw_rows(bars, series) if all_ else None)


def write_paces(speaker: TurnPresenter, numbers: Numbers) -> Panel:
    """Of all offices and themes: what is usual is measured once a night."""
    t = speaker.t
    rows: list[Cells] = []
    bars: list[Row] = []
    for pace in numbers.paces:
        name = f"{t(f'stage.{pace.stage}')}: {t(f'state.{pace.stage}.{pace.state}')}"
        median, slow = in_days(pace.median), in_days(pace.slow)
        rows.append((name, median, slow, pace.passages))
        bars.append(
            Row(
                t(f"state.{pace.stage}.{pace.state}"),
                (median, slow),
                f"{tell_number(speaker, median)} / {tell_number(speaker, slow)}",
            )
        )
    series = (t("page.overview.median"), t("page.overview.slow"))
    header = (t("page.lead.stand"), *series, t("page.overview.passages"))
    return panel(speaker, "zeiten", series, header, rows, draw_rows(bars, series) if bars else None)


def write_ages(speaker: TurnPresenter, numbers: Numbers) -> Panel:
    counts, t = numbers.ages, speaker.t
    upto = [t("page.overview.upto", count=days) for days in AGES]
    series = (*upto, t("page.overview.older", count=AGES[-1]))
    rows: list[Cells] = []
    bars: list[Row] = []
    for stage, lifecycle in LIFECYCLES.items():
        for state in lifecycle.open_states():
            if ages := counts.get((stage, state)):
                rows.append((f"{t(f'stage.{stage}')}: {t(f'state.{stage}.{state}')}", *ages))
                bars.append(Row(t(f"state.{stage}.{state}"), tuple(ages), str(sum(ages))))
    drawing = draw_rows(bars, series, stacked=True) if bars else None
    return panel(speaker, "alter", series, (t("page.lead.stand"), *series), rows, drawing)


def write_months(speaker: TurnPresenter, numbers: Numbers) -> Panel:
    months, t = numbers.months, speaker.t
    series = (t("page.overview.arrived"), t("page.overview.completed"), t("page.overview.left"))
    rows = [(f"{one.first_day:%m/%Y}", one.arrived, one.completed, one.left) for one in months]
    bars = [Row(f"{one.first_day:%m/%y}", (one.arrived, one.completed, one.left)) for one in months]
    header = (t("page.overview.month"), *series)
    return panel(speaker, "monate", series, header, rows, draw_columns(bars, series))


def write_offices(speaker: TurnPresenter, numbers: Numbers) -> Panel:
    return write_shares(speaker, "bueros", "page.lead.buero", speaker.names.office, numbers.offices)


def write_themes(speaker: TurnPresenter, numbers: Numbers) -> Panel:
    return write_shares(speaker, "themen", "page.overview.theme", speaker.names.theme, numbers.themes)


def write_shares(
    speaker: TurnPresenter, name: str, label: str, name_of: Callable[[str], str], shares: Sequence[Share]
) -> Panel:
    """Open, completed and left, one behind the other: together they are what arrived."""
    t = speaker.t
    series = (t("page.overview.open"), t("page.overview.completed"), t("page.overview.left"))
    rows: list[Cells] = []
    bars: list[Row] = []
    for share in sorted(shares, key=lambda share: (-share.arrived, share.key)):
        called, parts = name_of(share.key), (share.open, share.completed, share.left)
        rows.append((called, *parts, share.arrived))
        bars.append(Row(called, parts, str(share.arrived)))
    drawing = draw_rows(bars, series, stacked=True) if bars else None
    return panel(speaker, name, series, (t(label), *series, t("page.overview.arrived")), rows, drawing)


def panel(
    speaker: TurnPresenter,
    name: str,
    series: tuple[str, ...],
    header: tuple[str, ...],
    rows: Sequence[Cells],
    drawing: Drawing | None,
) -> Panel:
    t = speaker.t
    return Panel(
        name, t(f"page.overview.{name}"), t(f"page.overview.{name}.about"), series, header, tuple(rows), drawing
    )


WRITERS: Mapping[str, Callable[[TurnPresenter, Numbers], Panel]] = {
    "weg": write_path,
    "zeiten": write_paces,
    "alter": write_ages,
    "monate": write_months,
    "bueros": write_offices,
    "themen": write_themes,
}


def in_days(span: timedelta) -> float:
    return round(span.total_seconds() / 86400, 1)


def percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def tell_number(speaker: TurnPresenter, cell: str | int | float) -> str:
    """As the reader's language writes it."""
    return format_decimal(cell, "0.#", locale=speaker.t.language) if isinstance(cell, float) else str(cell)


def write_number(cell: str | int | float) -> str | int:
    """A German spreadsheet reads a comma."""
    return str(cell).replace(".", ",") if isinstance(cell, float) else cell


def _now(services: Services) -> Moment:
    return Moment.of(services.policy, datetime.now(UTC))
