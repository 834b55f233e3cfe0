"""Offers: what a coach learns, how they answer, and who wins the last place."""

import asyncio
from pathlib import Path
from typing import Any

from sqlmodel import select
from temporalio.client import Client

from models.database import Database
from models.tables import Note
from models.tables.columns import new_id
from tests.api.conftest import Web, make_services, open_web
from tests.factories import BEN, BRUNO, CARLA, invite_cast


async def offered(web: Web, **words: Any) -> tuple[str, dict[str, Any]]:
    """An idea of Alma's that has been offered to the first coach, and the offer."""
    idea = await web.hand_in(**words)
    await web.ask(CARLA, idea, "shortlist")
    return idea, await web.open_offer(idea)


async def test_a_coach_reads_what_is_needed_to_decide(web: Web) -> None:
    idea, offer = await offered(web, problem="Niemand hilft.")
    (mine,) = (await web.ben.get("/api/v1/offers?status=open")).json()["items"]
    assert mine == offer
    assert mine["idea"]["id"] == idea
    assert mine["idea"]["problem"] == "Niemand hilft."
    assert "Alma" not in str(mine)
    assert mine["reasons"][:2] == ["same_language", "same_office"]
    assert mine["expires_on"] > mine["offered_at"][:10]
    assert (await web.ben.get(f"/api/v1/ideas/{idea}")).status_code == 404


async def test_an_accepted_offer_gives_the_idea_its_coach_at_once(web: Web) -> None:
    idea, offer = await offered(web)
    answer = await web.ben.post(f"/api/v1/offers/{offer['id']}/accept")
    assert answer.status_code == 200
    assert answer.json()["offer"]["status"] == "accepted"
    if answer.json()["shown"]:
        assert (answer.json()["stage"], answer.json()["state"]) == ("develop", "planning")
    await web.until_in(idea, "planning")
    again = await web.ben.post(f"/api/v1/offers/{offer['id']}/accept")
    assert (again.status_code, again.json()["state"], again.json()["offer"]["status"]) == (200, "planning", "accepted")
    assert (await web.read(idea, BEN))["coach"]["id"] == BEN


async def test_a_declined_offer_goes_to_the_next_coach_and_keeps_its_words_from_the_innovator(web: Web) -> None:
    idea, offer = await offered(web)
    form = {"reason": "no_time", "note": "canary-decline"}
    for _ in range(2):
        answer = await web.ben.post(f"/api/v1/offers/{offer['id']}/decline", json=form)
        assert answer.status_code == 200
        shown = answer.json()["offer"]
        assert (shown["status"], shown["decline_reason"]) == ("declined", "no_time")
        assert shown["idea"]["summary"] is None
    follower = await web.open_offer(idea, BRUNO)
    assert follower["coach"]["id"] == BRUNO
    assert "canary-decline" not in str(await web.timeline(idea, CARLA))
    late = await web.ben.post(f"/api/v1/offers/{offer['id']}/accept")
    assert (late.status_code, late.json()["code"]) == (409, "offer_closed")


async def test_declining_needs_a_reason(web: Web) -> None:
    _, offer = await offered(web)
    for form in ({}, {"reason": "bad_mood"}, {"reason": "other", "note": "a\x00b"}):
        answer = await web.ben.post(f"/api/v1/offers/{offer['id']}/decline", json=form)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert (await web.ben.get("/api/v1/offers?status=open")).json()["items"]


async def test_an_offer_is_answered_by_its_coach_alone(web: Web) -> None:
    _, offer = await offered(web)
    path = f"/api/v1/offers/{offer['id']}/accept"
    for client in (web.bruno, web.alma, web.dora):
        assert (await client.post(path)).status_code == 404
    answer = await web.carla.post(path)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await web.ben.post(f"/api/v1/offers/{new_id()}/accept")).status_code == 404
    assert (await web.bruno.get("/api/v1/offers")).json()["items"] == []


async def test_an_offer_of_an_idea_that_was_withdrawn_is_closed(web: Web) -> None:
    idea, offer = await offered(web)
    await web.ask(CARLA, idea, "close", outcome="closed", reason="Zurückgezogen.")
    answer = await web.ben.post(f"/api/v1/offers/{offer['id']}/decline", json={"reason": "other", "note": "Zu spät."})
    if answer.status_code == 200:  # the answer was in time: it came before the search had heard of the end
        assert answer.json()["offer"]["status"] == "declined"
        return
    assert (answer.status_code, answer.json()["code"]) == (409, "offer_closed")
    async with web.database.session() as session:
        assert (await session.exec(select(Note).where(Note.event == "decline_offer"))).all() == []


async def test_of_two_acceptances_for_one_place_one_wins_and_the_other_is_told(
    database: Database, database_url: str, client: Client, tmp_path: Path
) -> None:
    await invite_cast(database, ben_has_places=2, bruno_has_places=0)
    async with open_web(make_services(database, database_url, client, tmp_path), with_inboxes=False) as web:
        ideas = []
        for number in range(2):
            idea, offer = await offered(web, title=f"Idee Nummer {number}")
            ideas.append((idea, offer))
        profile = {"districts": ["DED21"], "themes": ["care"], "languages": ["de"], "capacity": 1}
        assert (await web.ben.put(f"/api/v1/coaches/{BEN}/profile", json=profile)).status_code == 200
        answers = await asyncio.gather(*(web.ben.post(f"/api/v1/offers/{offer['id']}/accept") for _, offer in ideas))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        (lost,) = [answer for answer in answers if answer.status_code == 409]
        assert lost.json()["code"] == "no_place"
        won = [idea for (idea, _), answer in zip(ideas, answers, strict=True) if answer.status_code == 200]
        await web.until_in(won[0], "planning")
        (me,) = [coach for coach in (await web.carla.get("/api/v1/coaches")).json()["items"] if coach["id"] == BEN]
        assert (me["taken"], me["free"], me["ideas"]) == (1, 0, 1)
