"""The first day of an office: from an empty machine to an idea that a coach works on, in a browser, without demo data.

Nobody writes SQL, and nobody knows more than what the screen of `ideenweg up`, the mails and the pages say.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import Browser

from tests.activities.adapters.smtp_server import Sink, open_sink
from tests.api.conftest import until
from tests.cast import PIPELINE
from tests.conftest import KEY
from tests.e2e.browsing import Watcher, open_as
from tests.e2e.installation import Installation
from tests.e2e.people import DESK, PATIENCE, PHONE, Person

pytestmark = [pytest.mark.services, pytest.mark.slow]

TITLE = "Lesebank am Bahnhof"
STRANGER = "frieda.fremd@example.org"


class Office:
    """An installation with a mail server, and everybody who comes to it, each at a device of their own."""

    def __init__(self, installation: Installation, sink: Sink, browser: Browser) -> None:
        self.installation = installation
        self.sink = sink
        self._browser = browser
        self.watchers: list[Watcher] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.installation.port}"

    async def somebody(self, **device: object) -> Person:
        context = await open_as(self._browser, self.url, "", reduced_motion="reduce", **(device or DESK))
        context.set_default_timeout(PATIENCE)
        self.watchers.append(Watcher(context, self.url))
        return Person(await context.new_page(), self.watchers[-1], touch=bool(device.get("has_touch")))

    async def mail_to(self, address: str, link: str) -> str:
        """The address of ours in a mail to somebody that begins with a path, as soon as it has come."""
        found: list[str] = []

        async def has_come() -> bool:
            texts = [text_of(mail) for mail in self.sink.mails if address in str(mail["To"])]
            found[:] = [match[1] for text in texts for match in re.finditer(rf"http://[^/\s]+({link}\S*)", text)]
            return bool(found)

        await until(has_come)
        return found[-1]

    async def link_on_the_screen(self) -> str:
        """What `ideenweg up` prints as long as nobody leads."""
        found: list[str] = []

        async def is_printed() -> bool:
            told = self.installation.output.read_text()
            found[:] = re.findall(r"http://[^/\s]+(/einrichten/[\w-]+)", told)
            return bool(found)

        await until(is_printed)
        return found[-1]

    async def says(self, *command: str) -> str:
        return await asyncio.to_thread(self.installation.command, *command)


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def write_pipeline(folder: Path) -> Path:
    """The shipped one, but that a decision can be taken back for a second instead of a minute."""
    shipped = PIPELINE.read_text(encoding="utf-8")
    quicker = re.sub(r"^undo_seconds = \d+", "undo_seconds = 1", shipped, flags=re.MULTILINE)
    assert quicker != shipped
    (folder / "pipeline.toml").write_text(quicker, encoding="utf-8")
    return folder / "pipeline.toml"


@pytest.fixture
async def office(tmp_path: Path, browser: Browser) -> AsyncIterator[Office]:
    tmp_path.chmod(0o755)
    async with open_sink() as sink:
        settings = {"IDEENWEG_DEMO": "0", "IDEENWEG_SECRET_KEY": KEY}
        settings["IDEENWEG_PIPELINE"] = str(write_pipeline(tmp_path))
        installation = Installation(tmp_path, IDEENWEG_SMTP_URL=f"smtp://127.0.0.1:{sink.port}", **settings)
        installation.environment["IDEENWEG_PUBLIC_URL"] = f"http://127.0.0.1:{installation.port}"
        await asyncio.to_thread(installation.start)
        office = Office(installation, sink, browser)
        try:
            yield office
        finally:
            await asyncio.to_thread(installation.stop)
    assert [fault for watcher in office.watchers for fault in watcher.faults] == []


async def secure_account(person: Person) -> None:
    """The second factor, which whoever works here needs before anything else."""
    await person.arrives_at("Bitte sichern Sie Ihr Konto")
    await person.presses("App einrichten")
    secret = await person.page.locator("code.secret").inner_text()
    await person.writes("Code aus der App", pyotp.TOTP("".join(secret.split())).now())
    await person.presses("App prüfen")
    await person.arrives_at("Wiederherstellungscodes")
    await person.follows("Ich habe die Codes, weiter")


async def invite(lead: Person, email: str, name: str, office: str) -> None:
    await lead.opens("/menschen")
    await lead.follows("Jemanden einladen")
    await lead.writes("E-Mail-Adresse", email)
    await lead.writes("Name", name)
    await lead.ticks("Coach")
    await lead.chooses("Büro", f"Büro {office}")
    await lead.presses("Mail ansehen")
    await lead.arrives_at("So kommt die Einladung an")
    await lead.sees(f"Diese Mail geht an {email}.")
    await lead.presses("Einladung senden")
    await lead.sees("Die Einladung ist unterwegs.")


async def become_coach(office: Office, email: str, name: str, place: str, theme: str) -> Person:
    coach = await office.somebody()
    await coach.opens(await office.mail_to(email, "/mitarbeit/"))
    await coach.arrives_at("Möchten Sie mitarbeiten?")
    await coach.sees("Greta Gründler lädt Sie ein, Ideen als Coach zu begleiten.")
    await coach.presses("Ja, ich mache mit")
    await secure_account(coach)
    await coach.arrives_at("Was kennen Sie gut?")
    await coach.ticks(place, theme)
    await coach.presses("Weiter")
    await coach.arrives_at("Wie viele Ideen passen in Ihre Zeit?")
    await coach.writes("Wie viele Ideen zugleich?", "3")
    await coach.presses("Weiter")
    await coach.arrives_at("Ein Satz über Sie")
    await coach.presses("Fertig")
    await coach.arrives_at("Meine Arbeit")
    return coach


async def asked(coach: Person) -> None:
    """The search asks a moment later; the mail about it waits for others that may follow."""

    async def is_asked() -> bool:
        return TITLE in await (await coach.page.request.get("/angebote")).text()

    await until(is_asked)
    await coach.opens("/angebote")


async def hand_in(office: Office) -> Person:
    """A stranger, on a phone, without an account."""
    stranger = await office.somebody(**PHONE)
    await stranger.opens("/einreichen")
    await stranger.presses("Los geht’s")
    await stranger.fills_in({"Titel": TITLE, "Worum geht es?": "Wer wartet, soll etwas zu lesen haben."})
    await stranger.presses("Weiter")
    await stranger.arrives_at("Was möchten Sie ändern?")
    await stranger.presses("Weiter")
    await stranger.arrives_at("Wie soll das gehen?")
    await stranger.presses("Weiter")
    await stranger.arrives_at("Für wen und wo?")
    await stranger.chooses("Landkreis oder Stadt", "Leipzig")
    await stranger.presses("Weiter")
    await stranger.arrives_at("Wer sind Sie?")
    await stranger.fills_in({"Name": "Frieda Fremd", "E-Mail-Adresse": STRANGER})
    await stranger.presses("Weiter")
    await stranger.arrives_at("Alles richtig so?")
    await stranger.presses("Einreichen")
    await stranger.arrives_at("Fast geschafft: Bitte bestätigen Sie Ihre Adresse")
    return stranger


async def test_an_office_begins_with_nothing_and_coaches_the_first_idea(office: Office) -> None:
    closed = await office.somebody()
    await closed.opens("/einreichen")
    await closed.sees("Wir richten gerade ein")
    # That an error page has its status is noted by the browser as well.
    closed.watcher.faults.clear()
    link = await office.link_on_the_screen()

    greta = await office.somebody()
    await greta.opens(link)
    await greta.fills_in({"Name": "Greta Gründler", "E-Mail-Adresse": "greta@example.org"})
    await greta.chooses("Büro", "Büro Leipzig")
    await greta.presses("Leitung anlegen und anmelden")
    await secure_account(greta)
    await greta.sees("Sie sind die erste Leitung")
    await closed.opens(link)
    await closed.arrives_at("Dieser Link gilt nicht mehr")

    await invite(greta, "ivo@example.org", "Ivo Ihle", "Leipzig")
    await invite(greta, "jana@example.org", "Jana Jahn", "Chemnitz")
    ivo = await become_coach(office, "ivo@example.org", "Ivo Ihle", "Leipzig", "Nachbarschaft")
    await become_coach(office, "jana@example.org", "Jana Jahn", "Chemnitz", "Nachbarschaft")
    told = await office.says("people", "list")
    assert all(name in told for name in ("Greta", "Ivo", "Jana")), told
    assert "read by nobody" not in await office.says("doctor")

    stranger = await hand_in(office)
    await stranger.opens(await office.mail_to(STRANGER, "/einreichen/bestaetigen/"))
    await stranger.arrives_at("Ist das Ihre Idee?")
    await stranger.presses("Ja, Idee einreichen")
    await stranger.sees(TITLE)

    await greta.opens("/leitung")
    await greta.follows(TITLE)
    await greta.ticks("Aufnehmen und Coach suchen")
    await greta.presses("Entscheiden")
    await greta.sees("Gespeichert: Idee aufgenommen, Coach-Suche gestartet.")
    await asked(ivo)
    await ivo.presses("Ja, ich begleite diese Idee")
    await ivo.arrives_at(TITLE)
    await ivo.presses("Plan vereinbaren")
    await ivo.sees("Gespeichert: Plan vereinbart.")

    await stranger.opens("/ideen")
    await stranger.row(TITLE).sees("Konzept in Arbeit")
