"""One step of a hand-off: package, two confirmations, the address, what is seen of the campaign, the result."""

from datetime import date, timedelta

import pytest

from models.messages.commands import Actor, Receipt, RefusalCode
from models.messages.crowdfunding import DraftOutcome
from models.messages.idea import CampaignNews
from models.rules.crowdfunding import HAND_OFFS
from models.rules.crowdfunding_refusals import STARTER_ALONE
from models.vocabulary import (
    CampaignStatus,
    CrowdfundingResult,
    CrowdfundingState,
    IdeaNewsKind,
    NoticeKind,
    Provenance,
    Role,
)
from tests.campaigns import WAY, CampaignStory, package
from tests.cast import ALMA, CARLA, NORA, alma, ben, carla, engine, nora

BEFORE_THE_LINK = ["not_ready", "ready", "packaged", "confirmed", "awaiting_entry"]
EVERYWHERE = [*BEFORE_THE_LINK, "linked"]

alma_as_lead = Actor(role=Role.LEAD, account_id=ALMA)


# -- beginning, and the package ------------------------------------------------------------------------------------


def test_it_begins_with_the_starter_on_turn() -> None:
    story = CampaignStory(actor=ben)
    assert (story.standing.state, story.standing.version, story.last.event) == (CrowdfundingState.NOT_READY, 1, "start")
    assert story.standing.turn is Role.INNOVATOR
    assert story.told() == {(NoticeKind.CROWDFUNDING_TURN, "innovator")}


def test_whoever_starts_it_for_themselves_is_not_told() -> None:
    assert CampaignStory(actor=alma).told() == set()


def test_a_package_that_is_ready_from_the_last_attempt_begins_as_ready() -> None:
    assert CampaignStory(first=package(1)).standing.state is CrowdfundingState.READY


@pytest.mark.parametrize("state", BEFORE_THE_LINK)
@pytest.mark.parametrize("ready", [True, False])
def test_an_edit_leads_back_and_voids_what_was_confirmed(state: str, ready: bool) -> None:
    story = CampaignStory.at(state)
    edited = package(9, ready=ready)
    story.do(alma, "edit", package=edited)
    assert story.standing.state is (CrowdfundingState.READY if ready else CrowdfundingState.NOT_READY)
    assert story.standing.package == edited
    assert story.standing.confirmations == []
    assert story.last.facts == {"revision": 9}


def test_an_edit_is_refused_once_the_campaign_is_linked() -> None:
    assert CampaignStory.at("linked").refused(alma, "edit").code is RefusalCode.NOT_ALLOWED


@pytest.mark.parametrize("state", BEFORE_THE_LINK)
def test_an_edit_that_is_known_already_changes_nothing(state: str) -> None:
    """Edits overtake one another on their way; revisions never go backwards."""
    story = CampaignStory.at(state)
    before = story.campaign.model_copy(deep=True)
    for late in (story.standing.package, package(0, ready=False)):
        receipt = story.do(alma, "edit", package=late)
        assert (receipt.version, receipt.state) == (before.standing.version, before.standing.state)
    assert story.campaign == before


def test_a_package_that_time_has_made_unready_goes_back_until_both_have_confirmed() -> None:
    for state, expected in [("ready", "not_ready"), ("packaged", "not_ready"), ("awaiting_entry", "awaiting_entry")]:
        story = CampaignStory.at(state)
        known = story.standing.package
        story.do(alma, "edit", package=known.model_copy(update={"ready": False}))
        assert story.standing.state == expected


@pytest.mark.parametrize(("event", "state"), [("pack", "ready"), ("confirm", "packaged")])
def test_what_is_not_ready_any_more_is_not_stood_by(event: str, state: str) -> None:
    story = CampaignStory.at(state)
    refused = story.refused(alma, event, package=story.standing.package.model_copy(update={"ready": False}))
    assert (refused.code, refused.field) == (RefusalCode.INVALID, "package")


# -- confirming ----------------------------------------------------------------------------------------------------


def test_starter_and_coach_confirm_the_starter_first() -> None:
    story = CampaignStory.at("packaged")
    assert story.standing.turn is Role.INNOVATOR
    story.do(alma, "confirm")
    assert (story.standing.state, story.standing.turn) == (CrowdfundingState.PACKAGED, Role.COACH)
    assert story.told() == {(NoticeKind.CROWDFUNDING_TURN, "coach")}
    story.do(ben, "confirm")
    assert (story.standing.state, story.standing.turn) == (CrowdfundingState.CONFIRMED, Role.ENGINE)
    assert {each.digest for each in story.standing.confirmations} == {story.standing.package.digest}


