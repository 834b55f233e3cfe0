"""A note that is not internal is a message: all who work on an idea get it, and nobody gets their own."""

import pytest

from models.messages.commands import Actor, RefusalCode
from models.vocabulary import Stage
from tests.cast import ALMA, BEN, CARLA, NORA, OTTO, Story, alma, ben, carla, nora

WORKING = (Stage.DEVELOP, "working")
FIRST = (Stage.IDENTIFY, "screening")


def wrote(who: Actor, *, internal: bool = False, place: tuple[Stage, str] = WORKING) -> set[tuple[str, str]]:
    story = Story.at(place)
    story.gather_team()
    story.do(who, "write_note", note_id="note-1", internal=internal)
    return story.told()


@pytest.mark.parametrize(
    ("who", "readers"),
    [(alma, {BEN, NORA, OTTO}), (nora, {ALMA, BEN, OTTO}), (ben, {ALMA, NORA, OTTO}), (carla, {ALMA, BEN, NORA, OTTO})],
)
def test_a_message_goes_to_everybody_but_its_writer(who: Actor, readers: set[str]) -> None:
    assert wrote(who) == {("message", reader) for reader in readers}


def test_what_is_internal_is_told_to_nobody() -> None:
    assert wrote(ben, internal=True) == set()


def test_without_a_coach_the_team_writes_to_the_leads_and_they_to_the_team() -> None:
    assert wrote(alma, place=FIRST) == {("message", "lead"), ("message", NORA), ("message", OTTO)}
    assert wrote(carla, place=FIRST) == {("message", ALMA), ("message", NORA), ("message", OTTO)}


def test_a_stand_in_gets_it_as_well() -> None:
    story = Story.at(WORKING)
    story.do(carla, "cover_coach", coach_id="account-bruno")
    story.do(alma, "write_note", note_id="note-1")
    assert story.told() == {("message", BEN), ("message", "account-bruno")}


def test_the_team_hears_the_news_and_collaborators_that_it_is_their_turn() -> None:
    story = Story.at((Stage.DEVELOP, "reviewing"))
    story.gather_team()
    story.do(ben, "request_changes", note_id="note-1")
    assert story.told() == {("your_turn", ALMA), ("team_turn", NORA)}
    story.do(nora, "submit_work", note_id="note-1")
    story.do(ben, "approve_concept")
    assert {("stage_reached", one) for one in (ALMA, NORA, OTTO)} <= story.told()


def test_who_is_mentioned_hears_that_once_and_a_lead_hears_it_at_all() -> None:
    story = Story.at(WORKING)
    story.gather_team()
    story.do(ben, "write_note", mentioned=(NORA, CARLA, BEN))
    assert story.told() == {("mentioned", NORA), ("mentioned", CARLA), ("message", ALMA), ("message", OTTO)}
    story.do(ben, "ask", mentioned=(ALMA, CARLA))
    assert {("asked", ALMA), ("mentioned", CARLA)} <= story.told(), "what asks them comes first"


def test_what_is_internal_is_brought_to_the_notice_of_coaches_and_leads_alone() -> None:
    story = Story.at(WORKING)
    story.gather_team()
    story.do(carla, "write_note", internal=True, mentioned=(BEN,))
    assert story.told() == {("mentioned", BEN)}
    for event, fields in (("write_note", {"internal": True}), ("plan", {}), ("write_note", {})):
        many = tuple(f"account-{number}" for number in range(9))
        refused = story.refused(carla, event, mentioned=(OTTO,) if fields else many, **fields)
        assert (refused.code, refused.field) == (RefusalCode.INVALID, "mentioned")
