"""Whole ways through the pages in a real browser, as people go them: each sees at every step whose turn it is."""

import asyncio
import io
import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import FilePayload
from pypdf import PdfReader
from sqlalchemy import delete
from sqlmodel import col

from models.tables import Idea, StandingRow
from tests.api.campaigns import HandOff, picture
from tests.api.conftest import in_days
from tests.api.routes.test_lists import place
from tests.e2e.before import hand_in, leave_lying, leave_without_coach, let_the_sign_in_age, until_laid_out
from tests.e2e.conftest import ComeIn, Neighbours, Site
from tests.e2e.people import BARE, PHONE, SMALL_PHONE, Part, Person, code_in, link_in, read_mail
from tests.factories import ALMA, BEN, BRUNO, CARLA

pytestmark = [pytest.mark.services, pytest.mark.slow]

A_DAY = re.compile(r"spätestens bis \w+, \d{1,2}\. \w+ \d{4}")

TASKS = (
    ("Den Jugendclub anfragen", "Ideenteam", 7),
    ("Einladung schreiben", "Coach", 9),
    ("Den Abend vorbereiten", "Ideenteam", 14),
)
"""What is to be done, by whom, within how many days: one form."""
QUESTIONS = (
    "Ist die Person volljährig, die die Kampagne leitet?",
    "Gibt es ein Bankkonto auf denselben Namen?",
    "Handeln Sie unternehmerisch?",
    "Ist nichts dabei, was die Plattform ausschließt?",
    "Sind Sie mit dem Vertrag der Plattform einverstanden?",
    "Kennen Sie die Gebühren?",
)
TOWN_HALL = "https://rathaus.example/"
"""A page of somebody else."""
ENGLISH = "Benches on the way to school"
LICENCE, DEED = "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"
STORY = {
    "Untertitel": "Ein Rad für den Umzug und den Wocheneinkauf.",
    "Kurzfassung": "Wir verleihen Räder mit Kisten.",
    "Worum geht es?": "Wer kein Auto hat, trägt schwer.",
    "Ziele und Zielgruppe": "Hundert Haushalte im ersten Jahr.",
    "Warum sollte jemand das unterstützen?": "Weil Teilen allen nützt.",
    "Was passiert mit dem Geld?": "Es bezahlt zwei Räder.",
    "Wer steht dahinter?": "Ein kleiner Verein.",
}
IMPACT = {
    "Was tun oder bieten Sie?": "Zwei Räder, jeden Tag.",
    "Was ändert sich für Ihre Zielgruppe?": "Man kommt ohne Auto aus.",
    "Was ändert sich dadurch in der Gesellschaft?": "Es wird ruhiger in der Straße.",
}
PLAN = {
    "Wie erfahren die Menschen davon?": "Aushänge im Viertel.",
    "Was kann schiefgehen, und was tun Sie dann?": "Geht ein Rad kaputt, leiht die Werkstatt eins.",
}


# -- a visitor -----------------------------------------------------------------------------------------------------


