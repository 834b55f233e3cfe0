"""What the simulated world does by itself, beside what `test_differential.py` holds against the real one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from api.use_cases.simulation.people import OpenCase, People, SimulatedCoach, make_people
from api.use_cases.simulation.population import MESSAGES
from api.use_cases.simulation.rules import read_policy
from api.use_cases.simulation.scenario import Scenario
from api.use_cases.simulation.summary import summarise
from api.use_cases.simulation.year import Year
from models.messages.cases import Pause
from models.messages.coaching import Leave, OfferMade, SearchState
from models.messages.idea import IdeaState, Standing
from models.rules.holders import find_holder
from models.rules.ranking import IdeaFacts
from models.tables import CoachProfile
from models.vocabulary import OfferStatus, Stage
from tests.cast import PIPELINE

POLICY = read_policy(PIPELINE)
MONDAY = date(2027, 3, 1)
RULES = POLICY.rulebook(MONDAY)
SPRING = Scenario(first_day=MONDAY, weeks=8, ideas=0, coaches=0, forget_rate=0)
BEFORE = datetime(2027, 2, 1, 9, tzinfo=UTC)


def coach(name: str, **profile: Any) -> SimulatedCoach:
    values: dict[str, Any] = {"account_id": name, "languages": ["de"], "districts": [], "themes": [], "capacity": 5}
    return SimulatedCoach(name, "dresden", CoachProfile(**values | profile))


def case(**fields: object) -> OpenCase:
    """An idea that Ben coaches."""
    values = {"idea_id": "idea", "owner_id": "alma", "office": "dresden", "version": 7, "submitted_at": BEFORE}
    place = {"stage": Stage.DEVELOP, "state": "working", "entered_at": BEFORE, "coach_id": "ben"}
    standing = Standing.model_validate(values | place | fields)
    standing.holder = find_holder(standing, BEFORE)
    return OpenCase(IdeaState(standing=standing, rulebook=RULES), SearchState())


def live(*cases: OpenCase, coaches: list[SimulatedCoach], leaves: tuple[Leave, ...] = ()) -> Year:
    ideas = make_people(replace(SPRING, ideas=len(cases)), POLICY).ideas
    facts = IdeaFacts("alma", "dresden", None, (), "de")
    people = People(
        ideas=[idea._replace(facts=facts) for idea in ideas],
        coaches=coaches,
        leads={"dresden": "carla"},
        cases=dict(enumerate(cases)),
        leaves=list(leaves),
    )
    year = Year(SPRING, POLICY, people)
    assert list(year.live()) == SPRING.days()
    assert not year.refused
    return year


def events(year: Year) -> list[tuple[date, str]]:
    return [(line.at.astimezone(POLICY.zone).date(), line.event) for line in year.lines if line.event != "stands"]


def leave(start: date, **fields: object) -> Leave:
    return Leave.model_validate({"coach_id": "ben", "n": 1, "start": start, "rulebook": RULES} | fields)


def test_an_absent_coach_has_a_stand_in_for_as_long() -> None:
    start, until = MONDAY + timedelta(days=1), MONDAY + timedelta(days=3)
    ben = coach("ben", absent_from=start, absent_until=until, cover_id="bruno")
    year = live(case(), coaches=[ben, coach("bruno")], leaves=(leave(start, until=until, cover_id="bruno"),))
    assert events(year)[:2] == [(start, "cover_coach"), (until + timedelta(days=1), "end_cover")]
    assert year.ideas[0].standing.coach_id == "ben"


def test_whoever_leaves_is_replaced_by_a_search_that_does_not_ask_them() -> None:
    start = MONDAY + timedelta(days=1)
    year = live(case(), coaches=[coach("ben", left_on=start), coach("bruno")], leaves=(leave(start),))
    assert events(year)[:2] == [(start, "change_coach"), (start, "offer_made")]
    assert year.ideas[0].standing.coach_id in ("bruno", None)
    assert "ben" not in {line.coach_id for line in year.lines[1:]}


def test_a_successor_takes_over_as_far_as_there_are_places() -> None:
    start = MONDAY + timedelta(days=1)
    coaches = [coach("ben", left_on=start), coach("bruno", capacity=1)]
    both = case(), case(idea_id="other")
    year = live(*both, coaches=coaches, leaves=(leave(start, cover_id="bruno"),))
    assert [idea.standing.coach_id for idea in year.ideas.values()] == ["bruno", None]


def test_an_open_offer_to_somebody_who_leaves_goes_to_the_next() -> None:
    start = MONDAY + timedelta(days=1)
    away = coach("ben", absent_from=start, absent_until=start + timedelta(days=30))
    waits = case(stage=Stage.IDENTIFY, state="matching", coach_id=None, search=1, searches=1)
    year = live(waits, coaches=[away, coach("bruno")], leaves=(leave(start, until=start + timedelta(days=30)),))
    assert [day for day, event in events(year) if event == "offer_made"][:2] == [MONDAY, start]
    first, second = list(year.books.offers.values())[:2]
    assert (first.coach_id, first.status, second.coach_id) == ("ben", OfferStatus.CANCELLED, "bruno")


def test_what_somebody_has_who_is_a_coach_no_more_goes_on() -> None:
    waits = case(idea_id="other", stage=Stage.IDENTIFY, state="matching", coach_id=None, search=1, searches=1)
    waits.search.offer = OfferMade(offer_id="offer", coach_id="gone")
    waits.search.rank, waits.search.until = 1, MONDAY + timedelta(days=2)
    year = live(case(coach_id="gone"), waits, coaches=[coach("bruno")])
    assert "overdue" in [event for _, event in events(year)]
    assert year.books.offers["offer"].status is not OfferStatus.ACCEPTED


def test_a_pause_ends_before_anybody_acts_and_what_was_before_counts_from_when_it_began() -> None:
    until = MONDAY + timedelta(days=14)
    year = live(case(pause=Pause(since=BEFORE.date(), until=until)), coaches=[coach("ben")])
    assert events(year)[0] == (until, "resume")
    summary = summarise(year.diary(), SPRING, [coach("ben")], POLICY.zone)
    [told] = summary.cases
    assert (told.handed_in, told.days_to_coach) == (BEFORE.date(), None)
    assert summary.months[0].handed_in == 0
    assert summary.coaches[0].mean_load <= 1
    working = next(line for line in summary.states if line.place == (Stage.DEVELOP, "working"))
    assert working.left == 0 or (working.median or 0) > 40


def test_without_needless_messages_ideas_go_the_same_ways() -> None:
    scenario = Scenario(first_day=MONDAY, weeks=30, ideas=40, coaches=4, arrive_within=2)

    def tell(*, counts_messages: bool) -> tuple[list[Any], int]:
        year = Year(replace(scenario, counts_messages=counts_messages), POLICY, make_people(scenario, POLICY))
        assert list(year.live()) == scenario.days()
        return sorted((line for line in year.lines if line.event not in MESSAGES), key=lambda line: line.idea), len(
            year.lines
        )

    (ways, lines), (same, fewer) = tell(counts_messages=True), tell(counts_messages=False)
    assert same == ways
    assert fewer < 0.9 * lines
