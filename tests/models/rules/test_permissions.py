"""Who may do what: by role toward the idea, and by role on the platform."""

import pytest

from models.rules import permissions
from models.vocabulary import Role, Stage
from tests.cast import ALMA, BEN, BRUNO, CARLA, DORA, Story, alma, ben, bruno, carla, dora, engine

PLANNING = (Stage.DEVELOP, "planning")
WORKING = (Stage.DEVELOP, "working")

PLATFORM_ROLES: dict[str, set[Role]] = {
    ALMA: {Role.INNOVATOR},
    BEN: {Role.COACH},
    BRUNO: {Role.COACH},
    CARLA: {Role.LEAD},
    DORA: {Role.INNOVATOR, Role.COACH},
}


@pytest.mark.parametrize(
    ("account", "roles"),
    [(ALMA, [Role.INNOVATOR]), (BEN, [Role.COACH]), (CARLA, [Role.LEAD]), (BRUNO, []), (DORA, [])],
)
def test_roles_toward_an_idea_come_from_the_idea_itself(account: str, roles: list[Role]) -> None:
    standing = Story.at(PLANNING).standing
    assert permissions.roles_toward(standing, account, PLATFORM_ROLES[account]) == roles
    assert permissions.may_view(standing, account, PLATFORM_ROLES[account]) is bool(roles)


def test_a_platform_role_alone_opens_no_idea() -> None:
    standing = Story.at(PLANNING).standing
    assert not permissions.may_view(standing, DORA, {Role.INNOVATOR, Role.COACH})
    assert permissions.may_view(standing, DORA, {Role.LEAD})


def test_before_a_coach_is_found_no_coach_sees_the_idea() -> None:
    standing = Story.at((Stage.IDENTIFY, "matching")).standing
    assert not permissions.may_view(standing, BEN, {Role.COACH})


def test_whoever_stands_in_is_a_coach_of_the_idea_as_long_as_the_cover_lasts() -> None:
    story = Story.at(PLANNING)
    story.do(carla, "cover_coach", coach_id=BRUNO)
    assert permissions.coaches_of(story.standing) == {BEN, BRUNO}
    assert permissions.is_who_they_say(story.standing, bruno)
    story.do(carla, "end_cover")
    assert permissions.coaches_of(story.standing) == {BEN}
    assert not permissions.is_who_they_say(story.standing, bruno)


def test_a_former_coach_no_longer_sees_the_idea() -> None:
    story = Story.at(PLANNING)
    story.do(carla, "change_coach", coach_id=BRUNO)
    assert not permissions.may_view(story.standing, BEN, {Role.COACH})
    assert not permissions.is_who_they_say(story.standing, ben)
    assert permissions.is_who_they_say(story.standing, bruno)


@pytest.mark.parametrize(
    ("account", "event", "role"),
    [
        (ALMA, "submit_work", Role.INNOVATOR),
        (BEN, "submit_work", Role.COACH),
        (CARLA, "submit_work", Role.LEAD),  # may not, but the refusal is told to the lead
        (CARLA, "close", Role.LEAD),
        (ALMA, "close", Role.INNOVATOR),
        (DORA, "submit_work", None),
        (ALMA, "no_such_event", Role.INNOVATOR),
    ],
)
def test_everybody_acts_in_the_role_that_may_fire_the_event(account: str, event: str, role: Role | None) -> None:
    standing = Story.at(WORKING).standing
    assert permissions.acting_role(standing, account, PLATFORM_ROLES[account], event) is role


def test_a_lead_who_hands_in_an_idea_acts_in_the_closest_role_that_may() -> None:
    standing = Story.at(WORKING).standing
    both = {Role.INNOVATOR, Role.LEAD}
    assert permissions.roles_toward(standing, ALMA, both) == [Role.INNOVATOR, Role.LEAD]
    assert permissions.acting_role(standing, ALMA, both, "write_note") is Role.INNOVATOR
    assert permissions.acting_role(standing, ALMA, both, "close") is Role.LEAD
    assert permissions.acting_role(standing, ALMA, both, "withdraw") is Role.INNOVATOR


def test_actors_are_checked_against_the_idea() -> None:
    standing = Story.at(WORKING).standing
    assert [permissions.is_who_they_say(standing, a) for a in (alma, ben, carla, engine)] == [True] * 4
    assert [permissions.is_who_they_say(standing, a) for a in (bruno, dora)] == [False] * 2
    search = engine.model_copy(update={"role": Role.COACH_SEARCH})
    assert not permissions.is_who_they_say(standing, search)


def test_allowed_events_of_several_roles_are_joined_the_states_own_first() -> None:
    standing = Story.at(WORKING).standing
    events = permissions.allowed_events(standing, ALMA, [Role.INNOVATOR, Role.LEAD])
    assert events[0] == "submit_work"
    assert {"withdraw", "close"} <= set(events)
    assert permissions.allowed_events(standing, DORA, []) == []


def test_the_board_is_for_leads() -> None:
    assert permissions.may_see_board({Role.LEAD, Role.COACH})
    assert not permissions.may_see_board({Role.COACH, Role.INNOVATOR})


def test_an_absence_is_set_by_the_coach_or_a_lead() -> None:
    assert permissions.may_manage_coach(BEN, {Role.COACH}, BEN)
    assert permissions.may_manage_coach(CARLA, {Role.LEAD}, BEN)
    assert not permissions.may_manage_coach(BRUNO, {Role.COACH}, BEN)


def test_an_idea_is_sent_back_to_its_stage_or_an_earlier_one() -> None:
    standing = Story.at((Stage.SUPPORT, "using")).standing
    assert permissions.stages_to_send_back_to(standing) == [Stage.IDENTIFY, Stage.DEVELOP, Stage.SUPPORT]
