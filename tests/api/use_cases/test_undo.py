"""Taking a decision back, through the API and through the page."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select
from temporalio.client import Client

from models.database import Database
from models.tables import NoticeRow
from tests.api.conftest import Web, in_days, make_services, open_web
from tests.api.pages.conftest import OWN_SITE, form_for, take, words_of
from tests.cast import SHIPPED
from tests.factories import ALMA, BEN, CARLA, invite_cast


@pytest.fixture
async def patient_web(database: Database, database_url: str, client: Client, tmp_path: Path) -> AsyncIterator[Web]:
    """With the rules that are shipped: a decision can be taken back for a minute."""
    await invite_cast(database)
    services = make_services(database, database_url, client, tmp_path, policy=SHIPPED)
    async with open_web(services, with_inboxes=False) as opened:
        yield opened


async def test_a_decision_is_offered_for_undo_to_whoever_took_it(patient_web: Web) -> None:
    idea = await patient_web.hand_in()
    await patient_web.ask(CARLA, idea, "request_clarification", note="Für wen?")
    assert "undo" in (await patient_web.read(idea, CARLA))["allowed_events"]
    assert "undo" not in (await patient_web.read(idea, ALMA))["allowed_events"]
    refused = await patient_web.try_to(ALMA, idea, "undo")
    assert refused.status_code == 409
    receipt = await patient_web.ask(CARLA, idea, "undo")
    assert receipt["state"] == "screening"
    assert "undo" not in (await patient_web.read(idea, CARLA))["allowed_events"]
    assert not await notices_of(patient_web, ALMA), "nobody was told"


async def test_an_end_is_taken_back_from_the_message_on_the_page(patient_web: Web) -> None:
    idea = await patient_web.hand_in()
    page = (await take(patient_web.carla, idea, "decline", reason="Passt nicht in die Region.")).text
    assert "Erst danach erfährt jemand davon." in words_of(page)
    assert form_for(page, "undo").action == f"/ideen/{idea}/schritte"
    page = (await take(patient_web.carla, idea, "undo")).text
    assert "Entscheidung zurückgenommen" in words_of(page)
    assert (await patient_web.read(idea))["state"] == "screening"


async def test_who_takes_back_that_they_followed_up_has_reminded_nobody(patient_web: Web) -> None:
    web, idea = patient_web, await patient_web.bring_to("planning")
    page = (await web.carla.get(f"/haengt-fest/{idea}?buero=dresden")).text
    chase = form_for(page, "mark_chased")
    sent = await web.carla.post(chase.action, data=chase.values | {"erinnern": "1"}, headers=OWN_SITE)
    page = (await web.carla.get(sent.headers["location"])).text
    assert "Die Erinnerung ist unterwegs" in words_of(page)
    assert "reminder" in [one.kind for one in await notices_of(web, BEN)]
    undo = form_for(page, "undo")
    back = await web.carla.post(undo.action, data=undo.values, headers=OWN_SITE)
    assert back.headers["location"] == f"/haengt-fest?buero=dresden&meldung=undo&zuletzt={idea}"
    assert "reminder" not in [one.kind for one in await notices_of(web, BEN)]
    assert "Nachgefragt, Ruhe bis" not in words_of((await web.carla.get(f"/haengt-fest/{idea}")).text)


async def test_no_coach_is_asked_while_an_acceptance_can_be_taken_back(patient_web: Web) -> None:
    idea = await patient_web.hand_in()
    page = (await take(patient_web.carla, idea, "shortlist")).text
    assert form_for(page, "undo").action == f"/ideen/{idea}/schritte"
    assert (await patient_web.read(idea))["holder"]["role"] == "coach_search"
    assert not await notices_of(patient_web, BEN)
    receipt = await patient_web.ask(CARLA, idea, "undo")
    assert receipt["state"] == "screening"
    state = await patient_web.services.engine.state(idea)
    assert (state.chores, state.standing.search) == ([], None)
    assert (await patient_web.ben.get("/api/v1/offers")).json()["items"] == []


async def test_a_quiet_step_tells_nobody(patient_web: Web) -> None:
    idea = await patient_web.bring_to("planning")
    before = len(await notices_of(patient_web, ALMA))
    await patient_web.ask(CARLA, idea, "pause", until=in_days(9), reason="Ferien.", quiet=True)
    assert len(await notices_of(patient_web, ALMA)) == before
    refused = await patient_web.try_to(ALMA, idea, "resume", quiet=True)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "quiet"
    await patient_web.ask(ALMA, idea, "resume")
    assert await notices_of(patient_web, BEN)


async def test_whoever_waits_for_an_answer_hears_it(patient_web: Web) -> None:
    idea = await patient_web.hand_in()
    refused = await patient_web.try_to(CARLA, idea, "decline", reason="Das gibt es schon.", quiet=True)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "quiet")
    assert (
        'name="quiet"' not in (await patient_web.carla.get(f"/ideen/{idea}")).text.partition('value="decline"')[2][:900]
    )


async def notices_of(web: Web, account: str) -> list[NoticeRow]:
    async with web.database.session() as session:
        found = (await session.exec(select(NoticeRow).where(NoticeRow.account_id == account))).all()
    return [notice for notice in found if notice.kind != "stage_reached"]
