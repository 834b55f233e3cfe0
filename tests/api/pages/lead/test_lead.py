"""The lead at work: unsticking in place, many cases at once, board and views, figures, the engine room, a goodbye."""

import html
import re
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col, select
from temporalio.client import Client

from api.pages.lead.stuck_lines import worst_first
from api.pages.lead.stuck_remedies import list_remedies
from models.i18n import texts_in
from models.messages.crowdfunding import CampaignStanding
from models.queries.state_durations import measure_pace
from models.queries.stuck_lines import Cause
from models.tables import BulkItem, BulkRun, CoachProfile, EngineTrouble, NoticeRow, StandingRow, StatePace
from models.tables.columns import utc_now
from models.vocabulary import NoticeKind, StuckCause
from tests.api.campaigns import HandOff
from tests.api.conftest import Web, in_days, until
from tests.api.pages.conftest import OWN_SITE, FormOnPage, events_on, form_for, forms_of, words_of
from tests.api.pages.test_lists import make_overdue
from tests.api.use_cases.simulation.test_ahead import walk
from tests.factories import ALMA, BEN, BRUNO, CARLA, account_id, carla, command, write_idea


async def send(client: httpx.AsyncClient, form: FormOnPage, **fields: Any) -> httpx.Response:
    return await client.post(form.action, data=form.values | fields, headers=OWN_SITE, follow_redirects=True)


def form_to(page: str, action: str) -> FormOnPage:
    return next(form for form in forms_of(page) if form.action == action)


async def tick(web: Web, cases: list[str], action: str, **more: str) -> httpx.Response:
    """Tick cases in a list and press a button; returns the page that asks what is wanted."""
    sent = {"handlung": action, "fall": cases, **more}
    return await web.carla.post("/leitung/sammel", data=sent, headers=OWN_SITE, follow_redirects=True)


async def say(web: Web, page: httpx.Response, **fields: str) -> httpx.Response:
    """Say what is wanted; returns the preview."""
    form = form_to(page.text, f"{page.url.path}/angaben")
    return await send(web.carla, form, **fields)


async def carry_out(web: Web, page: httpx.Response) -> str:
    """Carry out what the preview shows; returns the result once all is done."""
    await send(web.carla, form_to(page.text, f"{page.url.path}/ausfuehren"))

    async def is_over() -> bool:
        return "Fertig:" in (await web.carla.get(f"{page.url.path}/stand")).text

    await until(is_over)
    return (await web.carla.get(page.url.path)).text


# -- unsticking in place ---------------------------------------------------------------------------------------


def test_who_has_nobody_is_helped_to_somebody_first() -> None:
    late = (StuckCause.SLOW, StuckCause.OVER_LIMIT, StuckCause.WAITING_FOR_US, StuckCause.NO_COACH)
    worst = worst_first([Cause(cause=cause, since=date(2026, 11, 2), days=3) for cause in late])
    assert [cause.cause for cause in worst][:2] == [StuckCause.NO_COACH, StuckCause.WAITING_FOR_US]
    remedies = list_remedies([StuckCause.NO_COACH, StuckCause.SLOW, StuckCause.OVER_LIMIT])
    assert remedies == ["assign_coach", "search_again", "write_note", "change_coach", "pause", "extend_deadline"]
    assert list_remedies([StuckCause.OVER_LIMIT, StuckCause.SLOW])[0] == "extend_deadline"


async def test_a_case_is_unstuck_where_it_is_listed(web: Web) -> None:
    idea = await web.bring_to("planning")
    await make_overdue(web, idea)
    page = (await web.carla.get(f"/haengt-fest/{idea}?buero=dresden")).text
    assert {"extend_deadline", "change_coach", "cover_coach", "pause", "close", "send_back"} <= events_on(page)
    form = form_for(page, "extend_deadline")
    assert (form.action, form.values["buero"]) == (f"/haengt-fest/{idea}", "dresden")
    after = await send(web.carla, form, days="5", reason="Ben war krank.")
    assert (after.url.path, dict(after.url.params)) == (
        "/haengt-fest",
        {"buero": "dresden", "meldung": "extend_deadline", "zuletzt": idea},
    )
    assert "Im Moment stockt nichts" in words_of(after.text)
    assert (await web.read(idea))["holder"]["until"] > in_days(4)
    row = await web.carla.get(f"/haengt-fest/{idea}", headers={"HX-Request": "true"})
    assert row.text.strip().startswith("<tbody"), "htmx gets the row alone"
    assert "Hier hängt gerade nichts fest" in words_of(row.text)


