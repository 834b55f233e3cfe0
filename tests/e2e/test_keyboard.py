"""The main actions with the keyboard alone: it gets everywhere, as one reads, and everybody sees where it is."""

import pytest
from playwright.async_api import expect

from models.tables import Account
from tests.e2e.before import leave_lying
from tests.e2e.conftest import ComeIn, Neighbours, Site
from tests.e2e.people import PHONE, code_in, read_mail
from tests.factories import ALMA, BEN, CARLA, account_id

pytestmark = [pytest.mark.services, pytest.mark.slow]

PAGES = {"": "/", ALMA: "/ideen/{idea}", CARLA: "/leitung"}
"""The one with the most to go through, for each."""


async def test_emil_signs_in_hands_in_and_answers_with_the_keyboard_alone(
    site: Site, neighbours: Neighbours, come_in: ComeIn
) -> None:
    emil = await come_in()
    await emil.opens("/anmelden")
    await emil.hits("Tab")
    assert await emil.stops_at() == "Zum Inhalt springen"
    await emil.sees_the_focus()
    await emil.hits("Enter")
    await emil.hits("Tab")
    assert await emil.stops_at() == "Ihre E-Mail-Adresse"
    await emil.types("emil")
    await emil.hits("Enter")
    await emil.is_led_from_the_error_to("Ihre E-Mail-Adresse")
    await emil.types("emil@example.org")
    await emil.hits("Enter")
    await emil.arrives_at("Bitte sehen Sie in Ihr Postfach")
    mail = await read_mail(site.web, "emil@example.org", "Ihre Anmeldung")
    await emil.tabs_to("Code aus der Mail")
    await emil.types(code_in(mail))
    await emil.hits("Enter")

    await emil.arrives_at("Meine Ideen")
    await emil.tabs_to("Idee einreichen")
    await emil.hits("Enter")
    await emil.arrives_at("Idee einreichen")
    await emil.tabs_to("Los geht’s")
    await emil.hits("Enter")
    await emil.arrives_at("Worum geht es?")
    await emil.tabs_to("Weiter")
    await emil.hits("Enter")
    await emil.is_led_from_the_error_to("Titel")
    await emil.types("Lesestunde im Wartezimmer")
    await emil.tabs_to("Worum geht es?")
    await emil.types("Wer wartet, hört eine Geschichte.")
    await emil.tabs_to("Ein Beispiel ansehen")
    await emil.hits("Space")
    await emil.sees("Ein umgebauter Bus")
    await emil.tabs_to("Weiter")
    await emil.hits("Enter")
    for title in ("Was möchten Sie ändern?", "Wie soll das gehen?", "Für wen und wo?"):
        await emil.arrives_at(title)
        await emil.tabs_to("Weiter")
        await emil.hits("Enter")
    await emil.arrives_at("Alles richtig so?")
    await emil.tabs_to("Einreichen")
    await emil.hits("Enter")
    await emil.arrives_at("Danke für Ihre Idee!")
    await emil.tabs_to("Idee ansehen")
    await emil.hits("Enter")
    await emil.arrives_at("Lesestunde im Wartezimmer")

    idea = emil.page.url.rpartition("/")[2]
    await site.web.ask(CARLA, idea, "request_clarification", note="In welcher Praxis?")
    await emil.opens(f"/ideen/{idea}")
    await emil.is_told_the_turn("Sie sind am Zug")
    await emil.tabs_to("Ihre Antwort")
    await emil.types("In der am Markt.")
    await emil.hits("Tab")
    assert await emil.stops_at() == "Antwort abschicken"
    await emil.hits("Space")
    await emil.sees("Gespeichert: Fragen beantwortet.")
    await emil.is_told_the_turn("Die Leitung")


async def test_the_keyboard_goes_through_a_page_as_it_is_read(
    site: Site, come_in: ComeIn, subtests: pytest.Subtests
) -> None:
    """On a phone everything stands in one column, so what comes next is never above."""
    idea = await site.web.bring_to("piloting")
    for account, path in PAGES.items():
        with subtests.test(page=path):
            person = await come_in(account, **PHONE)
            await person.opens(path.format(idea=idea))
            assert await person.leaps() == []


