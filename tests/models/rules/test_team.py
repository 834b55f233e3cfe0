"""The team of an idea: who does what in it, who comes and goes, and that nobody is on two sides."""

from datetime import timedelta

import pytest

from models.lifecycles import LIFECYCLES
from models.lifecycles.events import EVENTS
from models.messages.commands import Actor, RefusalCode
from models.rules import permissions
from models.rules.idea_refusals import MOST_MEMBERS
from models.vocabulary import Role, SearchNews, Share, Stage
from tests.cast import (
    ALMA,
    BEN,
    BRUNO,
    CARLA,
    DORA,
    NORA,
    OPEN_PLACES,
    OTTO,
    SHIPPED_RULEBOOK,
    Place,
    Story,
    alma,
    ben,
    bruno,
    carla,
    dora,
    engine,
    nora,
    otto,
    place_name,
)

OWNERS = frozenset(event for event, spec in EVENTS.items() if spec.owner_alone)
WORKING = (Stage.DEVELOP, "working")
PLANNING = (Stage.DEVELOP, "planning")


def with_team(place: Place = WORKING) -> Story:
    story = Story.at(place)
    story.gather_team()
    return story


@pytest.mark.parametrize("place", OPEN_PLACES, ids=place_name)
def test_a_collaborator_does_what_the_owner_does_but_for_a_few_things(place: Place) -> None:
    story = with_team(place)
    offered = {
        who: set(permissions.allowed_events(story.standing, account, [Role.INNOVATOR]))
        for who, account in (("owner", ALMA), ("collaborator", NORA))
    }
    assert offered["collaborator"] == offered["owner"] - OWNERS - {"snooze"}
    assert set(permissions.allowed_events(story.standing, OTTO, [])) == {"leave_team"}
    assert permissions.allowed_events(story.standing, DORA, []) == []
    for event in sorted(offered["owner"] - {"leave_team"}):
        assert story.refused(otto, event).code is RefusalCode.FORBIDDEN, event


@pytest.mark.parametrize("event", sorted(OWNERS))
def test_the_workflow_itself_leaves_some_steps_to_the_owner(event: str) -> None:
    place = WORKING if event == "withdraw" else (Stage.MAKE_VISIBLE, "consenting")
    story = with_team(place)
    if event == "reopen":
        story.do(alma, "consent")
    refused = story.refused(nora, event)
    assert (refused.code, refused.detail) == (RefusalCode.FORBIDDEN, f"{event} is not yours to do")
    assert event not in refused.allowed_events
    story.do(alma, event)


def test_a_collaborator_takes_the_innovators_steps_and_the_owner_hears_of_it() -> None:
    story = with_team()
    story.do(nora, "submit_work")
    assert story.place == (Stage.DEVELOP, "reviewing")
    assert story.last.actor == nora
    story.do(ben, "request_changes")
    assert story.told() == {("your_turn", ALMA), ("team_turn", NORA)}
    assert story.holder.account_id == ALMA, "whoever has handed in is on turn; the others may act for the team"


def test_joining_and_leaving_is_told_to_the_owner_and_moves_nothing() -> None:
    story = Story.at(WORKING)
    before = story.standing.model_copy(deep=True)
    story.do(engine, "join_team")
    assert story.told() == {("team_joined", ALMA)}
    assert story.last.facts == {"member": NORA, "share": "collaborator"}
    assert (story.place, story.clock, story.holder) == (WORKING, before.clock, before.holder)
    story.do(nora, "leave_team", member_id=NORA)
    assert story.told() == {("team_left", ALMA)}
    assert story.last.facts == {"member": NORA}
    assert story.standing.model_dump(exclude={"version"}) == before.model_dump(exclude={"version"})


def test_joining_again_changes_the_share() -> None:
    story = with_team()
    story.do(engine, "join_team", member_id=OTTO, share=Share.COLLABORATOR)
    story.do(engine, "join_team", member_id=NORA, share=Share.OBSERVER)
    assert story.standing.team == {NORA: Share.OBSERVER, OTTO: Share.COLLABORATOR}
    assert story.refused(nora, "submit_work").code is RefusalCode.FORBIDDEN
    story.do(otto, "submit_work")


@pytest.mark.parametrize("actor", [alma, nora, ben, carla, dora], ids=lambda actor: str(actor.account_id))
def test_nobody_but_the_engine_takes_somebody_in(actor: Actor) -> None:
    assert with_team().refused(actor, "join_team", member_id=DORA).code is RefusalCode.FORBIDDEN


