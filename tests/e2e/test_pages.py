"""Every page in a real browser, as each role, in both languages, light and dark.

No barrier, valid HTML, nothing from elsewhere, nothing cut off on a small phone.
"""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize

from tests.e2e.browsing import Watcher, open_as
from tests.e2e.conftest import Site
from tests.factories import ALMA, BEN, CARLA
from tests.html import mistakes_in

FIRST_LOOK = Axe()
SECOND_LOOK = Axe(axe_script="0")
"""On a page that knows the script already."""

pytestmark = [pytest.mark.services, pytest.mark.slow]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""All that can be different between light and dark."""
SMALLEST = ViewportSize(width=320, height=640)
WIDE = ViewportSize(width=1280, height=900)

FOR_EVERYBODY = (
    *("/", "/so-funktioniert-es", "/geschichten", "/geschichten/{published}", "/leichte-sprache", "/impressum"),
    *("/datenschutz", "/barrierefreiheit", "/rueckmeldung", "/rueckmeldung?bis=2026-12-04", "/gibt-es-nicht", "/ideen"),
    *("/demo/anmelden", "/mailbox", "/einreichen", "/einreichen/weiter", "/anmelden", "/anmelden/code"),
)
PAGES = {
    "": FOR_EVERYBODY,
    ALMA: (
        *("/ideen", "/einreichen", "/ideen/{draft}", "/ideen/{draft}/bearbeiten", "/ideen/{clarification}"),
        *("/ideen/{working}", "/ideen/{piloting}", "/ideen/{piloting}/crowdfunding", "/ideen/{published}"),
        *("/ideen/{screening}/eingereicht", "/mitteilungen", "/einstellungen", "/leitung"),
        *("/einstellungen/anmeldungen", "/anmelden/bestaetigen", "/meine-daten", "/meine-daten/loeschen", "/kalender"),
    ),
    BEN: (
        *("/arbeit", "/angebote", "/ideen/{working}", "/ideen/{piloting}", "/ideen/{editing}", "/einstellungen"),
        *("/profil", "/gespraeche", "/ideen/{working}/gespraeche"),
    ),
    CARLA: (
        *("/leitung", "/leitung?phase=develop", "/haengt-fest", "/coaches", "/zustellung", "/rueckmeldungen"),
        *("/ideen/{screening}", "/ideen/{editing}", "/leitung/tafel", "/leitung/ansichten", "/leitung/sammel"),
        *("/ueberblick", "/maschinenraum", "/coaches/{ben}/abschied", "/loeschwuensche", "/gespraeche"),
    ),
}


@pytest.mark.parametrize("who", PAGES, ids=["nobody", "innovator", "coach", "lead"])
async def test_pages_are_for_everybody(site: Site, browser: Browser, who: str, subtests: pytest.Subtests) -> None:
    context = await open_as(browser, site.url, who, viewport=WIDE, reduced_motion="reduce")
    watcher = Watcher(context, site.url)
    page = await context.new_page()
    for template in PAGES[who]:
        path = template.format(**site.ideas, ben=BEN)
        for language in ("de", "en"):
            with subtests.test(page=template, language=language):
                watcher.faults.clear()
                answer = await page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
                assert answer is not None
                assert answer.status < 500
                found = mistakes_in(await answer.text()) + await barriers_on(page, FIRST_LOOK, RULES)
                await page.emulate_media(color_scheme="dark")
                found += await barriers_on(page, SECOND_LOOK, COLOURS, by="rule")
                await page.emulate_media(color_scheme="light")
                await page.set_viewport_size(SMALLEST)
                if (width := await page.evaluate("document.documentElement.scrollWidth")) > SMALLEST["width"]:
                    found.append(f"is {width} pixels wide on a phone of {SMALLEST['width']}")
                await page.set_viewport_size(WIDE)
                assert found + watcher.faults == []
    await context.close()


async def test_a_filter_changes_the_list_and_leaves_the_reader_where_they_are(site: Site, browser: Browser) -> None:
    page = await browser.new_page(base_url=site.url)
    await page.goto("/geschichten")
    await page.evaluate("window.isTheSame = true")
    await page.get_by_label("Thema").focus()
    await page.get_by_label("Thema").select_option("culture")
    await page.wait_for_url("**/geschichten?thema=culture")
    await page.get_by_text("0 Geschichten").wait_for()
    assert await page.evaluate("window.isTheSame && document.activeElement.id") == "thema"
    assert await page.title() == "Geschichten · Ideenweg"
    await page.get_by_role("link", name="Thema: Kultur und Begegnung").click()
    await page.get_by_text("1 Geschichte").wait_for()
    await page.close()


async def test_the_same_filter_works_without_a_script(site: Site, browser: Browser) -> None:
    page = await browser.new_page(base_url=site.url, java_script_enabled=False)
    await page.goto("/geschichten")
    await page.get_by_label("Thema").select_option("culture")
    await page.get_by_role("button", name="Anzeigen").click()
    assert page.url.endswith("/geschichten?thema=culture")
    assert await page.get_by_text("0 Geschichten").is_visible()
    await page.close()


async def barriers_on(page: Page, axe: Axe, values: list[str], by: str = "tag") -> list[str]:
    """What axe finds, one line each."""
    found = await axe.run(page, options={"runOnly": {"type": by, "values": values}, "resultTypes": ["violations"]})
    return [
        f"{violation['id']}: {violation['help']} ({node['target']} {node.get('failureSummary', '')})"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]
