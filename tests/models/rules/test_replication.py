"""Whoever copies a story is helped or not, and tells in the end what carried over; nobody waits for anybody in vain."""

from datetime import timedelta
from typing import Any

from models.cases.refusals import GIVE_UP
from models.messages.commands import ENGINE, PlainCommand, RefusalCode
from models.rules.replication import REPLICATIONS, count_transfer
from models.vocabulary import Answer, CarryOver, Help, Ingredient, NoticeKind, Role
from tests.cast import ALMA, NORA, alma, carla, dora
from tests.replications import OTTO, ReplicationStory, otto


def test_the_team_is_asked_helps_and_hears_what_carried_over() -> None:
    story = ReplicationStory()
    assert story.standing.turn is Role.ORIGINAL
    assert story.told() == {(NoticeKind.REPLICATION_ASKED, OTTO)}
    assert story.refused(alma, "agree").code is RefusalCode.FORBIDDEN
    assert story.refused(dora, "agree").code is RefusalCode.FORBIDDEN
    story.do(otto, "agree")
    assert story.told() == {(NoticeKind.REPLICATION_NEWS, ALMA)}
    story.do(alma, "hand_on")
    assert (story.standing.state, story.standing.turn, story.standing.help) == ("trying", Role.INNOVATOR, Help.GIVEN)
    assert story.told() == {(NoticeKind.REPLICATION_NEWS, OTTO)}
    story.do(alma, "report", note_id="note-1")
    assert (story.standing.outcome, story.standing.why_id) == ("closed", "note-1")
    assert story.standing.carried[Ingredient.PEOPLE] is CarryOver.TAKEN
    assert story.told() == {(NoticeKind.REPLICATION_NEWS, OTTO)}


def test_a_no_and_silence_let_it_be_tried_without_help() -> None:
    declined, silent = ReplicationStory(), ReplicationStory()
    declined.do(otto, "decline")
    assert (declined.standing.state, declined.standing.help) == ("trying", Help.DECLINED)
    assert declined.told() == {(NoticeKind.REPLICATION_NEWS, ALMA)}
    due = silent.standing.clock.due if silent.standing.clock else None
    assert due is not None
    assert [one.event for one in silent.go_to(due)] == ["remind"]
    lapsed = silent.go_to(silent.calendar.on_working_day(due + timedelta(days=1)))
    assert [one.event for one in lapsed] == ["lapse"]
    assert (silent.standing.state, silent.standing.help) == ("trying", Help.LAPSED)
    assert silent.told() == {(NoticeKind.REPLICATION_NEWS, ALMA), (NoticeKind.REPLICATION_NEWS, OTTO)}


def test_whoever_tries_says_every_ninety_days_how_it_goes_and_is_asked_for_a_report_at_the_end() -> None:
    story = ReplicationStory(asks=False)
    assert story.standing.turn is Role.INNOVATOR
    assert story.told() == set(), "a team that does not wish to be asked is not"
    begun = story.now
    assert story.standing.clock is not None
    assert story.standing.clock.due - begun.date() >= timedelta(days=90)
    asked = story.go_to(story.standing.clock.due)
    assert [one.event for one in asked] == ["remind"]
    story.do(alma, "check_in")
    assert story.standing.clock.due - story.now.date() >= timedelta(days=90)
    refused = story.refused(alma, "check_in", answer=Answer.NEEDS_HELP)
    assert (refused.code, refused.field) == (RefusalCode.INVALID, "answer")
    story.do(alma, "check_in", answer=Answer.DONE)
    assert story.standing.state == "reporting"
    assert story.refused(alma, "report", carried={}).field == "carried"
    assert story.refused(otto, "report").code is RefusalCode.FORBIDDEN
    story.do(alma, "report")
    assert story.standing.state == "closed"


def test_it_follows_the_owner_of_its_idea_and_ends_where_that_ends_before_help_has_come() -> None:
    story = ReplicationStory()
    told: Any = PlainCommand(id="1", event="change_owner", actor=ENGINE, owner_id=NORA)
    assert REPLICATIONS.refusal(story.replication, told, story.now) is None
    REPLICATIONS.take(story.replication, told, story.now)
    assert story.standing.owner_id == NORA
    assert story.told() == set()
    assert story.standing.state in REPLICATIONS.ends_with_idea
    story.do(ENGINE, GIVE_UP)
    assert story.standing.outcome == "withdrawn"
    tried = ReplicationStory(asks=False)
    assert tried.standing.state not in REPLICATIONS.ends_with_idea, "what was tried is reported on"
    tried.do(carla, GIVE_UP)


def test_what_carried_over_is_counted_from_those_that_have_reported() -> None:
    taken = {Ingredient.PEOPLE: CarryOver.TAKEN, Ingredient.ROOM: CarryOver.FAILED}
    transfer = count_transfer([taken, {}, {Ingredient.PEOPLE: CarryOver.TAKEN}])
    assert (transfer.tried, transfer.reports) == (3, 2)
    assert transfer.became == {Ingredient.PEOPLE: {CarryOver.TAKEN: 2}, Ingredient.ROOM: {CarryOver.FAILED: 1}}
