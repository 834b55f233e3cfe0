"""Every cell of the hand-off's machine, and of what may be said of a campaign next. Written from the design."""

import itertools
from typing import Any

import pytest
from statemachine.exceptions import TransitionNotAllowed

from models.lifecycles.crowdfunding import ENDED_WELL, OVER, STATUS_MOVES, CrowdfundingLifecycle
from models.vocabulary import CampaignStatus, CrowdfundingState, Role
from models.workflow_ids import CROWDFUNDING
from tests.cast import POLICY

CELLS = """
not_ready      | edit(ready)       | ready
not_ready      | edit              | not_ready
not_ready      | withdraw          | withdrawn
not_ready      | expire            | expired
ready          | edit(ready)       | ready
ready          | edit              | not_ready
ready          | pack              | packaged
ready          | withdraw          | withdrawn
ready          | expire            | expired
packaged       | edit(ready)       | ready
packaged       | edit              | not_ready
packaged       | confirm           | packaged
packaged       | confirm(agreed)   | confirmed
packaged       | withdraw          | withdrawn
packaged       | expire            | expired
confirmed      | edit(ready)       | ready
confirmed      | edit              | not_ready
confirmed      | await_entry       | awaiting_entry
confirmed      | withdraw          | withdrawn
confirmed      | expire            | expired
awaiting_entry | edit(ready)       | ready
awaiting_entry | edit              | not_ready
awaiting_entry | link              | awaiting_entry
awaiting_entry | reject_link       | awaiting_entry
awaiting_entry | confirm_link      | linked
awaiting_entry | withdraw          | withdrawn
awaiting_entry | expire            | expired
linked         | observe           | linked
linked         | observe(status)   | closed
linked         | withdraw          | withdrawn
linked         | expire            | expired
linked         | expire(result)    | closed
"""
GIVEN: dict[str, Any] = {"ready": True, "agreed": True, "status": CampaignStatus.PAID_OUT, "result": "funded"}

EVENTS = CrowdfundingLifecycle.event_names()
FINALS = [CrowdfundingState.CLOSED, CrowdfundingState.WITHDRAWN, CrowdfundingState.EXPIRED]


def rows() -> list[list[str]]:
    return [[part.strip() for part in line.split("|")] for line in CELLS.strip().splitlines()]


@pytest.mark.parametrize(("state", "event", "target"), rows(), ids=lambda part: part)
def test_a_step_of_the_design_leads_where_it_says(state: str, event: str, target: str) -> None:
    name, _, given = event.rstrip(")").partition("(")
    assert CrowdfundingLifecycle.go_on(state, name, **({given: GIVEN[given]} if given else {})) == target


@pytest.mark.parametrize("state", list(CrowdfundingState))
def test_the_machine_knows_no_other_step(state: CrowdfundingState) -> None:
    known = {event.partition("(")[0] for where, event, _ in rows() if where == state}
    assert set(CrowdfundingLifecycle.events_in(state)) == known
    for event in set(EVENTS) - known:
        with pytest.raises(TransitionNotAllowed):
            CrowdfundingLifecycle.go_on(state, event, **GIVEN)


def test_what_has_a_result_is_not_withdrawn() -> None:
    with pytest.raises(TransitionNotAllowed):
        CrowdfundingLifecycle.go_on("linked", "withdraw", result="funded")


def test_the_tables_are_complete() -> None:
    machine = CrowdfundingLifecycle
    assert {str(state.id) for state in machine.states} == set(CrowdfundingState)
    assert set(machine.open_states()) == set(CrowdfundingState) - set(FINALS) == set(machine.on_turn)
    assert set(machine.actors) == set(EVENTS)
    assert all(machine.actors.values())
    assert Role.COACH not in machine.actors["withdraw"], "a coach does not end what is not theirs"
    assert machine.first_state() == CrowdfundingState.NOT_READY


def test_every_phase_has_its_limit() -> None:
    rulebook = POLICY.rulebook(POLICY.calendar.closed_days(2026, 2026)[0], CROWDFUNDING)
    for phase in CrowdfundingLifecycle.phases():
        assert rulebook.limit_of("crowdfunding", phase).limit.amount >= 1
    assert set(rulebook.limits) == {f"crowdfunding.{phase}" for phase in CrowdfundingLifecycle.phases()}, (
        "and ideas do not carry them"
    )


# -- what may be said of a campaign next ---------------------------------------------------------------------------

ENDS = {CampaignStatus.ENDED_SUCCESSFUL, CampaignStatus.ENDED_FAILED, CampaignStatus.CANCELLED}
EARLY = {CampaignStatus.DRAFT, CampaignStatus.START, CampaignStatus.VERIFICATION}
FOLLOWS: dict[CampaignStatus, set[CampaignStatus]] = {
    CampaignStatus.UNKNOWN: EARLY | {CampaignStatus.FUNDING} | ENDS,
    CampaignStatus.DRAFT: EARLY | {CampaignStatus.FUNDING} | ENDS,
    CampaignStatus.START: EARLY | {CampaignStatus.FUNDING} | ENDS,
    CampaignStatus.VERIFICATION: EARLY | {CampaignStatus.FUNDING} | ENDS,
    CampaignStatus.FUNDING: {CampaignStatus.FUNDING} | ENDS,
    CampaignStatus.ENDED_SUCCESSFUL: {
        *(CampaignStatus.ENDED_SUCCESSFUL, CampaignStatus.REALISING, CampaignStatus.PAID_OUT),
    },
    CampaignStatus.REALISING: {CampaignStatus.REALISING, CampaignStatus.PAID_OUT},
    CampaignStatus.ENDED_FAILED: set(),
    CampaignStatus.CANCELLED: set(),
    CampaignStatus.PAID_OUT: set(),
}


@pytest.mark.parametrize(("known", "said"), list(itertools.product(CampaignStatus, repeat=2)))
def test_a_status_follows_only_where_the_design_says_so(known: CampaignStatus, said: CampaignStatus) -> None:
    assert (said in STATUS_MOVES[known]) == (said in FOLLOWS[known])


def test_nothing_comes_back_from_an_end_and_unknown_overwrites_nothing() -> None:
    after_success = set(STATUS_MOVES[CampaignStatus.ENDED_SUCCESSFUL]) | set(STATUS_MOVES[CampaignStatus.REALISING])
    assert after_success <= ENDED_WELL | OVER
    assert all(CampaignStatus.UNKNOWN not in moves for moves in STATUS_MOVES.values())
    assert all(not STATUS_MOVES[status] for status in OVER)


@pytest.mark.parametrize("status", list(CampaignStatus))
def test_a_campaign_of_which_nothing_more_is_to_be_seen_closes_the_hand_off(status: CampaignStatus) -> None:
    expected = CrowdfundingState.CLOSED if status in OVER else CrowdfundingState.LINKED
    assert CrowdfundingLifecycle.go_on("linked", "observe", status=status) == expected
