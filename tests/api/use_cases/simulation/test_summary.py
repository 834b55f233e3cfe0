"""What is counted, on diaries written by hand."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from api.operations.simulation_report import TOLD, list_sheets
from api.use_cases.simulation.paths import Path
from api.use_cases.simulation.people import SimulatedCoach
from api.use_cases.simulation.population import MESSAGES
from api.use_cases.simulation.scenario import Scenario
from api.use_cases.simulation.summary import Summary, share_of, summarise
from api.use_cases.simulation.timeline import Diary, Line
from models.tables import CoachProfile
from models.vocabulary import OfferStatus, Outcome, Role, Stage
from tests.cast import BERLIN

QUARTER = Scenario(first_day=date(2027, 1, 1), months=3, ideas=1)
BEN = SimulatedCoach("coach 1", "dresden", CoachProfile(account_id="ben", capacity=2))
BRUNO = SimulatedCoach("coach 2", "leipzig", CoachProfile(account_id="bruno", capacity=2))


def at(month: int, day: int) -> datetime:
    return datetime(2027, month, day, 10, tzinfo=BERLIN)


def line(
    when: datetime, event: str, stage: Stage, state: str, holder: Role | None, idea: int = 0, **fields: Any
) -> Line:
    return Line(idea=idea, at=when, event=event, stage=stage, state=state, holder=holder, **fields)


def submit(when: datetime, due: date | None = None, idea: int = 0) -> Line:
    return line(when, "submit", Stage.IDENTIFY, "screening", Role.LEAD, due=due, idea=idea)


def shortlist(when: datetime, idea: int = 0) -> Line:
    return line(when, "shortlist", Stage.IDENTIFY, "matching", Role.COACH_SEARCH, idea=idea)


def coach_found(when: datetime, coach: str = "ben", idea: int = 0, due: date | None = None) -> Line:
    return line(when, "coach_found", Stage.DEVELOP, "planning", Role.COACH, coach_id=coach, idea=idea, due=due)


def agree_plan(when: datetime, due: date | None = None, idea: int = 0) -> Line:
    return line(when, "agree_plan", Stage.DEVELOP, "working", Role.INNOVATOR, due=due, idea=idea)


def count(*lines: Line, **diary: Any) -> Summary:
    return summarise(Diary(list(lines), **diary), QUARTER, [BEN, BRUNO], BERLIN)


def test_a_month_tells_what_came_in_and_how_things_stood_at_its_end() -> None:
    summary = count(
        *(submit(at(1, 4)), shortlist(at(1, 30)), coach_found(at(2, 10)), agree_plan(at(2, 20))),
        *(submit(at(2, 1), idea=1), line(at(2, 2), "decline", Stage.IDENTIFY, "declined", None, idea=1)),
    )
    january, february, march = summary.months
    assert [month.name for month in summary.months] == ["2027-01", "2027-02", "2027-03"]
    assert [month.handed_in for month in summary.months] == [1, 1, 0]
    assert (january.open, january.without_coach) == (1, 1)
    assert (february.open, february.without_coach, february.ended) == (1, 0, {Outcome.DECLINED: 1})
    assert (march.open, march.ended) == (1, {})


@pytest.mark.parametrize(("due", "late"), [(date(2027, 1, 31), 1), (date(2027, 2, 1), 0), (None, 0)])
def test_a_case_is_late_from_the_midnight_after_its_last_day(due: date | None, late: int) -> None:
    january = count(submit(at(1, 4), due)).months[0]
    assert january.overdue == ({Role.LEAD: late})


def test_late_days_end_with_the_step_that_was_waited_for() -> None:
    summary = count(submit(at(1, 4), date(2027, 1, 10)), shortlist(at(1, 15)))
    assert summary.cases[0].days_late == pytest.approx(4 + 10 / 24)
    assert [state.late for state in summary.states if state.place == (Stage.IDENTIFY, "screening")] == [1]


def test_an_extended_deadline_makes_what_was_late_before_not_undone() -> None:
    stay = [submit(at(1, 4), date(2027, 1, 10))]
    stay.append(line(at(1, 12), "extend_deadline", Stage.IDENTIFY, "screening", Role.LEAD, due=date(2027, 1, 20)))
    summary = count(*stay, shortlist(at(1, 15)))
    assert summary.cases[0].days_late == pytest.approx(1 + 10 / 24)


def test_messages_are_counted_in_the_month_in_which_they_went_out() -> None:
    told = [line(at(2, day), event, Stage.IDENTIFY, "screening", Role.LEAD) for day, event in enumerate(TOLD, 10)]
    summary = count(submit(at(1, 4)), *told)
    assert summary.months[0].messages == {}
    assert summary.months[1].messages == dict.fromkeys(TOLD, 1)
    assert set(TOLD) == MESSAGES


def test_messages_cut_no_stay_in_two() -> None:
    summary = count(
        *(submit(at(1, 4)), line(at(1, 9), "remind", Stage.IDENTIFY, "screening", Role.LEAD), shortlist(at(1, 14))),
        *(submit(at(1, 4), idea=1), shortlist(at(1, 6), idea=1)),
        *(submit(at(3, 30), idea=2),),
    )
    screening = summary.states[0]
    assert (screening.place, screening.role) == ((Stage.IDENTIFY, "screening"), Role.LEAD)
    assert (screening.left, screening.still_there, screening.median, screening.p85) == (2, 1, 2.0, 10.0)


def test_states_nobody_was_in_have_no_times() -> None:
    assert all((state.left, state.median, state.p85) == (0, None, None) for state in count(submit(at(1, 4))).states[1:])


def test_a_coach_has_a_place_taken_until_the_end_or_another_coach() -> None:
    summary = count(
        *(submit(at(1, 1)), coach_found(at(1, 2)), agree_plan(at(1, 3))),
        line(at(2, 1), "assign_coach", Stage.DEVELOP, "working", Role.INNOVATOR, coach_id="bruno"),
        *(submit(at(1, 1), idea=1), coach_found(at(1, 10), idea=1)),
        line(at(1, 20), "withdraw", Stage.DEVELOP, "withdrawn", None, idea=1),
        offers={("ben", OfferStatus.ACCEPTED): 2, ("ben", OfferStatus.EXPIRED): 1, ("bruno", OfferStatus.DECLINED): 3},
        notices={"ben": 7},
    )
    ben, bruno = summary.coaches
    assert (ben.ideas, ben.peak_load, bruno.ideas, bruno.peak_load) == (2, 2, 1, 1)
    assert ben.mean_load == pytest.approx((30 + 10) / 90, rel=0.01)
    assert bruno.mean_load == pytest.approx((59 - 10 / 24) / 90, rel=0.01)
    assert (ben.accepted, ben.refused, ben.expired, ben.notices) == (2, 0, 1, 7)
    assert (bruno.accepted, bruno.refused, bruno.notices) == (0, 3, 0)


def test_a_place_that_is_passed_on_in_one_moment_counts_once() -> None:
    moment = at(1, 20)
    summary = count(
        *(submit(at(1, 1)), coach_found(at(1, 2)), line(moment, "withdraw", Stage.DEVELOP, "withdrawn", None)),
        *(submit(at(1, 1), idea=1), coach_found(moment, idea=1)),
    )
    assert summary.coaches[0].peak_load == 1


@pytest.mark.parametrize(
    ("stage", "state", "outcome"),
    [
        (Stage.MAKE_VISIBLE, "published", Outcome.COMPLETED),
        (Stage.IDENTIFY, "declined", Outcome.DECLINED),
        (Stage.DEVELOP, "withdrawn", Outcome.WITHDRAWN),
        (Stage.SUPPORT, "closed", Outcome.CLOSED),
    ],
)
def test_endings_are_told_apart(stage: Stage, state: str, outcome: Outcome) -> None:
    [case] = count(submit(at(1, 4)), line(at(1, 14), "whatever", stage, state, None)).cases
    assert (case.outcome, case.ended, case.days_open) == (outcome, date(2027, 1, 14), 10)


def test_what_happens_after_the_end_does_not_count() -> None:
    [case] = count(submit(at(3, 20)), line(at(4, 2), "decline", Stage.IDENTIFY, "declined", None)).cases
    assert (case.outcome, case.ended, case.steps) == ("open", None, 1)
    assert case.days_open == pytest.approx(11 + 13 / 24)


def test_the_time_of_waiting_is_shared_by_whose_turn_it_was() -> None:
    summary = count(submit(at(1, 1)), coach_found(at(1, 31)), line(at(2, 10), "close", Stage.DEVELOP, "closed", None))
    assert summary.waiting == pytest.approx({Role.LEAD: 0.75, Role.COACH: 0.25})


def test_a_path_knows_where_it_stood_at_any_moment() -> None:
    path = Path([submit(at(1, 4)), shortlist(at(1, 14))], at(3, 1), BERLIN)
    assert path.at(at(1, 3)) is None
    assert [word.event for moment in (4, 13, 14, 15) if (word := path.at(at(1, moment)))] == [
        *("submit", "submit", "shortlist", "shortlist")
    ]


@pytest.mark.parametrize(
    ("days", "share", "found"),
    [
        ([], 0.5, None),
        ([3.0], 0.85, 3.0),
        ([1.0, 2.0, 3.0, 4.0], 0.5, 2.0),
        ([float(n) for n in range(1, 101)], 0.85, 85.0),
    ],
)
def test_the_nearest_rank_is_a_value_that_was_there(days: list[float], share: float, found: float | None) -> None:
    assert share_of(days, share) == found


def test_every_row_of_a_sheet_is_as_wide_as_its_head() -> None:
    sheets = list_sheets(count(submit(at(1, 4)), coach_found(at(1, 4) + timedelta(days=3))))
    assert [sheet.name for sheet in sheets] == ["months", "states", "coaches", "cases"]
    for sheet in sheets:
        assert sheet.rows
        assert {len(row) for row in sheet.rows} == {len(sheet.columns)}