async def test_help_for_a_stuck_case_opens_where_the_keyboard_is(site: Site, come_in: ComeIn) -> None:
    title = "Blumen auf dem Dach"
    await leave_lying(site, title)
    carla = await come_in(CARLA)
    await carla.opens("/haengt-fest")
    help_ = carla.row(title).root.get_by_role("link", name="Frist verlängern")
    await help_.focus()
    await carla.hits("Enter")
    await carla.sees("Das hilft am ehesten", "überfällig")
    assert await carla.stops_at() == "Das hilft am ehesten"
    await carla.sees_the_focus()
    await carla.hits("Tab")
    assert await carla.stops_at() == "Frist verlängern"
    await carla.hits("Escape")
    await carla.misses("Das hilft am ehesten")
    await carla.comes_to("Über der Frist")
    await carla.opens("/menschen")
    await carla.page.set_viewport_size({"width": 1280, "height": 300})
    await carla.page.locator("tbody tr").last.evaluate("row => row.scrollIntoView({block: 'start'})")
    assert await carla.page.evaluate("scrollY") > 0
    await expect(carla.page.locator("thead th").first).to_be_in_viewport(ratio=1)
    ben = await come_in(BEN)
    for person, path in ((carla, "/haengt-fest"), (carla, "/leitung"), (carla, "/menschen"), (ben, "/arbeit")):
        await person.opens(path)
        rows = await person.page.locator("tbody th a").all()
        for row in rows[:2]:
            await person.hits("j")
            await expect(row).to_be_focused()
            await person.sees_the_focus()
        await person.hits("k")
        await expect(rows[0]).to_be_focused()
        await person.hits("?")
        await person.sees("nächste Zeile; Enter öffnet sie")
        await person.hits("Escape")
        await person.misses("nächste Zeile; Enter öffnet sie")


async def test_a_lead_goes_through_new_ideas_with_single_keys(site: Site, come_in: ComeIn) -> None:
    """Of thirty, twenty are accepted with a key each, ten answered with two: 40 of at most 45."""
    hedwig = account_id("hedwig")
    async with site.web.database.transaction() as session:
        lead = Account(
            id=hedwig, email="hedwig@example.org", name="Hedwig", roles=["lead"], office="leipzig", demo=True
        )
        session.add(lead)
    await site.web.invite(hedwig)
    titles = ("Erste Bank", "Zweite Bank", "Dritte Bank", "Vierte Bank")
    for title in titles:
        await site.web.hand_in(title=title, district="DED51")
    person = await come_in(hedwig, viewport={"width": 1280, "height": 800})
    await person.opens("/neu?buero=leipzig")
    await person.arrives_at(titles[0])
    decide = person.page.get_by_role("button", name="Entscheiden und weiter")
    for seen in (person.main.part("Die Idee").root, decide):
        await person.has_in_view(seen)
    for key, opens in (("1", titles[1]), ("k", None), ("2", None), ("Enter", titles[2]), ("4", None)):
        await person.hits(key)
        if opens is not None:
            await person.arrives_at(opens)
            await person.page.wait_for_load_state()
    assert "Guten Tag Alma," in await person.page.locator("#decline-reason").input_value(), "to be read before it goes"
    await person.hits("Enter")
    await person.arrives_at(titles[3])
    await person.page.wait_for_load_state()
    await person.sees("Gespeichert: Idee nicht aufgenommen")
    await person.hits("/")
    assert await person.stops_at() == "Suchen nach Worten, Namen oder Nummer"
    await person.types("1")
    await person.arrives_at(titles[3])
    last = await site.web.hand_in(title="Fünfte Bank", district="DED51")
    await person.opens("/neu?buero=leipzig")
    await person.hits("h")
    assert await person.stops_at() == "Bis wann?"
    await person.hits("Enter")
    await person.sees("Gespeichert: Erinnerungen verschoben")
    await person.arrives_at("Fünfte Bank")
    await expect(person.page.locator(".queue li").first.get_by_role("link")).to_have_attribute(
        "href", f"/neu/{last}?buero=leipzig"
    )
    await person.hits("j")
    await person.arrives_at(titles[3])
    await person.sees("ruhen die Erinnerungen auf Wunsch")
    await site.web.ask(CARLA, last, "shortlist")

    # Who wants no keys has none.
    await person.opens("/einstellungen")
    await person.page.get_by_role("checkbox", name="Einzelne Tasten lösen etwas aus").uncheck()
    await person.part("Tastenkürzel").presses("Speichern")
    await person.sees("gespeichert")
    await person.opens("/neu?buero=leipzig")
    await person.hits("/")
    assert await person.stops_at() == ""
    await person.hits("1")
    await expect(person.page.get_by_role("radio", name="Rückfragen stellen")).not_to_be_checked()
    await person.opens("/neu?buero=leipzig")
    await person.arrives_at(titles[3])
