"""Filters of the lead's pages work at once where there is a script, and with their button where there is none."""

from playwright.async_api import expect

from tests.e2e.conftest import ComeIn, Site
from tests.factories import CARLA

IS_SAME = "window.isTheSame === true"


async def test_a_lead_filters_and_stays_where_they_are(site: Site, come_in: ComeIn) -> None:
    page = (await come_in(CARLA)).page
    for path, field, value in (
        ("/leitung?zeige=open", "Phase", "develop"),
        ("/leitung/tafel", "Phase", "support"),
        ("/haengt-fest", "Grund", "no_coach"),
    ):
        await page.goto(path)
        await page.evaluate("window.isTheSame = true")
        if path != "/haengt-fest":
            filters = page.locator("summary", has_text="Suchen und filtern").first
            if await page.get_by_label(field, exact=True).is_hidden():
                await filters.click()
        choice = page.get_by_label(field, exact=True)
        await choice.focus()
        await choice.select_option(value)
        await page.wait_for_url(f"**={value}*")
        assert await page.evaluate(IS_SAME)
        assert await page.evaluate("document.activeElement.tagName") == "SELECT"
        await expect(page.locator("#anzahl[role=status]")).not_to_be_empty()
        # What else knows the filters has followed, and the address shows the same when it is opened afresh.
        shown = await page.locator("#treffer").inner_text()
        await page.reload()
        assert await page.locator("#treffer").inner_text() == shown
        assert not await page.evaluate(IS_SAME)


async def test_what_else_knows_the_filters_follows_them(site: Site, come_in: ComeIn) -> None:
    page = (await come_in(CARLA)).page
    await page.goto("/leitung?zeige=open")
    await page.locator("summary", has_text="Suchen und filtern").first.click()
    await page.get_by_label("Worte, Namen oder Nummer", exact=True).fill("gibt es bestimmt nicht")
    await page.wait_for_url("**text=gibt*")
    await expect(page.locator("#anzahl")).to_have_text("0 Ideen")
    await expect(page.locator("#treffer .chips a")).to_have_count(1)
    assert "text=gibt" in str(await page.locator("#reiter a").nth(1).get_attribute("href"))
    assert "text=gibt" in str(await page.locator("#merken form").get_attribute("action"))
    await expect(page.locator("#alle a")).to_have_count(1)
    await page.go_back()
    await expect(page.locator("#anzahl")).not_to_have_text("0 Ideen")


async def test_coaches_come_when_somebody_opens_the_form(site: Site, come_in: ComeIn) -> None:
    page = (await come_in(CARLA)).page
    await page.goto(f"/ideen/{site.ideas['working']}")
    await page.locator("#mehr > summary").click()
    await page.locator("#schritt-change_coach > summary").press("Enter")
    await expect(page.locator("#schritt-change_coach select[name=coach_id] option")).not_to_have_count(0)
    assert await page.evaluate("document.activeElement.tagName") == "SUMMARY"


async def test_all_of_it_works_without_a_script(site: Site, come_in: ComeIn) -> None:
    page = (await come_in(CARLA, java_script_enabled=False)).page
    await page.goto("/haengt-fest")
    await page.get_by_label("Grund", exact=True).select_option("no_coach")
    await page.get_by_role("button", name="Anzeigen").click()
    assert "grund=no_coach" in page.url
    await page.goto(f"/ideen/{site.ideas['working']}")
    await page.locator("#mehr > summary").click()
    await page.locator("#schritt-change_coach > summary").click()
    await page.locator("#schritt-change_coach").get_by_role("link", name="Coaches vorschlagen lassen").click()
    assert await page.locator("#schritt-change_coach select[name=coach_id] option").count() > 1