def test_the_coach_may_be_faster_and_then_the_starter_is_on_turn() -> None:
    story = CampaignStory.at("packaged")
    story.do(ben, "confirm")
    assert story.standing.turn is Role.INNOVATOR
    story.do(alma, "confirm")
    assert story.standing.state is CrowdfundingState.CONFIRMED


def test_a_lead_stands_in_for_the_coach_and_not_beside_them() -> None:
    story = CampaignStory.at("packaged")
    story.do(carla, "confirm")
    assert story.refused(ben, "confirm").code is RefusalCode.FORBIDDEN
    assert story.standing.confirmations[0].role is Role.COACH


def test_nobody_confirms_twice_or_for_both_sides() -> None:
    story = CampaignStory.at("packaged")
    story.do(alma, "confirm")
    for actor in (alma, alma_as_lead):
        assert story.refused(actor, "confirm").code is RefusalCode.FORBIDDEN
    assert "confirm" not in HAND_OFFS.allowed_events(story.standing, ALMA, [Role.INNOVATOR, Role.LEAD])
    assert HAND_OFFS.acting_role(story.standing, ALMA, [Role.INNOVATOR, Role.LEAD], "confirm") is Role.INNOVATOR
    assert HAND_OFFS.acting_role(story.standing, CARLA, [Role.LEAD], "confirm") is Role.LEAD


def test_an_edit_that_comes_before_the_second_confirmation_makes_it_stale() -> None:
    """Ben looks at a package that Alma is just changing: whatever comes first, nobody stands by what they never saw."""
    story = CampaignStory.at("packaged")
    story.do(alma, "confirm")
    confirms = story.command(ben, "confirm")
    story.do(alma, "edit")
    story.do(alma, "pack")
    story.do(alma, "confirm")
    refused = story.send(confirms)
    assert not isinstance(refused, Receipt)
    assert (refused.code, refused.field) == (RefusalCode.STALE, "package")
    assert story.standing.state is CrowdfundingState.PACKAGED


def test_an_edit_that_comes_after_the_second_confirmation_takes_it_back() -> None:
    story = CampaignStory.at("confirmed")
    asked = story.standing.package
    story.do(alma, "edit")
    assert not story.hand_over(package=asked), "the platform's answer is about a package that is none any more"
    assert story.standing.state is CrowdfundingState.READY


def test_what_was_edited_behind_the_engines_back_is_found_when_it_is_handed_over() -> None:
    """Somebody saved and their command got lost: the platform never gets what nobody confirmed."""
    story = CampaignStory.at("confirmed")
    newer = package(7, ready=False)
    assert story.hand_over(DraftOutcome(package=newer))
    assert (story.standing.state, story.last.event, story.last.actor) == (CrowdfundingState.NOT_READY, "edit", engine)
    assert story.standing.package == newer


def test_a_platform_that_cannot_help_leaves_it_to_a_person() -> None:
    story = CampaignStory.at("confirmed")
    assert story.hand_over(
        DraftOutcome(package=story.standing.package, steps=("account", "draft"), trouble="consent_missing")
    )
    assert (story.standing.state, story.standing.trouble) == (CrowdfundingState.AWAITING_ENTRY, "consent_missing")
    assert story.last.facts == {"steps": "account draft", "cause": "consent_missing"}
    assert story.told() == {(NoticeKind.CROWDFUNDING_TURN, "innovator")}
    assert not story.hand_over(), "an answer that comes twice counts once"


# -- the address ---------------------------------------------------------------------------------------------------


def test_who_pastes_the_address_does_not_confirm_it() -> None:
    for pastes, checks, on_turn in [
        (alma, ben, Role.COACH),
        (ben, alma, Role.INNOVATOR),
        (carla, alma, Role.INNOVATOR),
    ]:
        story = CampaignStory.at("awaiting_entry")
        story.do(pastes, "link")
        assert (story.standing.state, story.standing.turn) == (CrowdfundingState.AWAITING_ENTRY, on_turn)
        assert story.told() == {(NoticeKind.CROWDFUNDING_TURN, str(on_turn))}
        assert story.refused(pastes, "confirm_link").code is RefusalCode.FORBIDDEN
        story.do(checks, "confirm_link")
        assert story.standing.state is CrowdfundingState.LINKED
        assert story.campaign.readings.next_at == story.now


