"""The lists of coaches and leads: sorted by what is to be done, filtered by the address."""

import asyncio
import html
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from models.queries.my_work import list_coached_cases
from models.tables import CoachProfile, StandingRow
from models.tables.columns import utc_now
from tests.api.conftest import Web, in_days, until
from tests.api.pages.conftest import OWN_SITE, take, words_of
from tests.api.routes.test_lists import place
from tests.factories import ALMA, BEN, BRUNO, CARLA, write_beside, write_session


async def make_overdue(web: Web, idea: str, days: int = 3) -> None:
    """What the lists read when a deadline has passed."""
    async with web.database.transaction() as session:
        await session.exec(
            update(StandingRow)
            .where(col(StandingRow.case_id) == idea)
            .values(holder_until=date.fromisoformat(in_days(-days)))
        )


def heads_of(page: str) -> list[str]:
    """The words above the columns of a table."""
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page)
    return [re.sub(r"<[^>]+>", "", head).strip(" ↑") for head in heads]


async def test_a_coach_finds_what_is_to_be_done_first(web: Web) -> None:
    late, waiting, mine = await asyncio.gather(
        web.bring_to("planning", title="Schon zu spät"),
        web.bring_to("working", title="Wartet auf Alma"),
        web.bring_to("planning", title="Hat noch Zeit"),
    )
    await make_overdue(web, late)
    page = words_of((await web.ben.get("/arbeit")).text)
    assert page.index("Überfällig") < page.index("Schon zu spät") < page.index("seit 3 Tagen überfällig")
    assert page.index("Schon zu spät") < page.index("Hat noch Zeit") < page.index("Wartet auf Alma")
    assert page.index("Hat noch Zeit") < page.rindex("Plan vereinbaren")
    assert "0 von 3 Plätzen frei" in page
    async with web.database.session() as session:
        cases = await list_coached_cases(session, BEN)
    assert {case.idea.id for case in cases} == {late, waiting, mine}


async def test_what_is_late_beside_an_idea_stands_in_every_list_with_the_way_to_it(still_web: Web) -> None:
    idea = await place(still_web.database, title="Mobile Werkstatt", stage="support", state="assessing")
    key = await write_beside(still_web.database, idea, holder_until=date.fromisoformat(in_days(-4)))
    link, told = f'href="/ideen/{idea}/crowdfunding"', "Crowdfunding: Wird bestätigt"
    work, mine, stuck = [
        (await client.get(path)).text
        for client, path in (
            (still_web.ben, "/arbeit"),
            (still_web.alma, "/ideen"),
            (still_web.carla, "/haengt-fest?buero=dresden&grund=over_limit"),
        )
    ]
    opened = (await still_web.carla.get(f"/haengt-fest/{key}")).text
    for page in (work, mine, opened):
        assert link in page
        assert told in words_of(page)
        assert "seit 4 Tagen überfällig" in words_of(page)
    words = words_of(work)
    assert words.rindex("Überfällig") < words.index(told) < words.index("Zum Crowdfunding")
    words = words_of(mine)
    assert words.index("Sie sind am Zug") < words.index("Andere sind am Zug") < words.index(told)
    assert "Ben (Coach)" in words_of(stuck)
    assert "Zum Crowdfunding" in words_of(stuck)
    assert "Nachfragen oder die Frist verlängern." in words_of(opened), "a hand-off pauses with its idea alone"
    assert f'name="fall" value="{key}"' in stuck
    assert f"Auswählen: Mobile Werkstatt, {told}" in words_of(stuck)
    assert 'id="sammel"' in stuck
    assert told not in words_of((await still_web.carla.get("/haengt-fest?buero=leipzig")).text)
    for path in ("/leitung", "/leitung/tafel?phase=support"):
        assert "Crowdfunding: seit 4 Tagen überfällig" in words_of((await still_web.carla.get(path)).text)
    (case,) = (await still_web.carla.get("/api/v1/stuck")).json()["items"]
    assert (case["id"], case["kind"], case["state"]) == (idea, "crowdfunding", "packaged")


async def test_overdue_is_said_in_words_and_not_by_colour_alone(web: Web) -> None:
    idea = await web.bring_to("planning")
    await make_overdue(web, idea, 1)
    page = (await web.alma.get(f"/ideen/{idea}")).text
    assert "seit gestern überfällig" in words_of(page)
    assert "(die Frist war " in words_of(page), "a deadline that has passed is no promise any more"
    badge = page[page.index('badge late">') :]
    assert badge.index("<svg") < badge.index("überfällig")


