"""Every page as each role, in both languages, light and dark.

No barrier, valid HTML, nothing from elsewhere, nothing cut off on a small phone.

All of them are read as HTML. A real browser looks at each that is built unlike any page before it, and measures each
whose words are new.
"""

import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pyotp
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, Page, ViewportSize

from api.app import create_app
from api.pages.coach.first_steps import STEPS
from api.pages.crowdfunding.package_forms import SLUGS
from api.pages.hand_in.drafts import COOKIE
from api.pages.kit.redirect_target import DEVICES
from api.use_cases.staff.first_lead import open_set_up
from api.web.problems import ProblemError
from models.tables.columns import new_id
from models.vocabulary import Role
from tests.api.conftest import open_client
from tests.api.route_table import route_of, routes_of
from tests.api.sign_in_mails import read_mail
from tests.api.town import GUEST
from tests.breadth import is_tried
from tests.e2e.browsing import Watcher
from tests.e2e.conftest import Site
from tests.factories import ALMA, BEN, CARLA, DORA
from tests.html import mistakes_in
from tests.staff import write_person
from workflows.client import EngineAway

pytestmark = [pytest.mark.services, pytest.mark.slow]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""All that can be different between light and dark."""
WORDS = r">[^<]*[^<\s][^<]*<", ">x<"
NAMES = r' (aria-label|alt|title|placeholder|content)="[^"]+"', r' \1="x"'
"""What people read: to another language, and to another title, there are the same barriers."""
DIFFERS = r'[0-9a-f]{8}-[0-9a-f-]{27}|value="[\w=-]{80,}"|\?\S*lang=\w\w| aria-current="\w+"|class="button" href="/\S*"'
"""What is different each time a page is written, or in each frame, and shows nothing of its own."""
SMALLEST = ViewportSize(width=320, height=640)
WIDE = ViewportSize(width=1280, height=900)

FOR_EVERYBODY = (
    *("/", "/so-funktioniert-es", "/geschichten", "/geschichten?thema=culture", "/geschichten/{slug}"),
    *("/offene-daten", "/unterwegs", "/unterwegs?text=nichts&ort=DED51", "/unterwegs/{opening}"),
    "/unterwegs/{opening}/mitreden",
    *("/leichte-sprache", "/impressum", "/datenschutz", "/barrierefreiheit", "/gibt-es-nicht", "/demo/anmelden"),
    *("/rueckmeldung", "/rueckmeldung?bis=2026-12-04", "/mailbox", "/mailbox?konto=andere", "/einreichen"),
    *("/einreichen/weiter", "/einreichen/weiter/{draft_link}", "/einreichen/weiter/vorbei", "/antwort/{answer}"),
    *("/einreichen/bestaetigen/{confirmation}", "/einreichen/bestaetigen/vorbei"),
    *("/antwort/{outdated}", "/abbestellen/{unsubscribe}", "/meine-daten/adresse/{address}", "/anmelden/link/vorbei"),
    *("/meine-daten/adresse/vorbei", "/anmelden/link/{sign_in}", "/ideen/{screening}"),
    *("/einladung/{invitation}", "/einladung/vorbei", "/mitarbeit/{staff_link}", "/mitarbeit/vorbei"),
    *(
        "/einrichten/vorbei",
        "/geschichten/{slug}/mitreden",
        "/geschichten/{slug}/starten",
        "/geschichten/{slug}/mitreden?meldung=contributed",
    ),
    *("/mitreden/{written}", "/mitreden/vorbei", "/beitraege/{contribution}/melden"),
)
FOR_EACH = ("/", "/geschichten/{slug}", "/einreichen", "/gibt-es-nicht", "/antwort/{answer}", "/ideen/{screening}")
"""Of those, what is other for each role: the rest is the same in each frame, and read by nobody and by a lead."""
FOR_MEMBERS = (
    *("/ideen", "/mitteilungen", "/einstellungen", "/einstellungen/anmeldungen", "/einstellungen/geraete"),
    *("/einstellungen/zugriff", "/einstellungen/zugriff/neu", "/anmelden/bestaetigen"),
    *("/meine-daten", "/meine-daten/loeschen", "/kalender", "/monat", "/leitung", "/arbeit"),
    *("/kontakt", "/suche", "/suche?text=pflege", "/suche?text=gibt-es-nicht"),
)
FOR_CASES = (
    *("/ideen/{clarification}", "/ideen/{working}", "/ideen/{piloting}", "/ideen/{editing}", "/ideen/{published}"),
    *("/ideen/{funded}/crowdfunding", "/ideen/{linked}/crowdfunding", "/ideen/{linked}", "/ideen/{declined}"),
    *("/ideen/{piloting}/crowdfunding", "/ideen/{stuck}", "/ideen/{matching}"),
)
GISELA = {"email": "gisela@example.org", "name": "Gisela Groß", "role": "coach", "office": "dresden"}
WIZARD = ("idee", "anlass", "loesung", "fuer-wen", "pruefen", "spaeter")

PAGES = {
    "": (
        *FOR_EVERYBODY,
        *("/anmelden", "/anmelden/code", "/einreichen/{guest_sent}/danke", "/ideen", "/einreichen/{guest_waits}/danke"),
        "/aus-der-mail/{way}",
        *(f"/einreichen/{{guest_draft}}/{topic}" for topic in (*WIZARD, "ueber-sie")),
    ),
    DORA: (*FOR_EACH, *FOR_MEMBERS, "/einreichen/{alma_draft}/idee", "/ideen/{funded}/crowdfunding"),
    ALMA: (
        *(*FOR_EACH, *FOR_MEMBERS, *FOR_CASES),
        *(
            "/meine-daten/adresse/{merging}",
            "/ideen/{clarification}/bearbeiten",
            "/ideen/{published}/beitraege",
        ),
        *("/ideen/{working}/konzept", "/ideen/{working}/konzept/1", "/ideen/{working}/unterwegs"),
        *("/einreichen/{alma_sent}/danke", "/einreichen/{alma_waits}/danke"),
        *(f"/einreichen/{{alma_draft}}/{topic}" for topic in WIZARD),
        *(f"/ideen/{{{idea}}}/crowdfunding/{slug}" for idea in ("funded", "linked") for slug in SLUGS.values()),
    ),
    BEN: (
        *(*FOR_EACH, *FOR_MEMBERS, *FOR_CASES),
        *("/ideen/{working}/konzept", "/ideen/{working}/plan"),
        *(
            "/angebote",
            "/aufnehmen",
            "/briefe",
            "/profil",
            "/gespraeche",
            "/ideen/{working}/gespraeche",
            "/ideen/{editing}/gespraeche",
        ),
        *(f"/ideen/{{funded}}/crowdfunding/{slug}" for slug in SLUGS.values()),
        *(f"/erste-schritte/{step}" for step in STEPS),
    ),
    CARLA: (
        *(*FOR_EVERYBODY, *FOR_MEMBERS, *FOR_CASES),
        *("/heute", "/neu", "/neu/{screening}?buero=alle", "/ideen/{stuck}?oeffne=decline"),
        *(
            "/leitung?phase=develop",
            "/leitung?meldung=view_saved",
            "/leitung/tafel",
            "/leitung/ansichten",
            "/leitung/regeln",
        ),
        *("/leitung/ansichten?geloescht={view}", "/leitung/sammel", "/leitung/sammel/{run_new}"),
        *("/leitung/import", "/leitung/import/{import_new}/spalten", "/leitung/import/{import_checked}"),
        "/leitung/import/{import_done}",
        *("/leitung/sammel/{run_checked}", "/leitung/sammel/{run_done}", "/haengt-fest", "/haengt-fest/{stuck}"),
        *("/menschen", "/menschen?sortierung=-ideen&rolle=coach", "/menschen/{ben}", "/menschen/{ben}/aendern"),
        *("/menschen/{ben}/abschied", "/menschen/einladen", "/menschen/einladungen/{staff_invitation}"),
        *("/menschen/vorschlaege/{proposal}", "/leitung/protokoll", "/leitung/protokoll?ereignis=sign_in&ausgang=done"),
        *("/ideen/{stuck}/notizen/{note}/entfernen", "/ideen/{screening}/aehnliche", "/ideen/{editing}/geschichte"),
        *("/ideen/{editing}/geschichte/1", "/ideen/{piloting}/nachmachen"),
        *("/ueberblick", "/ueberblick/vorschau", "/maschinenraum", "/beitraege", "/ideen/{published}/beitraege"),
        *(
            "/zustellung",
            "/rueckmeldungen",
            "/beitraege",
            "/ideen/{published}/beitraege",
            "/loeschwuensche",
            "/gespraeche",
            "/ideen/{working}/gespraeche",
        ),
    ),
}

NO_PAGES = {
    "/aufgehoben/{kept_id}": "comes after a form, and is looked at by test_kept",
    "/eingeladen/{invitation_id}": "is that of an owner's own link, as test_team reads it",
    "/ideen/{idea_id}/dateien/{attachment_id}": "a file",
    "/geschichten/{slug}/karte.png": "an image",
    "/geschichten/{slug}/pdf": "a file",
    "/geschichten/{slug}/einbetten": "stands in the frame of another page, without header and footer",
    "/geschichten/feed.atom": "for machines",
    "/geschichten/feed.json": "for machines",
    "/sitemap.xml": "for machines",
    "/robots.txt": "for machines",
    "/offene-daten/geschichten.csv": "a file",
    "/offene-daten/geschichten.json": "a file",
    "/ideen/{idea_id}/bilder/{picture_id}-{width}.webp": "an image",
    "/geschichten/bilder/{picture_id}-{width}.webp": "an image",
    "/geschichten/materialien/{attachment_id}": "a file",
    "/ideen/{idea_id}/termine/{number}.ics": "a file",
    "/ideen/{idea_id}/antworten": "leads on to the form that answers",
    "/leitung/import/{import_id}/bericht.csv": "a file",
    "/leitung/import/{import_id}/stand": "a part of the page of an import",
    "/healthz": "for machines",
    "/readyz": "for machines",
    "/metrics": "for machines",
    "/static/{version}/{name}": "a file",
    "/favicon.ico": "a file",
    "/.well-known/security.txt": "a file",
    "/api/v1/docs": "a list without a frame, for those who write programs",
    "/einreichen/{draft_id}": "leads on to the first open topic",
    "/leitung/protokoll.csv": "a file",
    "/coaches": "leads on to Menschen",
    "/erste-schritte": "leads on to the first of them",
    "/leitung/ansichten/{view_id}": "leads on to the list",
    "/leitung/sammel/{run_id}/stand": "a part of the page of a run",
    "/anmelden/zweiter-faktor": "comes after a mail, and is looked at there",
    "/einstellungen/geraete/app": "comes after a form, and is looked at there",
    "/anmelden/dienst": "leads on to the provider of the staff",
    "/anmelden/dienst/zurueck": "where the provider leads back to; test_oidc reads what it says",
    "/ideen/{idea_id}/crowdfunding/paket.zip": "a file",
    "/ideen/{idea_id}/crowdfunding/bild/{image_id}": "an image",
    "/briefe/{mail_id}": "a letter, as test_intake reads it",
    "/mailbox/{mail_id}": "a mail, as test_compose reads it",
    "/mailbox/{mail_id}/{number}": "a file",
    "/meine-daten/export.json": "a file",
    "/meine-daten/export.html": "a file, as test_my_data reads it",
    "/ueberblick/{name}.csv": "a file",
    "/gespraeche.csv": "a file",
    "/kalender/{secret}.ics": "a file",
}
"""Path → why nobody looks at it here."""

SHOW = """
html => {
  const read = new DOMParser().parseFromString(html, "text/html");
  const office = [...document.styleSheets].find(one => one.href?.includes("/office"));
  office.disabled = !read.querySelector("link[href*='/office']");
  for (const one of read.querySelectorAll("details")) one.open = true;
  document.title = read.title;
  document.documentElement.lang = read.documentElement.lang;
  document.body.replaceWith(read.body);
}
"""
"""The words of a page in the frame of one that was loaded, with everything opened: loading costs more than looking.
The stylesheet of those who are signed in counts where the page has it."""

PREPARE = """
() => {
  axe.configure({rules: [
    {id: "color-contrast", selector: "[data-new]"}, {id: "link-in-text-block", selector: "a[href][data-new]"},
    {id: "target-size", selector: "[data-tight]"},
  ]});
  window.looks = new Map();
  window.known = new Set();
  window.tries = new Map();
}
"""
"""Three rules take most of the time: axe measures the whole page for them. They judge only what can break them."""

MARK = """
() => {
  const shown = ["color", "backgroundColor", "backgroundImage", "opacity", "fontSize", "fontWeight", "textShadow",
    "textDecorationLine", "borderBottomWidth", "filter", "mixBlendMode", "position", "display", "visibility"];
  const hasWords = one => [...one.childNodes].some(its => its.nodeType === 3 && its.data.trim());
  const walk = (one, ground) => {
    const style = getComputedStyle(one), about = one.control ?? one;
    const look = [ground, one.localName, one.className, one.type, about.disabled, hasWords(one),
      hasWords(one.parentElement), ...shown.map(its => style[its])].join("|");
    if (!looks.has(look)) looks.set(look, looks.size);
    one.look = looks.get(look);
    one.toggleAttribute("data-new", !known.has(one.look) && (hasWords(one) || one.matches("input, select, textarea")));
    for (const its of one.children) walk(its, one.look);
  };
  walk(document.body, "");
  const takes = "a[href], button, input, select, textarea, summary, [role], [tabindex]";
  const targets = [...document.querySelectorAll(takes)].map(one => [one, one.getBoundingClientRect()]);
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  for (const [one, box] of targets)
    one.toggleAttribute("data-tight", box.width < 24 || box.height < 24 || one.getClientRects().length > 1
      || targets.some(([other, its]) => other !== one && meet(box, its)));
  return document.querySelector("[data-new]") !== null;
}
"""
"""Marks what is new to this window. A look is all that decides whether words can be read: their colour and size, and
the same of everything they stand on. A target is tight where it is smaller than 24 pixels or shares its place."""

RUN = """
async ([where, rules, preload]) => {
  const found = await axe.run(where, {
    runOnly: rules, resultTypes: ["violations", "incomplete"], preload, selectors: false, elementRef: true,
  });
  const open = [...found.violations, ...found.incomplete].flatMap(one => one.nodes.map(its => its.element.look));
  for (const look of new Set([...document.querySelectorAll("[data-new]")].map(one => one.look))) {
    tries.set(look, (tries.get(look) ?? 0) + 1);
    if (!open.includes(look) || tries.get(look) > 3) known.add(look);
  }
  return found.violations.flatMap(one => one.nodes.map(
    its => `${one.id}: ${one.help} (${its.html} ${its.failureSummary ?? ""})`));
}
"""
"""What axe could not judge stays new on three more pages: what lay above it there may be elsewhere."""

WALK = """
() => {
  const faults = [];
  const takes = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  for (const one of document.querySelectorAll(takes)) {
    if (one.tabIndex < 0 || one.disabled || !one.checkVisibility()) continue;
    const box = one.getBoundingClientRect();
    const name = `${one.localName} ${one.id || one.name || one.textContent.trim()}`;
    if (one.tabIndex > 0) faults.push(`focus jumps to ${name}`);
    if (box.width < 8 || box.height < 8 || box.right < 0) faults.push(`focus goes where nothing is seen: ${name}`);
    for (let at = one; at !== document.body; at = at.parentElement) {
      const beside = [...at.parentElement.children].filter(its => its.matches(takes) || its.querySelector(takes));
      const turned = getComputedStyle(at.parentElement).flexDirection.endsWith("reverse");
      if (beside.length > 1 && (turned || getComputedStyle(at).order !== "0"))
        faults.push(`focus goes another way than the eyes: ${name}`);
    }
  }
  const marks = ["body > header", "body > main", "body > footer", "header nav[aria-label]", "main h1"];
  for (const mark of marks)
    if (document.querySelectorAll(mark).length !== 1) faults.push(`not exactly one ${mark}`);
  if (!document.title.endsWith(" · Ideenweg")) faults.push(`the title is ${document.title}`);
  return faults;
}
"""
"""Where the keyboard goes, and the marks by which others find their way."""


@dataclass
class Desk:
    """Two windows, a wide one in the light and a small one in the dark; and what was looked at in them."""

    wide: Page
    small: Page
    frames: set[str] = field(default_factory=set)
    mains: set[str] = field(default_factory=set)

    async def look_at_new(self, html: str) -> list[str]:
        """What is wrong with a page, where its words or its frame were never looked at."""
        body = re.sub(DIFFERS, "", html.partition("<body")[2])
        before, main, after = re.split(r"(<main.*</main>)", body, maxsplit=1, flags=re.DOTALL)
        if {main, without_words(main)} <= self.mains and {before + after} <= self.frames:
            return []
        is_framed = without_words(before + after) in self.frames
        is_known = without_words(main) in self.mains and is_framed
        self.mains |= {main, without_words(main)}
        self.frames |= {before + after, without_words(before + after)}
        await self.small.evaluate(SHOW, html)
        if is_known:
            return await self.measure()
        await self.wide.evaluate(SHOW, html)
        return await self.look("main" if is_framed else "html")

    async def look(self, where: str = "html") -> list[str]:
        """What is wrong with what is shown now, one line each. A frame that was looked at is not judged again."""
        await self.wide.evaluate(MARK)
        found = await self.wide.evaluate(RUN, [where, {"type": "tag", "values": RULES}, False])
        found += await self.wide.evaluate(WALK)
        if await self.small.evaluate(MARK):
            found += await self.small.evaluate(RUN, [where, {"type": "rule", "values": COLOURS}, False])
        return [*found, *await self.measure()]

    async def measure(self) -> list[str]:
        """Whether the words fit: those of another language are longer."""
        width = await self.small.evaluate("document.documentElement.scrollWidth")
        return [f"is {width} pixels wide on a phone of {SMALLEST['width']}"] if width > SMALLEST["width"] else []


def without_words(html: str) -> str:
    """The bones of a page: two that have the same differ in their words alone."""
    return re.sub(*NAMES, re.sub(*WORDS, html))


@pytest.fixture(scope="module")
async def desk(site: Site, browser: Browser) -> AsyncIterator[Desk]:
    wide = await open_window(site, browser, ALMA, viewport=WIDE)
    small = await open_window(site, browser, ALMA, viewport=SMALLEST, color_scheme="dark")
    for page in (wide, small):
        await page.goto("/leichte-sprache")
        await page.evaluate(AXE_SCRIPT)
        await page.evaluate(PREPARE)
    yield Desk(wide, small)
    for page in (wide, small):
        await page.close()


@asynccontextmanager
async def open_client_of(site: Site, who: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who reads pages; a guest has begun to hand in, and has asked for a mail."""
    client = open_client(site.web.app, host=site.url.removeprefix("http://"))
    if who:
        answer = await send(client, "/demo/anmelden", konto=who)
        assert answer.status_code == 303, answer.text
    else:
        client.cookies.set(COOKIE, GUEST)
        await send(client, "/anmelden", email=f"{new_id()}@example.org")
    yield client
    await client.aclose()


