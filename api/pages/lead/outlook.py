"""The forecast for leads: overdue cases and free places of each office in twelve weeks, what could be otherwise, and
how right the forecast of twelve weeks ago was."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from fastapi import Response

from api.pages.kit.fields import Choice
from api.pages.kit.page import LeadPage
from api.pages.kit.turn_presenter import TurnPresenter
from api.pages.lead.charts import Row, draw_rows
from api.pages.lead.figures import Cells, Linked, Panel, address_of, tell_number
from api.runtime.services import Services
from api.use_cases.simulation.forecast import AS_IT_IS, SPAN, WhatIf, foretell
from api.web.routers import page_router
from models.lifecycles import LIFECYCLES
from models.rules.forecast import Forecast, Outlook
from models.vocabulary import Role, Stage

router = page_router()

MOST_COACHES = 5
"""More or fewer, in one office."""

MOST_INTAKE = 40
"""Ideas a week: more than that is another programme."""

MOST_DAYS = 90
"""Of a limit."""


@dataclass(frozen=True)
class Slider:
    """A number that can be moved, and what it is called."""

    name: str
    label: str
    least: int
    most: int
    value: int


@router.get("/ueberblick/vorschau")
async def show_outlook(page: LeadPage) -> Response:
    services, speaker = page.services, page.speaker
    usual = await read_forecast(services, AS_IT_IS)
    asked = read_question(page.query, services, usual)
    other = await read_forecast(services, asked) if asked != AS_IT_IS else None
    earlier = await read_forecast(services, AS_IT_IS, earlier=True) if usual else None
    return page.render(
        "lead/outlook.html",
        panels=[] if usual is None else list_panels(speaker, services, usual, other),
        judged=None if usual is None or earlier is None else judge(speaker, services, earlier, usual),
        sliders=[] if usual is None else list_sliders(speaker, services, asked, usual),
        states=list_states(speaker),
        state=".".join(asked.limit[:2]) if asked.limit else "",
        days=Slider("tage", speaker.t("page.outlook.days"), 1, MOST_DAYS, asked.limit[2] if asked.limit else 14),
        is_asked=other is not None,
        write=partial(tell_number, speaker),
        address_of=address_of,
    )


async def read_forecast(services: Services, asked: WhatIf, *, earlier: bool = False) -> Forecast | None:
    """As it was made an hour ago at most."""
    now = datetime.now(UTC)
    find = partial(foretell, services.database, services.policy, now - SPAN if earlier else now, asked, earlier=earlier)
    return await services.forecasts.get((services.today(), asked, earlier), find)


def read_question(query: Mapping[str, str], services: Services, usual: Forecast | None) -> WhatIf:
    """What means nothing, or is as it is anyway, is left out."""
    if usual is None:
        return AS_IT_IS
    changes = {
        office: read_number(query, f"coaches-{office}", MOST_COACHES) for office in services.policy.region.offices
    }
    stage, _, state = query.get("stand", "").partition(".")
    days, limit = read_number(query, "tage", MOST_DAYS), None
    if days and days > 0 and stage in set(Stage) and state in services.policy.limits[Stage(stage)]:
        limit = (Stage(stage), state, days)
    intake = read_number(query, "zugang", MOST_INTAKE)
    return WhatIf(
        coaches=tuple((office, change) for office, change in changes.items() if change),
        intake=None if intake is None or intake < 0 or intake == usual.intake else intake,
        limit=limit,
    )


def read_number(query: Mapping[str, str], name: str, most: int) -> int | None:
    """None where there is none, or a larger one."""
    try:
        number = int(query.get(name, "")[:4])
    except ValueError:
        return None
    return number if abs(number) <= most else None


def list_sliders(speaker: TurnPresenter, services: Services, asked: WhatIf, usual: Forecast) -> list[Slider]:
    changes, t = dict(asked.coaches), speaker.t
    coaches = [
        Slider(
            f"coaches-{office}",
            t("page.outlook.coaches", office=name),
            -MOST_COACHES,
            MOST_COACHES,
            changes.get(office, 0),
        )
        for office, name in speaker.names.offices(()).items()
        if office in services.policy.region.offices
    ]
    intake = usual.intake if asked.intake is None else asked.intake
    return [*coaches, Slider("zugang", t("page.outlook.intake"), 0, MOST_INTAKE, min(intake, MOST_INTAKE))]


def list_states(speaker: TurnPresenter) -> list[Choice]:
    t = speaker.t
    return [
        Choice(f"{stage}.{state}", f"{t(f'stage.{stage}')}: {t(f'state.{stage}.{state}')}")
        for stage, lifecycle in LIFECYCLES.items()
        for state in lifecycle.open_states()
        if state != "matching"
    ]


def list_panels(speaker: TurnPresenter, services: Services, usual: Forecast, other: Forecast | None) -> list[Panel]:
    columns = [("now", usual.now), ("then", usual.then), *([("other", other.then)] if other else [])]
    return [write_panel(speaker, name, columns, value) for name, value in FIGURES.items()]


FIGURES: Mapping[str, Callable[[Outlook], int]] = {
    "overdue": lambda one: one.overdue,
    "free": lambda one: one.free,
    "open": lambda one: one.open,
}

LISTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "overdue": ("/leitung", {"faellig": "vorbei"}),
    "free": ("/menschen", {"rolle": Role.COACH}),
    "open": ("/leitung", {}),
}
"""Of what each figure of today counts, with its filters beside the office."""


def write_panel(
    speaker: TurnPresenter,
    name: str,
    columns: list[tuple[str, Mapping[str, Outlook]]],
    value: Callable[[Outlook], int],
) -> Panel:
    """A row for each office. What is so today can be looked at."""
    t, offices, (path, filters) = speaker.t, columns[0][1], LISTS[name]
    series = tuple(t(f"page.outlook.{when}") for when, _ in columns)
    rows: list[Cells] = []
    bars: list[Row] = []
    for office in offices:
        values = tuple(value(by_office[office]) for _, by_office in columns)
        today = Linked.to(path, {"buero": office, **filters}, values[0])
        rows.append((speaker.names.office(office), today, *values[1:]))
        addresses = (today.address, *("" for _ in values[1:]))
        bars.append(Row(speaker.names.office(office), values, " / ".join(map(str, values)), addresses))
    title, about = t(f"page.outlook.{name}"), t(f"page.outlook.{name}.about")
    return Panel(
        f"vorschau-{name}", title, about, series, (t("page.lead.buero"), *series), tuple(rows), draw_rows(bars, series)
    )


def judge(speaker: TurnPresenter, services: Services, earlier: Forecast, usual: Forecast) -> Panel:
    """What would have been said twelve weeks ago, beside what came."""
    t = speaker.t
    rows = tuple(
        (
            speaker.names.office(office),
            earlier.then[office].overdue,
            usual.now[office].overdue,
            earlier.then[office].free,
            usual.now[office].free,
        )
        for office in usual.now
    )
    heads = [t(f"page.outlook.{what}.{when}") for what in ("overdue", "free") for when in ("foretold", "came")]
    about = t(
        "page.outlook.judged.about",
        foretold=sum(row[1] for row in rows),
        came=sum(row[2] for row in rows),
        day=t.short_day(earlier.day - timedelta(days=1)),
    )
    return Panel("vorschau-urteil", t("page.outlook.judged"), about, (), (t("page.lead.buero"), *heads), rows, None)
