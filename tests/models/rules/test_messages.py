"""A note that is not internal is a message: all who work on an idea get it, and nobody gets their own."""

import pytest

from models.messages.commands import Actor
from models.vocabulary import Stage
from tests.cast import ALMA, BEN, NORA, OTTO, Story, alma, ben, carla, nora

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
