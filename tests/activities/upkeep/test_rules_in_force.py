"""The rules with which a process begins are noted, also where the database comes later than the process."""

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from activities.upkeep import rules_in_force
from activities.upkeep.rules_in_force import note_rules_in_time
from models.database import Database
from models.queries.rulebooks import KINDS, list_rules, note_rules
from tests.cast import POLICY

pytestmark = pytest.mark.services


async def test_a_process_that_begins_without_its_database_notes_its_rules_later_and_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def away_at_first(*about: Any) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise OperationalError("SELECT", None, Exception("gone"))
        await note_rules(*about)

    monkeypatch.setattr(rules_in_force, "note_rules", away_at_first)
    monkeypatch.setattr(rules_in_force, "PAUSE_SECONDS", 0)
    for _ in range(2):
        await note_rules_in_time(database, POLICY)
    async with database.reading() as session:
        assert sorted(row.kind for row in await list_rules(session)) == sorted(KINDS)
    assert asked == 3
