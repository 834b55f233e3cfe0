"""Who may do what: by role toward the idea, and by role on the platform."""

import pytest

from models.messages.commands import Actor, RefusalCode
from models.rules import permissions
from models.vocabulary import Role, Stage
from tests.cast import ALMA, BEN, BRUNO, CARLA, DORA, NORA, OTTO, Story, alma, ben, bruno, carla, dora, engine

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


EVERYTHING = {Role.INNOVATOR, Role.COACH, Role.LEAD}
INNOVATOR, COACH, LEAD = [Role.INNOVATOR], [Role.COACH], [Role.LEAD]

RELATIONS: dict[str, tuple[str, set[Role], list[Role], bool, bool]] = {
    # who is what toward the idea: account, roles on the platform, roles toward it, may view, reads internal notes
    "owner": (ALMA, {Role.INNOVATOR}, INNOVATOR, True, False),
    "owner who coaches elsewhere": (ALMA, {Role.COACH}, INNOVATOR, True, False),
    "owner who leads": (ALMA, {Role.LEAD}, INNOVATOR, True, False),
    "owner who is everything": (ALMA, EVERYTHING, INNOVATOR, True, False),
    "collaborator": (NORA, {Role.INNOVATOR}, INNOVATOR, True, False),
    "collaborator who coaches elsewhere": (NORA, {Role.COACH}, INNOVATOR, True, False),
    "collaborator who leads": (NORA, {Role.LEAD}, INNOVATOR, True, False),
    "observer": (OTTO, {Role.INNOVATOR}, [], True, False),
    "observer who leads": (OTTO, {Role.LEAD}, [], True, False),
    "coach": (BEN, {Role.COACH}, COACH, True, True),
    "coach who leads": (BEN, {Role.COACH, Role.LEAD}, [Role.COACH, Role.LEAD], True, True),
    "cover": (BRUNO, {Role.COACH}, COACH, True, True),
    "lead": (CARLA, {Role.LEAD}, LEAD, True, True),
    "lead with ideas elsewhere": (CARLA, EVERYTHING, LEAD, True, True),
    "coach of other ideas": (DORA, {Role.COACH}, [], False, False),
    "stranger": (DORA, {Role.INNOVATOR}, [], False, False),
}

DECISIONS = ("approve_concept", "close", "change_coach", "pause", "send_back", "extend_deadline")
"""What a coach or a lead may ask of an idea whose concept is reviewed; `pause` an innovator as well."""


@pytest.mark.parametrize("relation", RELATIONS)
def test_what_somebody_may_goes_by_what_they_are_toward_the_idea(relation: str) -> None:
    account, roles, toward, sees, reads = RELATIONS[relation]
    story = Story.at((Stage.DEVELOP, "reviewing"))
    story.gather_team()
    story.do(carla, "cover_coach", coach_id=BRUNO)
    standing = story.standing
    assert permissions.roles_toward(standing, account, roles) == toward
    assert permissions.may_view(standing, account, roles) is sees
    assert permissions.may_read_internal(standing, account, roles) is reads
    assert permissions.may_see_sessions(standing, account, roles) is reads
    allowed = set(permissions.allowed_events(standing, account, toward))
    assert ("approve_concept" in allowed) is reads
    assert ("close" in allowed) is (Role.LEAD in toward)
    # The workflow asks the same: nobody speaks in a role that they do not have toward the idea.
    for role in (Role.INNOVATOR, Role.COACH, Role.LEAD):
        actor = Actor(role=role, account_id=account)
        claims = role in roles or role is not Role.LEAD
        if claims and role not in toward and not (role is Role.INNOVATOR and account in standing.team):
            for event in DECISIONS:
                assert story.refused(actor, event).code is RefusalCode.FORBIDDEN, (role, event)


def test_a_former_coach_has_no_part_in_the_idea() -> None:
    story = Story.at(PLANNING)
    story.do(carla, "change_coach", coach_id=BRUNO)
    for roles in ({Role.COACH}, {Role.COACH, Role.INNOVATOR}):
        assert permissions.roles_toward(story.standing, BEN, roles) == []
    assert permissions.roles_toward(story.standing, BEN, {Role.COACH, Role.LEAD}) == LEAD


def test_a_lead_acts_on_their_own_idea_as_its_innovator() -> None:
    standing = Story.at(WORKING).standing
    both = {Role.INNOVATOR, Role.LEAD}
    assert permissions.acting_role(standing, ALMA, both, "write_note") is Role.INNOVATOR
    assert permissions.acting_role(standing, ALMA, both, "withdraw") is Role.INNOVATOR
    # Nobody decides on what is their own; the refusal is told to the innovator.
    assert permissions.acting_role(standing, ALMA, both, "close") is Role.INNOVATOR


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
