"""Contributions to a story: shown by a lead, answered by the team, and each ended with an answer or a reason."""

from datetime import timedelta

import pytest

from models.messages.commands import ENGINE, Receipt, Refusal, RefusalCode
from models.rules.contribution import CONTRIBUTIONS
from models.rules.kinds import PLAIN
from models.vocabulary import ContributionSort, Role, Unfit
from tests.cast import ALMA, alma, ben, carla, dora, nora
from tests.contributions import ContributionStory

SORTS = list(ContributionSort)


def test_whoever_shows_a_question_asks_the_team_and_its_answer_ends_it() -> None:
    story = ContributionStory(sort=ContributionSort.QUESTION)
    assert (story.standing.state, story.standing.turn) == ("received", Role.LEAD)
    story.ask(carla, "show")
    assert (story.standing.state, story.standing.turn) == ("answering", Role.INNOVATOR)
    assert story.told() == {("contribution_asked", ALMA)}
    story.ask(nora, "answer", note_id="note-7")
    told = story.standing
    assert (told.state, told.said_id, told.said_by, told.outcome) == ("answered", "note-7", Role.INNOVATOR, "answered")


def test_addresses_are_exchanged_where_both_have_said_yes_and_the_team_for_itself() -> None:
    story = ContributionStory(sort=ContributionSort.QUESTION)
    story.ask(carla, "show")
    told = {"note_id": "note-7", "contact": True}
    for actor, may_contact in ((alma, False), (carla, True)):
        story.standing.may_contact = may_contact
        refused = story.ask(actor, "answer", **told)
        assert isinstance(refused, Refusal)
        assert refused.field == "contact", "its author has not said yes, or a lead says it for the team"
    story.ask(nora, "answer", **told)
    assert (story.standing.state, story.standing.contact_id) == ("answered", nora.account_id)


def test_whoever_has_the_idea_now_is_asked_and_nobody_who_had_it() -> None:
    story = ContributionStory(sort=ContributionSort.QUESTION)
    story.ask(carla, "show")
    assert isinstance(story.ask(ENGINE, "change_owner", owner_id=nora.account_id), Receipt)
    holder, told = story.standing.holder, CONTRIBUTIONS.upcoming(story.standing, story.contribution.rulebook)
    assert holder is not None
    assert {holder.account_id, *(one.account_id for one in told)} == {nora.account_id}
    assert all(kind.follows_owner for kind in PLAIN), "each is told, see activities.new_owners"


def test_a_support_ends_as_soon_as_it_is_shown() -> None:
    story = ContributionStory(sort=ContributionSort.SUPPORT)
    story.ask(carla, "show")
    assert (story.standing.state, story.standing.holder, story.told()) == ("shown", None, set())


@pytest.mark.parametrize("sort", SORTS)
def test_hints_and_offers_may_go_to_the_team_alone(sort: ContributionSort) -> None:
    story, may = ContributionStory(sort=sort), sort in (ContributionSort.HINT, ContributionSort.OFFER)
    answer = story.ask(carla, "pass_on")
    assert isinstance(answer, Receipt) is may
    assert story.told() == ({("contribution_passed_on", ALMA)} if may else set())


def test_nobody_refuses_without_a_reason() -> None:
    story = ContributionStory()
    why = story.ask(carla, "refuse", reason=None)
    assert isinstance(why, Refusal)
    assert (why.code, why.field) == (RefusalCode.INVALID, "reason")
    story.ask(carla, "refuse", reason=Unfit.ADVERTISING, note_id="note-3")
    assert (story.standing.state, story.standing.reason, story.standing.said_id) == (
        "refused",
        Unfit.ADVERTISING,
        "note-3",
    )


def test_only_leads_decide_what_is_shown_and_none_on_their_own_story() -> None:
    story = ContributionStory()
    for actor in (alma, ben, dora, carla.model_copy(update={"account_id": ALMA})):
        why = story.ask(actor, "show")
        assert isinstance(why, Refusal)
        assert why.code is RefusalCode.FORBIDDEN, actor


def test_leads_hear_nothing_of_a_single_one_and_the_team_is_reminded() -> None:
    story = ContributionStory()
    assert (story.told(), story.go_to(story.now.date() + timedelta(days=30))) == (set(), [])
    story.ask(carla, "show")
    rung = story.go_to(story.now.date() + timedelta(days=40))
    told = {(str(notice.kind), notice.account_id) for entry in rung for notice in entry.notices}
    assert told == {("contribution_asked", ALMA)}


def test_its_author_takes_it_back_through_the_engine() -> None:
    story = ContributionStory()
    story.ask(ENGINE, "withdraw")
    assert story.standing.outcome == "withdrawn"