async def test_dora_begins_on_her_phone_and_hands_in_at_her_desk(site: Site, come_in: ComeIn) -> None:
    phone = await come_in(**PHONE)
    await phone.opens("/")
    await phone.unfolds("Menü")
    await phone.part("Hauptmenü").follows("Idee einreichen")
    await phone.sees("Sie brauchen kein Konto und kein Passwort.")
    await phone.presses("Los geht’s")
    await phone.arrives_at("Worum geht es?")
    await phone.sees("Schritt 1 von 6")
    await phone.fills_in({"Titel": "Tanzcafé am Nachmittag", "Worum geht es?": "Einmal im Monat wird getanzt."})
    await phone.presses("Weiter")
    await phone.arrives_at("Was möchten Sie ändern?")
    await phone.writes("Was möchten Sie ändern?", "Viele sitzen am Sonntag allein zu Hause, und")
    await phone.sees(re.compile(r"Gespeichert um \d"))
    await phone.presses("Später weitermachen")
    await phone.writes("E-Mail-Adresse", "dora.tanzt@example.org")
    await phone.presses("Link schicken")
    await phone.sees("Wir haben Ihnen an dora.tanzt@example.org geschrieben.")

    desk = await come_in()
    mail = await read_mail(site.web, "dora.tanzt@example.org", "Ihr Link zum Weiterschreiben")
    await desk.opens(link_in(mail, "/einreichen/weiter/"))
    await desk.presses("Entwurf öffnen")
    await desk.arrives_at("Wie soll das gehen?")
    await desk.presses("Zurück")
    await desk.arrives_at("Was möchten Sie ändern?")
    await desk.writes("Was möchten Sie ändern?", "Viele sitzen am Sonntag allein zu Hause, und die Säle stehen leer.")
    await desk.presses("Weiter")
    await desk.arrives_at("Wie soll das gehen?")
    await desk.presses("Weiter")
    await desk.arrives_at("Für wen und wo?")
    await desk.chooses("Landkreis oder Stadt", "Zwickau")
    await desk.presses("Weiter")
    await desk.arrives_at("Wer sind Sie?")
    await desk.writes("Name", "Dora Dorn")
    await desk.presses("Weiter")
    await desk.arrives_at("Alles richtig so?")
    await desk.sees("Tanzcafé am Nachmittag", "die Säle stehen leer.", "Zwickau", "Dora Dorn", "dora.tanzt@example.org")
    await desk.presses("Einreichen")
    await desk.arrives_at("Fast geschafft: Bitte bestätigen Sie Ihre Adresse")
    mail = await read_mail(site.web, "dora.tanzt@example.org", "Bitte bestätigen Sie Ihre Adresse")
    await desk.opens(link_in(mail, "/einreichen/bestaetigen/"))
    await desk.sees("Ist das Ihre Idee?", "Tanzcafé am Nachmittag")
    await desk.presses("Ja, Idee einreichen")
    await desk.arrives_at("Danke für Ihre Idee!")
    await desk.sees(A_DAY, "Sie müssen jetzt nichts weiter tun.")
    arrived = await read_mail(site.web, "dora.tanzt@example.org", "Ihre Idee ist angekommen")
    assert "Spätestens bis:" in arrived.body

    carla = await come_in(CARLA)
    await carla.opens("/leitung?text=Tanzcafé")
    await carla.row("Tanzcafé am Nachmittag").sees("Wird gelesen", "Leitung", "Aufnehmen und Coach suchen")
    await carla.follows("Tanzcafé am Nachmittag")
    await carla.is_told_the_turn("Die Leitung (Büro Chemnitz) ist am Zug")


# -- the door ------------------------------------------------------------------------------------------------------


async def test_frieda_signs_in_by_link_and_by_code_and_a_dead_link_says_what_to_do(
    site: Site, neighbours: Neighbours, come_in: ComeIn
) -> None:
    frieda = await come_in()
    await frieda.opens("/einstellungen")
    await frieda.main.follows("Anmelden")
    await frieda.writes("Ihre E-Mail-Adresse", "frieda@example.org")
    await frieda.presses("Mail zusenden")
    await frieda.arrives_at("Bitte sehen Sie in Ihr Postfach")
    mail = await read_mail(site.web, "frieda@example.org", "Ihre Anmeldung")
    link = link_in(mail, "/anmelden/link/")
    phone = await come_in(**PHONE)
    await phone.opens(link)
    await phone.sees("Mit einem Klick sind Sie als frieda@example.org angemeldet.")
    await frieda.opens(link)
    await frieda.arrives_at("Benachrichtigungen")
    await phone.presses("Jetzt anmelden")
    await phone.arrives_at("Dieser Link gilt nicht mehr")
    await frieda.opens_account()
    await frieda.presses("Abmelden")
    await frieda.arrives_at("Gute Ideen brauchen einen Weg")
    await frieda.opens("/einstellungen")
    await frieda.main.sees("Anmelden")

    await frieda.opens(link)
    await frieda.arrives_at("Dieser Link gilt nicht mehr")
    await frieda.sees("Lassen Sie sich einfach einen neuen schicken.")
    await frieda.follows("Neue Mail anfordern")
    await frieda.writes("Ihre E-Mail-Adresse", "frieda@example.org")
    await frieda.presses("Mail zusenden")
    newer = await read_mail(site.web, "frieda@example.org", "Ihre Anmeldung", after=mail)
    await frieda.writes("Code aus der Mail", "AAAA-2222")
    await frieda.main.presses("Anmelden")
    await frieda.sees("Dieser Code stimmt nicht.")
    await frieda.writes("Code aus der Mail", code_in(newer).lower())
    await frieda.main.presses("Anmelden")
    await frieda.arrives_at("Meine Arbeit")


# -- a coach -------------------------------------------------------------------------------------------------------

HIGHEST_DAY = 2600
"""Pixels of a page that is 1280 wide, for 45 ideas of one coach."""


async def gather_ideas(site: Site, neighbours: Neighbours, count: int) -> list[str]:
    """So many more ideas of Emil's that Frieda coaches; every second one waits for her."""
    stand: dict[str, Any] = {"owner_id": neighbours.emil, "coach_id": neighbours.frieda, "office": "chemnitz"}
    turns: Iterator[dict[str, Any]] = itertools.cycle(
        [{"state": "planning", "holder_role": "coach", "holder_id": neighbours.frieda}, {}]
    )
    return [
        await place(site.web.database, number=number, **stand, **turn)
        for number, turn in zip(range(count), turns, strict=False)
    ]


