"""The cast in front of the pages: forms are read from the HTML and sent as a browser would send them."""

import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from sqlalchemy import update
from temporalio.client import Client

from models.database import Database
from models.tables import Account
from tests.api.conftest import Web, make_services, open_web
from tests.factories import invite_cast

T = TypeVar("T")

OWN_SITE = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


@dataclass
class FormOnPage:
    """A form with the values that a browser would send."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    """All fields, also those that are empty or not chosen."""
    steps: list[str] = field(default_factory=list)
    """Events among which the form lets one choose."""

    def split(self) -> list["FormOnPage"]:
        """The form as it is sent for each step that can be chosen in it."""
        return [
            FormOnPage(
                self.action,
                self._of(event, self.values) | {"event": event},
                set(self._of(event, dict.fromkeys(self.names))),
            )
            for event in self.steps
        ]

    def _of(self, event: str, values: dict[str, T]) -> dict[str, T]:
        own = f"{event}."
        return {
            name.removeprefix(own): value for name, value in values.items() if "." not in name or name.startswith(own)
        }


class FormReader(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FormOnPage] = []
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append(FormOnPage(given.get("action") or ""))
        if not self.forms or "name" not in given:
            return
        name, form = given["name"] or "", self.forms[-1]
        if tag in ("input", "textarea", "select"):
            form.names.add(name)
        if name == "event" and given.get("type") == "radio":
            form.steps.append(given["value"] or "")
        if tag == "input" and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
            form.values[name] = given.get("value") or ""
        if tag == "textarea":
            form.values[name], self._area = "", name

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.forms[-1].values[self._area] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None


def forms_of(page: str) -> list[FormOnPage]:
    reader = FormReader()
    reader.feed(page)
    return [one for form in reader.forms for one in (form.split() if form.steps else [form])]


def form_for(page: str, event: str) -> FormOnPage:
    """The form of one step. Fails where the page does not offer it."""
    return next(form for form in forms_of(page) if form.values.get("event") == event)


def form_with(page: str, action: str) -> FormOnPage:
    """The form that is sent to an address. Fails where the page has none."""
    return next(form for form in forms_of(page) if form.action == action)


def events_on(page: str) -> set[str]:
    return {form.values["event"] for form in forms_of(page) if "event" in form.values}


def words_of(page: str) -> str:
    """What a reader sees, in one line."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


async def take(client: httpx.AsyncClient, idea_id: str, event: str, **fields: str) -> httpx.Response:
    """Open an idea's page at the form of a step, fill it in and send it; returns the page after it."""
    page = await client.get(f"/ideen/{idea_id}?oeffne={event}")
    assert page.status_code == 200, page.text
    form = form_for(page.text, event)
    assert set(fields) <= form.names, (event, form.names)
    return await client.post(form.action, data=form.values | fields, headers=OWN_SITE, follow_redirects=True)


TOPICS: dict[str, dict[str, str | list[str]]] = {
    "idee": {"title": "Pflegelotsen im Quartier", "summary": "Nachbarn begleiten Angehörige durch die Pflege."},
    "anlass": {"problem": ""},
    "loesung": {"solution": ""},
    "fuer-wen": {"target_group": "", "district": "DED21", "themes": ["care"], "language": "de"},
}
"""What handing in asks of everybody, page by page."""

ABOUT_YOU: dict[str, str | list[str]] = {
    "name": "Dora Dorn",
    "email": "dora.dorn@example.org",
    "phone": "",
    "reach": "",
    "organisation": "",
}


async def begin(client: httpx.AsyncClient) -> str:
    """Begin to hand in; returns the address of the draft."""
    answer = await client.post("/einreichen", data={}, headers=OWN_SITE)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).rpartition("/")[0]


async def fill_in(client: httpx.AsyncClient, *, about_you: bool = False, **fields: str | list[str]) -> str:
    """Fill in all pages up to the last one, from one to the next; returns the address of the draft."""
    draft = await begin(client)
    topics = TOPICS | ({"ueber-sie": ABOUT_YOU} if about_you else {})
    assert set(fields) <= {name for topic in topics.values() for name in topic}
    for slug, usual in topics.items():
        values = {name: fields.get(name, value) for name, value in usual.items()}
        answer = await client.post(f"{draft}/{slug}", data={**values, "absicht": "weiter"}, headers=OWN_SITE)
        assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"{draft}/pruefen"
    return draft


async def hand_in(client: httpx.AsyncClient, **fields: str | list[str]) -> str:
    """Hand in an idea through the pages, as somebody who is signed in; returns its id."""
    draft = await fill_in(client, about_you=False, **fields)
    answer = await client.post(f"{draft}/pruefen", data={}, headers=OWN_SITE, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    found = re.search(r'href="/ideen/([0-9a-f-]{36})"', answer.text)
    assert found is not None, answer.text
    return found[1]


@pytest.fixture
async def demo_web(database: Database, database_url: str, client: Client, tmp_path: Path) -> AsyncIterator[Web]:
    """Demo mode, with the cast as demo accounts; nobody works."""
    await invite_cast(database)
    async with database.transaction() as session:
        await session.exec(update(Account).values(demo=True))
    services = make_services(database, database_url, client, tmp_path, demo=True)
    async with open_web(services, with_worker=False) as opened:
        yield opened
