"""Coach and people behind an idea reach each other, and nobody else learns how."""

from typing import Any

import pytest

from models.messages.idea import Cover
from models.rules.contacts import contacts_for
from models.single_line import is_phone
from models.vocabulary import Role, Share
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA, new_state

INNOVATOR, COACH = Role.INNOVATOR, Role.COACH


@pytest.mark.parametrize(
    ("who", "roles", "alone", "coached"),
    [
        (ALMA, [INNOVATOR], (), (COACH,)),
        (DORA, [INNOVATOR], (), (COACH,)),
        (BEN, [COACH], (), (INNOVATOR,)),
        (BRUNO, [COACH], (), (INNOVATOR,)),
        (CARLA, [Role.LEAD], (INNOVATOR,), (INNOVATOR, COACH)),
        ("somebody", [INNOVATOR, COACH], (), ()),
    ],
)
def test_both_sides_see_each_other_from_acceptance_on(
    who: str, roles: list[Role], alone: tuple[Role, ...], coached: tuple[Role, ...]
) -> None:
    day: Any = "2026-12-24"
    standing = new_state("idea", version=4, team={DORA: Share.OBSERVER}).standing
    assert contacts_for(standing, who, roles) == alone
    standing.coach_id, standing.cover = BEN, Cover(until=day, account_id=BRUNO)
    assert contacts_for(standing, who, roles) == coached


@pytest.mark.parametrize("typed", ["0351 12345", "+49 (351) 123-45", "(0351) 12.34/5"])
def test_numbers_are_written_as_people_write_them(typed: str) -> None:
    assert is_phone(typed)


@pytest.mark.parametrize("typed", ["abends", "123", "0351 12345 bitte", "+", "++49351123"])
def test_what_nobody_can_dial_is_no_number(typed: str) -> None:
    assert not is_phone(typed)
