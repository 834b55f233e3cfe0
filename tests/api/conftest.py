"""The web application on a real database and a real Temporal, spoken to as the cast."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio.client import Client

from activities.adapters.mailer.mailbox import LocalMailbox
from activities.mails.letterhead import Letterhead
from activities.ports.inboxes import Inboxes
from activities.replications import begin_replications
from api.app import create_app
from api.routes.health import KeptReadiness
from api.routes.metrics import FiguresOfDatabase
from api.runtime.services import Services
from api.sign_in.bearer import issue_token
from api.use_cases.idea_text import IdeaWords, new_idea
from api.web.cookies import SESSION, name_of
from api.web.csrf import FIELD, digest_of, mask
from models.database import Database
from models.policy import Policy
from models.secrets import hash_secret, new_secret
from models.settings import Settings
from models.tables import Account, CoachProfile, SessionRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import Answer, Role, SecondFactor, SignInMethod, TokenScope
from models.workflow_ids import REPLICATION, case, case_id
from tests.cast import PIPELINE, POLICY, SHIPPED
from tests.conftest import KEY as KEY
from tests.factories import (
    ALMA,
    BEN,
    BRUNO,
    CARLA,
    DORA,
    alma,
    ben,
    carla,
    clear_inboxes,
    concept_of,
    invite_cast,
    new_state,
    story_of,
)
from tests.fakes import Doors
from tests.planting import plant
from workflows.client import EngineClient
from workflows.worker import build_activities, build_worker

GATHERING = POLICY.model_copy(update={"notices": SHIPPED.notices})
"""Mails are gathered for longer than a test takes: writing them would be a quarter of the work of most tests."""

WORDS: dict[str, Any] = {
    "title": "Pflegelotsen im Quartier",
    "summary": "Nachbarn begleiten Angehörige durch die Pflege.",
    "district": "DED21",
    "themes": ["care"],
}

PATH_WITH_BEN: list[tuple[str, str, dict[str, Any], str]] = [
    ("agree_plan", BEN, {}, "working"),
    ("submit_work", ALMA, {}, "reviewing"),
    ("approve_concept", BEN, {}, "assessing"),
    ("request_support", BEN, {}, "arranging"),
    ("arrange", CARLA, {}, "using"),
    ("confirm_use", ALMA, {}, "assessing"),
    ("no_support_needed", BEN, {}, "piloting"),
    ("check_in", ALMA, {"answer": Answer.DONE}, "concluding"),
    ("conclude", BEN, {}, "drafting"),
    ("submit_story", ALMA, {}, "editing"),
    ("approve_story", CARLA, {}, "consenting"),
    ("consent", ALMA, {}, "published"),
]
"""From planning to the published story: event, who, fields, the state it leads to."""

ACTORS = {ALMA: alma, BEN: ben, CARLA: carla}

spare_apps: list[FastAPI] = []
"""Those that tests have left: to make one takes longer than most requests."""

AN_AGE = 10 * 365 * 24 * 3600
"""Seconds. A window of a rate limit that does not end in the middle of a test."""


class Web:
    """The application, and the cast: each with a token for the API and a session for the pages."""

    def __init__(self, services: Services, app: FastAPI) -> None:
        self.services = services
        self.app = app
        self.clients: dict[str, httpx.AsyncClient] = {}

    @property
    def database(self) -> Database:
        return self.services.database

    @property
    def alma(self) -> httpx.AsyncClient:
        return self.clients[ALMA]

    @property
    def ben(self) -> httpx.AsyncClient:
        return self.clients[BEN]

    @property
    def bruno(self) -> httpx.AsyncClient:
        return self.clients[BRUNO]

    @property
    def carla(self) -> httpx.AsyncClient:
        return self.clients[CARLA]

    @property
    def dora(self) -> httpx.AsyncClient:
        return self.clients[DORA]

    @property
    def nobody(self) -> httpx.AsyncClient:
        return self.clients[""]

    async def invite(self, *account_ids: str) -> None:
        """Give people a client in which they have just signed in, with a token; "" is somebody with neither."""
        if "" in account_ids:
            self.clients[""] = open_client(self.app)
        if known := set(account_ids) - {""}:
            async with self.database.transaction() as writing:
                people = await writing.exec(select(Account).where(col(Account.id).in_(known)))
                for account in people.all():
                    self.clients[account.id] = await self._open_for(writing, account)

    async def sign_in(self, account_id: str, **session: Any) -> httpx.AsyncClient:
        async with self.database.transaction() as writing:
            return await self._open_for(writing, await writing.get_one(Account, account_id), **session)

    async def _open_for(self, writing: AsyncSession, account: Account, **session: Any) -> httpx.AsyncClient:
        """A client whose requests carry both: the API takes the token alone, and pages the session alone."""
        token = await issue_token(writing, account, TokenScope)
        cookies = write_session(writing, self.services, account, **session)
        client = open_client(self.app, headers={"Authorization": f"Bearer {token}"}, cookies=cookies)
        if isinstance(client, Browser):
            client.know_guard(self.services.signing_key, *cookies.values())
        return client

    async def hand_in(self, **words: Any) -> str:
        """Alma hands in an idea; returns its id."""
        answer = await self.alma.post("/api/v1/ideas", json=WORDS | words)
        assert answer.status_code == 201, answer.text
        await self.until_shown(answer.json()["id"], 1)
        return str(answer.json()["id"])

    async def ask(self, who: str, idea_id: str, event: str, **fields: Any) -> dict[str, Any]:
        """A step that must succeed; returns the receipt once everybody can see the step."""
        answer = await self.try_to(who, idea_id, event, **fields)
        assert answer.status_code == 200, answer.text
        await self.until_shown(idea_id, answer.json()["version"])
        return dict(answer.json())

    async def write_concept(self, idea_id: str, **words: str) -> None:
        """Alma writes a concept, that is not handed in yet."""
        answer = await self.alma.put(f"/api/v1/ideas/{idea_id}/concept", json=words or {"costs": "400 Euro im Jahr"})
        assert answer.status_code == 200, answer.text

    async def write_story(self, idea_id: str, **words: Any) -> None:
        """Alma writes a story, that is not handed in yet."""
        answer = await self.alma.put(f"/api/v1/ideas/{idea_id}/story", json=words or {"changed": "So ging es uns."})
        assert answer.status_code == 200, answer.text

    async def try_to(
        self, who: str, idea_id: str, event: str, headers: dict[str, str] | None = None, **fields: Any
    ) -> httpx.Response:
        return await self.clients[who].post(
            f"/api/v1/ideas/{idea_id}/commands", json={"event": event, **fields}, headers=headers
        )

    async def read(self, idea_id: str, who: str = CARLA) -> dict[str, Any]:
        answer = await self.clients[who].get(f"/api/v1/ideas/{idea_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def timeline(self, idea_id: str, who: str = CARLA) -> list[dict[str, Any]]:
        answer = await self.clients[who].get(f"/api/v1/ideas/{idea_id}/timeline", params={"limit": 100})
        return list(answer.json()["items"])

    async def open_offer(self, idea_id: str, coach: str | None = None) -> dict[str, Any]:
        """The offer of an idea that is open, as soon as there is one."""
        while True:
            params = {"all": "true", "status": "open", "idea": idea_id}
            answer = await self.carla.get("/api/v1/offers", params=params)
            for offer in answer.json()["items"]:
                if coach is None or offer["coach"]["id"] == coach:
                    return dict(offer)
            await asyncio.sleep(0.02)

    async def bring_to(self, state: str, **words: Any) -> str:
        """An idea of Alma's in a state of the path; from planning on with Ben as its coach."""
        if state not in {"screening", "clarification", "matching"}:
            return await self.plant(state, **words)
        idea_id = await self.hand_in(**words)
        if state == "screening":
            return idea_id
        if state == "clarification":
            await self.ask(CARLA, idea_id, "request_clarification", note="Für wen ist es?")
            return idea_id
        await self.ask(CARLA, idea_id, "shortlist")
        await self.open_offer(idea_id)
        return idea_id

    async def plant(self, state: str, **words: Any) -> str:
        """An idea of Alma's in a state of the path, as if all the steps before had been taken just now."""
        now, today = datetime.now(UTC), self.services.today()
        async with self.database.transaction() as session:
            owner = await session.get_one(Account, ALMA)
            idea = new_idea(self.services.policy, owner, IdeaWords(**(WORDS | words)))
            session.add(idea)
        planted = new_state(idea.id, self.services.policy.rulebook(today), entered_at=now, office=idea.office)
        states = ["planning", *(reached for *_, reached in PATH_WITH_BEN)]
        way = PATH_WITH_BEN[: states.index(state)]
        fired = {event for event, *_ in way}
        story = story_of(idea.id, handed_in_at=now if "submit_story" in fired else None)
        async with self.database.transaction() as session:
            session.add(concept_of(idea.id, handed_in_at=now if "submit_work" in fired else None))
            if "conclude" in fired:
                session.add(story)
        told = {event: {"document_id": story.id} for event in ("submit_story", "approve_story", "consent")}
        steps = [(event, ACTORS[who], fields | told.get(event, {})) for event, who, fields, _ in way]
        await plant(self.database, self.services.engine, planted, steps, now)
        return str(idea.id)

    async def begin_replication(self, idea_id: str) -> None:
        """What comes by itself after an idea was handed in after a story; returns once pages show it."""
        assert await begin_replications(self.database, self.services.engine, self.services.policy) == 1
        await self.services.engine.nudge(case(REPLICATION, idea_id))
        assert await self.services.read_model.wait(case_id(REPLICATION, idea_id), 1, 20)

    async def until_shown(self, idea_id: str, version: int) -> None:
        async def is_shown() -> bool:
            return bool((await self.read(idea_id))["version"] >= version)

        await until(is_shown)

    async def until_in(self, idea_id: str, state: str) -> None:
        async def is_there() -> bool:
            return bool((await self.read(idea_id))["state"] == state)

        await until(is_there)

    async def close(self) -> None:
        for client in self.clients.values():
            await client.aclose()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that is on its way. A test fails by hanging, never by hurry."""
    while not await holds():
        await asyncio.sleep(0.02)


class Browser(httpx.AsyncClient):
    """Sends a form as a browser does: with the hidden field of a page that it has been given before."""

    _guard: tuple[list[tuple[str, str | None]], str] | None = None

    async def request(self, method: Any, url: Any, **options: Any) -> httpx.Response:
        sent = options.get("data")
        is_page = method == "POST" and not str(url).startswith("/api/")
        is_form = options.get("json") is None and options.get("content") is None and isinstance(sent, dict | None)
        if is_page and is_form and FIELD not in (sent or {}):
            options["data"] = (sent or {}) | {FIELD: await self.keep_guard()}
        return await super().request(method, url, **options)

    async def keep_guard(self) -> str:
        """One that was read before serves as long as the cookies stay."""
        if self._guard is None or self._guard[0] != self._tell_cookies():
            found = await self.read_guard()
            self._guard = self._tell_cookies(), found
        return self._guard[1]

    def know_guard(self, key: str, secret: str) -> None:
        """The field as pages would write it for this session, without reading one."""
        self._guard = self._tell_cookies(), mask(digest_of(key, secret))

    async def read_guard(self) -> str:
        """The value that the field has on a page with a form, for this browser."""
        page = await self.get("/anmelden", follow_redirects=True)
        found = re.search(rf'name="{FIELD}" value="([^"]+)"', page.text)
        assert found is not None, page.text
        return found[1]

    def _tell_cookies(self) -> list[tuple[str, str | None]]:
        return [(cookie.name, cookie.value) for cookie in self.cookies.jar]


def write_session(session: AsyncSession, services: Services, account: Account, **fields: Any) -> dict[str, str]:
    """A session as if somebody had just signed in by mail, the staff with a second factor; returns its cookie."""
    secret = new_secret()
    usual = {
        "method": SignInMethod.LINK,
        "second": SecondFactor.TOTP if {Role.COACH, Role.LEAD} & set(account.roles) else None,
        "expires_at": utc_now() + services.settings.session_longest,
    }
    session.add(SessionRow(hash=hash_secret(secret), account_id=account.id, **(usual | fields)))
    return {name_of(services.settings, SESSION): secret}


def open_client(
    app: FastAPI, *, peer: str = "127.0.0.1", host: str = "localhost", careless: bool = False, **options: Any
) -> httpx.AsyncClient:
    """A client of the application inside this process, at this very machine. A careless one adds no field to forms."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(peer, 50000))
    kind = httpx.AsyncClient if careless else Browser
    return kind(transport=transport, base_url=f"http://{host}", timeout=60, **options)