async def let_go(site: Site, ideas: list[str]) -> None:
    async with site.web.database.transaction() as session:
        await session.exec(delete(StandingRow).where(col(StandingRow.case_id).in_(ideas)))
        await session.exec(delete(Idea).where(col(Idea.id).in_(ideas)))


async def test_frieda_takes_an_idea_on_and_works_where_she_sees_it(
    site: Site, neighbours: Neighbours, come_in: ComeIn
) -> None:
    title = "Jugendbeirat im Stadtteil"
    idea = await hand_in(site, neighbours.emil, title)
    carla = await come_in(CARLA)
    await carla.opens("/heute")
    await carla.hits("/")
    await carla.types("Emil")
    await carla.hits("Enter")
    await carla.page.get_by_role("link", name=title, exact=True).first.click()
    await carla.arrives_at(title)
    await carla.ticks("Aufnehmen und Coach suchen")
    await carla.presses("Entscheiden")
    await carla.sees("Gespeichert: Idee aufgenommen, Coach-Suche gestartet.")
    await carla.is_told_the_turn("Die Coach-Suche läuft")
    await site.web.open_offer(idea, neighbours.frieda)

    frieda = await come_in(neighbours.frieda)
    await frieda.opens("/arbeit")
    await frieda.follows("Eine Anfrage wartet auf Ihre Antwort.")
    offer = frieda.part(title)
    await offer.sees("Junge Leute entscheiden mit.", "Chemnitz", "Warum wir an Sie denken", "Antwort bis", "noch")
    await frieda.sees("20 von 20 Plätzen frei")
    await offer.presses("Ja, ich begleite diese Idee")
    await frieda.arrives_at(title)
    await frieda.is_told_the_turn("Sie sind am Zug")
    await frieda.follows("Meine Arbeit")
    row = frieda.row(title)
    await row.sees("Plan entsteht", "Emil")
    await row.follows("Plan vereinbaren")
    await frieda.writes("Nachricht dazu", "Wir beginnen mit einem Abend im Jugendclub.")
    await frieda.presses("Plan vereinbaren")
    await frieda.sees("Gespeichert: Plan vereinbart.")
    await frieda.main.follows("Meine Arbeit")
    await row.sees("Konzept in Arbeit", "Emil (Ideenteam)", "zuletzt heute")

    await row.follows(title)
    await frieda.follows("Plan anlegen")
    for number, (task, who, days) in enumerate(TASKS, start=1):
        line = frieda.line(number)
        await line.writes("Was ist zu tun?", task)
        await line.chooses("Wer", who)
        await line.writes("Bis wann", in_days(days))
    await frieda.presses("Plan speichern")
    await frieda.sees("Gespeichert: Plan geändert")
    await frieda.part("Plan").sees("Den Jugendclub anfragen", "Ideenteam", "noch 7 Tage", "Einladung schreiben")
    await frieda.unfolds("Weitere Möglichkeiten")
    await frieda.unfolds("Gespräch eintragen")
    await frieda.writes("Minuten", "45")
    await frieda.presses("Eintragen")
    await frieda.arrives_at("Gespräche")
    await frieda.sees("1 Gespräch, 45 min", "Nur Coaches und Leitung sehen das.")

    emil = await come_in(neighbours.emil, **SMALL_PHONE)
    await emil.opens("/ideen")
    await emil.row(title).sees("Konzept abgeben")
    await emil.follows(title)
    await emil.is_told_the_turn("Sie sind am Zug", "bis")
    await emil.has_no_sideways_scroll()
    await emil.misses("Gespräche", "45 min")
    await emil.part("Plan").row_with(TASKS[0][0]).presses("Erledigt")
    await emil.sees("Gespeichert: Aufgabe erledigt.")
    await emil.follows("Konzept schreiben")
    await emil.arrives_at("Konzept")
    await emil.writes("Kosten", "Getränke für zwölf Abende.")
    await emil.has_no_sideways_scroll()
    await emil.presses("Konzept abgeben")
    await emil.is_told_the_turn("Frieda (Coach) ist am Zug")
    await emil.has_no_sideways_scroll()

    await frieda.opens("/arbeit")
    await row.follows("Konzept freigeben")
    await frieda.ticks("Konzept freigeben")
    await frieda.presses("Entscheiden")
    await frieda.sees("Gespeichert: Konzept freigegeben.")
    await frieda.main.follows("Meine Arbeit")
    await row.sees("Unterstützen", "Bedarf wird geklärt")

    others = await gather_ideas(site, neighbours, 44)
    await frieda.opens("/arbeit")
    await frieda.sees("weitere Ideen")
    assert await frieda.page.evaluate("document.documentElement.scrollHeight") <= HIGHEST_DAY
    await let_go(site, others)