async def send(client: httpx.AsyncClient, path: str, **typed: str) -> httpx.Response:
    return await client.post(path, data=typed, headers={"Origin": str(client.base_url).rstrip("/")})


async def open_window(site: Site, browser: Browser, who: str, **options: Any) -> Page:
    """A window of somebody's, the same one as their client's."""
    async with open_client_of(site, who) as client:
        kept = [(cookie.name, cookie.value or "") for cookie in client.cookies.jar]
    context = await browser.new_context(locale="de-DE", base_url=site.url, reduced_motion="reduce", **options)
    await context.add_cookies([{"name": name, "value": value, "url": site.url} for name, value in kept])
    return await context.new_page()


def test_no_page_is_forgotten() -> None:
    routes = [route.removeprefix("GET ") for route in routes_of(create_app()) if route.startswith("GET ")]
    pages = {route for route in routes if not route.startswith("/api/v1/") or route == "/api/v1/docs"}
    looked_at = {route_of(routes, path.partition("?")[0]) for paths in PAGES.values() for path in paths} - {""}
    assert pages - looked_at == NO_PAGES.keys()


@pytest.mark.parametrize("who", PAGES, ids=["nobody", "stranger", "innovator", "coach", "lead"])
async def test_pages_are_for_everybody(site: Site, desk: Desk, who: str, subtests: pytest.Subtests) -> None:
    async with open_client_of(site, who) as client:
        # What others read in English, a stranger and a coach read in German alone.
        others = {*PAGES[ALMA], *PAGES[CARLA]} if who in (DORA, BEN) else set[str]()
        for template, language in itertools.product(PAGES[who], ("de", "en")):
            if language == "en" and (template in others or not (who == "" or is_tried(f"{who} {template}", 6))):
                continue
            path = template.format(**site.ideas, ben=BEN)
            with subtests.test(page=template, language=language):
                answer = await client.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
                assert answer.status_code < 500
                assert not answer.is_redirect, answer.headers["location"]
                # German words are the longer ones: what breaks a line breaks it there. Public pages are seen in both;
                # of what one reads who is signed in, a browser sees a quarter at a desk.
                looked_at = who == "" or (language == "de" and is_tried(f"{who} {template}", 4))
                seen = await desk.look_at_new(answer.text) if looked_at else []
                assert mistakes_in(answer.text) + seen == []


