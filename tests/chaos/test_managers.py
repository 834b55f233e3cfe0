"""The checker of people finds nothing where everything was right, and each single thing that is wrong."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.tables import Account, AuditEntry, PersonChange, SessionRow, StaffInvitation
from models.vocabulary import PersonChangeKind, Role
from tests.chaos.managers import StaffEvidence, StaffFault, judge_staff
from tests.factories import BEN, CARLA, DORA, account_id

GRETA = account_id("greta")
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
LATE = NOON + timedelta(hours=1)
ASKED = "5f0d1a54-6f0d-4c39-9f5d-3f6a4c0e8f11"


def change(minute: int, who: str, kind: PersonChangeKind, by: str | None = CARLA, **fields: Any) -> PersonChange:
    told = {name: fields.pop(name, None) for name in ("role", "invitation")}
    facts = {name: str(value) for name, value in told.items() if value}
    at = NOON + timedelta(minutes=minute)
    return PersonChange(id=f"change-{minute}", account_id=who, by_id=by, kind=kind, facts=facts, at=at, **fields)


def agreed(minute: int, who: str, kind: PersonChangeKind, by: str, second: str, **fields: Any) -> PersonChange:
    decided = NOON + timedelta(minutes=minute, seconds=30)
    return change(minute, who, kind, by, status="agreed", decided_by_id=second, decided_at=decided, **fields)


def sound() -> StaffEvidence:
    """Carla and Greta lead. Ben becomes a lead as well, and is blocked; Dora is invited and comes."""
    changes = [
        agreed(1, BEN, PersonChangeKind.ROLE_GIVEN, CARLA, GRETA, role=Role.LEAD),
        change(2, DORA, PersonChangeKind.CAME, DORA, role=Role.COACH, invitation=ASKED),
        agreed(3, BEN, PersonChangeKind.BLOCKED, GRETA, CARLA),
        change(4, DORA, PersonChangeKind.SIGNED_OUT),
    ]
    entries = [AuditEntry(event="person_changed", outcome="done", facts={"change": one.id}) for one in changes]
    entries += [
        AuditEntry(event="person_changed", outcome="done", facts={"change": one.id})
        for one in changes
        if one.decided_by_id
    ]
    return StaffEvidence(
        first={CARLA: frozenset({"lead"}), GRETA: frozenset({"lead"}), BEN: frozenset({"coach"})},
        accounts=[
            Account(id=CARLA, email="carla@example.org", name="Carla", roles=["lead"]),
            Account(id=GRETA, email="greta@example.org", name="Greta", roles=["lead"]),
            Account(id=BEN, email="ben@example.org", name="Ben", roles=["coach", "lead"], blocked_at=NOON),
            Account(id=DORA, email="dora@example.org", name="Dora", roles=["innovator", "coach"]),
        ],
        changes=changes,
        audit=entries,
        sessions=[SessionRow(account_id=DORA, hash="", method="link", created_at=LATE, expires_at=LATE)],
        invitations=[StaffInvitation(id=ASKED, email="", role="coach", accepted_at=NOON, expires_at=LATE)],
        done=6,
    )


def lose_a_change(evidence: StaffEvidence) -> None:
    evidence.done = 9


def lose_an_entry(evidence: StaffEvidence) -> None:
    evidence.audit = evidence.audit[1:]


def forget_the_block(evidence: StaffEvidence) -> None:
    evidence.accounts[2].blocked_at = None


def give_a_role_past_the_history(evidence: StaffEvidence) -> None:
    evidence.accounts[3].roles = ["coach", "lead"]


def block_alone(evidence: StaffEvidence) -> None:
    evidence.changes[2].status, evidence.changes[2].decided_by_id = "done", None
    evidence.audit = evidence.audit[:-1]


def agree_to_oneself(evidence: StaffEvidence) -> None:
    evidence.changes[0].decided_by_id = CARLA


def block_everybody(evidence: StaffEvidence) -> None:
    more = [change(minute, who, PersonChangeKind.BLOCKED, None) for minute, who in ((5, CARLA), (6, GRETA))]
    evidence.changes = [*evidence.changes, *more]


def go_on_in_an_old_session(evidence: StaffEvidence) -> None:
    evidence.sessions[0].created_at = NOON


def come_twice(evidence: StaffEvidence) -> None:
    again = change(7, DORA, PersonChangeKind.CAME, DORA, role=Role.COACH, invitation=ASKED)
    evidence.changes = [*evidence.changes, again]


def render_an_error(evidence: StaffEvidence) -> None:
    evidence.strange = ["500 POST /menschen"]


def test_in_a_sound_office_nothing_is_found() -> None:
    assert judge_staff(sound()) == []


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lose_a_change, StaffFault.FORGOTTEN),
        (lose_an_entry, StaffFault.UNWRITTEN),
        (forget_the_block, StaffFault.DIFFERS),
        (give_a_role_past_the_history, StaffFault.DIFFERS),
        (block_alone, StaffFault.ALONE),
        (agree_to_oneself, StaffFault.ALONE),
        (block_everybody, StaffFault.NOBODY_LEADS),
        (go_on_in_an_old_session, StaffFault.STILL_IN),
        (come_twice, StaffFault.TWICE),
        (render_an_error, StaffFault.BAD_ANSWER),
    ],
)
def test_each_thing_that_is_wrong_is_found(spoil: Callable[[StaffEvidence], None], fault: StaffFault) -> None:
    evidence = sound()
    spoil(evidence)
    assert fault in {finding.fault for finding in judge_staff(evidence)}