@pytest.mark.parametrize(
    ("actor", "member", "may"),
    [
        (alma, NORA, True),
        (carla, NORA, True),
        (engine, NORA, True),
        (nora, NORA, True),
        (otto, OTTO, True),
        (nora, OTTO, False),
        (otto, NORA, False),
        (ben, NORA, False),
        (dora, NORA, False),
    ],
)
def test_owner_lead_and_everybody_themselves_end_a_membership(actor: Actor, member: str, *, may: bool) -> None:
    story = with_team()
    if not may:
        assert story.refused(actor, "leave_team", member_id=member).code is RefusalCode.FORBIDDEN
        return
    story.do(actor, "leave_team", member_id=member)
    assert member not in story.standing.team
    gone = Actor(role=Role.INNOVATOR, account_id=member)
    assert story.refused(gone, "write_note").code is RefusalCode.FORBIDDEN
    assert not permissions.may_view(story.standing, member, {Role.INNOVATOR})


@pytest.mark.parametrize("member", [ALMA, DORA, None])
def test_only_who_is_in_a_team_leaves_it(member: str | None) -> None:
    refused = with_team().refused(carla, "leave_team", member_id=member)
    assert (refused.code, refused.field) == (RefusalCode.INVALID, "member_id")


def test_taking_somebody_out_can_be_taken_back_and_joining_keeps_what_can() -> None:
    story = Story.at(WORKING, rulebook=SHIPPED_RULEBOOK)
    story.gather_team()
    story.do(alma, "leave_team", member_id=OTTO)
    assert story.refused(nora, "undo").code is RefusalCode.NOT_ALLOWED
    story.do(alma, "undo")
    assert story.standing.team == {NORA: Share.COLLABORATOR, OTTO: Share.OBSERVER}
    story.do(nora, "submit_work")
    story.do(engine, "join_team", member_id=DORA, share=Share.OBSERVER)
    story.do(nora, "undo")
    assert story.place == WORKING
    assert DORA in story.standing.team
    story.do(alma, "leave_team", member_id=OTTO)
    story.do(engine, "join_team", member_id=CARLA, share=Share.OBSERVER)
    assert story.standing.undo is None, "the team of before would be without whoever came since"


def test_nobody_coaches_an_idea_in_whose_team_they_are() -> None:
    story = with_team(PLANNING)
    story.do(engine, "join_team", member_id=BRUNO, share=Share.OBSERVER)
    for event in ("change_coach", "assign_coach", "cover_coach"):
        refused = story.refused(carla, event, coach_id=BRUNO)
        assert (refused.code, refused.field) == (RefusalCode.INVALID, "coach_id")


def test_nobody_joins_who_owns_coaches_or_stands_in() -> None:
    story = with_team(PLANNING)
    story.do(carla, "cover_coach", coach_id=BRUNO)
    for member in (ALMA, BEN, BRUNO):
        refused = story.refused(engine, "join_team", member_id=member)
        assert (refused.code, refused.field) == (RefusalCode.INVALID, "member_id")


def test_a_coach_who_accepts_leaves_the_team_that_they_joined_meanwhile() -> None:
    story = Story.at((Stage.IDENTIFY, "matching"))
    story.do(engine, "join_team", member_id=BRUNO)
    assert permissions.roles_toward(story.standing, BRUNO, {Role.COACH}) == [Role.INNOVATOR]
    story.news(SearchNews.FOUND, coach_id=BRUNO)
    assert story.standing.team == {}
    story.do(bruno, "agree_plan")


def test_a_team_has_an_end() -> None:
    story = Story.at(WORKING)
    for number in range(MOST_MEMBERS):
        story.do(engine, "join_team", member_id=f"account-{number}", share=Share.OBSERVER)
    assert story.refused(engine, "join_team").field == "member_id"
    story.do(engine, "join_team", member_id="account-0")
    story.do(alma, "leave_team", member_id="account-1")
    story.do(engine, "join_team")


def test_an_ended_path_changes_its_team_no_more_and_shows_itself_still() -> None:
    story = with_team()
    story.do(carla, "close")
    assert story.refused(engine, "join_team", member_id=DORA).code is RefusalCode.NOT_ALLOWED
    assert story.refused(nora, "leave_team").code is RefusalCode.NOT_ALLOWED
    assert permissions.may_view(story.standing, OTTO, {Role.INNOVATOR})
    story.do(carla, "reopen")
    assert story.standing.team == {NORA: Share.COLLABORATOR, OTTO: Share.OBSERVER}