async def test_both_ways_of_holding_a_phone_are_possible(desk: Desk) -> None:
    # The rule reads the stylesheets, which are the same for all pages.
    assert await desk.small.evaluate(RUN, ["html", {"type": "rule", "values": ["css-orientation-lock"]}, True]) == []


PLANTED = {
    "color-contrast": """
        const dark = new CSSStyleSheet();
        dark.replaceSync("@media (prefers-color-scheme: dark) { main .help { color: #444 !important } }");
        document.adoptedStyleSheets.push(dark)""",
    "label: Form elements must have labels": "document.querySelector('main').append(document.createElement('input'))",
    "target-size": """
        for (const name of ["Ja", "Nein"]) {
          const one = document.createElement("button");
          one.append(name);
          one.style = "all: unset; display: inline-block; width: 20px; height: 12px; overflow: hidden";
          document.querySelector("main").append(one);
        }""",
    "is 500 pixels wide": "document.querySelector('main form').style.width = '484px'",
    "not exactly one body > main": "document.querySelector('main').replaceWith(document.createElement('div'))",
    "focus jumps to": "document.querySelector('main textarea').tabIndex = 1",
    "focus goes another way": "document.querySelector('main button').style.order = '-1'",
    "focus goes where nothing is seen": "document.querySelector('main button').style = 'position: fixed; left: -9em'",
}
"""What is found → how it gets into a page."""