async def test_a_refused_remedy_is_told_in_its_row_with_nothing_lost(web: Web) -> None:
    idea = await web.bring_to("planning")
    await make_overdue(web, idea)
    form = form_for((await web.carla.get(f"/haengt-fest/{idea}")).text, "extend_deadline")
    without = await send(web.carla, form, days="5", reason="")
    assert (without.status_code, form_for(without.text, "extend_deadline").values["days"]) == (422, "5")
    await web.ask(BEN, idea, "write_note", note="Ich bin dran.")
    stale = await send(web.carla, form, days="5", reason="Ben war krank.")
    assert stale.status_code == 412
    assert "Ben war krank." in stale.text
    unknown = await send(web.carla, FormOnPage(form.action, {"event": "agree_plan"}))
    assert unknown.status_code == 422
    for client in (web.ben, web.alma):
        assert (await client.post(form.action, data=form.values, headers=OWN_SITE)).status_code == 403
    assert (await web.carla.get(f"/haengt-fest/{CARLA}")).status_code == 200, "an idea that is not there is not shown"


async def test_a_reminder_goes_out_and_the_case_rests(web: Web) -> None:
    idea = await web.bring_to("planning")
    await make_overdue(web, idea)
    page = (await web.carla.get(f"/haengt-fest/{idea}")).text
    form = form_for(page, "mark_chased")
    after = await send(web.carla, form, erinnern="1")
    assert "Die Erinnerung ist unterwegs" in words_of(after.text)
    again = await send(web.carla, form, erinnern="1")
    assert again.status_code == 200
    async with web.database.session() as session:
        told = select(NoticeRow).where(NoticeRow.idea_id == idea, NoticeRow.kind == NoticeKind.REMINDER)
        (notice,) = (await session.exec(told)).all()
    assert (notice.account_id, notice.key) == (BEN, f"nudge-{(await web.read(idea))['version']}")


async def test_who_has_followed_up_says_how_to_the_staff_alone(web: Web) -> None:
    idea, ours = await web.bring_to("planning"), await web.hand_in(title="Wartet auf Carla")
    await make_overdue(web, idea)
    await make_overdue(web, ours)
    assert "mark_chased" not in events_on((await web.carla.get(f"/haengt-fest/{ours}")).text), "nobody else was asked"
    form = form_for((await web.carla.get(f"/haengt-fest/{idea}?buero=dresden")).text, "mark_chased")
    long = await send(web.carla, form, note="x" * 20_001)
    assert (long.status_code, f'href="#f{idea}-mark_chased-note"' in long.text) == (422, True)
    after = await send(web.carla, form, note="Ben ruft am Freitag an.")
    assert "Persönlich nachgefragt" in words_of(after.text)
    assert "Ben ruft am Freitag an." in (await web.ben.get(f"/ideen/{idea}")).text
    told = (await web.alma.get(f"/ideen/{idea}")).text
    assert "Ben ruft am Freitag an." not in told


async def test_a_question_without_an_answer_is_answered_asked_again_or_taken_back(web: Web) -> None:
    idea = await web.bring_to("planning")
    await web.ask(ALMA, idea, "ask", note="Wann fährt der Bus?", assignee="coach", until=in_days(3))
    assert f"/ideen/{idea}?antwort=" in (await web.ben.get("/arbeit")).text
    async with web.database.transaction() as session:
        late = web.services.today() - timedelta(days=2)
        await session.exec(update(StandingRow).where(col(StandingRow.case_id) == idea).values(asked_until=late))
    page = (await web.carla.get(f"/haengt-fest/{idea}")).text
    assert "Frage ohne Antwort, seit 2 Tagen" in words_of(page)
    assert "Wann fährt der Bus?" in page
    task = form_for(page, "write_note").values["task_id"]
    assert {task} == {form_for(page, event).values["task_id"] for event in ("write_note", "finish_task")}
    await send(web.carla, form_for(page, "write_note"), note="Um acht.")
    assert "Im Moment stockt nichts" in words_of((await web.carla.get("/haengt-fest")).text)
    [question] = (await web.read(idea))["tasks"]
    assert (question["asks"], question["open"], question["title"]) == (True, False, "")


async def test_what_is_asked_of_the_leads_stands_in_their_day(web: Web) -> None:
    idea, other = await web.bring_to("planning", title="Bürgerbus"), await web.bring_to("planning", title="Hofladen")
    fields = {"note": "Dürfen wir das Logo zeigen?", "until": in_days(3)}
    await web.ask(BEN, idea, "ask", assignee="lead", internal=True, **fields)
    await web.ask(BEN, other, "ask", assignee="innovator", **fields)
    page = (await web.carla.get("/heute")).text
    assert "Fragen an die Leitung 1" in words_of(page)
    [task] = (await web.read(idea))["tasks"]
    assert f'href="/ideen/{idea}?antwort={task["id"]}#gespraech"' in page
    await web.ask(CARLA, idea, "write_note", note="Ja.", task_id=task["id"], internal=True)
    assert "Fragen an die Leitung" not in words_of((await web.carla.get("/heute")).text)


