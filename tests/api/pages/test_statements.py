"""The pages that are opened most ask the database little, and no more where there is more to show."""

from typing import Any

import pytest
from sqlalchemy import delete
from sqlmodel import col

from models.tables import TimelineEntry
from tests.api.campaigns import HandOff
from tests.api.conftest import Web, in_days
from tests.api.routes.test_lists import place
from tests.factories import ALMA, BEN, BRUNO, CARLA, file_of, write_idea, write_session, write_story
from tests.round_trips import counted
from tests.teams import NORA, OTTO, gather_team, write_invitation

MOST_PLAIN, MOST = 5, 8
"""Of an idea with nothing beside it, and of one with all that there can be."""


async def count(web: Web, who: str, path: str) -> int:
    with counted(web.database) as sent:
        answer = await web.clients[who].get(path)
    assert answer.status_code == 200, answer.text
    return len(sent)


async def test_a_page_of_an_idea_takes_few_statements_whatever_belongs_to_it(
    web: Web, subtests: pytest.Subtests
) -> None:
    plain = await web.hand_in()
    for who in (ALMA, CARLA):
        # Who opens it first notes that it was read, and what they were told of it.
        await count(web, who, f"/ideen/{plain}")
        with subtests.test(f"plain {who}"):
            assert await count(web, who, f"/ideen/{plain}") <= MOST_PLAIN
    idea = (await HandOff.start(web)).idea
    await web.ask(BEN, idea, "plan", tasks=[{"title": "Partner ansprechen"}])
    await web.ask(CARLA, idea, "change_coach", coach_id=BRUNO, reason="Er wohnt näher.")
    await write_session(web.database, idea, BRUNO)
    await gather_team(web.database, web.services.engine, idea)
    await web.invite(NORA, OTTO)
    await web.ask(CARLA, idea, "write_note", note="Alle sind da.")
    await web.ask(BRUNO, idea, "ask", note="Wann fangen wir an?", assignee="innovator", until=in_days(3))
    offer = {"slots": [f"{in_days(9)}T10:30"], "minutes": 45, "place": "phone"}
    await web.clients[BRUNO].post(f"/api/v1/ideas/{idea}/appointments", json=offer)
    async with web.database.transaction() as session:
        session.add(file_of(idea))
    await write_invitation(web.database, idea, "gast@example.org")
    shown = {ALMA: ("gast@example.org", "Plan.pdf"), BRUNO: ("45 min", "Plan.pdf"), CARLA: ("45 min", 'id="anfragen"')}
    for who in (ALMA, NORA, OTTO, BRUNO, CARLA):
        page = (await web.clients[who].get(f"/ideen/{idea}")).text
        for words in ("Partner ansprechen", *shown.get(who, ())):
            assert words in page
        with subtests.test(who):
            assert await count(web, who, f"/ideen/{idea}") <= MOST
    async with web.database.transaction() as session:
        await session.exec(delete(TimelineEntry).where(col(TimelineEntry.idea_id) == idea))
        await write_story(session, idea)
    for who in (ALMA, BEN, CARLA):
        assert "So war es." in (await web.clients[who].get(f"/ideen/{idea}")).text
        with subtests.test(f"story {who}"):
            assert await count(web, who, f"/ideen/{idea}") <= MOST


async def test_coaches_are_ranked_only_for_a_lead_who_wants_to_choose_one(web: Web) -> None:
    idea = await web.bring_to("planning")
    page = (await web.carla.get(f"/ideen/{idea}")).text
    assert f'href="/ideen/{idea}?oeffne=change_coach#schritt-change_coach"' in page
    assert "Bruno" not in page
    assert "Bruno" in (await web.carla.get(f"/ideen/{idea}?oeffne=change_coach")).text
    assert "oeffne=change_coach" not in (await web.ben.get(f"/ideen/{idea}")).text


@pytest.mark.parametrize(
    ("who", "path", "statements"),
    [
        (CARLA, "/leitung", 4),
        (CARLA, "/leitung?zeige=stuck&text=idee", 4),
        (CARLA, "/leitung/tafel", 5),
        (CARLA, "/haengt-fest", 3),
        (BEN, "/arbeit", 5),
        (ALMA, "/ideen", 4),
    ],
)
async def test_a_list_takes_as_many_statements_for_twenty_ideas_as_for_one(
    still_web: Web, who: str, path: str, statements: int
) -> None:
    late: dict[str, Any] = {"holder_until": in_days(-3)}
    await place(still_web.database, **late)
    # What is kept for a minute by the process is asked first.
    await count(still_web, who, path)
    assert await count(still_web, who, path) == statements
    for number in range(20):
        await place(still_web.database, number=number, **late)
    await write_idea(still_web.database)
    assert await count(still_web, who, path) == statements
