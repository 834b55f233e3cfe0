"""What has happened in a period, beside the one before it: in numbers, in a word and with a sign."""

from collections.abc import Sequence

from api.pages.kit.turn_presenter import TurnPresenter
from api.pages.lead.figures import LEAST_SHOWN, Asked, Cells, Panel, in_days, panel, percent, tell_number
from models.i18n import Texts
from models.queries.happenings import Happening
from models.queries.overview import Numbers, Period
from models.vocabulary import Stage

LEAST_COMPARED = 10
"""Of fewer, one more is a share that says nothing."""


def write_comparison(speaker: TurnPresenter, asked: Asked, numbers: Numbers) -> Panel:
    t = speaker.t
    names = [
        t("page.overview.between", first=t.short_day(one.first), last=t.short_day(one.last))
        for one in asked.scope.periods
        if one.first and one.last
    ]
    header = (t("page.overview.figure"), *names, t("page.overview.change"))
    return panel(speaker, "vergleich", (), header, compare(speaker, asked, numbers.periods), None)


def compare(speaker: TurnPresenter, asked: Asked, periods: Sequence[Period]) -> list[Cells]:
    """A row for each figure: now, before, and what has changed, in words."""
    t = speaker.t
    counted: list[tuple[str, Happening, str, dict[str, str]]] = [
        ("arrived", Happening.ARRIVED, "arrived", {}),
        ("decided", Happening.DECIDED, "decided", {}),
        ("accepted", Happening.ACCEPTED, "accepted", {}),
        ("declined", Happening.ENDED, "declined", {"stand": "declined"}),
        ("completed", Happening.ENDED, "visible", {"zeige": "completed"}),
    ]
    rows: list[Cells] = []
    for field, what, name, filters in counted:
        counts = [getattr(one, field) for one in periods]
        cells = [asked.link_met(n, what, one.span, **filters) for n, one in zip(counts, periods, strict=True)]
        rows.append((t(f"page.overview.{name}"), *cells, tell_more(t, *counts)))
    rows.insert(2, compare_in_time(t, asked, periods))
    return [*rows, *(compare_paces(speaker, asked, periods, stage) for stage in Stage)]


def compare_in_time(t: Texts, asked: Asked, periods: Sequence[Period]) -> Cells:
    shares = [percent(one.in_time, one.decided) if one.decided else None for one in periods]
    told = [
        t("page.overview.of", count=one.in_time, all=one.decided, percent=share) if share is not None else "0"
        for one, share in zip(periods, shares, strict=True)
    ]
    cells = [
        asked.link_met(text, Happening.IN_TIME, one.span).counting(one.in_time)
        for text, one in zip(told, periods, strict=True)
    ]
    now, before = shares
    change = "–" if now is None or before is None else tell_change(t, "points", now - before, str(abs(now - before)))
    return (t("page.overview.in_time"), *cells, change)


def compare_paces(speaker: TurnPresenter, asked: Asked, periods: Sequence[Period], stage: Stage) -> Cells:
    """How long half of the ideas took for a stage; of few ideas that says nothing."""
    t, days, cells = speaker.t, list[float | None](), []
    for one in periods:
        passed = one.passages.get(stage)
        ideas, enough = (passed.ideas if passed else 0), passed is not None and passed.ideas >= LEAST_SHOWN
        days.append(in_days(passed.median) if passed is not None and enough else None)
        median = (
            t("page.overview.few") if days[-1] is None else t("page.overview.days", days=tell_number(speaker, days[-1]))
        )
        told = t("page.overview.days_of", median=median, count=ideas)
        cells.append(asked.link_met(told, Happening.passing(stage), one.span).counting(ideas))
    now, before = days
    change = "–"
    if now is not None and before is not None:
        longer = round(now - before, 1)
        change = tell_change(t, "days", longer, tell_number(speaker, abs(longer)))
    return (t("page.overview.stage_days", stage=t(f"stage.{stage}")), *cells, change)


def tell_more(t: Texts, now: int, before: int) -> str:
    """How many more or fewer, and which share of before that is."""
    share = f"{abs(percent(now - before, before))} %" if before >= LEAST_COMPARED else ""
    return tell_change(t, "count", now - before, str(abs(now - before)), share)


def tell_change(t: Texts, what: str, change: float, size: str, share: str = "") -> str:
    """In a word and with a sign: no colour says whether that is good."""
    if change == 0:
        return t(f"page.overview.{what}.same")
    sign = "+" if change > 0 else "−"
    told = t(f"page.overview.{what}.{'more' if change > 0 else 'less'}", size=size)
    return f"{told} ({sign}{share})" if share else told