# -- a lead --------------------------------------------------------------------------------------------------------


async def test_carla_gives_five_stuck_cases_more_time_at_once(site: Site, come_in: ComeIn) -> None:
    lonely = "Chor ohne Dach"
    titles = [f"{name} für alle" for name in ("Garten", "Werkstatt", "Bühne", "Küche", "Bibliothek")]
    await leave_without_coach(site, lonely)
    ideas = await asyncio.gather(*(leave_lying(site, title) for title in titles))
    carla = await come_in(CARLA)
    await carla.begins_to_count()
    await carla.opens("/haengt-fest")
    await carla.row(lonely).follows("Coach zuordnen")
    await carla.page.locator("tr.below").get_by_role("button", name="Coach zuordnen").click()
    await carla.sees("Gespeichert: Coach zugeordnet")
    assert await carla.clicks() == 2, "from a case without a coach to one with the coach who fits best"

    for title in titles:
        await carla.row(title).sees("Über der Frist", "seit", "Ben (Coach)")
        await carla.row(title).ticks("Auswählen")
    await carla.presses("Frist verlängern")
    await carla.arrives_at("Frist verlängern")
    await carla.sees("Es geht um 5 Fälle.")
    await carla.presses("Ansehen, was geschieht")
    await carla.sees("Bitte schauen Sie noch einmal")
    await carla.fills_in({"Wie viele Tage mehr?": "5", "Begründung": "Ben war krank."})
    await carla.presses("Ansehen, was geschieht")
    await carla.sees("Möglich bei 5 von 5.")
    for title in titles:
        await carla.row(title).sees("Frist verlängern → Neue Frist:")
    await let_the_sign_in_age(site, CARLA)
    await carla.presses("Bei 5 Fällen ausführen")
    await carla.main.follows("Jetzt bestätigen")
    await carla.presses("Mit einem Klick bestätigen")
    await carla.sees("Möglich bei 5 von 5.")
    forgotten = await carla.opens_it_twice()
    await carla.presses("Bei 5 Fällen ausführen")
    await carla.sees("Fertig: 5 erledigt, 0 nicht möglich.")
    for title in titles:
        await carla.row(title).sees("Frist verlängert", "noch")

    versions = [(await site.web.read(idea))["version"] for idea in ideas]
    await forgotten.presses("Bei 5 Fällen ausführen")
    await forgotten.sees("Fertig: 5 erledigt, 0 nicht möglich.")
    assert [(await site.web.read(idea))["version"] for idea in ideas] == versions
    await carla.follows("Zu dem, was stockt")
    await carla.arrives_at("Stockende Fälle")
    await carla.misses(*titles)
    await carla.opens(f"/ideen/{ideas[0]}")
    await carla.is_told_the_turn("Ben (Coach) ist am Zug")
    await carla.part("Verlauf").sees("Frist verlängert")
    await carla.part("Nachrichten").sees("Ben war krank.")

    # All ideas of a coach to another.
    await carla.opens("/menschen")
    before = await carla.clicks()
    await carla.page.get_by_role("link", name="Ideen von Ben").click()
    await carla.page.get_by_role("checkbox", name="Alle auf dieser Seite auswählen").click()
    await carla.sees(re.compile(r"Gewählt: \d+"))
    await carla.presses("Anderen Coach geben")
    await carla.page.locator("select[name=coach_id]").select_option(BRUNO)
    await carla.writes("Begründung", "Ben geht in Elternzeit.")
    await carla.presses("Ansehen, was geschieht")
    await carla.sees("Möglich bei")
    in_the_form, to_carry_out = 3, 1
    """Two for the coach, one into the field of the reason."""
    assert await carla.clicks() - before + in_the_form + to_carry_out <= 8, "however many ideas they are"


# -- a team --------------------------------------------------------------------------------------------------------


