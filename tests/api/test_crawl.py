"""A walk through the whole site as everybody who comes, in a town where each word that people write is hostile; and the
same words sent to every form that was met on the way.

No fault of ours, no dead link, nobody else's idea, nothing unescaped, nothing lost that was typed.
"""

import csv
import html
import io
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit

import httpx
import pytest
from markupsafe import escape
from sqlalchemy import update
from sqlmodel import SQLModel, col, select
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from api.operations.embedded.postgres import EmbeddedPostgres
from api.operations.embedded.temporal import EmbeddedTemporal
from api.pages.kit.honeypot import TRAP
from api.runtime.rate_limiter import Rate
from api.web.rate_limits import LIMITS
from models.database import Database
from models.i18n import texts_in
from models.spreadsheet import COMPUTES
from models.tables import (
    Account,
    Attachment,
    BulkRun,
    CampaignPackage,
    CoachProfile,
    Contribution,
    ContributionReport,
    Document,
    Draft,
    Feedback,
    Idea,
    Note,
    SavedView,
    SessionLogRow,
    StaffInvitation,
    Task,
)
from models.tables.columns import new_id
from models.typed_text import clean
from models.vocabulary import ConceptField
from tests.api.conftest import WORDS, Web, make_services, open_client, open_web
from tests.api.pages.conftest import OWN_SITE
from tests.api.route_table import route_of, routes_of
from tests.api.town import furnish
from tests.api.web.test_headers import EVERYWHERE
from tests.breadth import is_tried
from tests.cast import POLICY
from tests.conftest import make_database
from tests.factories import ALMA, BEN, CARLA, DORA, invite_cast
from tests.html import mistakes_in
from tests.languages import forms_of

pytestmark = [pytest.mark.services, pytest.mark.slow]

HOSTILE = "=9999991*7<zaun onclick=\"zaun('&amp;')\">{{9999991*7}}\u202eسلام\u2066👩\u200d👩\u200d👧"
"""A formula, a tag, a template, a right-to-left override that nobody ends, and one picture of three people."""
UNESCAPED = ("<zaun", "69999937", '"zaun(')

WRITTEN: dict[type[SQLModel], tuple[str, ...]] = {
    Account: ("name", "reach"),
    Attachment: ("name",),
    BulkRun: ("reason",),
    CoachProfile: ("about",),
    Contribution: ("body",),
    ContributionReport: ("body", "said"),
    Draft: ("name",),
    Feedback: ("body",),
    Idea: ("summary", "problem", "solution", "target_group", "organisation"),
    Note: ("body",),
    SavedView: ("name",),
    SessionLogRow: ("note",),
    StaffInvitation: ("name", "greeting"),
    Task: ("title",),
}
"""Where people's words are kept, but for the title of an idea, which names it, and what is kept as JSON."""

PEOPLE = {"nobody": "", "stranger": DORA, "innovator": ALMA, "coach": BEN, "lead": CARLA}
MAY_KNOW = {
    "nobody": {"published"},
    "stranger": {"published", "foreign"},
    "innovator": {"published", "foreign"},
    "coach": {"working", "piloting", "editing", "published", "stuck", "funded", "linked", "matching"},
}
"""Whose idea somebody may read of: here an innovator's own ideas are not listed, and a lead knows all."""

NOT_FOLLOWED = ("/mailbox", "/demo/")
"""In demo mode the mails of all lie open."""

LAST = ("/mitteilungen",)
"""The bell of every page leads there, and from there to the ideas that something happened to; the lists lead to all."""

OF_EACH_SHAPE = 3
OF_EACH_ROUTE = 6
"""So many addresses of one route are opened, and of those that also name the same parameters."""


@dataclass
class Form:
    """A form that takes words: where it is sent, and what a browser would send if nothing were typed."""

    page: str
    action: str
    values: list[tuple[str, str]] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    method: str = "get"
    radios: set[str] = field(default_factory=set)

    def fill(self, text: str) -> list[tuple[str, str]]:
        """Everything that can be typed is `text`; a key counts once."""
        kept = [(name, new_id() if name == "schluessel" and "-" in value else value) for name, value in self.values]
        return [pair for pair in kept if pair[0] not in self.typed] + [(name, text) for name in self.typed]


