"""What people write stays in PostgreSQL: canaries are planted in all their words, and looked for everywhere else."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col, select
from structlog.testing import capture_logs
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from typer.testing import CliRunner

from api.cli import app
from api.operations.embedded.temporal import EmbeddedTemporal
from api.use_cases.check_in_replies import links_of
from models.database import Database
from models.messages.package import Package
from models.tables import Account, MailboxMessage, MailRow, NoticeRow
from models.vocabulary import MailState
from tests.activities.attachments.samples import PDF
from tests.api.campaigns import HandOff
from tests.api.conftest import KEY, Web, make_services, open_client, open_web, until
from tests.api.pages.conftest import OWN_SITE
from tests.cast import POLICY
from tests.factories import ALMA, BEN, CARLA, good_package, invite_cast
from tests.spans import Spans
from tests.teams import link_in
from workflows.tracing import Tracing

WORD = "Zaunkönig"
"""In every text."""
PERSON = "Rotkehlchen"
"""In the names and addresses of people."""

SECRETS = re.compile(f"{WORD}|{PERSON}|zaunk|rotkehl", re.IGNORECASE)
LINK = re.compile(r"""(?:href|src|action)\s*=\s*["']([^"']*)["']|(https?://[^\s"'<>]+)""")


@dataclass
class Told:
    """What left the database while a story was lived."""

    idea: str
    logs: str
    urls: list[str]


@pytest.fixture
async def town(
    spans: Spans, database: Database, database_url: str, temporal: EmbeddedTemporal, tmp_path: Path
) -> AsyncIterator[Web]:
    """Everything works and is traced, and everybody has a canary in their name and address."""
    client = await Client.connect(temporal.address, data_converter=pydantic_data_converter, interceptors=[Tracing()])
    await invite_cast(database)
    async with database.transaction() as session:
        for account in (await session.exec(select(Account.id))).all():
            named = {"name": f"{PERSON} {account[:4]}", "email": f"{PERSON.lower()}.{account[:4]}@example.org"}
            await session.exec(update(Account).where(col(Account.id) == account).values(**named))
    async with open_web(make_services(database, database_url, client, tmp_path, policy=POLICY)) as opened:
        yield opened


async def test_no_word_and_no_name_leaves_the_database(
    town: Web, spans: Spans, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        idea, urls = await live(town)
    assert len(logs) > 100
    assert find(json.dumps(logs, default=str)) == find(caplog.text) == []
    # An address that is written to is opened by a mail program, and asked of no server.
    assert find("\n".join(url for url in urls if not url.startswith("mailto:"))) == []

    histories = await read_histories(town)
    assert {"Identify", "Develop", "CoachSearch", "Crowdfunding", "Inbox"} <= histories.keys()
    assert {kind: find(history) for kind, history in histories.items() if find(history)} == {}

    traces = "\n".join(one.to_json() for one in spans.all)
    assert idea in traces
    assert find(traces) == []
    figures = (await town.nobody.get("/metrics")).text
    assert "ideenweg_commands_total" in figures
    assert find(figures) == []

    async with town.database.session() as session:
        mails = (await session.exec(select(MailboxMessage))).all()
    assert find("\n".join(mail.body for mail in mails)), "a mail tells of what"
    assert find("\n".join(mail.subject for mail in mails)) == []
    assert find("\n".join(name["name"] for mail in mails for name in mail.attachments)) == []
    links = [link for mail in mails for link in links_in(mail.body + mail.html)]
    door = links_of(town.services).page("aus-der-mail/")
    ways = [links_of(town.services).read_way(link.removeprefix(door))[0] for link in links if link.startswith(door)]
    assert any(idea in way.path for way in ways)
    assert find("\n".join([*links, *(way.path for way in ways)])) == []


async def test_an_export_names_nobody_unless_it_is_asked_to(town: Web, database_url: str) -> None:
    await town.ask(BEN, await town.bring_to("working", title=f"Der {WORD}"), "write_note", note=f"Ein {WORD} sang.")
    for arguments in (("--format", "json"), ("--format", "csv")):
        without = await export(town, database_url, *arguments)
        assert (WORD in without, PERSON.lower() in without.lower()) == (True, False)
        assert PERSON in await export(town, database_url, *arguments, "--with-people")


async def live(town: Web) -> tuple[str, list[str]]:
    """Write in every field that there is, ask for what is refused, and look at every page; returns the idea and all
    addresses that were told on the way."""
    urls: list[str] = []

    async def note_urls(response: httpx.Response) -> None:
        urls.append(response.headers.get("location", ""))
        await response.aread()
        if "html" in response.headers.get("content-type", ""):
            urls.extend(links_in(response.text))

    for client in town.clients.values():
        client.event_hooks["response"].append(note_urls)
    long = f"Ein {WORD} singt im Quartier, und alle hören zu."
    words = dict.fromkeys(("summary", "problem", "solution", "target_group"), long) | {"title": f"{WORD} im Quartier"}
    idea = await town.hand_in(**words)
    await town.ask(CARLA, idea, "request_clarification", note=long)
    await town.ask(ALMA, idea, "clarify", note=long)
    await town.ask(CARLA, idea, "shortlist", note=long)
    offer = await town.open_offer(idea)
    no = {"reason": "no_time", "note": long}
    declined = await town.clients[offer["coach"]["id"]].post(f"/api/v1/offers/{offer['id']}/decline", json=no)
    assert declined.status_code == 200, declined.text
    offer = await town.open_offer(idea)
    accepted = await town.clients[offer["coach"]["id"]].post(f"/api/v1/offers/{offer['id']}/accept")
    assert accepted.status_code == 200, accepted.text
    await town.until_in(idea, "planning")
    coach = offer["coach"]["id"]
    await town.ask(coach, idea, "plan", tasks=[{"title": f"{WORD} füttern"}], note=long)
    await town.ask(coach, idea, "write_note", note=long, internal=True)
    await send_file(town, idea, long)
    await town.ask(coach, idea, "agree_plan", note=long)
    await town.write_concept(idea, costs=long)
    for event, who in (("submit_work", ALMA), ("approve_concept", coach)):
        await town.ask(who, idea, event, note=long)
    await invite_somebody(town, idea)
    refused = await town.try_to(ALMA, idea, "close", reason=long)
    assert refused.status_code in (403, 422)
    unknown: dict[str, Any] = {WORD: WORD}
    strange = await town.try_to(ALMA, idea, "close", **unknown)
    assert strange.status_code == 422
    await raise_money(town, idea, coach)
    for who in (ALMA, coach, CARLA):
        for path in ("/", "/ideen", f"/ideen/{idea}", f"/ideen/{idea}/crowdfunding", "/einstellungen", "/zustellung"):
            await town.clients[who].get(path, headers={"Accept": "text/html"})
        await town.clients[who].get("/api/v1/ideas", params={"text": long})
        await town.clients[who].get(f"/{WORD}")
    await until(lambda: everything_is_sent(town.database))
    # Its own addresses are what a browser asks for; what was asked for by hand above is not.
    return idea, [url for url in urls if url]


async def send_file(town: Web, idea: str, note: str) -> None:
    """With a message, under a name that is a canary; and one that is not taken."""
    path = f"/ideen/{idea}/schritte"
    for key, data, status in (("gut", PDF, 303), ("schlecht", WORD.encode(), 422)):
        said = {"event": "write_note", "note": note, "schluessel": key}
        files = {"dateien": (f"{WORD}.pdf", data, "application/pdf")}
        answer = await town.alma.post(path, data=said, files=files, headers=OWN_SITE)
        assert answer.status_code == status, answer.text


async def invite_somebody(town: Web, idea: str) -> None:
    """By an address that is a canary, and they join by its link, under a name that is one."""
    email = f"{PERSON.lower()}.neu@example.org"
    sent = {"email": email, "share": "collaborator"}
    asked = await town.alma.post(f"/ideen/{idea}/team", data=sent, headers=OWN_SITE)
    assert asked.status_code == 303, asked.text
    wrong = await town.alma.post(f"/ideen/{idea}/team", data=sent | {"email": f"{PERSON}@"}, headers=OWN_SITE)
    assert wrong.status_code == 422
    mails: list[MailboxMessage] = []

    async def has_arrived() -> bool:
        async with town.database.session() as session:
            mails[:] = (await session.exec(select(MailboxMessage).where(MailboxMessage.recipient == email))).all()
        return bool(mails)

    await until(has_arrived)
    assert find(mails[0].body + mails[0].html) == []
    path, answer = link_in(mails[0]), {"antwort": "ja", "name": f"{PERSON} Neu"}
    async with open_client(town.app) as browser:
        joined = await browser.post(path, data=answer, headers=OWN_SITE)
        assert joined.status_code == 303, joined.text
        assert (await browser.get(joined.headers["location"])).status_code == 200


async def raise_money(town: Web, idea: str, coach: str) -> None:
    hand_off = HandOff(town, idea)
    await hand_off.begin()
    uploaded = await hand_off.upload()
    [image] = uploaded.json()["package"]["images"]
    content = good_package().model_dump(mode="json")
    texts = ("title", "subtitle", "summary", "about", "goals", "why", "use_of_money", "people", "impact", "risks")
    content |= dict.fromkeys(texts, f"Ein {WORD} singt.") | {"images": [image | {"alt": WORD, "credit": PERSON}]}
    content["team"] = [{"name": PERSON, "part": WORD}]
    answer = await hand_off.put(Package.model_validate(content))
    assert answer.status_code == 200, answer.text
    wrong = await hand_off.try_to(ALMA, "link", address=f"https://www.startnext.com/{WORD.lower()}", note=WORD)
    assert wrong.status_code in (409, 422), wrong.text
    content["start_level_cents"] = WORD
    assert (await hand_off.put(content)).status_code == 422
    withdrawn = await hand_off.try_to(ALMA, "withdraw", note=f"Der {WORD} ist fort.")
    assert withdrawn.status_code == 200, withdrawn.text
    await town.ask(coach, idea, "no_support_needed")


async def everything_is_sent(database: Database) -> bool:
    async with database.session() as session:
        waiting = select(NoticeRow.id).where(col(NoticeRow.settled_at).is_(None))
        unsent = select(MailRow.id).where(col(MailRow.state) != MailState.SENT)
        return not (await session.exec(waiting)).all() and not (await session.exec(unsent)).all()


async def read_histories(town: Web) -> dict[str, str]:
    """Everything that Temporal keeps of this town, by workflow type, with memos and search attributes."""
    client, queue = town.services.engine.client, town.services.settings.task_queue
    kept: dict[str, str] = {}
    async for run in client.list_workflows(f"TaskQueue = '{queue}'"):
        history = await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        events = b"".join(event.SerializeToString() for event in history.events)
        listed = run.raw_info.SerializeToString()
        kept[run.workflow_type] = kept.get(run.workflow_type, "") + (events + listed).decode("utf-8", "replace")
    return kept


async def export(town: Web, database_url: str, *arguments: str) -> str:
    settings = town.services.settings
    environment: dict[str, Any] = {
        "DATABASE_URL": database_url,
        "TEMPORAL_ADDRESS": settings.temporal_address,
        "IDEENWEG_VAR": str(settings.var),
        "IDEENWEG_SECRET_KEY": KEY,
    }
    ended = await asyncio.to_thread(CliRunner().invoke, app, ["export", *arguments], env=environment)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def links_in(text: str) -> list[str]:
    return [one or other for one, other in LINK.findall(text)]


def find(text: str) -> list[str]:
    """The canaries in a text, with what stands around them; also where it is escaped."""
    readable = text.replace("\\u00f6", "ö").replace("%C3%B6", "ö").replace("&#246;", "ö")
    return [readable[max(hit.start() - 60, 0) : hit.end() + 60] for hit in SECRETS.finditer(readable)]
