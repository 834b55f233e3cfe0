"""The rules of the path as they stand, and a dry run of others: what would change in the open cases. Only reads.

A case carries its rules. It takes others with the next step that somebody takes in it, and its running clocks keep what
was pinned when they began. So a restart with another `pipeline.toml` moves nothing by itself; what moves with the next
step, and what is sent then, is computed for each case by the rules that ring it later.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from api.runtime.services import Services
from api.use_cases.simulation.ahead import Ahead, compare_ahead
from api.use_cases.simulation.rules import without_undo
from api.use_cases.simulation.scenario import Scenario
from models.cases.calendar import Calendar, calendar_of
from models.cases.foresight import Foretold, foretell, list_wake_ups
from models.database import Database
from models.lifecycles import BESIDE, LIFECYCLES
from models.messages.cases import CaseStanding, WakeUp
from models.messages.idea import Standing
from models.messages.rulebook import Limit, Rulebook
from models.policy import Policy
from models.policy_changes import Change, list_changes
from models.queries.rulebooks import KINDS, OpenCase, held_since, list_open_cases, list_rules
from models.tables import RulebookRow, StandingRow
from models.vocabulary import Role
from workflows import kinds

OFFER, QUESTION = "offer", "question"
"""Limits beside those of states: how long a coach may think, and whoever is asked something."""

DAYS_AHEAD = 7
WEEKS_AHEAD = 52
YEAR_SECONDS = 8.0
"""So long a request may simulate; it is answered within twenty."""


# -- as they stand -------------------------------------------------------------------------------------------------


class Rule(NamedTuple):
    """One limit, who is on turn while it runs, and since when it is as it is; None where that was not noted yet."""

    kind: str
    table: str
    """A stage, another kind of case, or empty."""
    state: str
    who: Role | None
    """None: whoever is asked."""
    limit: Limit
    since: datetime | None


def list_limits(policy: Policy, rows: Sequence[RulebookRow], today: date) -> list[Rule]:
    """Every limit, in the order of the path."""
    found = []
    for kind in KINDS:
        rulebook, noted = policy.rulebook(today, kind), [(row.seen_at, row.read()) for row in rows if row.kind == kind]
        for table, state, who in _places(kind):
            read = partial(find_limit, table=table, state=state)
            limit = read(rulebook)
            assert limit is not None  # a policy has one for each state
            found.append(Rule(kind, table, state, who, limit, held_since(noted, rulebook, read)))
    return found


def find_limit(rulebook: Rulebook, table: str, state: str) -> Limit | None:
    """None: rules of an earlier release, which had no such state."""
    if state == QUESTION:
        return rulebook.question
    return rulebook.offer if state == OFFER else rulebook.limits.get(f"{table}.{state}")


def _places(kind: str) -> Iterator[tuple[str, str, Role | None]]:
    if kind in BESIDE:
        yield from ((kind, phase, who) for phase, who in BESIDE[kind].phases().items())
    else:
        for stage, lifecycle in LIFECYCLES.items():
            for state in lifecycle.open_states():
                is_search = lifecycle.on_turn[state] is Role.COACH_SEARCH
                yield (stage, OFFER, Role.COACH) if is_search else (stage, state, lifecycle.on_turn[state])
        yield "", QUESTION, None


# -- a dry run -----------------------------------------------------------------------------------------------------


class Moved(NamedTuple):
    """A wake-up that another time would be set for. None: it would not be."""

    case: OpenCase
    wake_up: WakeUp
    before: datetime | None
    after: datetime | None


class NewLimit(NamedTuple):
    """A limit that would be another, with the deadline of what begins today."""

    rule: Rule
    new: Limit
    due: date
    new_due: date
    running: int
    """Clocks and questions that go on by the limit of before."""


@dataclass
class Counts:
    """What open cases send by themselves, tomorrow and within seven days, if nobody does anything."""

    tomorrow: Counter[str] = field(default_factory=Counter)
    """`messages`; of them `late`, since a deadline has passed, and `leads`, to the leads."""
    week: Counter[str] = field(default_factory=Counter)


@dataclass
class DryRun:
    """What another configuration would change."""

    changes: list[Change]
    cases: int
    limits: list[NewLimit]
    moved: list[Moved] = field(default_factory=list)
    before: Counts = field(default_factory=Counts)
    after: Counts = field(default_factory=Counts)
    at_once: list[tuple[OpenCase, Foretold]] = field(default_factory=list)
    """What would be sent with that step, since its time has just passed by the other rules."""
    unknown: int = 0
    """Cases that carry rules which nobody has noted: those of now are taken for theirs."""
    ahead: Ahead | None = None
    """How the year ahead might go before and after, where that was asked for, as far as there was time to look."""


async def find_carried(services: Services, row: StandingRow) -> Rulebook:
    """The rules by which a case goes on until its next step. Those of today where it carries them, or such as nobody
    has noted. Opens a session of its own where they are others than today's, once in a while."""
    now_ = services.rulebook(row.kind)
    if row.rulebook_digest in ("", now_.digest):
        return now_

    async def find() -> Mapping[str, Rulebook]:
        async with services.database.reading() as session:
            return find_rulebooks(services.policy, await list_rules(session), services.today())

    return (await services.rules_carried.get(None, find)).get(row.rulebook_digest, now_)


