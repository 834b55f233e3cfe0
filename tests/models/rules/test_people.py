"""Who may be given or lose a role: the rules, as a table."""

import pytest

from models.rules.staff_roles import Staff, Way, WhyNot, Wish, judge_answer, judge_change, judge_invitation
from models.vocabulary import PersonChangeKind, Role

GIVEN, TAKEN = PersonChangeKind.ROLE_GIVEN, PersonChangeKind.ROLE_TAKEN
BLOCKED, UNBLOCKED, OUT = PersonChangeKind.BLOCKED, PersonChangeKind.UNBLOCKED, PersonChangeKind.SIGNED_OUT
RESET = PersonChangeKind.PROOFS_RESET
LEAD, COACH = Role.LEAD, Role.COACH
ONE, TWO, THREE = (frozenset(names.split()) for names in ("carla", "carla clara", "carla clara cora"))

carla = Staff("carla", frozenset({LEAD}))
clara = Staff("clara", frozenset({LEAD}))
ben = Staff("ben", frozenset({COACH}))
busy = Staff("ben", frozenset({COACH}), work=1)
both = Staff("clara", frozenset({COACH, LEAD}), work=2)
shut_out = Staff("ben", frozenset({COACH}), blocked=True)
shut_out_lead = Staff("cora", frozenset({LEAD}), blocked=True)
alma = Staff("alma", frozenset({Role.INNOVATOR}))

Change = tuple[PersonChangeKind, Role | None, str | None, Staff, frozenset[str], Way | WhyNot]

CHANGES: list[Change] = [
    # who is alone makes the second lead alone; from then on it takes two
    (GIVEN, LEAD, "carla", ben, ONE, Way.NOW),
    (GIVEN, LEAD, "carla", ben, TWO, Way.PROPOSED),
    (GIVEN, LEAD, None, ben, TWO, Way.NOW),
    (GIVEN, LEAD, None, ben, frozenset(), Way.NOW),
    (GIVEN, COACH, "carla", alma, TWO, Way.NOW),
    (GIVEN, COACH, "carla", clara, TWO, Way.NOW),
    (GIVEN, COACH, "carla", ben, TWO, WhyNot.NO_CHANGE),
    (GIVEN, LEAD, "carla", shut_out, TWO, WhyNot.BLOCKED),
    # the last lead stays, whoever asks
    (TAKEN, LEAD, "carla", carla, ONE, WhyNot.LAST_LEAD),
    (TAKEN, LEAD, None, carla, ONE, WhyNot.LAST_LEAD),
    (BLOCKED, None, None, carla, ONE, WhyNot.LAST_LEAD),
    (BLOCKED, None, "carla", carla, ONE, WhyNot.LAST_LEAD),
    # of two, neither takes the other out; of three, the third decides
    (TAKEN, LEAD, "carla", clara, TWO, WhyNot.NOBODY_AGREES),
    (BLOCKED, None, "carla", clara, TWO, WhyNot.NOBODY_AGREES),
    (TAKEN, LEAD, "carla", clara, THREE, Way.PROPOSED),
    (BLOCKED, None, "carla", clara, THREE, Way.PROPOSED),
    (TAKEN, LEAD, None, clara, TWO, Way.NOW),
    (BLOCKED, None, None, clara, TWO, Way.NOW),
    (UNBLOCKED, None, "carla", shut_out_lead, TWO, Way.PROPOSED),
    (UNBLOCKED, None, "carla", shut_out_lead, ONE, Way.NOW),
    (TAKEN, LEAD, "carla", shut_out_lead, TWO, Way.NOW),
    # a coach does not leave open ideas behind
    (TAKEN, COACH, "carla", ben, TWO, Way.NOW),
    (TAKEN, COACH, "carla", busy, TWO, WhyNot.HAS_IDEAS),
    (TAKEN, COACH, None, busy, TWO, WhyNot.HAS_IDEAS),
    (TAKEN, LEAD, None, both, TWO, Way.NOW),
    (TAKEN, COACH, "carla", alma, TWO, WhyNot.NO_CHANGE),
    (BLOCKED, None, "carla", busy, TWO, Way.NOW),
    (BLOCKED, None, "carla", shut_out, TWO, WhyNot.NO_CHANGE),
    (UNBLOCKED, None, "carla", ben, TWO, WhyNot.NO_CHANGE),
    (UNBLOCKED, None, "carla", shut_out, TWO, Way.NOW),
    (OUT, None, "carla", clara, TWO, Way.NOW),
    # with a lead's proofs reset, who reads their mail leads
    (RESET, None, "carla", ben, THREE, Way.NOW),
    (RESET, None, "carla", clara, TWO, WhyNot.NOBODY_AGREES),
    (RESET, None, "carla", clara, THREE, Way.PROPOSED),
    (RESET, None, "carla", carla, ONE, Way.NOW),
    (RESET, None, "carla", carla, TWO, Way.PROPOSED),
    (RESET, None, "carla", shut_out_lead, TWO, Way.PROPOSED),
    (RESET, None, None, clara, TWO, Way.NOW),
]


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_goes_its_way(change: Change) -> None:
    kind, role, by, person, leads, expected = change
    assert judge_change(Wish(kind, by, role, confirmed=True), person, leads) == expected


@pytest.mark.parametrize(("kind", "role"), [(TAKEN, LEAD), (BLOCKED, None), (TAKEN, COACH)])
def test_nobody_takes_something_from_themselves_by_accident(kind: PersonChangeKind, role: Role | None) -> None:
    clara = Staff("clara", frozenset({COACH, LEAD}))
    assert judge_change(Wish(kind, "clara", role), clara, THREE) is WhyNot.CONFIRM
    assert isinstance(judge_change(Wish(kind, "clara", role, confirmed=True), clara, THREE), Way)
    assert isinstance(judge_change(Wish(kind, "carla", role), clara, THREE), Way)


def test_proofs_are_reset_by_who_has_said_that_they_are_sure() -> None:
    assert judge_change(Wish(RESET, "carla"), ben, ONE) is WhyNot.CONFIRM
    assert judge_change(Wish(RESET, None), ben, ONE) is Way.NOW


def test_asking_somebody_to_lead_is_giving_the_role() -> None:
    assert judge_invitation(LEAD, "carla", ONE) is Way.NOW
    assert judge_invitation(LEAD, "carla", TWO) is Way.PROPOSED
    assert judge_invitation(LEAD, None, TWO) is judge_invitation(COACH, "carla", TWO) is Way.NOW


def test_nobody_agrees_to_their_own_proposal_nor_to_one_about_themselves() -> None:
    assert judge_answer("carla", "carla", "ben") is WhyNot.OWN_PROPOSAL
    assert judge_answer("clara", "carla", "clara") is WhyNot.ABOUT_YOU
    assert judge_answer("clara", "carla", "ben") is judge_answer("clara", "carla", None) is None