def make_services(
    database: Database,
    database_url: str,
    client: Client,
    var: Path,
    *,
    demo: bool = False,
    queue: str | None = None,
    policy: Policy = GATHERING,
    port: int = 8000,
) -> Services:
    settings = Settings(
        demo=demo,
        port=port,
        var=var,
        pipeline=PIPELINE,
        secret_key=SecretStr(KEY),
        task_queue=queue or f"tests-{new_id()}",
        database_url=SecretStr(database_url),
        temporal_address=client.service_client.config.target_host,
    )
    return Services(settings, policy, database, EngineClient(client, settings.task_queue))


def borrow_app(services: Services) -> FastAPI:
    """The application on these services. Over HTTPS its middlewares are others."""
    if services.settings.is_https or not spare_apps:
        app = create_app(services)
        app.state.routes_at_first = len(app.routes)
        return app
    app = spare_apps.pop()
    app.state.services, app.state.settings, app.state.figures = services, services.settings, FiguresOfDatabase()
    app.state.readiness = KeptReadiness()
    return app


def give_back_app(app: FastAPI, services: Services) -> None:
    """Unless a test has put routes of its own into it."""
    if not services.settings.is_https and len(app.routes) == app.state.routes_at_first:
        spare_apps.append(app)


@asynccontextmanager
async def open_web(services: Services, *, with_worker: bool = True, with_inboxes: bool = True) -> AsyncIterator[Web]:
    """The application with the cast, and a worker for its task queue.

    Without inboxes nobody gathers mails: every notice would start a run of its own, which no test but those of mails
    looks at.
    """
    web = Web(services, borrow_app(services))
    async with services.database.transaction() as session:
        # The cast is the same in all tests and so is Temporal: the ids of their leaves must differ.
        await session.exec(update(CoachProfile).values(leaves=secrets.randbelow(10**9)))
    await web.invite("", ALMA, BEN, BRUNO, CARLA, DORA)
    try:
        if not with_worker:
            yield web
            return
        mailer, letterhead = LocalMailbox(services.database), Letterhead.of(services.settings, services.policy)
        inboxes: Inboxes = services.engine if with_inboxes else Doors()
        activities = build_activities(
            services.database, services.engine, mailer, services.policy, letterhead, inboxes=inboxes
        )
        if with_inboxes:
            await clear_inboxes(services.engine.client)
        # Without looking for deadlocks: a machine that is busy for two seconds is none.
        async with build_worker(services.engine.client, services.settings.task_queue, activities, debug_mode=True):
            yield web
    finally:
        await web.close()
        give_back_app(web.app, services)


@pytest.fixture
async def web(
    database: Database, database_url: str, client: Client, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Web]:
    """Everything works: database, Temporal, worker, application; inboxes where a test is marked with `inboxes`."""
    await invite_cast(database)
    services = make_services(database, database_url, client, tmp_path)
    with_inboxes = request.node.get_closest_marker("inboxes") is not None
    async with open_web(services, with_inboxes=with_inboxes) as opened:
        yield opened


@pytest.fixture
async def still_web(database: Database, database_url: str, client: Client, tmp_path: Path) -> AsyncIterator[Web]:
    """Without a worker: for what only reads."""
    await invite_cast(database)
    async with open_web(make_services(database, database_url, client, tmp_path), with_worker=False) as opened:
        yield opened


def in_days(days: int) -> str:
    """A day counted from today, as the API writes it."""
    return (datetime.now(POLICY.zone).date() + timedelta(days=days)).isoformat()
