"""What a hand-off and its idea tell each other, seen from the idea."""

import pytest

from models.messages.commands import Actor, RefusalCode
from models.messages.idea import CampaignChore, CampaignNews, IdeaNews
from models.rules import steps
from models.vocabulary import CrowdfundingResult, IdeaNewsKind, NoticeKind, Outcome, Stage
from tests.cast import ALMA, BEN, MONDAY, SHIPPED_RULEBOOK, Place, Story, alma, ben, carla, place_name

ASSESSING: Place = (Stage.SUPPORT, "assessing")
PILOTING: Place = (Stage.ACCOMPANY, "piloting")
DRAFTING: Place = (Stage.MAKE_VISIBLE, "drafting")
PLANNING: Place = (Stage.DEVELOP, "planning")

FUNDED = CrowdfundingResult.FUNDED
FAILED = CrowdfundingResult.FAILED


def started(place: Place = ASSESSING, actor: Actor = alma) -> Story:
    story = Story.at(place, MONDAY, SHIPPED_RULEBOOK)
    story.idea.chores.clear()
    story.do(actor, "start_crowdfunding")
    return story


def tell(story: Story, result: CrowdfundingResult | None, *, over: bool = True, attempt: int = 1) -> bool:
    return steps.hear_campaign(story.idea, CampaignNews(attempt=attempt, over=over, result=result), story.now)


@pytest.mark.parametrize("actor", [alma, ben, carla], ids=lambda actor: actor.role)
@pytest.mark.parametrize("place", [ASSESSING, PILOTING], ids=place_name)
def test_anybody_of_the_idea_starts_one_hand_off_at_a_time(place: Place, actor: Actor) -> None:
    story = started(place, actor)
    assert story.idea.chores == [CampaignChore(attempt=1, actor=actor)]
    assert (story.standing.crowdfunding, story.standing.attempts) == (1, 1)
    assert story.place == place
    assert not story.told(), "the hand-off itself tells whose turn it is"
    assert story.refused(alma, "start_crowdfunding").code is RefusalCode.NOT_ALLOWED


def test_the_next_attempt_begins_when_the_last_is_over() -> None:
    story = started()
    tell(story, CrowdfundingResult.EXPIRED)
    assert story.standing.crowdfunding is None
    story.do(ben, "start_crowdfunding")
    assert story.idea.chores[-1] == CampaignChore(attempt=2, actor=ben)
    assert not tell(story, FUNDED, over=False, attempt=1), "the first one has nothing to tell any more"


@pytest.mark.parametrize(
    ("result", "over", "place", "reached"),
    [
        (FUNDED, False, ASSESSING, PILOTING),
        (FUNDED, False, (Stage.SUPPORT, "using"), PILOTING),
        (FUNDED, False, (Stage.ACCOMPANY, "helping"), (Stage.ACCOMPANY, "helping")),
        (FAILED, True, ASSESSING, PLANNING),
        (FAILED, True, PILOTING, PLANNING),
        (CrowdfundingResult.CANCELLED, True, ASSESSING, ASSESSING),
        (CrowdfundingResult.WITHDRAWN, True, PILOTING, PILOTING),
        (CrowdfundingResult.EXPIRED, True, ASSESSING, ASSESSING),
        (None, True, ASSESSING, ASSESSING),
    ],
)
def test_a_result_moves_the_idea(result: CrowdfundingResult | None, over: bool, place: Place, reached: Place) -> None:
    story = started(ASSESSING if place[0] is Stage.SUPPORT else PILOTING)
    if place == (Stage.SUPPORT, "using"):
        story.do(ben, "request_support")
        story.do(carla, "arrange")
    elif place == (Stage.ACCOMPANY, "helping"):
        story.do(alma, "check_in", answer="needs_help")
    assert tell(story, result, over=over)
    assert story.place == reached
    assert story.standing.crowdfunding == (None if over else 1)
    assert story.last.event == (f"crowdfunding_{result}" if result else "crowdfunding_closed")
    assert story.last.facts == {"attempt": 1}
    assert not tell(story, result, over=over), "told twice, heard once"


