"""No open idea is without a responsible person, whatever becomes of its coach."""

from datetime import date, timedelta

import pytest

from models.messages.commands import RefusalCode
from models.messages.idea import Chore
from models.messages.rulebook import Duration
from models.vocabulary import Role, SearchNews, Stage, Why
from tests.cast import ALMA, BEN, BRUNO, Place, Story, alma, ben, bruno, carla, engine, place_name

MATCHING = (Stage.IDENTIFY, "matching")
PLANNING = (Stage.DEVELOP, "planning")
WORKING = (Stage.DEVELOP, "working")

COACHS_TURN: list[Place] = [
    PLANNING,
    (Stage.DEVELOP, "reviewing"),
    (Stage.SUPPORT, "assessing"),
    (Stage.ACCOMPANY, "helping"),
    (Stage.ACCOMPANY, "concluding"),
]


def test_a_shortlisted_idea_starts_a_search() -> None:
    story = Story.at(MATCHING)
    assert story.idea.chores == [Chore(search=1, start=True)]
    assert (story.holder.role, story.holder.account_id) == (Role.COACH_SEARCH, None)


def test_the_coach_who_accepts_takes_the_idea_to_develop() -> None:
    story = Story.at(MATCHING)
    story.idea.chores.clear()
    assert story.news(SearchNews.FOUND, coach_id=BEN)
    assert story.place == PLANNING
    assert (story.standing.coach_id, story.holder.account_id) == (BEN, BEN)
    assert story.idea.chores == [], "the search that found a coach has ended by itself"
    assert story.told() == {("coaching", BEN), ("coach_found", ALMA)}
    assert not story.news(SearchNews.FOUND, coach_id=BRUNO, n=1), "the second to accept is too late"


def test_when_nobody_is_left_the_lead_is_on_turn() -> None:
    story = Story.at(MATCHING)
    story.news(SearchNews.EXHAUSTED)
    assert story.place == (Stage.IDENTIFY, "unmatched")
    assert story.holder.role is Role.LEAD
    assert story.told() == {("no_coach", "lead")}
    story.do(carla, "search_again")
    assert story.standing.search == 2


def test_the_lead_assigns_a_coach_when_nobody_was_found() -> None:
    story = Story.at((Stage.IDENTIFY, "unmatched"))
    story.do(carla, "assign_coach", coach_id=BRUNO)
    assert story.place == PLANNING
    assert story.standing.coach_id == BRUNO


@pytest.mark.parametrize("place", COACHS_TURN, ids=place_name)
@pytest.mark.parametrize("actor", [ben, carla, engine], ids=["coach", "lead", "engine"])
def test_a_coach_who_leaves_on_their_turn_is_searched_for_then_with_the_lead(place: Place, actor: object) -> None:
    story = Story.at(place)
    story.idea.chores.clear()
    story.do(actor, "change_coach")  # type: ignore[arg-type]
    assert story.place == place
    assert (story.holder.role, story.holder.why) == (Role.COACH_SEARCH, Why.SEARCHING)
    assert story.idea.chores == [Chore(search=2, start=True)]
    leaves_us = actor is engine
    assert story.standing.former_coaches == ([] if leaves_us else [BEN])
    assert story.standing.gone_coaches == ([BEN] if leaves_us else []), "should Ben return, he may be asked"
    assert ("coach_left", ALMA) in story.told()
    story.news(SearchNews.EXHAUSTED)
    assert (story.holder.role, story.holder.why) == (Role.LEAD, Why.NO_COACH)
    assert story.told() == {("no_coach", "lead")}
    story.do(carla, "assign_coach", coach_id=BRUNO)
    assert story.holder.account_id == BRUNO
    assert ("coaching", BRUNO) in story.told()


def test_a_coach_who_leaves_on_almas_turn_leaves_it_to_alma() -> None:
    story = Story.at(WORKING)
    since = story.holder.since
    story.pass_days(1)
    story.do(ben, "change_coach")
    assert (story.holder.account_id, story.holder.since) == (ALMA, since)
    assert story.standing.search == 2
    story.news(SearchNews.EXHAUSTED)
    story.do(alma, "submit_work")
    assert (story.holder.role, story.holder.why) == (Role.LEAD, Why.NO_COACH)


def test_the_search_goes_on_over_a_change_of_state() -> None:
    story = Story.at(WORKING)
    story.do(ben, "change_coach")
    story.idea.chores.clear()
    story.do(alma, "submit_work")
    assert story.standing.search == 2
    assert story.idea.chores == []
    story.news(SearchNews.FOUND, coach_id=BRUNO)
    assert (story.place, story.holder.account_id) == ((Stage.DEVELOP, "reviewing"), BRUNO)


def test_a_new_stage_without_a_coach_starts_a_new_search() -> None:
    story = Story.at((Stage.DEVELOP, "reviewing"))
    story.do(ben, "change_coach")
    story.news(SearchNews.EXHAUSTED)
    story.do(carla, "approve_concept")
    assert story.place == (Stage.SUPPORT, "assessing")
    assert story.standing.search == 3


def test_the_last_stage_needs_no_coach() -> None:
    story = Story.at((Stage.ACCOMPANY, "concluding"))
    story.do(ben, "change_coach")
    story.idea.chores.clear()
    story.do(carla, "conclude")
    assert story.idea.chores == [Chore(search=2, start=False)]
    assert (story.standing.search, story.holder.account_id) == (None, ALMA)