# -- many at once ----------------------------------------------------------------------------------------------


async def test_five_cases_get_more_time_and_one_that_cannot_is_told_why(web: Web) -> None:
    ideas = [await web.bring_to("planning", title=f"Idee {n}") for n in range(3)]
    ideas += [await web.hand_in(title="Idee 3"), await web.hand_in(title="Schon zu Ende")]
    await web.ask(CARLA, ideas[4], "decline", reason="Passt nicht.")
    asked = await tick(web, ideas, "extend")
    assert "Es geht um 5 Fälle" in words_of(asked.text)
    missing = await say(web, asked, days="", reason="")
    assert missing.status_code == 422
    assert form_to(missing.text, f"{asked.url.path}/angaben").names >= {"days", "reason"}
    preview = await say(web, asked, days="7", reason="Im Advent.")
    seen = words_of(preview.text)
    assert "Möglich bei 4 von 5" in seen
    assert seen.count("Neue Frist:") == 4
    assert "Geht nicht: Der Fall ist schon zu Ende" in seen
    before = {idea: await web.read(idea) for idea in ideas}
    await web.ask(BEN, ideas[0], "write_note", note="Ich bin dran.")
    result = words_of(await carry_out(web, preview))
    assert "3 erledigt, 2 nicht möglich" in result
    assert "Der Fall hat sich inzwischen weiterbewegt" in result
    for idea in ideas[1:4]:
        assert (await web.read(idea))["holder"]["until"] > before[idea]["holder"]["until"]
    assert "Im Advent." in (await web.carla.get(f"/ideen/{ideas[1]}")).text
    versions = [(await web.read(idea))["version"] for idea in ideas]
    await send(web.carla, FormOnPage(f"{asked.url.path}/ausfuehren"))
    assert [(await web.read(idea))["version"] for idea in ideas] == versions, "carried out again, it changes nothing"
    listed = words_of((await web.carla.get("/leitung/sammel")).text)
    assert "Carla Frist verlängern 3 erledigt, 2 nicht möglich" in listed
    async with web.database.session() as session:
        assert (await session.exec(select(BulkRun.reason))).all() == [""], "its words are the ideas' now"


async def test_a_hand_off_is_ticked_looked_at_and_given_more_time_beside_its_idea(web: Web) -> None:
    hand_off = await HandOff.at(web, "ready")
    idea, beside = hand_off.idea, CampaignStanding.id_of(hand_off.idea, 1)
    for case in (idea, beside):
        await make_overdue(web, case)
    stuck = (await web.carla.get("/haengt-fest")).text
    assert all(f'name="fall" value="{case}"' in stuck for case in (idea, beside))
    assert "2 Stockt" in words_of((await web.carla.get("/heute")).text), "the figure is that of the list"
    before = [await web.read(idea), await hand_off.read()]
    preview = await say(web, await tick(web, [idea, beside], "extend"), days="7", reason="Im Advent.")
    assert f'href="/ideen/{idea}/crowdfunding"' in preview.text
    seen = words_of(preview.text)
    assert "Möglich bei 2 von 2" in seen
    foreseen = re.findall(r"Neue Frist: ([0-9.]+)", seen)
    result = words_of(await carry_out(web, preview))
    assert "2 erledigt, 0 nicht möglich" in result
    assert "Crowdfunding: Paket ist vollständig" in result
    after = [await web.read(idea), await hand_off.read()]
    assert [one["version"] for one in after] == [one["version"] + 1 for one in before]
    days = [date.fromisoformat(one["holder"]["until"]) for one in after]
    assert [texts_in("de").short_day(day) for day in days] == foreseen
    for path in (f"/ideen/{idea}", f"/ideen/{idea}/crowdfunding"):
        assert words_of((await web.alma.get(path)).text).count("Im Advent.") == 1
    await send(web.carla, FormOnPage(f"{preview.url.path}/ausfuehren"))
    assert [await web.read(idea), await hand_off.read()] == after, "carried out again, it changes nothing"


async def test_whoever_a_case_beside_an_idea_waits_for_is_asked_and_it_rests(web: Web) -> None:
    hand_off = await HandOff.at(web, "ready")
    beside = CampaignStanding.id_of(hand_off.idea, 1)
    await make_overdue(web, beside)
    form = form_for((await web.carla.get(f"/haengt-fest/{beside}")).text, "mark_chased")
    asked = (await send(web.carla, form)).text
    assert "Nachgefragt, Ruhe bis" in words_of(asked)
    assert "mark_chased" not in events_on(asked)
    version = (await hand_off.read())["version"]
    await send(web.carla, form)
    assert (await hand_off.read())["version"] == version, "sent twice, it is asked once"