async def read_limits(database: Database, policy: Policy, today: date) -> list[Rule]:
    async with database.reading() as session:
        return list_limits(policy, await list_rules(session), today)


async def try_rules(database: Database, now_: Policy, other: Policy, now: datetime, *, year: bool = False) -> DryRun:
    """Compare the rules of now with others, beside the event loop. `year`: simulate what comes of both."""
    async with database.reading() as session:
        rows, cases = await list_rules(session), await list_open_cases(session)
    found = await asyncio.to_thread(compare, now_, other, rows, cases, now)
    if year:
        tomorrow = now.astimezone(other.zone).date() + timedelta(days=1)
        ahead = Scenario(tomorrow, ideas=0, weeks=WEEKS_AHEAD, coaches=0)
        found.ahead = await compare_ahead(database, ahead, [without_undo(now_), without_undo(other)], YEAR_SECONDS)
    return found


def compare(
    now_: Policy, other: Policy, rows: Sequence[RulebookRow], cases: Sequence[OpenCase], now: datetime
) -> DryRun:
    today = now.astimezone(now_.zone).date()
    known, others = find_rulebooks(now_, rows, today), {kind: other.rulebook(today, kind) for kind in KINDS}
    found = DryRun(list_changes(now_, other), len(cases), list_new_limits(now_, other, rows, cases, today))
    for case in cases:
        own = known.get(case.standing.rulebook_digest)
        found.unknown += own is None
        own, new = own or now_.rulebook(today, case.standing.kind), others[case.standing.kind]
        found.moved += find_moved(case, own, new)
        _add_up(found, case, own, new, now)
    return found


def find_rulebooks(policy: Policy, rows: Sequence[RulebookRow], today: date) -> dict[str, Rulebook]:
    """Digest → rules that a case may carry: what was noted, and those of now with the closed days of last year."""
    years = (today, date(today.year - 1, 1, 1))
    own = [policy.rulebook(day, kind) for kind in KINDS for day in years]
    return {row.digest: row.read() for row in rows} | {rulebook.digest: rulebook for rulebook in own}


def find_moved(case: OpenCase, own: Rulebook, new: Rulebook) -> list[Moved]:
    """By the time at which they are set now."""
    if own.digest == new.digest:
        return []
    before, after = (_planned(case.standing, rulebook) for rulebook in (own, new))
    moved = []
    for key, wake_up in {**after, **before}.items():
        times = tuple(plans[key].at if key in plans else None for plans in (before, after))
        if times[0] != times[1]:
            moved.append(Moved(case, wake_up, *times))
    return moved


def _planned(standing: CaseStanding, rulebook: Rulebook) -> Mapping[Any, WakeUp]:
    rules = kinds.KINDS[standing.kind].rules
    found = list_wake_ups(rules, rules.state(standing=standing, rulebook=rulebook))
    return {(one.kind, one.key, one.task_id, one.to): one for one in found}


def _add_up(found: DryRun, case: OpenCase, own: Rulebook, new: Rulebook, now: datetime) -> None:
    before = _foretell(case.standing, own, now)
    after = before if own.digest == new.digest else _foretell(case.standing, new, now)
    for counts, told, rulebook in ((found.before, before, own), (found.after, after, new)):
        _count(counts, told, calendar_of(rulebook), now)
    due = {(one.kind, one.to, one.account_id) for one in before if one.at <= now}
    sent = [one for one in after if one.at <= now and (one.kind, one.to, one.account_id) not in due]
    found.at_once += [(case, one) for one in sent]


def _foretell(standing: CaseStanding, rulebook: Rulebook, now: datetime) -> list[Foretold]:
    rules, calendar = kinds.KINDS[standing.kind].rules, calendar_of(rulebook)
    until = calendar.end_of(calendar.today(now) + timedelta(days=DAYS_AHEAD))
    return foretell(rules, rules.state(standing=standing, rulebook=rulebook), now, until)


def _count(counts: Counts, told: Sequence[Foretold], calendar: Calendar, now: datetime) -> None:
    tomorrow = calendar.today(now) + timedelta(days=1)
    for one in told:
        names = ["messages", *(["late"] if one.event == "overdue" else []), *(["leads"] if one.to is Role.LEAD else [])]
        counts.week.update(names)
        if calendar.today(one.at) == tomorrow:
            counts.tomorrow.update(names)


def list_new_limits(
    now_: Policy, other: Policy, rows: Sequence[RulebookRow], cases: Sequence[OpenCase], today: date
) -> list[NewLimit]:
    running = Counter(place for case in cases for place in _clocks(case.standing))
    found = []
    for rule, new in zip(list_limits(now_, rows, today), list_limits(other, (), today), strict=True):
        if rule.limit != new.limit:
            due, new_due = (
                calendar_of(policy.rulebook(today, rule.kind)).deadline(today, limit.limit)
                for policy, limit in ((now_, rule.limit), (other, new.limit))
            )
            found.append(NewLimit(rule, new.limit, due, new_due, running[rule.table, rule.state]))
    return found


def _clocks(standing: CaseStanding) -> Iterator[tuple[str, str]]:
    """The limits by which something runs in a case."""
    if isinstance(standing, Standing):
        yield standing.stage, OFFER if standing.state == "matching" else standing.state
        yield from (("", QUESTION) for task in standing.tasks if task.asks)
    else:
        rules: Any = kinds.KINDS[standing.kind].rules
        yield standing.kind, str(rules.phase(standing))