def test_a_second_address_waits_until_the_first_is_turned_down() -> None:
    story = CampaignStory.at("awaiting_entry")
    story.do(alma, "link")
    assert story.refused(ben, "link", link_id="link-2").code is RefusalCode.NOT_ALLOWED
    story.do(ben, "reject_link")
    assert story.last.facts == {"rejected_link": "link-1"}
    story.do(ben, "link", link_id="link-2")
    assert story.standing.link is not None
    assert story.standing.link.link_id == "link-2"


def test_whoever_pasted_a_wrong_address_takes_it_back() -> None:
    story = CampaignStory.at("awaiting_entry")
    story.do(alma, "link")
    story.do(alma, "reject_link")
    assert (story.standing.link, story.standing.turn) == (None, Role.INNOVATOR)


def test_an_edit_keeps_the_address_and_asks_for_everything_else_again() -> None:
    story = CampaignStory.at("awaiting_entry")
    story.do(alma, "link")
    story.do(alma, "edit")
    assert story.refused(ben, "confirm_link").code is RefusalCode.NOT_ALLOWED
    for step in (WAY["packaged"], WAY["confirmed"], WAY["awaiting_entry"]):
        step(story)
    assert story.standing.turn is Role.COACH
    story.do(ben, "confirm_link")
    assert story.standing.state is CrowdfundingState.LINKED


def test_an_address_is_not_confirmed_for_a_package_that_has_changed_meanwhile() -> None:
    story = CampaignStory.at("awaiting_entry")
    story.do(alma, "link")
    assert story.refused(ben, "confirm_link", package=package(99)).code is RefusalCode.STALE


# -- what is seen --------------------------------------------------------------------------------------------------


def test_success_is_told_at_once_and_the_hand_off_waits_for_the_money() -> None:
    story = CampaignStory.at("linked")
    story.say(CampaignStatus.FUNDING, ends_on=story.today + timedelta(days=33))
    assert story.campaign.news == []
    story.say(CampaignStatus.ENDED_SUCCESSFUL, ben, funded_cents=5_000_00, threshold_cents=5_000_00)
    assert story.campaign.news == [CampaignNews(attempt=1, over=False, result=CrowdfundingResult.FUNDED)]
    assert (story.standing.state, story.standing.turn) == (CrowdfundingState.LINKED, Role.INNOVATOR)
    assert (NoticeKind.CROWDFUNDING_RESULT, "innovator") in story.told()
    assert story.refused(alma, "withdraw").code is RefusalCode.NOT_ALLOWED
    story.say(CampaignStatus.PAID_OUT)
    assert (story.standing.state, story.standing.turn) == (CrowdfundingState.CLOSED, None)
    assert story.campaign.news[1:] == [CampaignNews(attempt=1, over=True, result=CrowdfundingResult.FUNDED)]


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (CampaignStatus.ENDED_FAILED, CrowdfundingResult.FAILED),
        (CampaignStatus.CANCELLED, CrowdfundingResult.CANCELLED),
    ],
)
def test_an_end_without_money_closes_the_hand_off(status: CampaignStatus, result: CrowdfundingResult) -> None:
    story = CampaignStory.at("linked")
    story.say(status)
    assert (story.standing.state, story.standing.result) == (CrowdfundingState.CLOSED, result)
    assert story.campaign.news == [CampaignNews(attempt=1, over=True, result=result)]
    assert story.known == {}


@pytest.mark.parametrize(
    ("status", "funded", "threshold", "fits"),
    [
        (CampaignStatus.ENDED_SUCCESSFUL, 100, 100, True),
        (CampaignStatus.ENDED_SUCCESSFUL, 99, 100, False),
        (CampaignStatus.ENDED_SUCCESSFUL, None, 100, True),
        (CampaignStatus.ENDED_FAILED, 99, 100, True),
        (CampaignStatus.ENDED_FAILED, 100, 100, False),
        (CampaignStatus.CANCELLED, 200, 100, True),
    ],
)
def test_successful_means_that_the_threshold_was_reached(
    status: CampaignStatus, funded: int | None, threshold: int, fits: bool
) -> None:
    story = CampaignStory.at("linked")
    seen = story.seen(status, funded_cents=funded, threshold_cents=threshold)
    if fits:
        story.do(alma, "observe", observation=seen)
        return
    refused = story.refused(alma, "observe", observation=seen)
    assert (refused.code, refused.field) == (RefusalCode.INVALID, "funded_cents")