async def test_a_hand_off_rests_and_ends_by_other_steps_than_those_for_many(web: Web) -> None:
    hand_off = await HandOff.at(web, "ready")
    cases = [hand_off.idea, CampaignStanding.id_of(hand_off.idea, 1)]
    preview = await say(web, await tick(web, cases, "pause"), until=in_days(20), reason="Ferien.")
    assert "Möglich bei 1 von 2" in words_of(preview.text)
    assert "Geht nicht: Das geht nur bei Ideen" in words_of(preview.text)
    result = words_of(await carry_out(web, preview))
    assert "1 erledigt, 1 nicht möglich" in result
    assert "Geht nicht: Das geht nur bei Ideen" in result

    async def rests() -> bool:
        async with web.database.session() as session:
            return (await session.get_one(StandingRow, cases[1])).paused_until is not None

    await until(rests)
    preview = await say(web, await tick(web, cases, "extend"), days="7", reason="Mehr Zeit.")
    assert words_of(preview.text).count("Geht nicht: Der Fall pausiert bis") == 2
    await hand_off.ask(ALMA, "withdraw", note="Erst im Herbst.")
    preview = await say(web, await tick(web, cases[1:], "extend"), days="7", reason="Mehr Zeit.")
    assert "Geht nicht: Der Fall ist schon zu Ende" in words_of(preview.text)
    assert "Bei einem Fall ausführen" not in words_of(preview.text)


async def test_the_second_time_works_as_well_as_the_first(web: Web) -> None:
    ideas = [await web.bring_to("planning", title=f"Idee {n}") for n in range(2)]
    for day, many in ((10, 2), (20, 0)):
        preview = await say(web, await tick(web, ideas, "pause"), until=in_days(day), reason="Ferien.")
        assert f"Möglich bei {many} von 2" in words_of(preview.text)
        if many:
            assert "2 erledigt, 0 nicht möglich" in words_of(await carry_out(web, preview))
    for idea in ideas:
        await web.ask(CARLA, idea, "resume")
    preview = await say(web, await tick(web, ideas, "pause"), until=in_days(20), reason="Noch einmal Ferien.")
    assert "2 erledigt, 0 nicht möglich" in words_of(await carry_out(web, preview))
    assert [(await web.read(idea))["paused_until"] for idea in ideas] == [in_days(20)] * 2


async def test_coaches_get_no_more_than_they_have_places_for(web: Web) -> None:
    async with web.database.transaction() as session:
        (await session.get_one(CoachProfile, BRUNO)).capacity = 1
    ideas = [await web.bring_to("planning", title=f"Idee {n}") for n in range(2)]
    preview = await say(web, await tick(web, ideas, "reassign"), coach_id=BRUNO, reason="Ben hat viel zu tun.")
    assert "Möglich bei 1 von 2" in words_of(preview.text)
    assert "Neuer Coach: Bruno" in words_of(preview.text)
    assert "1 erledigt, 1 nicht möglich" in words_of(await carry_out(web, preview))
    coaches = sorted([(await web.read(idea))["coach"]["id"] for idea in ideas])
    assert coaches == sorted([BEN, BRUNO])


async def test_only_leads_do_many_at_once_and_only_whoever_has_prepared_it(web: Web) -> None:
    idea = await web.bring_to("planning")
    assert (await web.ben.post("/leitung/sammel", data={"handlung": "close"}, headers=OWN_SITE)).status_code == 403
    for sent, words in (
        ({"handlung": "close"}, "mindestens einen Fall"),
        ({"handlung": "x", "fall": idea}, "mindestens"),
    ):
        answer = await web.carla.post("/leitung/sammel", data=sent, headers=OWN_SITE)
        assert (answer.status_code, words in words_of(answer.text)) == (422, True)
    asked = await tick(web, [idea], "close")
    early = await web.carla.post(f"{asked.url.path}/ausfuehren", headers=OWN_SITE)
    assert early.status_code == 409, "nothing is carried out that nobody has looked at"
    await say(web, asked, outcome="closed", reason="Ohne Antwort.")
    await add_lead(web, "clara")
    for path in ("", "/angaben", "/ausfuehren", "/verwerfen"):
        method = "POST" if path else "GET"
        other = web.clients[account_id("clara")]
        sent = {"outcome": "closed", "reason": "Doch."}
        assert (await other.request(method, asked.url.path + path, data=sent, headers=OWN_SITE)).status_code == 404
    await send(web.carla, FormOnPage(f"{asked.url.path}/verwerfen"))
    assert (await web.carla.get(asked.url.path)).status_code == 404
    assert (await web.read(idea))["outcome"] is None


