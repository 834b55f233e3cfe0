"""What the line of a stuck case says."""

import pytest

from models.database import Database
from tests.factories import invite_cast
from tests.stuck import day, place, stuck


@pytest.fixture
async def cast(database: Database) -> Database:
    await invite_cast(database)
    return database


async def test_whoever_asked_for_no_reminders_is_shown_to_the_lead(cast: Database) -> None:
    for until, shown in ((day(4), day(4)), (day(-1), None)):
        clock = {"unit": "d", "due": day(-1).isoformat(), "quiet_until": until.isoformat()}
        idea = await place(cast, holder_until=day(-1), snapshot={"clock": clock})
        [line] = [line for line in await stuck(cast) if line.id == idea]
        assert line.quiet_until == shown
