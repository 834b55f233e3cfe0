"""What has happened to ideas in a span of days: conditions that the overview counts by and the list shows by, so that
a figure and its list are the same ideas."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.lifecycles.events import REOPEN, SUBMIT, UNDO
from models.queries.moment import Moment, local_day
from models.tables import StandingRow, TimelineEntry
from models.vocabulary import Outcome, Stage


class Happening(StrEnum):
    """What an idea can have met. The passages are of a whole stage, up to the next one or to the end of the path."""

    ARRIVED = "arrived"
    ENDED = "ended"
    ACCEPTED = "accepted"
    IN_TIME = "in_time"
    """Decided on by the day that was promised."""
    DECIDED = "decided"
    PASSED_IDENTIFY = "passed_identify"
    PASSED_DEVELOP = "passed_develop"
    PASSED_SUPPORT = "passed_support"
    PASSED_ACCOMPANY = "passed_accompany"
    PASSED_MAKE_VISIBLE = "passed_make_visible"

    @classmethod
    def passing(cls, stage: Stage) -> "Happening":
        return cls(f"passed_{stage}")

    @property
    def stage(self) -> Stage | None:
        """Which one was passed."""
        return Stage(self.removeprefix("passed_")) if self.startswith("passed_") else None


DECISIONS = ("shortlist", "decline", "refer")
"""How a lead answers a new idea."""


@dataclass(frozen=True)
class Span:
    """Days of the region, both included; None: without an end on that side."""

    first: date | None = None
    last: date | None = None

    def holds(self, moment: Moment, at: Any) -> ColumnElement[bool]:
        """An instant lies in it."""
        since = true() if self.first is None else at >= moment.begin_of(self.first)
        until = true() if self.last is None else at < moment.begin_of(self.last + timedelta(days=1))
        return and_(at.is_not(None), since, until)


def has_met(what: Happening, span: Span, moment: Moment) -> ColumnElement[bool]:
    """A condition on `StandingRow`."""
    row = StandingRow
    if what is Happening.ARRIVED:
        return span.holds(moment, col(row.submitted_at))
    if what is Happening.ENDED:
        return span.holds(moment, col(row.ended_at))
    if what.stage is not None:
        passed = select_passages(span, moment).subquery()
        return col(row.case_id).in_(select(passed.c.case_id).where(passed.c.stage == what.stage))
    decided = select_decisions(span, moment).subquery()
    kinds = {Happening.ACCEPTED: decided.c.event == "shortlist", Happening.IN_TIME: decided.c.in_time.is_(True)}
    return col(row.case_id).in_(select(decided.c.case_id).where(kinds.get(what, true())))


def has_left() -> ColumnElement[bool]:
    """Its path has ended before its last step."""
    return and_(col(StandingRow.outcome).is_not(None), col(StandingRow.outcome) != Outcome.COMPLETED)


def has_reached(stage: Stage) -> ColumnElement[bool]:
    """It came at least so far. One that was sent back counts where it is now."""
    return col(StandingRow.stage).in_([one for one in Stage if one.position >= stage.position])


def is_aged(least: int | None, most: int | None, moment: Moment) -> ColumnElement[bool]:
    """In its state for more than `least` days of the region, and at most `most`."""
    entered = col(StandingRow.entered_at)
    is_older = true() if least is None else entered < moment.begin_of(moment.today - timedelta(days=least))
    is_no_older = true() if most is None else entered >= moment.begin_of(moment.today - timedelta(days=most))
    return and_(is_older, is_no_older)


def select_decisions(span: Span, moment: Moment) -> Any:
    """The decisions on new ideas that were not taken back: case, instant, event, and whether it came in time."""
    entry, before = TimelineEntry, aliased(TimelineEntry)
    until: Any = before.holder_until
    promised = select(until).where(
        col(before.case_id) == col(entry.case_id), col(before.version) == col(entry.version) - 1
    )
    in_time: Any = local_day(moment.at, col(entry.at)) <= promised.scalar_subquery()
    columns: Any = (entry.case_id, entry.at, entry.event, in_time.label("in_time"))
    is_decision = (col(entry.from_state) == "screening", col(entry.event).in_(DECISIONS))
    return select(*columns).where(*_took_place(span, moment), *is_decision)


def select_passages(span: Span, moment: Moment) -> Any:
    """Stages that ideas have left in a span for the next one, or for the end of the path: case, stage, instant, and how
    long that took. One with a pause in it says nothing of the pace."""
    entry, entering, pause = TimelineEntry, aliased(TimelineEntry), aliased(TimelineEntry)
    its = (col(entering.case_id) == col(entry.case_id), col(entering.version) < col(entry.version))
    begins = or_(col(entering.from_stage) != col(entering.stage), col(entering.event).in_((SUBMIT, REOPEN)))
    since: Any = select(func.max(entering.version)).where(*its, col(entering.stage) == col(entry.from_stage), begins)
    first = since.correlate(entry).scalar_subquery()
    paused = exists().where(
        col(pause.case_id) == col(entry.case_id),
        col(pause.version).between(first, col(entry.version)),
        col(pause.event) == "pause",
    )
    begun: Any = select(entering.at).where(its[0], col(entering.version) == first).correlate(entry).scalar_subquery()
    onwards = [
        and_(col(entry.from_stage) == one, col(entry.stage) == other)
        for one, other in zip(list(Stage), list(Stage)[1:], strict=False)
    ]
    completes = and_(col(entry.state) == "published", col(entry.from_state) != "published")
    columns: Any = (entry.case_id, col(entry.from_stage).label("stage"), entry.at, (entry.at - begun).label("took"))
    return select(*columns).where(*_took_place(span, moment), or_(*onwards, completes), ~paused)


def _took_place(span: Span, moment: Moment) -> list[ColumnElement[bool]]:
    """Versions of ideas within a span that were not taken back."""
    entry, undo = TimelineEntry, aliased(TimelineEntry)
    facts: Any = undo.facts
    undone = exists().where(
        col(undo.case_id) == col(entry.case_id),
        col(undo.event) == UNDO,
        facts["undone_version"].as_integer() == col(entry.version),
    )
    return [col(entry.kind) == "idea", span.holds(moment, col(entry.at)), ~undone]