def test_nobody_says_what_cannot_follow() -> None:
    story = CampaignStory.at("linked")
    story.say(CampaignStatus.FUNDING)
    for status in (CampaignStatus.UNKNOWN, CampaignStatus.START, CampaignStatus.PAID_OUT, CampaignStatus.REALISING):
        refused = story.refused(alma, "observe", observation=story.seen(status))
        assert (refused.code, refused.field) == (RefusalCode.INVALID, "status")


@pytest.mark.parametrize("actor", [alma, ben, carla], ids=lambda actor: actor.role)
def test_everybody_vouches_for_what_they_know_themselves(actor: Actor) -> None:
    story = CampaignStory.at("linked")
    for provenance in Provenance:
        seen = story.seen(CampaignStatus.START, actor, provenance=provenance)
        answer = story.copy().ask(actor, "observe", observation=seen)
        own = provenance is (Provenance.SELF_REPORTED if actor is alma else Provenance.COACH_ATTESTED)
        assert isinstance(answer, Receipt) == own


# -- reading -------------------------------------------------------------------------------------------------------


def test_a_reading_that_tells_nothing_new_leaves_no_trace() -> None:
    story = CampaignStory.at("linked")
    assert story.read(CampaignStatus.FUNDING)
    assert (story.standing.status, story.standing.automatic) == (CampaignStatus.FUNDING, True)
    before = story.standing.model_copy(deep=True)
    assert not story.read(CampaignStatus.FUNDING, funded_cents=99_00)
    assert story.standing == before


def test_while_it_is_read_and_all_is_well_nobody_is_asked_how_it_goes() -> None:
    story = CampaignStory.at("linked")
    story.read(CampaignStatus.FUNDING)
    assert (story.standing.turn, story.standing.clock) == (Role.ENGINE, None)
    assert story.pass_days(100) == []


def test_a_result_that_is_overdue_is_asked_for() -> None:
    story = CampaignStory.at("linked")
    story.read(CampaignStatus.FUNDING, ends_on=story.today + timedelta(days=30))
    assert story.pass_days(32) == [], "the day is a Friday"
    asked = story.pass_days(4)
    assert [entry.event for entry in asked] == ["trouble"]
    assert asked[0].facts == {"cause": "no_result"}
    assert story.told(asked[0]) == {(NoticeKind.CROWDFUNDING_QUESTION, "innovator")}
    assert story.standing.turn is Role.INNOVATOR
    assert not story.read(CampaignStatus.FUNDING), "that it is still not known is nothing new"
    assert story.read(CampaignStatus.ENDED_SUCCESSFUL)
    assert (story.standing.trouble, story.standing.result) == (None, CrowdfundingResult.FUNDED)


@pytest.mark.parametrize("status", [CampaignStatus.UNKNOWN, CampaignStatus.START, CampaignStatus.REALISING])
def test_what_the_platform_says_and_nobody_understands_is_asked_of_people_once(status: CampaignStatus) -> None:
    story = CampaignStory.at("linked")
    story.read(CampaignStatus.FUNDING)
    assert story.read(status)
    assert (story.standing.status, story.standing.trouble) == (CampaignStatus.FUNDING, "status_unknown")
    assert story.told() == {(NoticeKind.CROWDFUNDING_QUESTION, "innovator")}
    assert story.standing.turn is Role.INNOVATOR
    assert not story.read(status)
    story.say(CampaignStatus.FUNDING)
    assert not story.read(status), "asked once, not after every answer"
    assert story.read(CampaignStatus.ENDED_FAILED)
    assert story.standing.trouble is None


def test_a_platform_does_not_pay_out_only_people_know_that() -> None:
    story = CampaignStory.at("linked")
    story.read(CampaignStatus.ENDED_SUCCESSFUL)
    story.read(CampaignStatus.PAID_OUT)
    assert story.standing.turn is Role.INNOVATOR
    story.read(CampaignStatus.PAID_OUT, provenance=Provenance.SIMULATED)
    assert story.standing.state is CrowdfundingState.CLOSED