async def test_an_absence_gives_every_idea_cover_and_ends_again(web: Web) -> None:
    idea = await web.bring_to("planning")
    await web.ask(BEN, idea, "write_note", note="Nur unter uns gesagt.", internal=True)
    await web.ask(BEN, idea, "ask", note="Wann fangen wir an?", assignee="innovator", until=in_days(9))
    await write_session(web.database, idea, BEN, minutes=45)
    values = {"von": in_days(0), "bis": in_days(10), "vertretung": BRUNO}
    answer = await web.ben.post("/arbeit/abwesenheit", data=values, headers=OWN_SITE, follow_redirects=True)
    assert "Die Abwesenheit ist eingetragen" in words_of(answer.text)
    assert "Vertretung: Bruno" in words_of(answer.text)

    async def is_covered() -> bool:
        return (await web.bruno.get(f"/ideen/{idea}")).status_code == 200

    await until(is_covered)
    taken_over = words_of((await web.bruno.get(f"/ideen/{idea}")).text)
    for words in ("Nur unter uns gesagt.", "Wann fangen wir an?", "1 Gespräch, 45 min", "alma@example.org"):
        assert words in taken_over, "who stands in sees all that the coach sees"
    assert "Bruno (Vertretung) ist am Zug" in words_of((await web.alma.get(f"/ideen/{idea}")).text)
    answer = await web.ben.post("/arbeit/abwesenheit/beenden", headers=OWN_SITE, follow_redirects=True)
    assert "Die Abwesenheit ist beendet" in words_of(answer.text)
    assert "Ben (Coach) ist am Zug" in words_of((await web.alma.get(f"/ideen/{idea}")).text)
    assert (await web.bruno.get(f"/ideen/{idea}")).status_code == 404, "and nothing of it afterwards"


async def test_a_wrong_absence_is_shown_again(still_web: Web) -> None:
    for values, words in (
        ({"von": in_days(5), "bis": in_days(1)}, "Der letzte Tag darf nicht vor dem ersten"),
        ({"von": "", "bis": "demnächst"}, "Bitte schreiben Sie jeden Tag als TT.MM.JJJJ"),
        ({"von": in_days(1), "bis": in_days(5), "vertretung": BEN}, "Diese Person kann nicht vertreten"),
    ):
        answer = await still_web.ben.post("/arbeit/abwesenheit", data=values, headers=OWN_SITE)
        assert answer.status_code == 422
        assert words in words_of(answer.text)
        assert f'value="{values["bis"]}"' in answer.text


async def test_a_coach_declines_with_a_reason(web: Web) -> None:
    idea = await web.bring_to("matching")
    offer = await web.open_offer(idea, BEN)
    address = f"/angebote/{offer['id']}/absagen"
    page = words_of((await web.ben.get("/angebote")).text)
    for word in ("Nachbarn begleiten", "Pflege und Gesundheit", "Büro Dresden", "Gleiches Büro", "Antwort bis"):
        assert word in page
    assert "3 von 3 Plätzen frei" in page
    assert "Ideen, die Sie gerade begleiten: 0. Vertretungen: 0. Offene Anfragen: 1." in page
    assert "Alma" not in page
    answer = await web.ben.post(address, data={"nachricht": "Leider nein."}, headers=OWN_SITE)
    assert answer.status_code == 422
    assert "Bitte wählen Sie einen Grund" in words_of(answer.text)
    assert "Leider nein." in answer.text
    given = {"grund": "no_time", "nachricht": "Leider nein."}
    answer = await web.ben.post(address, data=given, headers=OWN_SITE, follow_redirects=True)
    assert "Wir fragen den nächsten Coach" in words_of(answer.text)
    assert "Abgesagt" in answer.text
    next_one = await web.open_offer(idea, BRUNO)
    assert next_one["id"] in (await web.bruno.get("/angebote")).text
    assert (await web.bruno.get("/")).text.count('<span class="count">1') == 1
    late = await web.ben.post(f"/angebote/{offer['id']}/annehmen", headers=OWN_SITE)
    assert late.status_code == 409
    assert "nicht mehr offen" in words_of(late.text)
    someone_elses = await web.ben.post(f"/angebote/{next_one['id']}/annehmen", headers=OWN_SITE)
    assert someone_elses.status_code == 404


async def test_a_coach_without_a_place_is_told(web: Web) -> None:
    idea = await web.bring_to("matching")
    offer = await web.open_offer(idea, BEN)
    async with web.database.transaction() as session:
        (await session.get_one(CoachProfile, BEN)).capacity = 0
    assert "Zurzeit ist kein Platz frei" in words_of((await web.ben.get("/angebote")).text)
    answer = await web.ben.post(f"/angebote/{offer['id']}/annehmen", headers=OWN_SITE)
    assert answer.status_code == 409
    assert "Alle Ihre Plätze sind belegt" in words_of(answer.text)