def test_each_share_sees_what_is_theirs() -> None:
    standing = with_team().standing
    assert permissions.roles_toward(standing, NORA, {Role.INNOVATOR}) == [Role.INNOVATOR]
    assert permissions.roles_toward(standing, OTTO, {Role.INNOVATOR}) == []
    assert permissions.may_view(standing, OTTO, {Role.INNOVATOR})
    for member in (NORA, OTTO):
        assert not permissions.may_see_sessions(standing, member, {Role.INNOVATOR})
        assert not permissions.may_manage_team(standing, member)
    assert permissions.may_manage_team(standing, ALMA)
    # Looking on is a side, too: a lead who does so decides nothing.
    assert permissions.acting_role(standing, OTTO, {Role.LEAD}, "close") is Role.INNOVATOR
    assert permissions.acting_role(standing, OTTO, {Role.INNOVATOR}, "pause") is Role.INNOVATOR


def test_the_steps_that_are_left_to_the_owner_are_events_of_innovators() -> None:
    known = {event for lifecycle in LIFECYCLES.values() for event in lifecycle.event_names()} | {"withdraw", "reopen"}
    assert known >= OWNERS


@pytest.mark.parametrize("place", OPEN_PLACES, ids=place_name)
def test_another_owner_has_the_idea_wherever_it_stands(place: Place) -> None:
    story = with_team(place)
    story.do(engine, "change_owner")
    standing = story.standing
    assert (standing.owner_id, standing.team) == (NORA, {OTTO: Share.OBSERVER, ALMA: Share.COLLABORATOR})
    assert story.place == place
    assert story.last.facts == {"member": NORA, "former": ALMA}
    told = {("owner_become", NORA), ("owner_changed", ALMA)}
    assert story.told() == (told | {("owner_changed", BEN)} if standing.coach_id else told)
    if standing.holder is not None and standing.holder.role is Role.INNOVATOR:
        assert standing.holder.account_id == NORA
        assert standing.holder.since == story.now
    assert "withdraw" in permissions.allowed_events(standing, NORA, [Role.INNOVATOR])
    assert "withdraw" not in permissions.allowed_events(standing, ALMA, [Role.INNOVATOR])
    assert standing.undo is None
    story.do(engine, "change_owner", member_id=ALMA)
    assert (standing.owner_id, standing.team[NORA]) == (ALMA, Share.COLLABORATOR), "it can be handed back"


def test_whoever_takes_over_begins_with_the_whole_time() -> None:
    story = with_team(WORKING)
    before = story.clock.due
    story.pass_days(10)
    story.do(engine, "change_owner", share=None)
    assert story.clock.due == story.calendar.on_working_day(before + timedelta(days=10))
    assert ALMA not in story.standing.team


@pytest.mark.parametrize("actor", [alma, nora, ben, carla, dora])
def test_nobody_hands_an_idea_over_past_the_other_ones_yes(actor: Actor) -> None:
    assert with_team().refused(actor, "change_owner").code is RefusalCode.FORBIDDEN


@pytest.mark.parametrize("member", [None, ALMA, BEN])
def test_an_idea_is_not_handed_to_its_owner_its_coach_or_nobody(member: str | None) -> None:
    assert with_team().refused(engine, "change_owner", member_id=member).field == "member_id"


def test_whoever_stands_in_for_the_coach_does_not_take_the_idea_over() -> None:
    story = with_team(PLANNING)
    story.do(carla, "cover_coach")
    assert story.refused(engine, "change_owner", member_id=BRUNO).field == "member_id"


def test_a_search_does_not_give_an_idea_to_whoever_has_it() -> None:
    story = Story.at((Stage.IDENTIFY, "matching"))
    story.do(engine, "change_owner", member_id=BRUNO)
    story.news(SearchNews.FOUND, coach_id=BRUNO)
    assert (story.place, story.standing.coach_id) == ((Stage.IDENTIFY, "unmatched"), None)


def test_an_open_idea_alone_changes_hands() -> None:
    story = with_team()
    story.do(alma, "withdraw")
    assert story.refused(engine, "change_owner").code is RefusalCode.NOT_ALLOWED