async def test_nele_joins_the_team_by_a_mail_and_does_what_is_next(site: Site, come_in: ComeIn) -> None:
    title = "Fahrradkino am Fluss"
    idea = await site.web.bring_to("working", title=title)
    alma = await come_in(ALMA)
    await alma.opens(f"/ideen/{idea}")
    team = alma.part("Team")
    await alma.unfolds("Weitere Möglichkeiten")
    await alma.sees("Idee zurückziehen")
    await team.unfolds("Jemanden einladen")
    await team.presses("Einladung senden")
    await alma.sees("Bitte schauen Sie noch einmal")
    await team.writes("E-Mail-Adresse", "nele@example.org")
    await team.ticks("Arbeitet mit")
    await team.presses("Einladung senden")
    await team.sees("nele@example.org", "Eingeladen · Arbeitet mit")

    mail = await read_mail(site.web, "nele@example.org", "Eine Einladung für Sie")
    assert title not in mail.body
    nele = await come_in(**PHONE)
    await nele.opens(link_in(mail, "/einladung/"))
    await nele.arrives_at("Sie sind in ein Team eingeladen")
    await nele.sees("Alma möchte Sie bei dieser Idee dabeihaben:", title, "Sie arbeiten mit.")
    await nele.writes("Name", "Nele Neu")
    await nele.presses("Einladung annehmen")
    await nele.arrives_at(title)
    await nele.is_told_the_turn("Ideenteam")
    await nele.unfolds("Weitere Möglichkeiten")
    await nele.misses("Idee zurückziehen")
    await nele.presses("Konzept abgeben")
    await nele.is_told_the_turn("Ben (Coach) ist am Zug")

    await alma.opens(f"/ideen/{idea}")
    await team.sees("Nele Neu", "Arbeitet mit")
    await alma.is_told_the_turn("Ben (Coach) ist am Zug")
    await alma.part("Verlauf").sees("Nele Neu (Ideenteam): Konzept abgegeben")


# -- the end of the way --------------------------------------------------------------------------------------------


BUDGET = 100_000
"""Bytes of a public page that is opened for the first time, without pictures and fonts."""
LOADED = """
() => performance.getEntries()
  .filter(one => ["navigation", "resource"].includes(one.entryType))
  .filter(one => !/\\.(woff2|webp|png|jpe?g|svg)$/.test(new URL(one.name).pathname))
  .reduce((sum, one) => sum + one.encodedBodySize, 0)
"""


async def test_a_pilot_becomes_a_story_that_is_found_passed_on_and_taken_down(site: Site, come_in: ComeIn) -> None:
    title = "Bänke am Schulweg"
    idea = await site.web.bring_to("piloting", title=title)
    alma, ben, carla = [await come_in(who) for who in (ALMA, BEN, CARLA)]
    await alma.opens(f"/ideen/{idea}")
    await alma.is_told_the_turn("Sie sind am Zug")
    await alma.ticks("Wir sind fertig")
    await alma.presses("Antwort abschicken")
    await alma.is_told_the_turn("Ben (Coach) ist am Zug")
    await ben.opens("/arbeit")
    await ben.row(title).follows("Erprobung abschließen")
    await ben.ticks("Erprobung abschließen")
    await ben.presses("Entscheiden")
    await ben.main.follows("Meine Arbeit")
    await ben.row(title).sees("Geschichte entsteht", "Alma (Ideenteam)")

    await alma.opens(f"/ideen/{idea}")
    await alma.main.follows("Geschichte schreiben")
    await alma.writes("Was es bewirkt hat", "Zuerst stand da eine Bank.")
    await alma.presses("Geschichte abgeben")
    await alma.is_told_the_turn("Die Leitung (Büro Dresden) ist am Zug")
    await carla.opens(f"/ideen/{idea}")
    await carla.sees("Zuerst stand da eine Bank.")
    await carla.ticks("Geschichte zur Überarbeitung zurückgeben")
    await carla.writes("Was soll sich ändern?", "Wie viele sind es heute?")
    await carla.presses("Entscheiden")
    await carla.is_told_the_turn("Alma (Ideenteam) ist am Zug")

    await alma.opens(f"/ideen/{idea}")
    await alma.sees("Wie viele sind es heute?")
    await alma.main.follows("Weiterschreiben")
    await alma.sees("Wie viele sind es heute?")
    await alma.writes("Was es bewirkt hat", "Zuerst stand da eine Bank. Heute sind es zwölf.")
    await alma.unfolds("Auf Englisch")
    await alma.fills_in({"Überschrift (Englisch)": ENGLISH, "Kurz gesagt (Englisch)": "Children rest on their way."})
    await alma.presses("Geschichte abgeben")
    await alma.is_told_the_turn("Die Leitung")
    await carla.opens(f"/ideen/{idea}")
    await carla.ticks("Geschichte freigeben")
    await carla.presses("Entscheiden")
    await carla.is_told_the_turn("Alma (Ideenteam) ist am Zug")
    stranger = await come_in(**SMALL_PHONE)
    await stranger.opens("/geschichten")
    await stranger.misses(title)

    await alma.opens(f"/ideen/{idea}")
    await alma.ticks("Veröffentlichung zustimmen")
    await alma.ticks("Der Ort darf dabeistehen: Dresden", f"Andere dürfen die Texte weiterverwenden: {LICENCE}")
    await alma.presses("Entscheiden")
    await alma.is_told_the_turn("Dieser Weg ist seit", "Veröffentlicht")
    await stranger.opens("/geschichten")
    assert 5_000 < await stranger.page.evaluate(LOADED) < BUDGET
    await stranger.writes("Suchen", "baenke schulweg")
    await stranger.presses("Anzeigen")
    await stranger.follows(title)
    await stranger.arrives_at(title)
    await stranger.sees("Zuerst stand da eine Bank. Heute sind es zwölf.", "Veröffentlicht am", "Dresden", LICENCE)
    await sees_the_same_on_paper_and_in_programs(stranger, title)
    assert 5_000 < await stranger.page.evaluate(LOADED) < BUDGET
    await stranger.follows("English")
    await stranger.arrives_at(ENGLISH)
    await stranger.sees("Children rest on their way.", "Start it at my place")
    await stranger.has_no_sideways_scroll()

    await stranger.unfolds("Show it on your site")
    snippet = await stranger.page.locator("#einbetten").input_value()
    elsewhere = await come_in()
    await elsewhere.page.context.grant_permissions(["local-network-access"])
    await elsewhere.page.route(TOWN_HALL, lambda route: route.fulfill(body=snippet, content_type="text/html"))
    await elsewhere.opens(TOWN_HALL)
    shown = Part(elsewhere.page.frame_locator("iframe").locator("body"))
    await shown.sees(title)

    await alma.opens(f"/ideen/{idea}")
    await alma.presses("Veröffentlichung zurückziehen")
    await alma.sees("Ab sofort kann niemand die Geschichte mehr öffentlich lesen.")
    await elsewhere.page.reload()
    await shown.sees("Es wurde zurückgenommen.")
    await stranger.page.reload()
    await stranger.sees("It was taken back.")
    assert set(elsewhere.watcher.faults) == {f"asks {TOWN_HALL}"}, "its own address, and none but ours"
    elsewhere.watcher.faults.clear()
    await alma.presses("Wieder veröffentlichen")
    await stranger.page.reload()
    await stranger.arrives_at(ENGLISH)