def test_a_coach_hands_the_idea_to_another_at_once() -> None:
    story = Story.at(PLANNING)
    story.do(ben, "change_coach", coach_id=BRUNO)
    assert (story.standing.coach_id, story.standing.search) == (BRUNO, None)
    assert story.told() == {("coaching", BRUNO), ("coach_found", ALMA)}
    assert story.refused(ben, "agree_plan").code is RefusalCode.FORBIDDEN
    story.do(bruno, "agree_plan")


def test_the_former_coach_hears_of_it_when_the_lead_changes_the_coach() -> None:
    story = Story.at(PLANNING)
    story.do(carla, "change_coach", coach_id=BRUNO)
    assert ("coach_left", BEN) in story.told()


def test_the_lead_assigns_a_coach_while_a_search_runs() -> None:
    story = Story.at(PLANNING)
    story.do(carla, "change_coach")
    story.idea.chores.clear()
    story.do(carla, "assign_coach", coach_id=BRUNO)
    assert story.idea.chores == [Chore(search=2, start=False)]
    assert not story.news(SearchNews.FOUND, coach_id=BEN, n=2)
    assert story.standing.coach_id == BRUNO


def test_nobody_coaches_their_own_idea() -> None:
    story = Story.at(PLANNING)
    for event in ("change_coach", "assign_coach", "cover_coach"):
        refused = story.refused(carla, event, coach_id=ALMA)
        assert (refused.code, refused.field) == (RefusalCode.INVALID, "coach_id")


def test_a_coach_is_not_changed_for_nor_covered_by_themselves() -> None:
    story = Story.at(PLANNING)
    for event in ("change_coach", "cover_coach"):
        assert story.refused(carla, event, coach_id=BEN).field == "coach_id"


def test_an_absent_coach_is_covered_by_another() -> None:
    story = Story.at(PLANNING)
    story.do(engine, "cover_coach", coach_id=BRUNO, until=date(2026, 6, 20))
    assert (story.holder.role, story.holder.account_id, story.holder.why) == (Role.COACH, BRUNO, Why.COACH_ABSENT)
    assert story.told() == {("your_turn", BRUNO)}
    story.do(bruno, "agree_plan")
    assert story.standing.cover is not None, "the cover goes on until the coach is back"


def test_an_absent_coach_without_cover_leaves_it_to_the_lead() -> None:
    story = Story.at(PLANNING)
    story.do(engine, "cover_coach", coach_id=None, until=date(2026, 6, 20))
    assert (story.holder.role, story.holder.why) == (Role.LEAD, Why.COACH_ABSENT)
    assert story.told() == {("your_turn", "lead")}


def test_an_absence_needs_its_end_also_from_the_engine() -> None:
    refused = Story.at(PLANNING).refused(engine, "cover_coach", until=None)
    assert (refused.code, refused.field) == (RefusalCode.INVALID, "until")


def test_a_changed_coach_takes_the_cover_with_them() -> None:
    story = Story.at(PLANNING)
    story.do(carla, "cover_coach", coach_id=BRUNO)
    story.do(carla, "change_coach")
    assert story.standing.cover is None
    assert story.refused(bruno, "agree_plan").code is RefusalCode.FORBIDDEN


def test_former_coaches_are_remembered_once_each_and_eight_at_most() -> None:
    story = Story.at(PLANNING)
    for n in range(12):
        story.do(carla, "change_coach", coach_id=f"coach-{n % 10}")
    former = story.standing.former_coaches
    assert len(former) == 8
    assert len(set(former)) == 8
    assert former[-1] == "coach-0"


def test_news_that_comes_twice_changes_nothing_the_second_time() -> None:
    story = Story.at(MATCHING)
    until = story.today + timedelta(days=7)
    assert story.news(SearchNews.OFFERED, until=until, seq=1)
    version = story.standing.version
    assert not story.news(SearchNews.OFFERED, until=until, seq=1)
    assert story.news(SearchNews.OFFERED, until=until, seq=2)
    assert story.standing.version == version + 1
    assert story.told() == set(), "an offer is a matter between the search and the coach"


def test_news_of_another_search_changes_nothing() -> None:
    story = Story.at((Stage.IDENTIFY, "unmatched"))
    story.do(carla, "search_again")
    version = story.standing.version
    for kind in SearchNews:
        assert not story.news(kind, coach_id=BEN, n=1)
    assert story.standing.version == version


def test_an_offer_for_a_replacement_does_not_move_the_deadline_of_the_idea() -> None:
    story = Story.at(WORKING)
    story.do(ben, "change_coach")
    due = story.clock.due
    story.news(SearchNews.OFFERED, until=story.today + timedelta(days=3))
    assert story.clock.due == due
    assert story.last.facts == {"until": "2026-06-04"}


def test_a_new_coach_begins_with_the_whole_time() -> None:
    story = Story.at((Stage.DEVELOP, "planning"))
    story.go_to(story.clock.due)
    story.do(carla, "change_coach", coach_id=BRUNO)
    assert story.clock.due == story.calendar.add(story.today, Duration(10, "wd"))
    assert story.ring() == []
