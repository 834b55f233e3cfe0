"""The plan of an idea: one form for all its tasks, a table of them, and what is said of one."""

import httpx

from tests.api.conftest import Web, in_days
from tests.api.pages.conftest import OWN_SITE, FormOnPage, events_on, form_for, form_with, words_of
from tests.factories import ALMA, BEN


async def open_form(web: Web, idea: str, who: str) -> FormOnPage:
    page = await web.clients[who].get(f"/ideen/{idea}/plan")
    assert page.status_code == 200, page.text
    return form_with(page.text, f"/ideen/{idea}/plan")


async def send(web: Web, who: str, form: FormOnPage, **fields: str) -> httpx.Response:
    typed = form.values | {name.replace("_", ".", 1): value for name, value in fields.items()}
    return await web.clients[who].post(form.action, data=typed, headers=OWN_SITE, follow_redirects=True)


async def test_a_plan_of_three_is_one_form_and_lives_on(web: Web) -> None:
    idea = await web.bring_to("working")
    form = await open_form(web, idea, BEN)
    first = {"1_title": "Raum anfragen", "1_until": in_days(3), "2_title": "Plakat malen", "2_assignee": "coach"}
    wrong = await send(web, BEN, form, **first, **{"2_until": "2020-01-01"})
    assert (wrong.status_code, "Zeile 2: Bitte wählen Sie" in words_of(wrong.text)) == (422, True)
    kept = form_with(wrong.text, form.action).values
    assert [kept[name] for name in ("1.title", "1.until", "2.until")] == ["Raum anfragen", in_days(3), "2020-01-01"]
    page = await send(web, BEN, form, **first, **{"3_title": "Leute einladen"}, note="So besprochen.")
    assert "Gespeichert: Plan geändert" in words_of(page.text)
    assert "So besprochen." in page.text
    assert page.text.index("Raum anfragen") < page.text.index("Plakat malen") < page.text.index("Leute einladen")
    assert "noch 3 Tage" in page.text
    assert "Raum anfragen" in (await web.alma.get("/ideen")).text

    # Alma has the form open while Ben moves, renames and drops.
    hers, his = await open_form(web, idea, ALMA), await open_form(web, idea, BEN)
    moved = form_with((await send(web, BEN, his, tun="runter-1")).text, his.action)
    assert [moved.values[f"{n}.title"] for n in (1, 2)] == ["Plakat malen", "Raum anfragen"]
    filled = form_with((await send(web, BEN, moved, tun="vorlage", vorlage="1")).text, his.action)
    assert filled.values["4.title"] == "Raum suchen und anfragen"
    assert (await web.read(idea))["tasks"][0]["title"] == "Raum anfragen", "nothing is saved by that"
    await send(web, BEN, moved, **{"1_title": "Plakate drucken", "1_assignee": "coach", "3_dropped": "true"})
    assert [task["title"] for task in (await web.read(idea))["tasks"]] == ["Plakate drucken", "Raum anfragen"]
    behind = await send(web, ALMA, hers, **{"1_title": "Saal anfragen"})
    assert (behind.status_code, "Jemand hat den Plan inzwischen geändert" in behind.text) == (412, True)
    again = form_with(behind.text, hers.action)
    assert [again.values[f"{n}.title"] for n in (1, 2, 3)] == ["Saal anfragen", "Plakat malen", "Leute einladen"]
    await send(web, ALMA, again, **{"2_assignee": "coach"})
    assert [task["title"] for task in (await web.read(idea))["tasks"]] == ["Saal anfragen", "Plakat malen"]
    tasks = (await web.read(idea))["tasks"]

    # What is said of a task finishes none.
    about = form_for((await web.alma.get(f"/ideen/{idea}?antwort={tasks[1]['id']}")).text, "write_note")
    assert about.values["task_id"] == tasks[1]["id"]
    said = about.values | {"note": "Das Rathaus ist zu."}
    page = await web.alma.post(about.action, data=said, headers=OWN_SITE, follow_redirects=True)
    assert f'Zur Aufgabe: <a href="#aufgabe-{tasks[1]["id"]}">Plakat malen</a>' in page.text
    await web.ask(BEN, idea, "write_note", note="Unter uns.", task_id=tasks[1]["id"], internal=True)
    assert "1 Kommentar" in (await web.alma.get(f"/ideen/{idea}")).text
    assert "2 Kommentare" in (await web.ben.get(f"/ideen/{idea}")).text
    assert len((await web.read(idea, ALMA))["tasks"][1]["comments"]) == 1
    done = form_for((await web.alma.get(f"/ideen/{idea}")).text, "finish_task")
    answer = await web.alma.post(done.action, data=done.values, headers=OWN_SITE, follow_redirects=True)
    assert "Gespeichert: Aufgabe erledigt" in words_of(answer.text)
    assert "finish_task" in events_on(answer.text), "one is open"
