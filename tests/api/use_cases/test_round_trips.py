"""A command goes to the database to know who asks, where the idea stands, that somebody asks, and what came of it."""

import pytest

from tests.api.conftest import Web
from tests.factories import ALMA, BEN, CARLA
from tests.round_trips import counted

STEPS = {
    "a lead asks back": ("screening", CARLA, "request_clarification", 4),
    "the innovator answers, and the leads are looked up": ("clarification", ALMA, "clarify", 5),
    "a coach leads on": ("planning", BEN, "agree_plan", 4),
}


@pytest.mark.parametrize(("state", "who", "event", "most"), STEPS.values(), ids=list(STEPS))
async def test_a_command_goes_to_the_database_seldom(web: Web, state: str, who: str, event: str, most: int) -> None:
    idea = await web.bring_to(state)
    await web.read(idea, who)  # when a token was last used is written down every few minutes
    with counted(web.database) as trips:
        answer = await web.try_to(who, idea, event, note="Das haben wir vereinbart.")
    assert answer.json()["shown"]
    assert len(trips) <= most, trips