async def test_the_lead_filters_in_the_address_and_sees_it(web: Web) -> None:
    first = await web.hand_in(title="Erste mit Bus")
    second = await web.hand_in(title="Zweite mit Rad", district="DED51")
    await web.ask(CARLA, second, "request_clarification", note="Wie?")
    async with web.database.transaction() as session:
        turn = {"holder_since": utc_now() - timedelta(days=2), "holder_until": web.services.today()}
        await session.exec(update(StandingRow).where(col(StandingRow.case_id) == first).values(**turn))
    for query, shown in {
        "": {"Erste", "Zweite"},
        "stand=screening": {"Erste"},
        "stand=clarification&phase=identify": {"Zweite"},
        "buero=leipzig": {"Zweite"},
        "amzug=lead": {"Erste"},
        "text=Rad": {"Zweite"},
        "text=%25": set(),
        "zeige=stuck": {"Erste"},
        "faellig=heute": {"Erste"},
        "faellig=woche&amzug=innovator": set(),
        "zeige=ended": set(),
        "zeige=all": {"Erste", "Zweite"},
        "phase=develop": set(),
        "stand=unsinn&weiter=unsinn&coach=unsinn&phase=unsinn&sortierung=unsinn": {"Erste", "Zweite"},
        "sortierung=neu": {"Erste", "Zweite"},
    }.items():
        page = words_of((await web.carla.get(f"/leitung?{query}")).text)
        assert {word for word in ("Erste", "Zweite") if f"{word} mit" in page} == shown, query
    page = (await web.carla.get("/leitung?stand=screening&buero=dresden")).text
    assert "Stand: Finden: Wird gelesen" in words_of(page)
    assert "Neu Leitung am Zug Mein Büro Diese Woche fällig" in words_of(page)
    assert '<a href="/leitung?buero=dresden">' in page
    assert '<a href="/leitung?stand=screening">' in page


