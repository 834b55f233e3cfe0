"""The charts of the overview, one a question."""

from calendar import monthrange
from collections.abc import Callable, Sequence

from api.pages.kit.turn_presenter import TurnPresenter
from api.pages.lead.charts import Row, draw_columns, draw_rows
from api.pages.lead.figures import Asked, Cells, Linked, Panel, bar, in_days, panel, percent, tell_number
from models.lifecycles import LIFECYCLES
from models.queries.happenings import Happening, Span
from models.queries.overview import AGES, Month, Numbers, Share
from models.vocabulary import Stage


def write_path(speaker: TurnPresenter, asked: Asked, numbers: Numbers) -> Panel:
    counts, t = numbers.path, speaker.t
    all_ = counts[Stage.IDENTIFY]
    rows: list[Cells] = []
    bars: list[Row] = []
    for stage, count in counts.items():
        cell = asked.link_met(count, Happening.ARRIVED, asked.scope.lately, erreicht=stage)
        share = percent(count, all_)
        rows.append((t(f"stage.{stage}"), cell, share))
        bars.append(Row(t(f"stage.{stage}"), (count,), f"{count} ({share} %)", (cell.address,)))
    series = (t("page.overview.reached"),)
    header = (t("page.lead.phase"), *series, t("page.overview.percent"))
    return panel(speaker, "weg", series, header, rows if all_ else (), draw_rows(bars, series))


def write_paces(speaker: TurnPresenter, asked: Asked, numbers: Numbers) -> Panel:
    """Of all offices and themes: what is usual is measured once a night. The ideas are those that are there now."""
    t = speaker.t
    rows: list[Cells] = []
    bars: list[Row] = []
    for pace in numbers.paces:
        state = t(f"state.{pace.stage}.{pace.state}")
        median, slow = in_days(pace.median), in_days(pace.slow)
        here = sum(numbers.ages.get((pace.stage, pace.state), ()))
        cell = asked.link(here, phase=pace.stage, stand=pace.state)
        rows.append((f"{t(f'stage.{pace.stage}')}: {state}", median, slow, pace.passages, cell))
        told = f"{tell_number(speaker, median)} / {tell_number(speaker, slow)}"
        bars.append(Row(state, (median, slow), told, (cell.address, cell.address)))
    series = (t("page.overview.median"), t("page.overview.slow"))
    header = (t("page.lead.stand"), *series, t("page.overview.passages"), t("page.overview.here"))
    return panel(speaker, "zeiten", series, header, rows, draw_rows(bars, series))


def write_ages(speaker: TurnPresenter, asked: Asked, numbers: Numbers) -> Panel:
    counts, t = numbers.ages, speaker.t
    upto = [t("page.overview.upto", count=days) for days in AGES]
    series = (*upto, t("page.overview.older", count=AGES[-1]))
    between = [f"{least or ''}-{most or ''}" for least, most in zip((None, *AGES), (*AGES, None), strict=True)]
    rows: list[Cells] = []
    bars: list[Row] = []
    for stage, lifecycle in LIFECYCLES.items():
        for state in lifecycle.open_states():
            if ages := counts.get((stage, state)):
                cells = tuple(
                    asked.link(count, phase=stage, stand=state, alter=age)
                    for count, age in zip(ages, between, strict=True)
                )
                rows.append((f"{t(f'stage.{stage}')}: {t(f'state.{stage}.{state}')}", *cells))
                bars.append(bar(t(f"state.{stage}.{state}"), cells, str(sum(ages))))
    return panel(speaker, "alter", series, (t("page.lead.stand"), *series), rows, draw_rows(bars, series, stacked=True))


def write_months(speaker: TurnPresenter, asked: Asked, numbers: Numbers) -> Panel:
    t = speaker.t
    series = (t("page.overview.arrived"), t("page.overview.completed"), t("page.overview.left"))
    found = [(one, link_month(asked, one)) for one in numbers.months]
    rows: list[Cells] = [(f"{one.first_day:%m/%Y}", *cells) for one, cells in found]
    bars = [bar(f"{one.first_day:%m/%y}", cells) for one, cells in found]
    header = (t("page.overview.month"), *series)
    is_any = any(cell.value for _, cells in found for cell in cells)
    return panel(speaker, "monate", series, header, rows if is_any else (), draw_columns(bars, series))


def link_month(asked: Asked, month: Month) -> tuple[Linked, ...]:
    first = max(month.first_day, asked.scope.lately.first or month.first_day)
    span = Span(first, month.first_day.replace(day=monthrange(month.first_day.year, month.first_day.month)[1]))
    return (
        asked.link_met(month.arrived, Happening.ARRIVED, span),
        asked.link_met(month.completed, Happening.ENDED, span, zeige="completed"),
        asked.link_met(month.left, Happening.ENDED, span, zeige="left"),
    )


def write_offices(speaker: TurnPresenter, asked: Asked, numbers: Numbers) -> Panel:
    names = speaker.names.office
    return write_shares(speaker, asked, "bueros", "buero", "page.lead.buero", names, numbers.offices)


def write_themes(speaker: TurnPresenter, asked: Asked, numbers: Numbers) -> Panel:
    names = speaker.names.theme
    return write_shares(speaker, asked, "themen", "thema", "page.overview.theme", names, numbers.themes)


def write_shares(
    speaker: TurnPresenter,
    asked: Asked,
    name: str,
    filter_: str,
    label: str,
    name_of: Callable[[str], str],
    shares: Sequence[Share],
) -> Panel:
    """Open, completed and left, one behind the other: together they are what arrived."""
    t = speaker.t
    series = (t("page.overview.open"), t("page.overview.completed"), t("page.overview.left"))
    rows: list[Cells] = []
    bars: list[Row] = []
    for share in sorted(shares, key=lambda share: (-share.arrived, share.key)):
        counts = {"open": share.open, "completed": share.completed, "left": share.left, "all": share.arrived}
        cells = tuple(
            asked.link_met(count, Happening.ARRIVED, asked.scope.lately, **{"zeige": shown, filter_: share.key})
            for shown, count in counts.items()
        )
        if asked.values.get(filter_, share.key) != share.key:  # an idea with both themes: no list has two
            cells = tuple(Linked(cell.value, "") for cell in cells)
        rows.append((name_of(share.key), *cells))
        bars.append(bar(name_of(share.key), cells[:3], str(share.arrived)))
    header = (t(label), *series, t("page.overview.arrived"))
    return panel(speaker, name, series, header, rows, draw_rows(bars, series, stacked=True))