async def test_all_that_a_filter_shows_can_be_chosen_at_once(still_web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for office in ("dresden", "dresden", "leipzig"):
        idea = await write_idea(still_web.database, office=office)
        async with still_web.database.transaction() as session:
            handed_in = {"version": 1, "state": "screening"}
            await session.exec(update(StandingRow).where(col(StandingRow.case_id) == idea).values(handed_in))
    monkeypatch.setattr("api.pages.lead.ideas.IDEAS_A_PAGE", 1)
    for more, told in (("", "1 von 3 Ideen"), ("?buero=dresden", "1 von 2 Ideen"), ("?buero=leipzig", "Eine Idee")):
        assert told in words_of((await still_web.carla.get(f"/leitung{more}")).text)
    sent, address = {"handlung": "extend", "alle": "1"}, "/leitung/sammel?buero=dresden"
    await still_web.carla.post(address, data=sent, headers=OWN_SITE)
    async with still_web.database.session() as session:
        assert len((await session.exec(select(BulkItem))).all()) == 2
    monkeypatch.setattr("api.use_cases.bulk.MOST_CASES", 1)
    answer = await still_web.carla.post(address, data=sent, headers=OWN_SITE)
    assert (answer.status_code, "zu viele auf einmal" in words_of(answer.text)) == (422, True)


async def test_a_run_whose_engine_is_away_waits_and_is_set_going_again(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    idea = await web.bring_to("planning")
    preview = await say(web, await tick(web, [idea], "extend"), days="3", reason="Mehr Zeit.")
    with monkeypatch.context() as patched:
        patched.setattr(web.services.engine, "client", await Client.connect("127.0.0.1:1", lazy=True))
        answer = await web.carla.post(f"{preview.url.path}/ausfuehren", headers=OWN_SITE)
        assert answer.status_code == 503
    waiting = await web.carla.get(preview.url.path)
    assert "Noch einmal anstoßen" in words_of(waiting.text)
    assert "1 erledigt, 0 nicht möglich" in words_of(await carry_out(web, waiting))


# -- list, board, views ----------------------------------------------------------------------------------------


async def add_lead(web: Web, name: str, office: str = "dresden") -> None:
    from models.tables import Account

    async with web.database.transaction() as session:
        its_id = account_id(name)
        session.add(Account(id=its_id, email=f"{name}@example.org", name=name.title(), roles=["lead"], office=office))
    await web.invite(account_id(name))


async def test_the_board_shows_the_states_of_a_phase_and_moves_by_a_menu(web: Web) -> None:
    first, second = await web.hand_in(title="Erste Idee"), await web.hand_in(title="Zweite Idee", district="DED51")
    page = (await web.carla.get("/leitung/tafel")).text
    words = words_of(page)
    assert words.index("Finden 2 Wird gelesen 2") < words.index("Erste Idee") < words.index("Entwickeln 0 Hier liegt")
    assert "Dresden" in words_of((await web.carla.get("/leitung/tafel?buero=dresden")).text)
    assert "Zweite Idee" not in (await web.carla.get("/leitung/tafel?buero=dresden")).text
    assert f'href="/ideen/{first}?oeffne=decline#schritt-decline"' in page, (
        "what needs words is done on the idea's page"
    )
    page = (await web.carla.get("/leitung/tafel?phase=identify")).text
    form = form_to(page, f"/leitung/tafel/{first}?phase=identify")
    after = await send(web.carla, form, event="shortlist")
    assert (after.status_code, after.url.params["phase"]) == (200, "identify")
    stale = await send(
        web.carla, form_to(page, f"/leitung/tafel/{second}?phase=identify"), event="shortlist", fassung="9"
    )
    assert stale.status_code == 412
    assert (await web.read(second))["state"] == "screening"
    wrong = await send(web.carla, form, event="decline")
    assert wrong.status_code == 422


async def test_a_view_is_saved_shared_begun_with_deleted_and_brought_back(still_web: Web) -> None:
    web = still_web
    await add_lead(web, "clara")
    await add_lead(web, "conrad", "leipzig")
    clara, conrad = web.clients[account_id("clara")], web.clients[account_id("conrad")]
    address = "/leitung/ansichten?buero=dresden&amzug=coach"
    saved = await web.carla.post(
        address, data={"name": "Bei Coaches", "reichweite": "office"}, headers=OWN_SITE, follow_redirects=True
    )
    assert "Die Ansicht ist gespeichert" in words_of(saved.text)
    assert "Bei Coaches" in words_of((await clara.get("/leitung")).text)
    assert "Bei Coaches" not in words_of((await conrad.get("/leitung")).text)
    page = (await web.carla.get("/leitung/ansichten")).text
    view = str(re.search(r"/leitung/ansichten/([0-9a-f-]{36})/loeschen", page)[1])  # type: ignore[index]
    await clara.post(f"/leitung/ansichten/{view}/anfang", headers=OWN_SITE)
    begins = await clara.get("/leitung")
    assert html.unescape(begins.headers["location"]) == "/leitung?amzug=coach&buero=dresden"
    assert (await clara.get("/leitung?zeige=open")).status_code == 200
    for method in ("", "/loeschen", "/zurueckholen"):
        refused = await clara.post(f"/leitung/ansichten/{view}{method}", data={"name": "Meins"}, headers=OWN_SITE)
        assert refused.status_code == 404, "others use it, and only its owner changes it"
    assert (await conrad.get(f"/leitung/ansichten/{view}")).status_code == 404
    nameless = await web.carla.post(f"/leitung/ansichten/{view}", data={"name": " "}, headers=OWN_SITE)
    assert (nameless.status_code, "einen Namen" in words_of(nameless.text)) == (422, True)
    await web.carla.post(f"/leitung/ansichten/{view}", data={"name": "Alle", "reichweite": "all"}, headers=OWN_SITE)
    assert "Alle Zeigt" not in words_of((await conrad.get("/leitung/ansichten")).text)
    assert (await conrad.get(f"/leitung/ansichten/{view}")).status_code == 303
    gone = await web.carla.post(f"/leitung/ansichten/{view}/loeschen", headers=OWN_SITE, follow_redirects=True)
    assert "Die Ansicht ist gelöscht" in words_of(gone.text)
    assert (await clara.get("/leitung")).status_code == 200, "who began with it begins with all"
    back = form_to(gone.text, f"/leitung/ansichten/{view}/zurueckholen")
    assert "Alle" in words_of((await send(web.carla, back)).text)
    assert (await web.ben.get("/leitung/ansichten")).status_code == 403


# -- figures, engine room --------------------------------------------------------------------------------------


FIGURE = re.compile(r'<td class="number"[^>]*><a href="([^"]+)">([^<]+)</a>')


def kind_of(address: str) -> tuple[str, ...]:
    """What it filters by, whichever day, office, theme or state that is."""
    filters = httpx.URL(address).params
    return (*sorted(filters), filters.get("was", ""), filters.get("zeige", ""))


async def check_lists(web: Web, page: str) -> list[str]:
    """A figure of each kind is as high as its list is long, the highest first; returns where they all lead."""
    found = [(html.unescape(address), words) for address, words in FIGURE.findall(page)]
    assert not [one for one in found if one[1][0] == "0" or one[1].endswith(" 0 Ideen")], "no list is empty"
    kinds = {kind_of(address): (address, words) for address, words in found}
    for address, words in kinds.values():
        shown = (await web.carla.get(address)).text
        figure = int(re.findall("[0-9]+", words.split("·")[-1])[0])
        assert shown.count('name="fall"') == figure, f"{words}: {address}"
    return [address for address, _ in found]


async def test_the_overview_counts_and_its_tables_are_files(web: Web) -> None:
    empty = words_of((await web.carla.get("/ueberblick?neu=1")).text)
    assert "Noch keine Zahlen Sobald die erste Idee eingereicht ist" in empty
    ideas = [await web.bring_to("planning"), await web.hand_in(district="DED51")]
    declined = await web.hand_in()
    await web.ask(CARLA, declined, "decline", reason="Passt nicht.")
    async with web.database.transaction() as session:
        assert await measure_pace(session, utc_now()) > 0
    page = (await web.carla.get("/ueberblick?neu=1")).text
    assert page.count('<svg class="chart"') == page.count("<caption") - 1 >= 4, "each has its table"
    told = words_of(page)
    assert "Finden 3 100" in told
    for line in (
        "Eingereicht 3 0 3 mehr",
        "Entschieden 2 0 2 mehr",
        "Rechtzeitig entschieden 2 von 2 (100 %) 0 –",
        "Aufgenommen 1 0 1 mehr",
        "Nicht aufgenommen 1 0 1 mehr",
        "Zeit in „Finden“ zu wenige · 1 Idee zu wenige · 0 Ideen –",
    ):
        assert line in told
    reached = await check_lists(web, page)
    for part in ("was=passed_identify", "was=in_time", "zeige=left", "alter=-14", "erreicht=develop", "thema="):
        assert any(part in address for address in reached)
    narrow = (await web.carla.get("/ueberblick?buero=leipzig&zeitraum=unsinn&vergleich=jahr&thema=care")).text
    assert "Finden 1 100" in words_of(narrow)
    assert all("buero=leipzig" in address for address in await check_lists(web, narrow))
    answer = await web.carla.get("/ueberblick/weg.csv")
    assert answer.content.startswith("\ufeff".encode())
    assert answer.text.splitlines()[1:3] == ["Finden;3;100", "Entwickeln;1;33"]
    assert "attachment" in answer.headers["content-disposition"]
    for name in ("vergleich", "zeiten", "alter", "monate", "bueros", "themen"):
        assert (await web.carla.get(f"/ueberblick/{name}.csv?thema=care")).status_code == 200
    assert (await web.carla.get("/ueberblick/konten.csv")).status_code == 404
    assert (await web.ben.get("/ueberblick/weg.csv")).status_code == 403
    assert len(ideas) == 2


async def test_the_forecast_is_silent_at_first_and_answers_what_if(still_web: Web) -> None:
    web = still_web
    empty = words_of((await web.carla.get("/ueberblick/vorschau?zugang=3")).text)
    assert "Zu wenig Erfahrung Für eine Vorschau müssen mindestens zehn Ideen" in empty
    pace: dict[str, Any] = {
        "passages": 10,
        "median": timedelta(days=5),
        "slow": timedelta(days=9),
        "measured_at": utc_now(),
    }
    async with web.database.transaction() as session:
        session.add(StatePace(stage="identify", state="screening", **pace))
    web.services.forecasts.forget()
    page = (await web.carla.get("/ueberblick/vorschau?coaches-dresden=viele&tage=-3&stand=nirgends&zugang=0")).text
    assert "Büro Leipzig 0 0 " in words_of(page)
    assert "In zwölf Wochen Was wäre, wenn?" not in words_of(page), "nothing is asked"
    assert "lässt sich noch nicht sagen" in words_of(page)
    asked = form_to(page, "/ueberblick/vorschau")
    answer = await web.carla.get(asked.action, params=asked.values | {"coaches-dresden": "2"})
    told = words_of(answer.text)
    assert "In zwölf Wochen Was wäre, wenn?" in told
    places = re.search("Freie Plätze bei Coaches .*? Büro Dresden ([0-9]+) ([0-9]+) ([0-9]+)", told)
    assert places is not None
    assert int(places[3]) == int(places[2]) + 20

    # Once ideas have passed a state that long ago, what would have been said then stands beside what came.
    for _ in range(10):
        await walk(web.database, command("shortlist", carla), days_ago=100)
    web.services.forecasts.forget()
    judged = words_of((await web.carla.get("/ueberblick/vorschau")).text)
    assert "lässt sich noch nicht sagen" not in judged
    assert re.search("Vor zwölf Wochen hätte die Vorschau [0-9]+ überfällige Ideen für heute ergeben; es sind", judged)
    assert (await web.ben.get("/ueberblick/vorschau")).status_code == 403


async def test_what_the_forecast_counts_today_can_be_looked_at(still_web: Web) -> None:
    web = still_web
    spans = {"median": timedelta(days=5), "slow": timedelta(days=9)}
    async with web.database.transaction() as session:
        session.add(StatePace(stage="identify", state="screening", passages=10, measured_at=utc_now(), **spans))
    for days_ago in (60, 0):
        await walk(web.database, days_ago=days_ago)
    page = (await web.carla.get("/ueberblick/vorschau")).text
    linked = re.findall(r'<td class="number"[^>]*><a href="([^"]+buero=dresden[^"]*)">([0-9]+)</a>', page)
    late, free, open_ = linked
    assert [late[1], open_[1]] == ["1", "2"]
    for address, figure in (late, open_):
        assert (await web.carla.get(html.unescape(address))).text.count('name="fall"') == int(figure), address
    assert "Ben" in words_of((await web.carla.get(html.unescape(free[0]))).text)
    assert "buero=leipzig&amp;faellig" not in page, "nothing is late there"


async def test_the_engine_room_says_what_works_and_what_does_not(web: Web) -> None:
    idea = await web.hand_in()
    fine = words_of((await web.carla.get("/maschinenraum")).text)
    assert "zuletzt gesehen um" in fine
    async with web.database.transaction() as session:
        since = utc_now()
        session.add(
            EngineTrouble(
                workflow_id=f"idea/{idea}",
                activity="record",
                attempts=7,
                cause="TimeoutError",
                since=since,
                last_at=since,
            )
        )
    page = await web.carla.get("/maschinenraum")
    assert "record · Versuche: 7 · TimeoutError" in words_of(page.text)
    assert f'href="/ideen/{idea}"' in page.text
    assert "Die Technik kommt nicht weiter" in words_of((await web.carla.get("/haengt-fest")).text)
    assert (await web.alma.get("/maschinenraum")).status_code == 403


async def test_the_engine_room_is_kind_when_the_engine_is_away(still_web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still_web.services.engine, "client", await Client.connect("127.0.0.1:1", lazy=True))
    answer = await still_web.carla.get("/maschinenraum")
    assert answer.status_code == 200
    assert "Temporal antwortet gerade nicht. Es geht nichts verloren" in words_of(answer.text)


# -- a goodbye -------------------------------------------------------------------------------------------------


async def test_a_goodbye_ends_with_no_idea_without_a_coach(web: Web) -> None:
    ideas = [await web.bring_to("planning", title=f"Idee {n}") for n in range(2)]
    page = await web.carla.get(f"/menschen/{BEN}/abschied")
    form = form_to(page.text, f"/menschen/{BEN}/uebergabe")
    assert {f"an-{idea}" for idea in ideas} <= form.names
    empty = await send(web.carla, form, reason="")
    assert empty.status_code == 422
    chosen = {f"an-{idea}": BRUNO for idea in ideas} | {f"wort-{ideas[0]}": "Alma mag lieber telefonieren."}
    preview = await send(web.carla, form, **chosen)
    assert words_of(preview.text).count("Neuer Coach: Bruno") == 2
    assert "2 erledigt, 0 nicht möglich" in words_of(await carry_out(web, preview))
    assert "Alma mag lieber telefonieren." in (await web.bruno.get(f"/ideen/{ideas[0]}")).text
    page = await web.carla.get(f"/menschen/{BEN}/abschied")
    assert "Es sind keine offenen Ideen mehr da" in words_of(page.text)
    no_day = await send(web.carla, form_to(page.text, f"/menschen/{BEN}/abschied"), am="übermorgen")
    assert (no_day.status_code, "übermorgen" in no_day.text) == (422, True), "what was typed is shown again"
    left = await send(web.carla, form_to(page.text, f"/menschen/{BEN}/abschied"), am=in_days(0))
    assert "Geschafft. Keine Idee ist ohne Coach." in words_of(left.text)
    assert (await web.carla.get(f"/menschen/{ALMA}/abschied")).status_code == 404
    assert (await web.bruno.get(f"/menschen/{BEN}/abschied")).status_code == 403

    async def is_out() -> bool:
        return (await web.ben.get("/arbeit")).status_code == 401

    await until(is_out)  # on that day their sessions end, by the workflow of the leave


async def test_who_is_not_handed_over_is_searched_for_and_shown(web: Web) -> None:
    idea = await web.bring_to("planning")
    page = await web.carla.get(f"/menschen/{BEN}/abschied")
    assert "bekommt an diesem Tag von selbst eine Suche" in words_of(page.text)
    await send(web.carla, form_to(page.text, f"/menschen/{BEN}/abschied"), am=in_days(0))

    async def is_searched() -> bool:
        return "Die Suche läuft" in words_of((await web.carla.get(f"/menschen/{BEN}/abschied")).text)

    await until(is_searched)
    assert f'href="/ideen/{idea}"' in (await web.carla.get(f"/menschen/{BEN}/abschied")).text


async def test_new_ideas_are_decided_on_at_once(web: Web) -> None:
    first, second = [await web.hand_in(title=title) for title in ("Lesebank", "Chor im Hof")]
    further = await web.bring_to("planning")
    queue = (await web.carla.get("/neu")).text
    assert all(f'name="handlung" value="{action}"' in queue for action in ("shortlist", "refer", "decline"))
    preview = await say(web, await tick(web, [first, further], "shortlist", von="neu"), reason="")
    told = words_of(preview.text)
    assert "Aufnehmen und Coach suchen → " in told, "words of one's own are not needed for a yes"
    assert "Möglich bei 1 von 2" in told
    assert "Fertig: 1 erledigt, 1 nicht möglich" in words_of(await carry_out(web, preview))
    assert (await web.read(first))["state"] == "matching"
    asked = await tick(web, [second], "decline", von="neu")
    assert (await say(web, asked, partner="", reason="")).status_code == 422, "a no has its reason"
    prepared = form_to(asked.text, f"{asked.url.path}/angaben")
    assert "reason_template" in prepared.names
    words = "Guten Tag {name}, „{title}“ gibt es schon, und {nichts} bleibt stehen. {me}"
    preview = await say(web, asked, partner="", reason="", reason_template=words)
    filled = "Guten Tag Alma, „Chor im Hof“ gibt es schon, und {nichts} bleibt stehen. Carla"
    assert filled in words_of(preview.text), "each one reads what its people will read"
    await carry_out(web, preview)
    assert filled in (await web.alma.get(f"/ideen/{second}")).text
