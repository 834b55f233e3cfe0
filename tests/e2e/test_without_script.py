"""Everything once in a browser that runs no script.

Copying a story from handing in to the report, a step of each role, many cases at once, an invitation to work here,
a program's access.
"""

import pytest

from tests.api.conftest import in_days, until
from tests.e2e.conftest import ComeIn, Neighbours, Site
from tests.e2e.people import BARE, Person, link_in, read_mail
from tests.factories import CARLA

pytestmark = [pytest.mark.services, pytest.mark.slow]


async def test_a_story_is_copied_and_the_idea_taken_on_reported_on_and_paused_without_a_script(
    site: Site, neighbours: Neighbours, come_in: ComeIn
) -> None:
    title = "Proberaum unter der Brücke"
    emil = await come_in(neighbours.emil, **BARE)
    await emil.opens(f"/geschichten/{site.ideas['slug']}")
    await emil.part("Bei mir starten").follows("Bei mir starten")
    await emil.presses("Los geht’s")
    await emil.presses("Weiter")
    await emil.sees("Bitte schauen Sie noch einmal")
    await emil.fills_in({"Titel": title, "Worum geht es?": "Bands teilen sich einen Raum."})
    await emil.presses("Weiter")
    await emil.arrives_at("Was möchten Sie ändern?")
    await emil.presses("Weiter")
    await emil.arrives_at("Wie soll das gehen?")
    await emil.presses("Weiter")
    await emil.arrives_at("Für wen und wo?")
    await emil.chooses("Landkreis oder Stadt", "Chemnitz")
    await emil.presses("Weiter")
    await emil.arrives_at("Alles richtig so?")
    await emil.presses("Einreichen")
    await emil.arrives_at("Danke für Ihre Idee!")
    await emil.follows("Idee ansehen")
    await emil.is_told_the_turn("Die Leitung (Büro Chemnitz) ist am Zug")
    idea = emil.page.url.rpartition("/")[2]

    carla = await come_in(CARLA, **BARE)
    await carla.opens(f"/neu/{idea}?buero=alle")
    await carla.ticks("Rückfragen stellen")
    await carla.writes("Ihre Fragen", "Wie laut wird es?")
    await carla.presses("Entscheiden und weiter")
    await carla.sees("Gespeichert: Rückfragen gestellt.")
    await carla.main.misses(title)
    await emil.opens("/ideen")
    await emil.follows(title)
    await emil.part("Nachrichten").sees("Wie laut wird es?")
    await emil.writes("Ihre Antwort", "Der Raum ist gedämmt.")
    await emil.presses("Antwort abschicken")
    await emil.is_told_the_turn("Die Leitung (Büro Chemnitz) ist am Zug")
    await carla.opens(f"/ideen/{idea}")
    await carla.ticks("Aufnehmen und Coach suchen")
    await carla.presses("Entscheiden")
    await site.web.open_offer(idea, neighbours.frieda)

    frieda = await come_in(neighbours.frieda, **BARE)
    await frieda.opens("/angebote")
    await frieda.part(title).presses("Ja, ich begleite diese Idee")
    await frieda.follows("Meine Arbeit")
    await frieda.row(title).follows("Plan vereinbaren")
    await frieda.presses("Plan vereinbaren")
    await frieda.sees("Gespeichert: Plan vereinbart.")
    await frieda.main.follows("Meine Arbeit")
    await frieda.row(title).sees("Emil (Ideenteam)")

    await site.web.begin_replication(idea)
    await emil.opens(f"/ideen/{idea}")
    await emil.follows("Zum Nachmachen")
    await emil.ticks("Berichten, was übernommen wurde")
    await emil.presses("Entscheiden")
    await emil.sees("Bitte schauen Sie noch einmal")
    await emil.chooses("Raum", "gescheitert")
    await emil.writes("Warum? (Raum)", "Die Brücke ist zu laut.")
    await emil.presses("Entscheiden")
    await emil.sees("Seit", "Der Bericht ist da.", "Die Brücke ist zu laut.")
    await emil.follows("Zur Geschichte")
    await emil.sees("Raum: einmal gescheitert")
    await emil.misses("zu laut")

    await carla.opens("/leitung")
    await carla.unfolds("Suchen und filtern")
    await carla.writes("Worte, Namen oder Nummer", "Proberaum")
    await carla.presses("Anzeigen")
    await carla.sees("Worte, Namen oder Nummer: Proberaum")
    await carla.row(title).ticks("Auswählen")
    await carla.presses("Pausieren")
    await carla.fills_in({"Bis wann?": in_days(9), "Begründung": "Die Brücke wird gestrichen."})
    await carla.presses("Ansehen, was geschieht")
    await carla.sees("Möglich bei 1 von 1.")
    await carla.presses("Bei einem Fall ausführen")
    await carla.arrives_at("Pausieren")
    await until_over(site, carla)
    await carla.opens(carla.page.url)
    await carla.sees("Fertig: 1 erledigt, 0 nicht möglich.")
    await carla.row(title).sees("Pause eingelegt", "Pause bis")


async def test_carla_invites_a_coach_and_gives_a_program_access_without_a_script(site: Site, come_in: ComeIn) -> None:
    carla = await come_in(CARLA, **BARE)
    await carla.opens("/menschen")
    await carla.follows("Jemanden einladen")
    await carla.presses("Mail ansehen")
    await carla.sees("Bitte schauen Sie noch einmal")
    await carla.fills_in({"E-Mail-Adresse": "gerda@example.org", "Name": "Gerda Gut"})
    await carla.ticks("Coach")
    await carla.chooses("Büro", "Büro Chemnitz")
    await carla.presses("Mail ansehen")
    await carla.arrives_at("So kommt die Einladung an")
    await carla.presses("Einladung senden")
    await carla.arrives_at("Menschen")
    await carla.sees("Die Einladung ist unterwegs.", "Gerda Gut")
    mail = await read_mail(site.web, "gerda@example.org", "Eine Einladung zur Mitarbeit")
    gerda = await come_in(**BARE)
    await gerda.opens(link_in(mail, "/mitarbeit/"))
    await gerda.sees("gerda@example.org", "Coach")

    await carla.opens("/einstellungen/zugriff")
    await carla.follows("Zugriffsschlüssel erstellen")
    await carla.writes("Wofür ist er?", "Jahresbericht")
    await carla.presses("Zugriffsschlüssel erstellen")
    await carla.sees("Ihr Zugriffsschlüssel ist da.")
    await carla.presses("Widerrufen : Jahresbericht")
    await carla.sees("Der Zugriffsschlüssel gilt nicht mehr.")


async def until_over(site: Site, carla: Person) -> None:
    """The run on the page has come to its end. Without a script the page does not tell by itself."""

    async def is_over() -> bool:
        return "Fertig:" in (await site.web.carla.get(f"{carla.page.url}/stand")).text

    await until(is_over)
