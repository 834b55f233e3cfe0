"""Nothing typed is lost, in a real browser: no connection, the end of a session, another language."""

import pytest
from playwright.async_api import Browser, BrowserContext, Dialog, Page, expect

from tests.e2e.browsing import open_as
from tests.e2e.conftest import Site
from tests.factories import ALMA, BEN

pytestmark = [pytest.mark.services, pytest.mark.slow]

SESSION = "ideenweg_session"


async def begin(context: BrowserContext) -> Page:
    context.set_default_timeout(60_000)
    page = await context.new_page()
    await page.goto("/einreichen")
    await page.get_by_role("button", name="Los geht").click()
    await page.get_by_label("Titel").fill("Im Zug")
    await page.get_by_label("Worum geht es?").fill("Satz eins.")
    await expect(page.locator("#gespeichert")).to_contain_text("Gespeichert um")
    return page


async def stored(context: BrowserContext, page: Page) -> str:
    """What the server has, as another window shows it."""
    other = await context.new_page()
    await other.goto(page.url)
    value = await other.get_by_label("Worum geht es?").input_value()
    await other.close()
    return value


async def test_without_a_connection_it_is_told_at_once_and_saved_once_there_is_one(
    site: Site, browser: Browser
) -> None:
    context = await open_as(browser, site.url, ALMA)
    page, line = await begin(context), "#gespeichert"
    warned: list[str] = []

    async def stay(dialog: Dialog) -> None:
        warned.append(dialog.type)
        await dialog.dismiss()

    page.on("dialog", stay)
    await context.set_offline(True)
    await page.get_by_label("Worum geht es?").fill("Satz eins. Satz zwei im Tunnel.")
    await expect(page.locator(line)).to_contain_text("Nicht gespeichert seit")
    await page.get_by_role("button", name="Weiter", exact=True).click()
    await expect(page.get_by_label("Worum geht es?")).to_have_value("Satz eins. Satz zwei im Tunnel.")
    await page.close(run_before_unload=True)
    await context.set_offline(False)
    await expect(page.locator(line)).to_contain_text("Gespeichert um")
    assert await stored(context, page) == "Satz eins. Satz zwei im Tunnel."
    # A deployment: the server answers 503 for a while.
    await page.route("**/idee", lambda route: route.fulfill(status=503, body="<html>Bad gateway</html>"))
    await page.get_by_label("Worum geht es?").fill("Satz drei.")
    await expect(page.locator(line)).to_contain_text("Die Plattform antwortet gerade nicht")
    await page.unroute_all()
    await expect(page.locator(line)).to_contain_text("Gespeichert um")
    assert await stored(context, page) == "Satz drei."
    assert warned == ["beforeunload"]
    await context.close()


SAVES_AFTER_SUBMIT = """() => {
  const form = document.querySelector("form[data-autosave]"), sent = []
  const save = () => { sent.push(0); htmx.trigger(form, "nochmal") }
  form.addEventListener("htmx:beforeSend", () => { sent[sent.length - 1] += 1 })
  form.addEventListener("submit", (event) => event.preventDefault(), { once: true })
  save()
  form.requestSubmit()
  save()
  return sent
}"""
"""How often the form is saved by itself before it is sent as a whole, and after."""


async def test_a_form_that_is_on_its_way_is_saved_no_more_until_somebody_types(site: Site, browser: Browser) -> None:
    context = await open_as(browser, site.url, ALMA)
    page = await begin(context)
    assert await page.evaluate(SAVES_AFTER_SUBMIT) == [1, 0]
    await page.get_by_label("Worum geht es?").fill("Satz zwei, als nichts geschah.")
    async with page.expect_response(lambda answer: answer.request.method == "POST"):
        pass
    await expect(page.locator("#gespeichert")).to_contain_text("Gespeichert um")
    assert await stored(context, page) == "Satz zwei, als nichts geschah."
    await context.close()


async def test_a_session_that_ended_costs_nothing(site: Site, browser: Browser) -> None:
    context = await open_as(browser, site.url, ALMA)
    page = await begin(context)
    await context.clear_cookies(name=SESSION)
    await page.get_by_label("Worum geht es?").fill("Satz eins. Satz zwei.")
    await expect(page.locator("#gespeichert")).to_contain_text("sobald Sie wieder angemeldet sind")
    await page.get_by_role("button", name="Weiter", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Bitte melden Sie sich an")
    way = await page.locator("main a.primary").get_attribute("href")
    await page.goto(f"/demo{way}")
    await page.locator("form", has=page.locator(f'input[value="{ALMA}"]')).locator("button").click()
    await expect(page.locator("textarea")).to_have_value("Satz eins. Satz zwei.")
    await page.get_by_role("button", name="Jetzt absenden").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Was möchten Sie ändern?")
    await context.close()


async def test_another_window_in_which_somebody_signs_in_is_enough(site: Site, browser: Browser) -> None:
    context = await open_as(browser, site.url, ALMA)
    page = await begin(context)
    await context.clear_cookies(name=SESSION)
    await page.get_by_label("Worum geht es?").fill("Satz eins. Satz zwei.")
    await expect(page.locator("#gespeichert")).to_contain_text("In neuem Fenster anmelden")
    other = await context.new_page()
    await other.goto("/demo/anmelden")
    await other.locator("form", has=other.locator(f'input[value="{ALMA}"]')).locator("button").click()
    await other.wait_for_url("**/ideen")
    await page.bring_to_front()
    await expect(page.locator("#gespeichert")).to_contain_text("Gespeichert um")
    assert await stored(context, page) == "Satz eins. Satz zwei."
    await context.close()


async def test_another_language_keeps_the_note_that_a_coach_is_writing(site: Site, browser: Browser) -> None:
    context = await open_as(browser, site.url, BEN)
    context.set_default_timeout(60_000)
    page = await context.new_page()
    await page.goto(f"/ideen/{site.ideas['working']}?oeffne=write_note")
    await page.locator("#write_note-note").fill("Lange Notiz")
    await page.locator("header details.account summary").click()
    await page.locator("header a[hreflang=en]").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.locator("#write_note-note")).to_have_value("Lange Notiz")
    await expect(page.locator("#write_note-note")).to_be_visible()
    await context.close()