async def test_what_is_wrong_with_a_page_is_found(site: Site, desk: Desk, subtests: pytest.Subtests) -> None:
    async with open_client_of(site, "") as client:
        html = (await client.get("/rueckmeldung")).text
    for told, planted in [*PLANTED.items(), ("", "null")]:
        with subtests.test(told=told):
            for page in (desk.wide, desk.small):
                await page.evaluate("document.adoptedStyleSheets = []")
                await page.evaluate(SHOW, html)
                await page.evaluate(planted)
            found = await desk.look()
            assert any(fault.startswith(told) for fault in found) if told else found == [], found


ERRORS_OF_OURS = {500: ZeroDivisionError(), 503: EngineAway(), 410: ProblemError(410, "gone")}


@pytest.mark.parametrize("status", ERRORS_OF_OURS)
async def test_an_error_of_ours_is_a_page_like_others(
    site: Site, desk: Desk, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise ERRORS_OF_OURS[status]

    monkeypatch.setattr("api.pages.public.stories.list_stories", fail)
    for who in PAGES:
        async with open_client_of(site, who) as client:
            for language in ("de", "en"):
                answer = await client.get(f"/geschichten?lang={language}")
                assert answer.status_code == status
                assert mistakes_in(answer.text) + await desk.look_at_new(answer.text) == []


AFTER_FORMS: tuple[tuple[str, str, dict[str, str]], ...] = (
    (BEN, "/einstellungen/zugriff/neu", {"name": "Meine Tabelle", "umfang": "read", "tage": "30"}),
    (CARLA, "/menschen/einladen", GISELA | {"greeting": "Schön, dass Sie mitmachen."}),
    (CARLA, "/menschen/einladen", GISELA | {"role": "lead"}),
    (DORA, "/meine-daten/adresse/{merging}", {}),
)
"""Who, where a form goes, and what is typed: pages that are shown in the answer to it alone."""


async def test_what_comes_after_a_form_is_a_page_like_others(site: Site, desk: Desk, subtests: pytest.Subtests) -> None:
    for (who, template, typed), language in itertools.product(AFTER_FORMS, ("de", "en")):
        with subtests.test(page=template, language=language):
            async with open_client_of(site, who) as client:
                answer = await send(client, f"{template.format(**site.ideas)}?lang={language}", **typed)
                assert not answer.is_redirect, answer.headers["location"]
                assert mistakes_in(answer.text) + await desk.look_at_new(answer.text) == []


@pytest.mark.parametrize("language", ["de", "en"])
async def test_the_pages_of_a_second_factor_are_pages_like_others(site: Site, desk: Desk, language: str) -> None:
    """Setting up an app, the codes that come with it, and the question at the next sign-in."""
    gisela = await write_person(site.web.database, Role.INNOVATOR, name="Gisela Groß", demo=True)
    shown: list[httpx.Response] = []
    async with open_client_of(site, gisela) as client:
        shown.append(await client.get(f"{DEVICES}?lang={language}"))
        shown.append(await client.get((await send(client, f"{DEVICES}/app")).headers["location"]))
        shown.append(await send(client, f"{DEVICES}/app/pruefen", kennwort="000000"))
        app = pyotp.TOTP("".join(re.findall(r"\b[A-Z2-7]{4}\b", shown[1].text.partition('class="secret">')[2])[:8]))
        shown.append(await send(client, f"{DEVICES}/app/pruefen", kennwort=app.now()))
        shown.append(await client.get(DEVICES))
        await send(client, "/abmelden")
        await send(client, "/anmelden", email=f"{gisela}@example.org")
        code = (await read_mail(site.web, gisela)).code
        shown.append(await client.get((await send(client, "/anmelden/code", code=code)).headers["location"]))
        shown.append(await send(client, "/anmelden/zweiter-faktor", kennwort="AAAA-2222"))
    assert [answer.status_code for answer in shown] == [200, 200, 422, 200, 200, 200, 422]
    for answer in shown:
        assert f'<html lang="{language}">' in answer.text
        assert mistakes_in(answer.text) + await desk.look_at_new(answer.text) == []


async def test_the_page_that_makes_the_first_lead_is_one_like_others(
    site: Site, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(_session: object) -> frozenset[str]:
        return frozenset()

    monkeypatch.setattr("api.use_cases.staff.first_lead.find_leads", nobody)
    path = (await open_set_up(site.web.services) or "").removeprefix(site.url)
    async with open_client_of(site, "") as client:
        for language in ("de", "en"):
            form = await client.get(f"{path}?lang={language}")
            wrong = await send(client, path, name="", email="keine Adresse")
            assert (form.status_code, wrong.status_code) == (200, 422)
            for answer in (form, wrong):
                assert mistakes_in(answer.text) + await desk.look_at_new(answer.text) == []


FORMS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("", "/rueckmeldung", "/rueckmeldung", {"art": "", "nachricht": "", "mail": "keine Adresse"}),
    ("", "/anmelden", "/anmelden", {"email": "keine Adresse"}),
    ("", "/anmelden/code", "/anmelden/code", {"code": "falsch"}),
    ("", "/einreichen/{guest_draft}/ueber-sie", "/ueber-sie", {"name": "", "email": "keine Adresse"}),
    ("", "/einreichen/{guest_draft}/spaeter", "/spaeter", {"email": "keine Adresse"}),
    (ALMA, "/ideen/{clarification}/bearbeiten", "/bearbeiten", {"title": ""}),
    (ALMA, "/meine-daten", "/meine-daten", {"name": ""}),
    (ALMA, "/ideen/{funded}/crowdfunding/geld", "/geld", {"start_level_cents": "viel"}),
    (BEN, "/ideen/{working}/gespraeche", "/gespraeche", {"minutes": "-3"}),
    (BEN, "/ideen/{working}", "write_note", {"note": ""}),
    (BEN, "/ideen/{working}/plan", "/plan", {"1.title": "", "1.until": "2020-01-01"}),
    (BEN, "/profil", "/profil", {"capacity": "-5"}),
    (BEN, "/erste-schritte/plaetze", "/plaetze", {"capacity": "-5"}),
    (BEN, "/einstellungen/zugriff/neu", "/neu", {"name": ""}),
    (CARLA, "/menschen/einladen", "/einladen", dict.fromkeys(GISELA, "")),
    (CARLA, "/leitung/sammel/{run_new}", "/angaben", {"days": "-5", "reason": ""}),
    (CARLA, "/haengt-fest/{stuck}", "write_note", {"note": ""}),
)
"""Who, the page, the end of the form's address or the step that it takes, and what is wrong."""

SEND = """
([which, values]) => {
  const form = [...document.forms].find(one => one.method === "post"
    && (one.getAttribute("action").endsWith(which)
      || [...one.elements].some(its => its.name === "event" && its.type === "hidden" && its.value === which)));
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
  form.noValidate = true;
  form.requestSubmit(form.querySelector("button"));
}
"""


async def test_what_is_wrong_with_a_form_is_told_and_leads_to_its_field(
    site: Site, browser: Browser, desk: Desk, subtests: pytest.Subtests
) -> None:
    pages = {who: await open_window(site, browser, who) for who in PAGES}
    watchers = {who: Watcher(page.context, site.url) for who, page in pages.items()}
    for who, template, which, values in FORMS:
        with subtests.test(page=template, which=which):
            page = pages[who]
            await page.goto(template.format(**site.ideas) + "?lang=de")
            async with page.expect_navigation():
                await page.evaluate(SEND, [which, values])
            assert (await page.title()).startswith("Bitte prüfen: ")
            assert await page.evaluate("document.activeElement.id") == "fehler"
            links = page.locator("#fehler a")
            assert await links.count() == len(values)
            led_to = set()
            for number in range(len(values)):
                await links.nth(number).click()
                led_to.add(await page.evaluate("document.activeElement.name"))
            assert led_to == values.keys()
            assert await desk.look_at_new(await page.content()) + watchers[who].faults == []
    for page in pages.values():
        await page.context.close()


async def test_the_keyboard_skips_the_menu_and_goes_on_in_the_page(site: Site, browser: Browser) -> None:
    page = await open_window(site, browser, CARLA)
    await page.goto("/leitung")
    await page.keyboard.press("Tab")
    assert await page.locator(".skip:focus").is_visible()
    assert await page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "inhalt"
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.closest('main') !== null")
    await page.context.close()


async def test_a_filter_changes_the_list_and_leaves_the_reader_where_they_are(site: Site, browser: Browser) -> None:
    page = await browser.new_page(base_url=site.url)
    await page.goto("/geschichten")
    await page.evaluate("window.isTheSame = true")
    await page.get_by_label("Thema").focus()
    await page.get_by_label("Thema").select_option("culture")
    await page.wait_for_url("**/geschichten?*thema=culture*")
    await page.get_by_text("0 Geschichten", exact=True).wait_for()
    assert await page.evaluate("window.isTheSame && document.activeElement.id") == "thema"
    assert await page.title() == "Geschichten · Ideenweg"
    await page.get_by_role("link", name="Thema: Kultur und Begegnung").click()
    await page.get_by_text(re.compile("^[1-9][0-9]* Geschichte")).wait_for()
    await page.close()


async def test_the_same_filter_works_without_a_script(site: Site, browser: Browser) -> None:
    page = await browser.new_page(base_url=site.url, java_script_enabled=False)
    await page.goto("/geschichten")
    await page.get_by_label("Thema").select_option("culture")
    await page.get_by_role("button", name="Anzeigen").click()
    assert "thema=culture" in page.url
    assert await page.get_by_text("0 Geschichten", exact=True).is_visible()
    await page.close()
