"""The rules of the house, for leads: every limit, and a dry run of another `pipeline.toml`. Nothing is kept of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

from fastapi import Response
from starlette.datastructures import FormData, UploadFile

from api.pages.kit.page import LeadPage
from api.pages.kit.turn_presenter import TurnPresenter
from api.use_cases.rules import OFFER, QUESTION, DryRun, Moved, NewLimit, Rule, read_limits, try_rules
from api.use_cases.simulation.summary import Summary
from api.web.rate_limits import Limited, limit_rate
from api.web.routers import page_router
from models.case_names import page_of, tell_state
from models.cases.kind import TOLD_AS
from models.i18n import Texts
from models.messages.rulebook import Duration, Limit
from models.policy import PolicyError, load_policy, read_policy
from models.typed_text import clean
from models.vocabulary import Outcome
from models.workflow_ids import IDEA

router = page_router()

HOME = "/leitung/regeln"
FILE, TEXT, YEAR = "datei", "text", "jahr"
MOST_BYTES = 100_000
"""A pipeline.toml has a sixth of it. What was typed is kept up to here, where somebody first has to sign in again."""

FEW, SHOWN = 10, 200
"""Of what moves: so much at once, and at most."""
LONGEST = 80
"""Characters of a value."""

SENT = ("messages", "late", "leads")
YEAR_FIGURES = ("remind", "overdue", "escalate", "completed", "open", "late_days")


class Link(NamedTuple):
    text: str
    address: str


Row = tuple[str | Link, ...]
"""Of a table: its cells."""


@dataclass(frozen=True)
class FoundInWords:
    """What a dry run has found, as the page shows it."""

    cases: int
    sent: Sequence[Row]
    at_once: int
    unknown: int
    all_moved: int
    moved: Sequence[Row]
    """The first of them."""
    limits: Sequence[Row]
    changes: Sequence[Row]
    years: Sequence[Row]
    weeks: int
    """For so long."""

    @property
    def further(self) -> int:
        return self.all_moved - len(self.moved)


@router.get(HOME)
async def show_rules(page: LeadPage) -> Response:
    return await render_rules(page, read_file(page))


@router.post(HOME)
async def try_other_rules(page: LeadPage) -> Response:
    """The answer to the form itself: nothing is kept to which an address could lead."""
    sent, services = await page.form(), page.services
    await limit_rate(page.request, services, Limited.UPLOAD, page.person.id)
    content, year = await read_content(sent), bool(sent.get(YEAR))
    text = clean(content.decode(errors="replace"))
    if len(content) > MOST_BYTES:
        return await render_rules(page, "", [page.t("page.rules.too_large", most=MOST_BYTES // 1000)])
    try:
        other = read_policy(content)
    except PolicyError as wrong:
        return await render_rules(page, text, wrong.problems, year=year)
    found = await try_rules(services.database, services.policy, other, datetime.now(UTC), year=year)
    return await render_rules(page, text, found=found, year=year)


async def read_content(sent: FormData) -> bytes:
    """A file that was chosen comes before what stands in the text area."""
    file = sent.get(FILE)
    if isinstance(file, UploadFile) and file.filename:
        return await file.read(MOST_BYTES + 1)
    return clean(str(sent.get(TEXT) or "")).encode()


def read_file(page: LeadPage) -> str:
    """The file as it lies there now, to go on from."""
    try:
        return page.services.settings.pipeline.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


async def render_rules(
    page: LeadPage, text: str, wrong: Sequence[str] = (), found: DryRun | None = None, *, year: bool = False
) -> Response:
    policy, speaker, today = page.services.policy, page.speaker, page.services.today()
    limits = await read_limits(page.services.database, policy, today)
    groups = [
        (name_table(page.t, table), [write_rule(speaker, rule) for rule in rules])
        for table, rules in groupby(limits, key=lambda rule: rule.table)
    ]
    return page.render(
        "lead/rules.html",
        422 if wrong else 200,
        groups=groups,
        closed=[page.t.short_day(day) for day in policy.rulebook(today).closed if 0 <= (day - today).days < 365],
        duration=partial(tell_duration, page.t),
        text=text,
        wrong=wrong,
        year=year,
        found=write_found(speaker, found) if found else None,
        few=FEW,
        changed=is_other_now(page),
    )


def is_other_now(page: LeadPage) -> bool:
    """Whether the file says something else by now than when this process has read it."""
    try:
        return load_policy(page.services.settings.pipeline) != page.services.policy
    except PolicyError:
        return True


# -- words ---------------------------------------------------------------------------------------------------------


def name_table(t: Texts, table: str) -> str:
    if not table:
        return t("page.rules.questions")
    return t(f"stage.{table}") if t.has(f"stage.{table}") else t(f"page.rules.{table}")


def name_rule(t: Texts, rule: Rule) -> str:
    if rule.state in (OFFER, QUESTION):
        return t(f"page.rules.{rule.state}")
    own = f"page.rules.phase.{rule.state}"
    return t(own) if t.has(own) else tell_state(t, rule.kind, rule.table, rule.state)


def write_found(speaker: TurnPresenter, found: DryRun) -> FoundInWords:
    t, counts = speaker.t, (found.before.tomorrow, found.after.tomorrow, found.before.week, found.after.week)
    return FoundInWords(
        cases=found.cases,
        sent=[(t(f"page.rules.sent.{name}"), *(t.number(one[name]) for one in counts)) for name in SENT],
        at_once=len(found.at_once),
        unknown=found.unknown,
        all_moved=len(found.moved),
        moved=[write_moved(speaker, one) for one in sort_moved(found)[:SHOWN]],
        limits=[write_new_limit(speaker, one) for one in found.limits],
        changes=[
            (one.key, tell_value(one.before), tell_value(one.after), t(f"page.rules.counts.{one.counts}"))
            for one in found.changes
        ],
        years=list(write_years(t, *found.ahead.summaries)) if found.ahead else [],
        weeks=(found.ahead.scenario.weeks or 0) if found.ahead else 0,
    )


def write_rule(speaker: TurnPresenter, rule: Rule) -> Row:
    t, limit = speaker.t, rule.limit
    since = t.short_day(rule.since.astimezone(speaker.zone).date()) if rule.since else "–"
    who = t(f"role.{rule.who}") if rule.who else t("page.rules.asked")
    return name_rule(t, rule), who, tell_duration(t, limit.limit), *tell_steps(t, limit), since


def tell_steps(t: Texts, limit: Limit) -> tuple[str, str]:
    """When whoever is on turn is reminded, and when the leads are told."""
    return tell_times(t, "ahead", limit.remind), tell_times(t, "behind", limit.escalate)


def tell_times(t: Texts, side: str, steps: Sequence[Duration]) -> str:
    told = [
        t(f"page.rules.{side}", time=tell_duration(t, step)) if step.amount else t("page.rules.same_day")
        for step in steps
    ]
    return ", ".join(told) or t("page.rules.never")


def tell_duration(t: Texts, duration: Duration) -> str:
    """ "10 Arbeitstage"."""
    return t(f"page.duration.{duration.unit}", count=duration.amount)


def write_new_limit(speaker: TurnPresenter, one: NewLimit) -> Row:
    """Which, before, after, and how many go on by the former."""
    t, rule = speaker.t, one.rule
    before, after = (tell_limit(t, limit, due) for limit, due in ((rule.limit, one.due), (one.new, one.new_due)))
    running: str | Link = t("page.rules.running", count=one.running)
    if rule.kind == IDEA and rule.state not in (OFFER, QUESTION) and one.running:
        running = Link(str(running), f"/leitung?phase={rule.table}&stand={rule.state}")
    return f"{name_table(t, rule.table)}: {name_rule(t, rule)}", before, after, running


def tell_limit(t: Texts, limit: Limit, due: date) -> str:
    remind, escalate = tell_steps(t, limit)
    time = tell_duration(t, limit.limit)
    return t("page.rules.limit_in_full", time=time, day=t.short_day(due), remind=remind, escalate=escalate)


def sort_moved(found: DryRun) -> list[Moved]:
    """What comes first stands first, by the earlier of its times."""
    return sorted(found.moved, key=lambda one: min(at for at in (one.before, one.after) if at is not None))


def write_moved(speaker: TurnPresenter, one: Moved) -> Row:
    t, standing, wake_up = speaker.t, one.case.standing, one.wake_up
    what = t(f"wakeup.{wake_up.kind}")
    if wake_up.kind in TOLD_AS:
        what = t("page.rules.wake_up", what=what, who=t(f"role.{wake_up.to}"))
    about = "" if standing.kind == IDEA else name_table(t, standing.kind)
    if wake_up.task_id:
        about = name_table(t, "")
    before, after = (t.instant(at, speaker.zone) if at else t("page.rules.not_set") for at in (one.before, one.after))
    path = f"/{page_of(standing.kind, standing.idea_id)}"
    return Link(one.case.title, path), f"{about}: {what}" if about else what, before, after


def tell_value(value: Any) -> str:
    """As it stands in the file, or nearly so."""
    match value:
        case None:
            return "–"
        case bool():
            return str(value).lower()
        case list():
            told = ", ".join(map(str, value)) or "[]"
        case _:
            told = str(value) or '""'
    return told if len(told) <= LONGEST else f"{told[:LONGEST]}…"


def write_years(t: Texts, *years: Summary) -> Iterator[Row]:
    before, after = (count_year(year) for year in years)
    for name in YEAR_FIGURES:
        yield t(f"page.rules.year.{name}"), t.number(before[name]), t.number(after[name])


def count_year(year: Summary) -> dict[str, int]:
    told = {event: sum(month.messages[event] for month in year.months) for event in YEAR_FIGURES[:3]}
    open_ = year.months[-1].open if year.months else 0
    late = round(sum(case.days_late for case in year.cases))
    return {**told, "completed": year.outcomes[str(Outcome.COMPLETED)], "open": open_, "late_days": late}