async def sees_the_same_on_paper_and_in_programs(stranger: Person, title: str) -> None:
    at = stranger.page.url.split("?")[0]
    asks = stranger.page.request
    link = await stranger.page.get_by_role("link", name="Als PDF zum Ausdrucken").get_attribute("href")
    pdf = PdfReader(io.BytesIO(await (await asks.get(link or "")).body()))
    assert ("'/Marked': True" in str(pdf.root_object["/MarkInfo"]), str(pdf.root_object["/Lang"])) == (True, "de")
    said = " ".join(" ".join(page.extract_text().split()) for page in pdf.pages).replace("\xa0", " ")
    for words in (title, "Heute sind es zwölf.", "Dresden", LICENCE, at):
        assert words in said, words
    (told,) = [one for one in (await (await asks.get("/geschichten/feed.json")).json())["items"] if one["url"] == at]
    record = await (await asks.get(f"/api/v1/stories/{at.rpartition('/')[2]}")).json()
    assert {told["_licence"]["url"], record["licence"]} == {DEED}


# -- on its way ----------------------------------------------------------------------------------------------------

HELPS, HURTS = "Darf ich mein Lastenrad mitbringen?", "Frau Meier von nebenan ist faul."


async def take_part(site: Site, person: Person, at: str, sort: str, words: str, email: str) -> None:
    """Somebody without an account writes, and proves their address."""
    await person.opens(at)
    await person.follows("Etwas dazu sagen")
    await person.ticks(sort)
    await person.writes("Ihr Beitrag", words)
    await person.writes("E-Mail-Adresse", email)
    await person.presses("Absenden")
    await person.arrives_at("Fast geschafft")
    mail = await read_mail(site.web, email, "Bitte bestätigen Sie Ihre Adresse")
    assert words not in mail.body
    await person.opens(link_in(mail, "/mitreden/"))
    await person.sees(words)
    await person.presses("Ja, abschicken")
    await person.sees("Danke")