@pytest.mark.parametrize("cause", ["key_revoked", "scope_missing", "consent_missing", "not_found", "contract_drift"])
def test_what_only_people_can_mend_is_told_once_and_mends_itself(cause: str) -> None:
    story = CampaignStory.at("linked")
    story.read(CampaignStatus.FUNDING)
    assert story.fail_to_read(cause)
    assert story.told() == {(NoticeKind.CROWDFUNDING_TROUBLE, "innovator"), (NoticeKind.CROWDFUNDING_TROUBLE, "lead")}
    assert (story.standing.trouble, story.standing.turn) == (cause, Role.INNOVATOR)
    assert story.standing.clock is not None
    assert not story.fail_to_read(cause)
    assert story.read(CampaignStatus.FUNDING)
    assert (story.standing.trouble, story.standing.turn) == (None, Role.ENGINE)


def test_a_platform_that_is_away_is_waited_for_half_a_day_before_anybody_hears_of_it() -> None:
    story = CampaignStory.at("linked")
    story.read(CampaignStatus.FUNDING)
    began = story.now
    while not story.fail_to_read("unavailable", retryable=True):
        assert story.campaign.readings.next_at is not None
        story.now = story.campaign.readings.next_at
    assert timedelta(hours=8) < story.now - began < timedelta(hours=24)
    assert story.standing.trouble == "unavailable"


def test_where_nothing_can_be_read_nobody_hears_of_it() -> None:
    story = CampaignStory.at("linked")
    assert not story.fail_to_read("not_supported")
    assert not story.standing.automatic


def test_when_reading_is_switched_off_people_are_asked_from_then_on() -> None:
    story = CampaignStory.at("linked")
    story.read(CampaignStatus.FUNDING)
    assert story.fail_to_read("not_supported")
    assert (story.standing.automatic, story.standing.turn) == (False, Role.INNOVATOR)
    assert story.told() == {(NoticeKind.CROWDFUNDING_TURN, "innovator")}


@pytest.mark.parametrize("state", ["awaiting_entry", "closed"])
def test_a_reading_that_comes_back_too_late_is_none(state: str) -> None:
    story = CampaignStory.at(state)
    assert not story.read(CampaignStatus.FUNDING)


# -- ending --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", EVERYWHERE)
def test_starter_and_lead_may_withdraw_and_the_coach_may_not(state: str) -> None:
    story = CampaignStory.at(state)
    assert story.refused(ben, "withdraw").code is RefusalCode.FORBIDDEN
    for actor in (alma, carla):
        ended = story.copy()
        ended.do(actor, "withdraw", package=None)
        assert (ended.standing.state, ended.standing.turn) == (CrowdfundingState.WITHDRAWN, None)
        assert ended.campaign.news == [CampaignNews(attempt=1, over=True, result=CrowdfundingResult.WITHDRAWN)]
        others = {"coach"} if actor is alma else {"innovator", "coach"}
        assert ended.told() == {(NoticeKind.CROWDFUNDING_RESULT, other) for other in others}


def test_an_address_that_nobody_has_checked_is_given_up_with_the_hand_off() -> None:
    story = CampaignStory.at("awaiting_entry")
    story.do(alma, "link")
    story.do(alma, "withdraw")
    assert story.last.facts == {"rejected_link": "link-1"}
    linked = CampaignStory.at("linked")
    linked.do(alma, "withdraw")
    assert linked.standing.link is not None, "a checked address stays with its attempt"


@pytest.mark.parametrize("state", BEFORE_THE_LINK)
def test_when_the_idea_ends_so_does_what_is_not_on_its_platform_yet(state: str) -> None:
    story = CampaignStory.at(state)
    assert story.hear(IdeaNewsKind.ENDED)
    assert (story.standing.state, story.last.actor) == (CrowdfundingState.WITHDRAWN, engine)
    assert story.told() == set(), "the end of the idea was told by the idea"


def test_a_linked_campaign_outlives_its_idea_and_tells_its_result_when_it_is_reopened() -> None:
    story = CampaignStory.at("linked")
    story.hear(IdeaNewsKind.ENDED)
    assert story.standing.state is CrowdfundingState.LINKED
    story.say(CampaignStatus.ENDED_SUCCESSFUL)
    story.campaign.news.clear()  # told, and heard by nobody
    story.hear(IdeaNewsKind.REOPENED)
    assert story.campaign.news == [CampaignNews(attempt=1, over=False, result=CrowdfundingResult.FUNDED)]


