"""Why a case is stuck: each cause as a condition, with the day since which it holds."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, and_, case, cast, false, func, or_, true, type_coerce, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import col, select

from models.queries import cases
from models.queries.letters import MOST_WAITING, is_letter
from models.queries.moment import At, midnight
from models.queries.state_durations import LEAST_PASSAGES
from models.rules.holders import COACHED_STAGES
from models.tables import (
    CoachProfile,
    Drift,
    DriftRun,
    EngineTrouble,
    MailRow,
    NoticeRow,
    StandingRow,
    StatePace,
    acting_coach,
    is_idea,
)
from models.tables.columns import UUID_TYPE
from models.vocabulary import Role, StuckCause

FAILING = 3
"""From this attempt on, an activity that fails is more than a hiccup."""

STILL = timedelta(hours=1)
"""Nothing is tried again more rarely than this: what has not failed since then has ended somehow."""

HARDEST = (
    *(StuckCause.NO_COACH, StuckCause.COACH_ABSENT),
    *(StuckCause.WAITING_FOR_US, StuckCause.LETTER_WAITING),
    StuckCause.UNANSWERED,
)
"""Where nobody cares for a case comes first, then where it waits for us, whatever else is late."""


def is_open() -> ColumnElement[bool]:
    """Ideas that have not ended."""
    return and_(is_idea(), is_going_on())


def is_going_on() -> ColumnElement[bool]:
    """Cases that have not ended."""
    return col(StandingRow.outcome).is_(None)


def is_stuck(at: At) -> ColumnElement[bool]:
    """Whether any cause holds. The statement must be joined with `join_causes`."""
    return and_(is_going_on(), or_(*(reason.holds for reason in reasons_of(at).values())))


class CauseSource(StrEnum):
    """What a cause is told from, beside the case itself."""

    COACH = "coach"
    """The profile of whoever acts as its coach."""
    PACE = "pace"
    """The usual pace of its state."""
    LETTERS = "letters"
    TROUBLE = "trouble"


def join_causes(statement: Any, needed: Collection[CauseSource] = tuple(CauseSource)) -> Any:
    """A statement about cases with what causes are told from, or with as much of it as is needed."""
    trouble, letters = _trouble(), _letters()
    joined = {
        CauseSource.COACH: (CoachProfile, col(CoachProfile.account_id) == acting_coach()),
        CauseSource.LETTERS: (letters, letters.c.idea_id == col(StandingRow.case_id)),
        CauseSource.TROUBLE: (trouble, trouble.c.case_id == col(StandingRow.case_id)),
        CauseSource.PACE: (StatePace, of_its_state()),
    }
    for source, (table, condition) in joined.items():
        if source in needed:
            statement = statement.outerjoin(table, condition)
    return statement


def of_its_state() -> ColumnElement[bool]:
    same = (col(getattr(StatePace, name)) == col(getattr(StandingRow, name)) for name in ("stage", "state"))
    return and_(is_idea(), *same)


@cache
def _trouble() -> Any:
    """Cases that the engine cannot go on with: an activity fails again and again, or the last comparison has found
    drift and nothing was recorded since."""
    newest = select(DriftRun.id).where(col(DriftRun.finished_at).is_not(None), col(DriftRun.partial).is_(False))
    latest = newest.order_by(col(DriftRun.started_at).desc()).limit(1).scalar_subquery()
    told: Any = (col(Drift.subject).label("workflow_id"), col(Drift.found_at).label("since"), true().label("drifted"))
    drifted = select(*told).where(Drift.run_id == latest, col(Drift.repaired).is_(False))
    failing: Any = select(EngineTrouble.workflow_id, EngineTrouble.since, false()).where(
        col(EngineTrouble.attempts) >= FAILING, col(EngineTrouble.last_at) > func.now() - STILL
    )
    both = union_all(drifted, failing).subquery()
    # The idea finds the row in an index; the whole id says whether it is this one.
    is_its = and_(col(StandingRow.idea_id) == _idea_in(both.c.workflow_id), cases.workflow_id() == both.c.workflow_id)
    first = select(StandingRow.case_id, func.min(both.c.since).label("since")).join(both, is_its)
    first = first.where(or_(~both.c.drifted, col(StandingRow.last_entry_at) < both.c.since))
    return first.group_by(col(StandingRow.case_id)).subquery("trouble")


def _idea_in(workflow_id: Any) -> Any:
    """The idea of the case whose workflow it may be; NULL where no case can have this id."""
    is_case = workflow_id.regexp_match("^[a-z-]+/[0-9a-f-]{36}(/[0-9]+)?$")
    return case((is_case, cast(func.split_part(workflow_id, "/", 2), UUID_TYPE)), else_=None)


@cache
def _letters() -> Any:
    """Ideas of which a letter waits to be passed on, with the one that waits longest. The bound is for the planner: it
    knows how many letters there were, and not how few of them wait."""
    waits = select(col(MailRow.id), col(MailRow.sent_at)).where(is_letter(), col(MailRow.passed_on_at).is_(None))
    mail = waits.order_by(col(MailRow.sent_at)).limit(MOST_WAITING).subquery()
    oldest = func.array_agg(aggregate_order_by(mail.c.id, mail.c.sent_at, mail.c.id))
    waiting: Any = select(
        col(NoticeRow.idea_id).label("idea_id"),
        func.min(mail.c.sent_at).label("since"),
        type_coerce(oldest, ARRAY(UUID_TYPE))[1].label("letter_id"),
    ).join(mail, mail.c.id == col(NoticeRow.mail_id))
    return waiting.group_by(col(NoticeRow.idea_id)).subquery("letters")


def waiting_letter() -> ColumnElement[str]:
    """Which letter of an idea waits longest. The statement must be joined with `join_causes`."""
    letter: ColumnElement[str] = _letters().c.letter_id
    return letter


@dataclass(frozen=True)
class Reason:
    """A cause as SQL: whether it holds, and since when; `order`: what sorts as the instant does and
    stands in an index; `needs`: with what a statement must be joined that asks for it."""

    holds: ColumnElement[bool]
    since: Any
    order: Any
    needs: frozenset[CauseSource] = frozenset()


def reasons_of(at: At) -> dict[StuckCause, Reason]:
    """A pause is no cause and silences them all. What depends on a coach or a usual pace is of ideas alone; what else
    they have is uncoached where it waits for a coach that is not there."""
    row = StandingRow
    going_on = cases.is_in_time()
    needs_coach = or_(col(row.stage).in_(sorted(COACHED_STAGES)), col(row.state) == "unmatched")
    without_coach = and_(
        col(row.coach_id).is_(None),
        col(row.search).is_(None),
        or_(and_(is_idea(), needs_coach), cases.is_held_by_nobody()),
    )
    away = or_(
        and_(col(CoachProfile.absent_from) <= at.today, col(CoachProfile.absent_until) >= at.today),
        col(CoachProfile.left_on) <= at.today,
    )
    away_since = func.least(
        case((col(CoachProfile.absent_from) <= at.today, col(CoachProfile.absent_from)), else_=None),
        case((col(CoachProfile.left_on) <= at.today, col(CoachProfile.left_on)), else_=None),
    )
    # What has only come to us today waits, and is not stuck, however soon it is due.
    came_before = col(row.holder_since) < midnight(at, at.today)
    ours = and_(col(row.holder_role) == Role.LEAD, col(row.holder_until) <= at.near, came_before)
    # The engine waits in silence, until a day that it knows.
    waits = and_(col(row.holder_role) == Role.ENGINE, col(row.holder_until) >= at.today)
    silent = and_(col(row.last_entry_at) < at.silent_before, waits.is_not(True))
    usual, trouble, letters = col(StatePace.slow), _trouble(), _letters()
    slow = and_(col(StatePace.passages) >= LEAST_PASSAGES, col(row.entered_at) < at.now - usual)

    def since_day(condition: ColumnElement[bool], day: Any, *needs: CauseSource) -> Reason:
        return Reason(and_(going_on, condition), midnight(at, day), day, frozenset(needs))

    def since_instant(condition: ColumnElement[bool], instant: Any, *needs: CauseSource) -> Reason:
        return Reason(and_(going_on, condition), instant, instant, frozenset(needs))

    return {
        StuckCause.OVER_LIMIT: since_day(col(row.holder_until) < at.today, col(row.holder_until)),
        StuckCause.SLOW: since_instant(slow, col(row.entered_at) + usual, CauseSource.PACE),
        StuckCause.NO_COACH: since_instant(without_coach, col(row.holder_since)),
        StuckCause.COACH_ABSENT: since_day(and_(away, col(row.coach_id).is_not(None)), away_since, CauseSource.COACH),
        StuckCause.NO_ACTIVITY: since_instant(silent, col(row.last_entry_at)),
        StuckCause.WAITING_FOR_US: since_instant(ours, col(row.holder_since)),
        StuckCause.LETTER_WAITING: since_instant(
            letters.c.since < at.letters_before,
            letters.c.since,
            CauseSource.LETTERS,
        ),
        StuckCause.UNANSWERED: since_day(col(row.asked_until) < at.today, col(row.asked_until)),
        StuckCause.ENGINE_TROUBLE: since_instant(trouble.c.since.is_not(None), trouble.c.since, CauseSource.TROUBLE),
    }