async def test_the_lead_pages_through_a_long_list(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.pages.lead.ideas.IDEAS_A_PAGE", 2)
    for number in range(5):
        await web.hand_in(title=f"Idee Nummer {number}")
    seen: list[int] = []
    address: str | None = "/leitung?phase=identify"
    while address is not None:
        page = (await web.carla.get(address)).text
        seen += [number for number in range(5) if f"Idee Nummer {number}<" in page]
        further = re.search(r'href="([^"]+)">Weitere anzeigen', page)
        address = html.unescape(further[1]) if further else None
        assert address is None or "phase=identify" in address
    assert sorted(seen) == [0, 1, 2, 3, 4]
    monkeypatch.setattr("api.pages.lead.people.A_PAGE", 2)
    people = [(await web.carla.get(f"/menschen?seite={page}")).text for page in (1, 2)]
    assert ["seite=1" in people[1], "seite=2" in people[0], "seite=3" in people[1]] == [True, True, False]


async def test_what_is_stuck_is_listed_with_its_cause_and_what_helps(web: Web) -> None:
    idea = await web.bring_to("planning")
    assert "Im Moment stockt nichts" in (await web.carla.get("/haengt-fest")).text
    await make_overdue(web, idea)
    page = (await web.carla.get("/haengt-fest")).text
    assert re.search(r"Über der Frist ?: [^:]+ seit 3 Tagen Ben", words_of(page))
    assert f'href="/haengt-fest/{idea}#fall-{idea}"' in page
    opened = words_of((await web.carla.get(f"/haengt-fest/{idea}?sortierung=-buero")).text)
    assert "Über der Frist, seit 3 Tagen Nachfragen, die Frist verlängern" in opened
    chosen = (await web.carla.get("/haengt-fest?spalten=seit&spalten=stand&spalten=nichts")).text
    assert heads_of(chosen) == ["Auswählen", "Fall", "Stand", "Seit", "Was hilft"]
    assert "Entwickeln · Plan entsteht" in words_of(chosen)
    assert f'href="/haengt-fest/{idea}?spalten=stand.seit#fall-{idea}"' in chosen, "a row that opens keeps them"
    sent = {"liste": "stockt", "form": "csv"}
    file = await web.carla.post("/leitung/tabelle?spalten=stand.seit", data=sent, headers=OWN_SITE)
    assert file.text.lstrip("\ufeff").splitlines()[0] == "Fall;Stand;Seit"
    assert "Im Moment stockt nichts" in (await web.carla.get("/haengt-fest?grund=no_coach")).text
    assert "Im Moment stockt nichts" in (await web.carla.get("/haengt-fest?buero=leipzig&weiter=unsinn")).text
    await take(web.carla, idea, "mark_chased")
    await make_overdue(web, idea)
    assert "Nachgefragt, Ruhe bis" in words_of((await web.carla.get("/haengt-fest")).text)


async def test_a_departure_leaves_no_idea_alone(web: Web) -> None:
    idea = await web.bring_to("planning")
    assert "1 von 3 belegt" in words_of((await web.carla.get("/menschen")).text)
    assert (await web.carla.get("/coaches")).headers["location"] == "/menschen"
    wrong = await web.carla.post(f"/menschen/{BEN}/abschied", data={"am": "gestern"}, headers=OWN_SITE)
    assert wrong.status_code == 422
    values = {"am": in_days(0), "nachfolge": BRUNO}
    answer = await web.carla.post(f"/menschen/{BEN}/abschied", data=values, headers=OWN_SITE, follow_redirects=True)
    assert "Keine Idee bleibt ohne Ansprechperson" in words_of(answer.text)

    async def bruno_has_it() -> bool:
        return "Bruno (Coach) ist am Zug" in words_of((await web.alma.get(f"/ideen/{idea}")).text)

    await until(bruno_has_it)


async def test_a_lead_enters_and_ends_an_absence(web: Web) -> None:
    values = {"von": in_days(2), "bis": in_days(9)}
    address = f"/menschen/{BEN}/abwesenheit"
    answer = await web.carla.post(address, data=values, headers=OWN_SITE, follow_redirects=True)
    assert "Vertretung: Leitung" in words_of(answer.text)
    longer = await web.carla.post(address, data=values | {"bis": in_days(20)}, headers=OWN_SITE)
    assert longer.status_code == 303, "another last day is a change of the same absence"
    again = await web.carla.post(address, data={"von": in_days(30), "bis": in_days(35)}, headers=OWN_SITE)
    assert again.status_code == 409
    assert "Es ist schon eine Abwesenheit" in words_of(again.text)
    answer = await web.carla.post(f"{address}/beenden", headers=OWN_SITE, follow_redirects=True)
    assert "Vertretung: Leitung" not in words_of(answer.text)
    for client in (web.ben, web.alma):
        assert (await client.post(address, data=values, headers=OWN_SITE)).status_code == 403


async def test_alma_sees_her_turn_first(web: Web) -> None:
    await web.hand_in(title="Liegt bei der Leitung")
    await web.bring_to("clarification", title="Liegt bei Alma")
    page = words_of((await web.alma.get("/ideen")).text)
    assert page.index("Liegt bei Alma") < page.index("Liegt bei der Leitung")
    assert "Nächster Schritt: Fragen beantworten" in page
    assert (await web.clients[ALMA].get("/leitung")).status_code == 403


async def test_the_list_is_a_table_with_columns_to_choose_and_heads_that_sort(still_web: Web) -> None:
    web = still_web
    late, soon = [await web.plant("planning", title=title) for title in ("Zuerst", "Danach")]
    async with web.database.transaction() as session:
        await session.exec(
            update(StandingRow).where(col(StandingRow.case_id) == late).values(holder_until=date(2026, 1, 5))
        )
    page = (await web.carla.get("/leitung?spalten=frist&spalten=ort&spalten=nichts")).text
    assert heads_of(page) == ["Auswählen", "Titel", "Frist", "Ort"]
    assert 'aria-sort="ascending"><a href="/leitung?spalten=frist.ort&amp;sortierung=-frist"' in page.replace(
        "sortierung=-frist&amp;spalten=frist.ort", "spalten=frist.ort&amp;sortierung=-frist"
    )
    assert page.index("Zuerst") < page.index("Danach")
    turned = (await web.carla.get("/leitung?sortierung=-frist")).text
    assert turned.index("Danach") < turned.index("Zuerst")
    assert 'aria-sort="descending"' in turned
    people = (await web.carla.get("/menschen?spalten=status&spalten=buero&spalten=nichts&sortierung=-name")).text
    assert heads_of(people) == ["Name ↓", "Büro", "Status"]
    assert 'href="/menschen?spalten=buero.status&amp;sortierung=name"' in people, "another order keeps them"
    sent = {"liste": "menschen", "form": "csv"}
    file = await web.carla.post("/leitung/tabelle?spalten=buero.status", data=sent, headers=OWN_SITE)
    assert file.text.lstrip("\ufeff").splitlines()[0] == "E-Mail-Adresse;Name;Büro;Status"
    assert soon in turned
