"""A coach's work: every row names its next step and offers it in place."""

from datetime import timedelta

import httpx
from sqlalchemy import update
from sqlmodel import col

from models.tables import StandingRow
from tests.api.conftest import Web, in_days
from tests.api.pages.conftest import OWN_SITE, FormOnPage, events_on, form_with, forms_of, words_of
from tests.factories import ALMA, BEN, CARLA


async def row_form(client: httpx.AsyncClient, idea: str) -> FormOnPage:
    """The form in the row of an idea."""
    return form_with((await client.get("/arbeit")).text, f"/arbeit/{idea}")


async def test_a_coach_takes_the_next_step_without_leaving_the_list(web: Web) -> None:
    idea = await web.bring_to("reviewing")
    form = await row_form(web.ben, idea)
    assert form.values["event"] == "approve_concept"
    answer = await web.ben.post(form.action, data=form.values | {"note": "Rund."}, headers=OWN_SITE)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/arbeit?meldung=approve_concept&idee={idea}")
    page = words_of((await web.ben.get(answer.headers["location"])).text)
    assert "Gespeichert: Konzept freigegeben" in page
    assert "Idee ansehen" in page
    assert (await web.read(idea))["state"] == "assessing"
    again = await web.ben.post(form.action, data=form.values | {"note": "Rund."}, headers=OWN_SITE)
    assert again.headers["location"] == answer.headers["location"]


async def test_what_others_do_first_is_only_asked_after(web: Web) -> None:
    idea = await web.bring_to("working")
    page = (await web.ben.get("/arbeit")).text
    assert "Andere sind am Zug" in page
    form = form_with(page, f"/arbeit/{idea}")
    assert form.values["event"] == "mark_chased"
    assert (await web.ben.post(form.action, data=form.values, headers=OWN_SITE)).status_code == 303
    assert events_on((await web.ben.get("/arbeit")).text) == set()
    await web.ask(ALMA, idea, "pause", until=in_days(20), reason="Urlaub")
    assert (await row_form(web.ben, idea)).values["event"] == "resume"


async def test_what_is_due_first_decides_what_a_row_offers(web: Web) -> None:
    idea = await web.bring_to("planning")
    await web.ask(BEN, idea, "add_task", title="Raum ansehen", assignee="coach", until=in_days(0))
    page = (await web.ben.get("/arbeit")).text
    assert '<h2 id="today">' in page
    assert "Aufgabe abschließen: Raum ansehen" in words_of(page)
    form = form_with(page, f"/arbeit/{idea}")
    assert form.values["event"] == "finish_task"
    await web.ben.post(form.action, data=form.values, headers=OWN_SITE)
    assert (await row_form(web.ben, idea)).values["event"] == "agree_plan"
    async with web.database.transaction() as session:
        late = web.services.today() - timedelta(days=2)
        await session.exec(update(StandingRow).where(col(StandingRow.case_id) == idea).values(holder_until=late))
    assert '<h2 id="overdue">' in (await web.ben.get("/arbeit")).text


async def test_a_refusal_stays_in_its_row_with_what_was_written(web: Web) -> None:
    idea = await web.bring_to("planning")
    form = await row_form(web.ben, idea)
    words = {"note": "Erst das <Team>."}
    await web.ask(CARLA, idea, "write_note", note="Ich habe eben angerufen.")
    stale = await web.ben.post(form.action, data=form.values | words, headers=OWN_SITE)
    assert stale.status_code == 412
    assert f'id="i{idea}-agree_plan-note"' in stale.text
    assert "Erst das &lt;Team&gt;." in stale.text
    assert " open>" in stale.text
    assert "Inzwischen hat sich etwas geändert" in words_of(stale.text)
    too_long = await row_form(web.ben, idea)
    answer = await web.ben.post(too_long.action, data=too_long.values | {"note": "x" * 10_001}, headers=OWN_SITE)
    assert answer.status_code == 422
    assert f'href="#i{idea}-agree_plan-note"' in answer.text
    await web.ask(BEN, idea, "agree_plan")
    moved = await web.ben.post(form.action, data=form.values | words, headers=OWN_SITE)
    assert moved.status_code == 412
    assert "Ihre Worte sind noch da" in moved.text
    assert "Erst das &lt;Team&gt;." in moved.text
    assert (await web.read(idea))["state"] == "working"


async def test_nobody_works_for_somebody_else(web: Web) -> None:
    idea = await web.bring_to("planning")
    sent = {"event": "agree_plan"}
    assert (await web.bruno.post(f"/arbeit/{idea}", data=sent, headers=OWN_SITE)).status_code == 404
    for client in (web.alma, web.dora, web.carla):
        assert (await client.get("/arbeit")).status_code == 403
        assert (await client.post(f"/arbeit/{idea}", data=sent, headers=OWN_SITE)).status_code == 403
    assert (await web.read(idea))["state"] == "planning"
    assert "/ideen/" not in (await web.bruno.get("/arbeit")).text
    for event in ("close", "explode", ""):
        refused = await web.ben.post(f"/arbeit/{idea}", data={"event": event, "reason": "Nein."}, headers=OWN_SITE)
        assert refused.status_code in (403, 409, 422), event
    assert [form.action for form in forms_of((await web.ben.get("/arbeit?meldung=<b>&idee=x&v=²")).text)]