class Reading(HTMLParser):
    """What leads on from a page, and what must not be in it."""

    def __init__(self, page: str, text: str) -> None:
        super().__init__()
        self.page = page
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.strange: list[str] = []
        self._form: Form | None = None
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.strange += [f"<{tag} {name}>" for name in given if name.startswith("on") or "zaun" in name]
        self.links += [given[name] for name in ("href", "src", "hx-get") if given.get(name)]
        if tag == "form":
            self._form = Form(self.page, given.get("action") or self.page, method=given.get("method", "get"))
            self.forms.append(self._form)
        elif self._form is not None:
            self._note(self._form, tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None

    def _note(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, value, kind = given.get("name", ""), given.get("value", ""), given.get("type", "")
        if tag == "select":
            self._select = name
        elif tag == "option" and (value or "selected" in given):
            form.values = [pair for pair in form.values if pair[0] != self._select] + [(self._select, value)]
        elif tag == "textarea":
            form.typed.append(name)
        elif tag == "input" and kind in ("hidden", "checkbox", "radio"):
            if kind != "radio" or name not in form.radios:
                form.values.append((name, value))
            form.radios |= {name} if kind == "radio" else set()
        elif tag == "input" and kind != "file" and name != TRAP:
            form.typed.append(name)


@dataclass
class Walk:
    """What somebody has met: addresses with their words, and forms."""

    pages: dict[str, str] = field(default_factory=dict)
    forms: list[Form] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Site:
    """The town, its ideas by name, and everybody's browser."""

    web: Web
    ideas: dict[str, str]
    routes: list[str]
    browsers: dict[str, httpx.AsyncClient]
    walks: dict[str, Walk] = field(default_factory=dict)

    def shape(self, address: str) -> str:
        """The route of an address and what else it names."""
        parts = urlsplit(address)
        route = route_of(self.routes, parts.path).replace("{slug}", parts.path.rpartition("/")[2])
        return f"{route}?{sorted(dict(parse_qsl(parts.query)))}"

    async def walk_everywhere(self) -> dict[str, Walk]:
        """Everybody's whole walk, taken once: to look changes nothing."""
        for who in PEOPLE.keys() - self.walks.keys():
            self.walks[who] = await self.walk(who)
        return self.walks

    async def walk(self, who: str, start: str = "/", leave: tuple[str, ...] = NOT_FOLLOWED) -> Walk:
        """Follow every link and every form that only asks, from page to page."""
        walk, waiting, seen = Walk(), [start], Counter[str]()
        pointed: list[tuple[str, str, str]] = []
        while waiting:
            address = next((one for one in waiting if one not in LAST), waiting[0])
            waiting.remove(address)
            shape = self.shape(address)
            route = shape.partition("?")[0]
            if address in walk.pages or seen[shape] >= OF_EACH_SHAPE or seen[route] >= OF_EACH_ROUTE:
                continue
            seen.update((shape, route))
            answer = await self.browsers[who].get(address, follow_redirects=True)
            walk.pages[address] = answer.text
            walk.faults += [f"{address}: {fault}" for fault in faults_of(answer)]
            if answer.status_code != 200 or "html" not in answer.headers["content-type"]:
                continue
            reading = read_page(answer)
            walk.forms += [form for form in reading.forms if form.method == "post" and form.typed]
            asked = [
                f"{form.action}?{urlencode(form.fill(HOSTILE))}" for form in reading.forms if form.method != "post"
            ]
            for link in [*reading.links, *asked]:
                own = re.sub(r"^http://(localhost|127\.0\.0\.1)(:\d+)?(?=/)", "", link)
                to, fragment = urldefrag(urljoin(reading.page, own))
                if to.startswith("/") and "lang=" not in to and not to.startswith(leave):
                    waiting.append(to)
                    pointed += [(address, to, fragment)] if fragment else []
        walk.faults += [
            f"{page} leads to {to}, where nothing is #{fragment}"
            for page, to, fragment in pointed
            if to in walk.pages and f'id="{fragment}"' not in walk.pages[to]
        ]
        return walk

    def betrays(self, who: str, text: str) -> list[str]:
        """The ideas that a page tells of and should not."""
        known = MAY_KNOW.get(who, set(self.ideas))
        if who == "innovator":
            known = set(self.ideas) - {"foreign"}
        return [
            name for name, idea in self.ideas.items() if name not in known and (idea in text or f"§{name}§" in text)
        ]


def read_page(answer: httpx.Response) -> Reading:
    return _read(answer.url.raw_path.decode(), answer.text)


@lru_cache(maxsize=1)
def _read(page: str, text: str) -> Reading:
    """Once: it is a tenth of the walk."""
    return Reading(page, text)


def faults_of(answer: httpx.Response) -> list[str]:
    """What is wrong with an answer to somebody who followed a link."""
    headers, text = answer.headers, answer.text
    is_file = "/static/" in str(answer.url)
    found = [f"answered {answer.status_code}"] if answer.status_code != 200 else []
    # What stands in pages of others may be framed by them.
    wanted = {
        name: value for name, value in EVERYWHERE.items() if name != FRAMES or not answer.url.path.endswith(FRAMED)
    }
    found += [f"{name} is {headers.get(name)}" for name, value in wanted.items() if headers.get(name) != value]
    found += [f"has no {name}" for name in ("content-security-policy", "permissions-policy") if name not in headers]
    kept = headers.get("cache-control", "")
    is_image = headers["content-type"].startswith("image/") and kept in ("private, max-age=3600", "public, no-cache")
    # What everybody may read alike is kept as long as it is asked each time whether it is still so.
    is_public = answer.url.path.startswith(PUBLIC) and kept.endswith("no-cache") and "etag" in headers
    is_kept = is_image or is_public
    if (not is_kept and ("immutable" in kept) != is_file) or not (is_file or is_kept or kept == "no-store"):
        found.append(f"is kept: {kept}")
    if headers["content-type"].startswith("text/csv"):
        rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";")
        found += [f"computes {cell!r}" for row in rows for cell in row if cell.startswith(COMPUTES)]
    elif "html" in headers["content-type"]:
        found += [f"holds {word!r}" for word in UNESCAPED if word in text] + read_page(answer).strange
    return found


@pytest.fixture(scope="module")
async def site(postgres: EmbeddedPostgres, temporal: EmbeddedTemporal, services_home: Path) -> AsyncIterator[Site]:
    """Demo mode, everything works, and everything that people have written is hostile."""
    database_url = make_database(postgres, "crawl")
    client = await Client.connect(temporal.address, data_converter=pydantic_data_converter)
    database = Database(database_url)
    await invite_cast(database, ben_has_places=40)
    async with database.transaction() as session:
        await session.exec(update(Account).values(demo=True, name=HOSTILE))
    services = make_services(database, database_url, client, services_home / "crawl", demo=True, policy=POLICY)
    async with open_web(services) as web:
        places = await furnish(web, title=HOSTILE)
        async with database.session() as session:
            there = {idea: idea for idea in (await session.exec(select(Idea.id))).all()}
        ideas = {name: place for name, place in places.items() if place in there}
        ideas["foreign"] = (await web.dora.post("/api/v1/ideas", json=WORDS)).json()["id"]
        await poison(database, ideas)
        browsers = {who: await open_browser(web, account) for who, account in PEOPLE.items()}
        routes = [route.removeprefix("GET ") for route in routes_of(web.app) if route.startswith("GET ")]
        yield Site(web, ideas, routes, browsers)
        for browser in browsers.values():
            await browser.aclose()
    await database.dispose()


async def poison(database: Database, ideas: dict[str, str]) -> None:
    """Every word that people have written becomes hostile; the title of an idea says which one it is."""
    async with database.transaction() as session:
        for table, names in WRITTEN.items():
            await session.exec(update(table).values(dict.fromkeys(names, HOSTILE)))
        for name, idea in ideas.items():
            await session.exec(update(Idea).where(col(Idea.id) == idea).values(title=f"{HOSTILE}§{name}§"))
        for draft in (await session.exec(select(Draft).where(col(Draft.idea_id).is_(None)))).all():
            draft.words = dict.fromkeys(("title", "summary", "problem", "solution", "target_group"), HOSTILE)
        for document in (await session.exec(select(Document))).all():
            document.words = dict.fromkeys(ConceptField, HOSTILE)
        for package in (await session.exec(select(CampaignPackage))).all():
            package.content = make_hostile(package.content)


WORDS_OF_A_PACKAGE = {
    *("title", "subtitle", "summary", "about", "goals", "why", "use_of_money", "people", "label", "text", "name"),
    *("part", "alt", "credit", "legal_form", "output", "outcome", "impact", "communication_plan", "risks"),
}


def make_hostile(content: Any, name: str = "") -> Any:
    if isinstance(content, dict):
        return {key: make_hostile(value, key) for key, value in content.items()}
    if isinstance(content, list):
        return [make_hostile(value, name) for value in content]
    return HOSTILE if isinstance(content, str) and name in WORDS_OF_A_PACKAGE else content


async def open_browser(web: Web, account_id: str) -> httpx.AsyncClient:
    browser = open_client(web.app)
    if account_id:
        answer = await browser.post("/demo/anmelden", data={"konto": account_id}, headers=OWN_SITE)
        assert answer.status_code == 303, answer.text
    return browser


ONLY_IN_MAILS = {
    *(
        "/anmelden/link/{token}",
        "/einreichen/weiter/{secret}",
        "/einreichen/bestaetigen/{secret}",
        "/mitreden/{secret}",
    ),
    *("/meine-daten/adresse/{secret}", "/aus-der-mail/{token}"),
    *("/kalender/{secret}.ics", "/antwort/{token}", "/abbestellen/{token}", "/einladung/{secret}"),
    *("/mitarbeit/{secret}", "/ideen/{idea_id}/antworten"),
}
NOT_LINKED = {
    "/healthz": "for machines",
    "/readyz": "for machines",
    "/metrics": "for machines",
    "/robots.txt": "for machines",
    "/sitemap.xml": "for machines",
    "/geschichten/{slug}/karte.png": "what a messenger shows with a link",
    "/geschichten/materialien/{attachment_id}": "as long as a story hands out files",
    "/leitung/import/{import_id}/stand": "as long as a table is being imported",
    "/favicon.ico": "for browsers that show something that is no page",
    "/.well-known/security.txt": "for whoever has found a hole, who knows where to look",
    "/einrichten/{secret}": "on the screen of the start, as long as nobody leads",
    "/eingeladen/{invitation_id}": "what an owner sends to somebody themselves",
    "/aufgehoben/{kept_id}": "where a form waits whose sender must sign in first",
    "/coaches": "the address that Menschen had before",
    "/erste-schritte": "for a coach without a profile",
    "/erste-schritte/{step}": "for a coach without a profile",
    "/anmelden": "in demo mode people sign in by a click",
    "/anmelden/code": "comes after a form",
    "/anmelden/zweiter-faktor": "comes after a mail, for who has set one up",
    "/einstellungen/geraete/app": "comes after a form",
    "/anmelden/bestaetigen": "asked for where somebody has signed in long ago",
    "/anmelden/dienst": "no provider of the staff is configured",
    "/anmelden/dienst/zurueck": "the provider leads there",
    "/demo/anmelden": "signs in as somebody else",
    "/briefe/{mail_id}": "as long as something is to be passed on by letter",
    "/leitung/ansichten/{view_id}": "for bookmarks",
    "/leitung/sammel/{run_id}/stand": "asked for while a run is on its way",
}


async def test_everybody_finds_every_page_and_nobody_what_is_not_theirs(site: Site) -> None:
    walks = await site.walk_everywhere()
    mails = await site.walk("nobody", "/mailbox", leave=("/demo/",))
    # What a mail leads to asks who is there.
    mails.faults = [fault for fault in mails.faults if not fault.endswith("answered 401")]
    assert [fault for walk in (*walks.values(), mails) for fault in walk.faults] == []
    told = {
        who: [(page, names) for page, text in walk.pages.items() if (names := site.betrays(who, text))]
        for who, walk in walks.items()
    }
    assert told == {who: [] for who in PEOPLE}
    met = {route_of(site.routes, urlsplit(page).path) for walk in (*walks.values(), mails) for page in walk.pages}
    pages = {route for route in site.routes if not route.startswith("/api/")}
    assert pages - met - ONLY_IN_MAILS - NOT_LINKED.keys() == set()
    # Hostile words are shown nearly everywhere, and none of them does anything.
    assert sum("&lt;zaun" in text for walk in walks.values() for text in walk.pages.values()) > 100

    for who in ("nobody", "stranger"):
        for page in {page for walk in walks.values() for page in walk.pages} - walks[who].pages.keys():
            answer = await site.browsers[who].get(page)
            assert answer.status_code in (200, 303, 401, 403, 404), (page, answer.status_code)
            # The way to sign in leads back to the address that was asked for: an id, and no title.
            assert [name for name in site.betrays(who, answer.text) if f"§{name}§" in answer.text] == [], page


FRAMES, FRAMED = "x-frame-options", "/einbetten"
PUBLIC = ("/geschichten", "/unterwegs", "/offene-daten", "/sitemap.xml", "/robots.txt")

TOO_LONG = "Ä" * 10_001
WITH_NUL = "Was\x00ist"
LANGUAGE_OF = {TOO_LONG: "de", WITH_NUL: "en", HOSTILE: "de"}
"""In which language each is sent, so that what is wrong with a form is read in both."""
AS_NO_TEXT = b"%ED%A0%BD%FF%C0%80"
"""Half of a surrogate pair, a byte that is in no UTF-8, and NUL written in two bytes."""


async def test_hostile_words_in_every_form_are_kept_or_refused_and_never_lost(
    site: Site, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    for what in LIMITS:
        monkeypatch.setitem(LIMITS, what, Rate(100_000, 3600))
    walks = await site.walk_everywhere()
    forms = {who: list(unique(walks[who].forms, site)) for who in PEOPLE}
    sent: set[str] = set()
    for text in (TOO_LONG, WITH_NUL, HOSTILE):
        for who, met in forms.items():
            for form in met:
                key = f"{shape_of(form, site)} {text[:9]}"
                if key in sent or not (text is HOSTILE or is_tried(key, 6)):
                    continue
                sent.add(key)
                with subtests.test(who=who, page=form.page, action=form.action, typed=form.typed, text=text[:9]):
                    assert await faults_after(site.browsers[who], form, text, LANGUAGE_OF[text]) == []
                    if text is TOO_LONG:
                        names = "&".join(form.typed).encode().replace(b"&", b"=" + AS_NO_TEXT + b"&")
                        body = names + b"=" + AS_NO_TEXT
                        headers = OWN_SITE | {"Content-Type": "application/x-www-form-urlencoded"}
                        answer = await site.browsers[who].post(form.action, content=body, headers=headers)
                        assert answer.status_code == 400
    assert len(sent) > 100


def unique(forms: Iterable[Form], site: Site) -> Iterable[Form]:
    return {shape_of(form, site): form for form in forms}.values()


def shape_of(form: Form, site: Site) -> str:
    """Forms that are read by the same lines."""
    action = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", urlsplit(form.action).path)
    return f"{action} {dict(form.values).get('event', '')} {sorted(form.typed)}"


async def faults_after(browser: httpx.AsyncClient, form: Form, text: str, language: str) -> list[str]:
    """What is wrong with the answer to a form in which everything that can be typed is `text`."""
    pairs = form.fill(text)
    data: dict[str, list[str]] = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    address = f"{form.action}{'&' if '?' in form.action else '?'}lang={language}"
    answer = await browser.post(address, data=data, headers=OWN_SITE)
    if answer.is_redirect:
        answer = await browser.get(urljoin(form.action, answer.headers["location"]), follow_redirects=True)
        return [fault for fault in faults_of(answer) if answer.status_code != 410 or "410" not in fault]
    found = [fault for fault in faults_of(answer) if not fault.startswith("answered 4")]
    if answer.status_code != 422:
        return found
    found += mistakes_in(answer.text) + faults_of_summary(answer.text, language)
    # An address that is none is shown as it was typed; words, as they are kept.
    if "\x00" not in text and not any(escape(one) in answer.text for one in (text, clean(text))):
        found.append("what was typed is lost")
    return found


def faults_of_summary(page: str, language: str) -> list[str]:
    """What is wrong with how a page says what is wrong with a form: in its title, and in lines that lead to fields."""
    says_so = f"<title>{texts_in(language)('page.errors.title')}: " in page
    found = [] if says_so else ["has a title that does not say so"]
    summary = re.search(r'id="fehler">(.*?)</ul>', page, re.DOTALL)
    lines = re.findall(r"<li>(?:<a href=\"#([^\"]+)\">)?(?:<span[^>]*>)?([^<]+)", summary[1]) if summary else []
    if not lines:
        found.append("says not what is wrong")
    found += [f"leads to no field {field!r}" for field, _ in lines if field and f'id="{field}"' not in page]
    other = texts_of_all("en" if language == "de" else "de") - texts_of_all(language)
    return found + [f"says in another language {line!r}" for _, line in lines if html.unescape(line) in other]


@cache
def texts_of_all(language: str) -> frozenset[str]:
    return frozenset(form for text in texts_in(language).catalogue.values() for form in forms_of(text))