def test_what_has_ended_does_nothing_but_say_so_when_it_is_asked() -> None:
    story = CampaignStory.at("closed")
    story.campaign.news.clear()
    before = story.campaign.model_copy(deep=True)
    for kind in (IdeaNewsKind.PAUSED, IdeaNewsKind.RESUMED, IdeaNewsKind.ENDED):
        assert not story.hear(kind, until=date(2027, 1, 1))
    assert story.ring() == []
    assert story.campaign == before
    assert story.hear(IdeaNewsKind.REOPENED)
    assert story.campaign.news == [CampaignNews(attempt=1, over=True)]
    assert story.standing == before.standing


# -- commands in general -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", EVERYWHERE)
def test_the_engine_may_do_nothing_by_command_and_the_starters_word_is_the_starters(state: str) -> None:
    """Who else is on the innovator's side is known to the idea, and asked there."""
    story = CampaignStory.at(state)
    for event in story.known:
        assert story.refused(engine, event).code is RefusalCode.FORBIDDEN
        if event in STARTER_ALONE:
            refused = story.refused(nora, event)
            assert refused.code is RefusalCode.FORBIDDEN
            assert event not in refused.allowed_events


def test_a_collaborator_prepares_the_package_and_speaks_for_no_side() -> None:
    story = CampaignStory.at("packaged")
    both = [Role.INNOVATOR, Role.LEAD]
    assert "edit" in HAND_OFFS.allowed_events(story.standing, NORA, [Role.INNOVATOR])
    assert not STARTER_ALONE & {*HAND_OFFS.allowed_events(story.standing, NORA, [Role.INNOVATOR])}
    assert "confirm" not in HAND_OFFS.allowed_events(story.standing, NORA, both), "nor for the coach, as a lead"
    assert HAND_OFFS.acting_role(story.standing, NORA, both, "withdraw") is Role.LEAD
    story.do(nora, "edit")


@pytest.mark.parametrize("state", EVERYWHERE)
def test_the_buttons_are_exactly_what_is_accepted(state: str) -> None:
    story = CampaignStory.at(state)
    for actor in (alma, ben, carla):
        offered = set(HAND_OFFS.allowed_events(story.standing, actor.account_id, [actor.role]))
        accepted = {
            event for event in [*story.known, "no_such_event"]
            if isinstance(story.copy().ask(actor, event), Receipt)
        }  # fmt: skip
        assert offered == accepted


@pytest.mark.parametrize(
    ("event", "state", "field"),
    [
        ("edit", "ready", "package"),
        ("pack", "ready", "package"),
        ("confirm", "packaged", "package"),
        ("link", "awaiting_entry", "package"),
        ("link", "awaiting_entry", "link_id"),
        ("observe", "linked", "observation"),
    ],
)
def test_a_field_that_is_missing_is_named(event: str, state: str, field: str) -> None:
    refused = CampaignStory.at(state).refused(alma, event, **{field: None})
    assert (refused.code, refused.field) == (RefusalCode.INVALID, field)


def test_the_same_command_twice_is_one_step_and_another_under_its_id_is_refused() -> None:
    story = CampaignStory.at("ready")
    pack = story.command(alma, "pack", fingerprint="one")
    first = story.send(pack)
    version = story.standing.version
    assert story.send(pack) == first
    assert story.standing.version == version
    other = story.send(pack.model_copy(update={"fingerprint": "two"}))
    assert not isinstance(other, Receipt)
    assert other.code is RefusalCode.ID_REUSED


def test_a_stale_look_is_refused_with_the_version_of_now() -> None:
    story = CampaignStory.at("ready")
    refused = story.refused(alma, "pack", expected_version=1)
    assert (refused.code, refused.version) == (RefusalCode.STALE, story.standing.version)
    story.do(alma, "pack", expected_version=story.standing.version)


def test_a_command_brings_the_limits_of_now_along() -> None:
    story = CampaignStory.at("ready")
    newer = story.campaign.rulebook.model_copy(update={"digest": "newer"})
    story.do(alma, "pack", rulebook=newer)
    assert story.standing.rulebook_digest == "newer"