@pytest.mark.parametrize("result", [FUNDED, FAILED])
def test_an_idea_that_has_gone_on_elsewhere_only_notes_it(result: CrowdfundingResult) -> None:
    story = started(PILOTING)
    story.do(alma, "check_in", answer="done")
    story.do(ben, "conclude")
    assert tell(story, result, over=result is FAILED)
    assert story.place == DRAFTING


def test_who_is_on_turn_after_a_result_hears_of_it() -> None:
    story = started()
    tell(story, FAILED)
    assert story.told() == {(NoticeKind.YOUR_TURN, BEN), (NoticeKind.STAGE_REACHED, ALMA)}
    story = started()
    tell(story, FUNDED, over=False)
    assert (NoticeKind.YOUR_TURN, ALMA) in story.told()


def test_a_funded_hand_off_that_is_paid_out_is_closed_and_moves_nothing() -> None:
    story = started()
    tell(story, FUNDED, over=False)
    assert tell(story, FUNDED, over=True)
    assert (story.last.event, story.place) == ("crowdfunding_closed", PILOTING)
    assert story.standing.funded_by == 1
    assert story.standing.crowdfunding is None


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_ended_idea_hears_nothing(outcome: Outcome) -> None:
    story = started()
    story.do(carla, "close", outcome=outcome)
    before = story.standing.model_copy(deep=True)
    assert not tell(story, FUNDED, over=False)
    assert story.standing == before


@pytest.mark.parametrize(
    ("result", "over", "reached"), [(FUNDED, False, PILOTING), (FAILED, True, PLANNING)], ids=["funded", "failed"]
)
def test_what_was_told_while_the_end_could_be_taken_back_is_not_lost(
    result: CrowdfundingResult, over: bool, reached: Place
) -> None:
    story = started()
    story.do(alma, "withdraw")
    assert not tell(story, result, over=over)
    story.do(alma, "undo")
    assert story.place == reached
    assert [entry.event for entry in story.idea.outbox[-2:]] == ["undo", f"crowdfunding_{result}"]
    assert story.idea.unheard == []


def test_the_end_is_told_last_and_not_by_the_step_that_can_be_undone() -> None:
    story = started()
    story.idea.chores.clear()
    story.do(alma, "withdraw")
    assert story.idea.chores == []
    assert story.standing.crowdfunding == 1, "whoever reopens the idea asks how it stands"


def test_the_hand_off_hears_of_pause_and_resumption_and_reopening() -> None:
    story = started()
    story.idea.chores.clear()
    story.do(alma, "pause")
    assert story.standing.pause is not None
    paused = IdeaNews(kind=IdeaNewsKind.PAUSED, until=story.standing.pause.until)
    story.do(alma, "resume")
    story.do(carla, "close")
    story.do(carla, "reopen")
    told = [chore.news for chore in story.idea.chores if isinstance(chore, CampaignChore)]
    assert told == [paused, IdeaNews(kind=IdeaNewsKind.RESUMED), IdeaNews(kind=IdeaNewsKind.REOPENED)]


def test_an_idea_without_a_hand_off_tells_nobody() -> None:
    story = Story.at(ASSESSING, MONDAY, SHIPPED_RULEBOOK)
    story.idea.chores.clear()
    story.do(alma, "pause")
    story.do(alma, "resume")
    assert story.idea.chores == []


def test_a_hand_off_that_has_told_its_success_before_tells_nothing_new_when_asked_again() -> None:
    story = started()
    tell(story, FUNDED, over=False)
    story.do(carla, "send_back", stage=Stage.SUPPORT)
    version = story.standing.version
    assert not tell(story, FUNDED, over=False)
    assert (story.place, story.standing.version) == (ASSESSING, version)