async def test_an_idea_on_its_way_is_answered_to_and_what_is_wrong_there_is_reported_and_taken_down(
    site: Site, come_in: ComeIn
) -> None:
    title = "Suppe auf Rädern"
    idea = await site.web.bring_to("working", title="Mittagstisch im Viertel")
    alma, carla = [await come_in(who) for who in (ALMA, CARLA)]
    await alma.opens(f"/ideen/{idea}")
    await alma.part("Unterwegs").follows("Für alle vorstellen")
    await alma.writes("Überschrift", title)
    await alma.presses("Unterwegs zeigen")
    await alma.sees("Bitte schauen Sie noch einmal")
    await alma.fills_in({"Worum es geht": "Wir bringen Suppe.", "Wen oder was Sie suchen": "Jemanden mit Lastenrad"})
    await alma.ticks("Der Ort darf dabeistehen")
    await alma.presses("Unterwegs zeigen")
    await alma.sees("Die Idee steht jetzt unter „Unterwegs“.")

    gustav = await come_in(**SMALL_PHONE)
    await gustav.opens("/unterwegs")
    await gustav.writes("Suchen", "lastenrad")
    await gustav.presses("Anzeigen")
    await gustav.follows(title)
    await gustav.arrives_at(title)
    await gustav.sees("Wir bringen Suppe.", "Jemanden mit Lastenrad", "Dresden")
    await gustav.misses("Mittagstisch", "Alma")
    at = gustav.page.url
    await take_part(site, gustav, at, "Frage", HELPS, "gustav@example.org")
    await take_part(site, gustav, at, "Hinweis", HURTS, "gunda@example.org")
    await gustav.opens(at)
    await gustav.misses(HELPS, HURTS)

    await carla.opens("/beitraege")
    await carla.row("Frage", HELPS).ticks("Auswählen")
    await carla.row("Hinweis", HURTS).ticks("Auswählen")
    await carla.presses("Zeigen …")
    await carla.sees(HELPS, HURTS)
    await carla.presses("Zeigen")
    await carla.sees("Erledigt. Wer geschrieben hat, bekommt Bescheid.")
    shown = await read_mail(site.web, "gunda@example.org", "Neues zu Ihrem Beitrag")
    await alma.opens(f"/ideen/{idea}")
    await alma.follows("Antworten")
    await alma.arrives_at("Beiträge")
    asked = Part(alma.page.locator("section").filter(has_text=HELPS))
    await asked.writes("Ihre Antwort, die alle lesen können", "Sehr gern, um elf geht es los.")
    await asked.presses("Antworten")
    await gustav.opens(at)
    await gustav.sees(HELPS, "Antwort des Teams", "um elf geht es los", HURTS)
    await gustav.has_no_sideways_scroll()

    gerda = await come_in(**BARE)
    await gerda.opens(at)
    await Part(gerda.page.locator("div").filter(has=gerda.page.get_by_text(HURTS)).last).follows("Melden")
    await gerda.arrives_at("Beitrag melden")
    await gerda.sees(HURTS)
    await gerda.ticks("Persönliches über andere Menschen")
    await gerda.fills_in({"Warum?": "Das bin ich.", "E-Mail-Adresse": "gerda.meier@example.org"})
    await gerda.presses("Meldung abschicken")
    await gerda.sees("Danke, Ihre Meldung ist da.")
    await carla.opens("/beitraege")
    reported = carla.row("Hinweis", "Das bin ich.")
    await reported.sees(HURTS, "Persönliches über andere Menschen")
    await reported.writes("Ihr Grund", "Der Beitrag nennt eine Person.")
    await reported.root.get_by_role("button", name="Entfernen").click()
    await carla.sees("Entschieden. Beide Seiten bekommen Bescheid.")
    await gustav.opens(at)
    await gustav.sees(HELPS)
    await gustav.misses(HURTS)
    told = await read_mail(site.web, "gerda.meier@example.org", "Neues zu Ihrer Meldung")
    assert "Ein Mensch hat ihn geprüft und entfernt." in told.body
    news = await read_mail(site.web, "gunda@example.org", "Neues zu Ihrem Beitrag", after=shown)
    await gustav.opens(link_in(news, "/mitreden/"))
    await gustav.sees("Ihr Beitrag wurde nach einer Meldung entfernt.", "Der Beitrag nennt eine Person.")

    await carla.opens(f"/ideen/{idea}")
    card = carla.part("Unterwegs")
    await card.unfolds("Nicht mehr zeigen")
    await card.writes("Warum? Wer die Idee verantwortet, liest das.", "Bitte ohne Termine.")
    await card.presses("Nicht mehr zeigen")
    await carla.sees("Die Idee wird nicht mehr unter „Unterwegs“ gezeigt.")
    await gustav.opens(at)
    await gustav.sees("Das gibt es hier nicht mehr", "Es wurde zurückgenommen.")
    await alma.opens(f"/ideen/{idea}")
    await alma.part("Unterwegs").sees("Bitte ohne Termine.")
    await carla.part("Unterwegs").presses("Wieder zulassen")
    await alma.opens(f"/ideen/{idea}/unterwegs")
    await alma.fills_in({"Worum es geht": "Wir kochen.", "Wen oder was Sie suchen": "Kartoffeln"})
    await alma.presses("Unterwegs zeigen")
    await alma.part("Unterwegs").presses("Nicht mehr zeigen")
    await gustav.opens("/unterwegs?text=kartoffeln")
    await gustav.sees("Keine Idee passt zu dieser Auswahl.")


