"""`make screenshots`: pictures of the main pages of the demo, light and dark, wide and phone, into var/screenshots.

`ARGS=--readme` takes those of the README anew, into tests/e2e/pictures.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page

from api.operations.embedded.network_ports import find_free_port
from models.running_services import find_running
from models.settings import PROJECT_ROOT, load_settings
from models.vocabulary import Role
from tests.e2e.browsing import open_as, open_chromium

SIZES = {"wide": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
ORDER = (Role.LEAD, Role.COACH, Role.INNOVATOR)
"""As the page of demo accounts shows them."""

IN_README = {"idee": 1290, "haengt-fest": 1230}
"""Name → how much of the picture is shown, in pixels from the top."""
PICTURES = Path(__file__).parent / "pictures"


@dataclass(frozen=True)
class Shot:
    """A page to be taken. `follow` is a link on it that is opened first."""

    name: str
    path: str
    role: Role | None = None
    follow: str = ""


SHOTS = (
    Shot("start", "/"),
    Shot("so-funktioniert-es", "/so-funktioniert-es"),
    Shot("geschichten", "/geschichten"),
    Shot("geschichte", "/geschichten", follow=".tiles a"),
    Shot("leichte-sprache", "/leichte-sprache"),
    Shot("barrierefreiheit", "/barrierefreiheit"),
    Shot("datenschutz", "/datenschutz"),
    Shot("impressum", "/impressum"),
    Shot("rueckmeldung", "/rueckmeldung"),
    Shot("nicht-gefunden", "/gibt-es-nicht"),
    Shot("anmelden", "/demo/anmelden"),
    Shot("postfach", "/mailbox"),
    Shot("einreichen", "/einreichen"),
    Shot("meine-ideen", "/ideen", Role.INNOVATOR),
    Shot("idee", "/ideen", Role.INNOVATOR, "tbody th a"),
    Shot("mitteilungen", "/mitteilungen", Role.INNOVATOR),
    Shot("einstellungen", "/einstellungen", Role.INNOVATOR),
    Shot("meine-arbeit", "/arbeit", Role.COACH),
    Shot("idee-coach", "/arbeit", Role.COACH, "tbody th a"),
    Shot("anfragen", "/angebote", Role.COACH),
    Shot("heute", "/heute", Role.LEAD),
    Shot("neue-ideen", "/neu?buero=alle", Role.LEAD),
    Shot("alle-ideen", "/leitung", Role.LEAD),
    Shot("haengt-fest", "/haengt-fest", Role.LEAD),
    Shot("menschen", "/menschen", Role.LEAD),
    Shot("rueckmeldungen", "/rueckmeldungen", Role.LEAD),
)


def main(arguments: Sequence[str]) -> None:
    for_readme = "--readme" in arguments
    names = IN_README if for_readme else arguments
    folder = load_settings().var / "screenshots"
    asyncio.run(take_pictures([shot for shot in SHOTS if not names or shot.name in names], folder))
    if for_readme:
        keep_for_readme(folder)


def keep_for_readme(folder: Path) -> None:
    """The upper part of each, in few colours, so that it is small."""
    for name, height in IN_README.items():
        with Image.open(folder / f"{name}-wide-light.png") as picture:
            upper = picture.convert("RGB").crop((0, 0, picture.width, height))
        upper.quantize(128, Image.Quantize.MAXCOVERAGE).save(PICTURES / f"{name}.png", optimize=True)


async def take_pictures(shots: Sequence[Shot], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    async with open_demo() as url, open_chromium() as browser:
        people = await find_people(browser, url)
        for role in (None, *ORDER):
            mine = [shot for shot in shots if shot.role is role]
            for size, viewport in SIZES.items() if mine else ():
                context = await open_as(browser, url, people[role] if role else "", viewport=viewport)
                page = await context.new_page()
                for shot in mine:
                    await take(page, shot, folder, size)
                await context.close()
    print(f"{len(shots) * len(SIZES) * len(SCHEMES)} pictures are in {folder}")


async def take(page: Page, shot: Shot, folder: Path, size: str) -> None:
    await page.goto(shot.path)
    if shot.follow:
        await page.goto(await page.locator(shot.follow).first.get_attribute("href") or "/")
    await page.evaluate("document.fonts.ready")
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        # Else buttons are caught on the way from one colour to the other.
        path = folder / f"{shot.name}-{size}-{scheme}.png"
        await page.screenshot(path=path, full_page=True, animations="disabled")


async def find_people(browser: Browser, url: str) -> dict[Role, str]:
    """The first account of each role."""
    context = await browser.new_context(locale="de-DE", base_url=url)
    page = await context.new_page()
    await page.goto("/demo/anmelden")
    groups = page.locator("main ul.tiles")
    first = [groups.nth(place).locator('input[name="konto"]').first for place in range(len(ORDER))]
    found = {role: await account.get_attribute("value") or "" for role, account in zip(ORDER, first, strict=True)}
    await context.close()
    return found


@asynccontextmanager
async def open_demo() -> AsyncIterator[str]:
    """The demo that runs already, or one with data of its own that ends with the pictures."""
    running = find_running(load_settings().var)
    if running is not None and running.demo:
        yield running.web_url
        return
    with tempfile.TemporaryDirectory(prefix="ideenweg-pictures-", ignore_cleanup_errors=True) as home:
        var = Path(home)
        var.chmod(0o755)
        environment = os.environ | {"IDEENWEG_VAR": str(var), "IDEENWEG_PORT": str(find_free_port())}
        log = (var / "output").open("w+")
        command = (sys.executable, "-m", "api.cli", "up", "--demo")
        process = await asyncio.create_subprocess_exec(
            *command, cwd=PROJECT_ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            while "Ready after" not in (var / "output").read_text():
                assert process.returncode is None, (var / "output").read_text()
                await asyncio.sleep(0.2)
            started = find_running(var)
            assert started is not None
            yield started.web_url
        finally:
            process.terminate()
            await process.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
