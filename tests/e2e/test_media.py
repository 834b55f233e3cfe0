"""The main pages in other ways of looking: on paper, with larger letters, zoomed in, and the reader's own colours."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.e2e.conftest import Site
from tests.e2e.test_pages import open_window
from tests.factories import ALMA, BEN, CARLA

pytestmark = [pytest.mark.services, pytest.mark.slow]

MAIN_PAGES = (
    ("", "/"),
    (ALMA, "/ideen/{working}"),
    (ALMA, "/ideen/{funded}/crowdfunding/geld"),
    (BEN, "/arbeit"),
    (CARLA, "/leitung"),
    (CARLA, "/leitung/tafel"),
    (CARLA, "/haengt-fest"),
    (CARLA, "/ueberblick"),
)

CUT_OFF = """
() => [...document.querySelectorAll("body *")].filter(one => {
  if (!one.checkVisibility() || one.closest(".unseen, .trap, .skip, .table, .board, svg, select")) return false;
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const hides = !one.matches("input") && (style.overflowX === "hidden" || style.overflowX === "clip");
  return box.right > innerWidth + 1 || hides && one.scrollWidth > one.clientWidth + 1;
}).map(one => `${one.localName}.${one.className}: ${one.textContent.trim().slice(0, 40)}`)
"""
"""What is wider than the window, or than what holds it."""

OVERLAPPING = """
() => {
  const words = [...document.querySelectorAll("h1, h2, h3, p, li, dt, dd, label, legend, a, button, .badge")].filter(
    one => one.checkVisibility() && !one.closest(".unseen, .trap, .skip, .path, svg, [aria-hidden]")
      && [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
  const said = one => [...one.childNodes].filter(node => node.nodeType === 3 && node.data.trim());
  const boxes = words.flatMap(one => said(one).flatMap(
    node => {
      const range = document.createRange();
      range.selectNodeContents(node);
      return [...range.getClientRects()].map(box => [one, box]);
    }));
  const found = [];
  for (const [one, a] of boxes) for (const [other, b] of boxes) {
    if (one === other || one.contains(other) || other.contains(one)) continue;
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    const named = [one, other].map(its => its.textContent.trim().slice(0, 30));
    if (across > 4 && down > 8) found.push(named.join(" / "));
  }
  return found;
}
"""
"""Words that stand on other words."""

PRINTED = """
() => {
  const faults = [];
  for (const one of document.querySelectorAll("header nav, footer nav, .skip, .demo, .who, form button, .filters"))
    if (one.checkVisibility()) faults.push(`is printed: ${one.className || one.localName}`);
  for (const one of document.querySelectorAll("main h1, main h2, main article, main .cases"))
    if (!one.checkVisibility() && !one.closest("form, nav, .actions, .call, details, dialog, .unseen"))
      faults.push(`is not printed: ${one.textContent.trim().slice(0, 30)}`);
  const ink = getComputedStyle(document.body);
  if (ink.color !== "rgb(0, 0, 0)" || ink.backgroundColor !== "rgb(255, 255, 255)")
    faults.push(`${ink.color} on ${ink.backgroundColor}`);
  return faults;
}
"""


async def test_main_pages_work_in_other_ways_of_looking(
    site: Site, browser: Browser, subtests: pytest.Subtests
) -> None:
    windows = {who: await open_window(site, browser, who) for who in ("", ALMA, BEN, CARLA)}
    for who, template in MAIN_PAGES:
        page = windows[who]
        await page.goto(template.format(**site.ideas))
        for looking in (zoomed_in, with_large_letters, in_own_colours, on_paper):
            with subtests.test(page=template, looking=looking.__name__):
                assert await looking(page) == []
    for page in windows.values():
        await page.context.close()


async def zoomed_in(page: Page) -> list[str]:
    """A window of 1280 pixels at 200 %."""
    await page.set_viewport_size({"width": 640, "height": 450})
    return [*await page.evaluate(CUT_OFF), *await page.evaluate(OVERLAPPING)]


async def with_large_letters(page: Page) -> list[str]:
    """Only the letters are twice as large, as the browser's settings make them."""
    await page.set_viewport_size({"width": 1280, "height": 900})
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    found = [*await page.evaluate(CUT_OFF), *await page.evaluate(OVERLAPPING)]
    await page.evaluate("document.documentElement.style.fontSize = ''")
    return found


async def in_own_colours(page: Page) -> list[str]:
    """Forced colours: what a colour tells elsewhere, a border or a pattern of the reader's own colours tells."""
    await page.emulate_media(forced_colors="active")
    found: list[str] = await page.evaluate(FORCED)
    await page.emulate_media(forced_colors="none")
    return found


FORCED = """
() => {
  const faults = [];
  const styles = selector => [...document.querySelectorAll(selector)].filter(one => one.checkVisibility())
    .map(one => [one, getComputedStyle(one)]);
  for (const [one, style] of styles("main button:not(.link), main .button, main .badge:not(.plain), main .chips a"))
    if (style.borderStyle === "none" || parseFloat(style.borderWidth) < 1)
      faults.push(`no edge: ${one.textContent.trim()}`);
  const paper = getComputedStyle(document.body).backgroundColor;
  const circles = ["here", "past", ""].map(name => [...document.querySelectorAll(".path:not(.told):not(.steps) > li")]
    .filter(one => one.className === name).map(one => getComputedStyle(one, "::before"))[0]);
  if (circles[0] && circles[2] && circles[0].backgroundColor === circles[2].backgroundColor)
    faults.push("here is like to come");
  for (const [, style] of styles(".dots i.past"))
    if (style.backgroundColor === paper) faults.push("a place that is past is like one to come");
  for (const [, style] of styles("main progress, main meter"))
    if (style.forcedColorAdjust !== "none" && style.borderStyle === "none") faults.push("a bar without an edge");
  const fills = new Set(styles(".patterns .p0, .patterns .p1").map(([, style]) => style.fill));
  if (document.querySelector(".patterns") && fills.size < 2) faults.push("charts are of one colour");
  const first = document.querySelector("main a[href], main button, main input:not([type=hidden])");
  first.focus({focusVisible: true});
  const ring = getComputedStyle(first);
  if (ring.outlineStyle === "none" || parseFloat(ring.outlineWidth) < 2) faults.push("the focus has no ring");
  return faults;
}
"""


async def on_paper(page: Page) -> list[str]:
    """What is printed: no menus and no forms, black on white, and nothing wider than the sheet."""
    await page.emulate_media(media="print", color_scheme="dark")
    await page.set_viewport_size({"width": 718, "height": 1000})
    found = [*await page.evaluate(PRINTED), *await page.evaluate(CUT_OFF)]
    sheets = (await page.pdf(format="A4")).count(b"/Type /Page\n") or 1
    await page.emulate_media(media="screen", color_scheme="light")
    await page.set_viewport_size({"width": 1280, "height": 900})
    return found + ([f"{sheets} sheets"] if sheets > 12 else [])


async def test_who_wants_no_motion_gets_none(site: Site, browser: Browser) -> None:
    moving: dict[str, Any] = {}
    for wish in ("no-preference", "reduce"):
        page = await browser.new_page(base_url=site.url, reduced_motion=wish)
        await page.goto("/rueckmeldung")
        moving[wish] = await page.evaluate(
            "[...document.querySelectorAll('main *')].filter(one => getComputedStyle(one).transitionDuration !== '0s'"
            " || getComputedStyle(one).animationName !== 'none').length"
        )
        await page.close()
    assert moving["no-preference"] > moving["reduce"] == 0