async def test_a_package_is_written_section_by_section_and_confirmed_by_both(site: Site, come_in: ComeIn) -> None:
    title = "Lastenräder zum Leihen"
    idea = await site.web.bring_to("assessing", title=title)
    alma, ben = [await come_in(who) for who in (ALMA, BEN)]
    await alma.opens(f"/ideen/{idea}")
    await alma.part("Crowdfunding").follows("Ansehen")
    await alma.presses("Crowdfunding vorbereiten")
    await until_laid_out(site, idea)
    await alma.opens(f"/ideen/{idea}/crowdfunding")
    await alma.sees("Vollständig: 0 von 8 Abschnitten")
    await alma.is_told_the_turn("Sie sind am Zug")
    await alma.main.follows("Weiter am Paket schreiben")

    await alma.arrives_at("Voraussetzungen")
    await alma.chooses("In welchem Land haben Sie Ihren Sitz?", "Deutschland")
    for question in QUESTIONS:
        await alma.group(question).ticks("Ja")
    await alma.presses("Speichern und weiter")
    await alma.arrives_at("Geschichte")
    await alma.fills_in(STORY)
    await alma.presses("Speichern und weiter")
    await alma.arrives_at("Geld und Zeit")
    await alma.fills_in({"Startlevel in Euro": "sehr viel"})
    await alma.presses("Speichern und weiter")
    await alma.sees("Bitte schauen Sie noch einmal")
    await alma.fills_in(
        {
            "Startlevel in Euro": "2.000,00",
            "Wann soll sie starten?": in_days(60),
            "Wie viele Tage läuft die Kampagne?": "33",
        }
    )
    await alma.group("Neue Zeile").fills_in({"Wofür": "Zwei Räder", "Betrag in Euro": "1.840"})
    await alma.presses("Speichern und weiter")
    await alma.arrives_at("Dankeschöns")
    thanks = {"Name": "Postkarte", "Was man bekommt": "Ein Gruß.", "Preis mit Versand in Euro": "10"}
    await alma.group("Neues Dankeschön").fills_in(thanks)
    await alma.presses("Speichern und weiter")
    await alma.arrives_at("Bilder und Video")
    await alma.attaches("Bilddatei", FilePayload(name="rad.jpg", mimeType="image/jpeg", buffer=picture()))
    await alma.fills_in({"Was ist zu sehen?": "Ein Rad mit einer Kiste", "Wer hat es gemacht?": "Alma"})
    await alma.ticks("Wir dürfen es verwenden, und alle, die zu erkennen sind, haben zugestimmt")
    await alma.presses("Speichern und weiter")
    await alma.arrives_at("Team")
    await alma.group("Noch jemand").writes("Name", "Alma Arnold")
    await alma.writes("Rechtsform", "eingetragener Verein")
    await alma.presses("Speichern und weiter")
    await alma.arrives_at("Wirkung")
    await alma.ticks("11 Nachhaltige Städte und Gemeinden")
    await alma.fills_in(IMPACT)
    await alma.presses("Speichern und weiter")
    await alma.arrives_at("Planung")
    await alma.fills_in(PLAN)
    await alma.presses("Speichern und zur Übersicht")
    await alma.sees("Vollständig: 8 von 8 Abschnitten")

    await alma.presses("Paket fertig machen")
    await alma.presses("Paket bestätigen")
    await alma.is_told_the_turn("Ben (Coach) ist am Zug")
    await alma.part("Bestätigungen").sees("Ideenteam: bestätigt am", "Coach: noch nicht bestätigt")
    await ben.opens("/arbeit")
    hand_off = ben.row(title, "Crowdfunding: Wird bestätigt")
    await hand_off.follows("Zum Crowdfunding")
    await ben.follows("Geld und Zeit")
    await ben.sees("2.000,00")
    await ben.page.go_back()
    await ben.presses("Paket bestätigen")
    await ben.part("Bestätigungen").sees("Ideenteam: bestätigt am", "Coach: bestätigt am")
    await HandOff(site.web, idea).until_in("awaiting_entry")
    await alma.opens(f"/ideen/{idea}/crowdfunding")
    await alma.is_told_the_turn("Sie sind am Zug")
    await alma.sees("Was nur Sie tun können", "Adresse eintragen")
