"""A real database, a real Temporal with a worker, and the command `ideenweg import`."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import col, select
from temporalio.client import Client
from typer.testing import CliRunner

from activities.adapters.mailer.mailbox import LocalMailbox
from activities.mails.letterhead import Letterhead
from api.cli import app
from api.runtime.services import Services
from api.use_cases.importing.checking import Checked, Choices, check_rows
from api.use_cases.importing.import_run import Run
from api.use_cases.importing.mapping import map_columns, parse_map
from api.use_cases.importing.reading import parse_table
from models.database import Database
from models.settings import PROJECT_ROOT, Settings
from models.tables import Account, Draft, Idea, MailboxMessage, MailRow, NoticeRow, StandingRow, TimelineEntry
from models.tables.columns import new_id
from tests.cast import PIPELINE, POLICY
from tests.conftest import KEY
from tests.factories import ALMA, clear_inboxes, invite_cast
from workflows.client import EngineClient
from workflows.worker import build_activities, build_worker

FOREIGN = ("TEMPORAL_", "IDEENWEG_")
MAP = "title=title,summary=summary"


@dataclass
class Intake:
    """Where ideas are imported to. Alma owns them."""

    services: Services
    source: str
    """Unlike in every other test, since ids follow from it and all tests share one Temporal."""

    @property
    def database(self) -> Database:
        return self.services.database

    def check(self, data: bytes, *key: str, maps: str = MAP) -> Checked:
        table = parse_table(data)
        return check_rows(table, map_columns(table, parse_map([maps]), key or ("id",)), POLICY, self.source, Choices())

    async def begin(self, owner: str = ALMA, patience: float = 30) -> Run:
        async with self.database.session() as session:
            account = await session.get_one(Account, owner)
        return Run(self.services, account, self.source, asyncio.Event(), patience=patience)

    async def import_all(self, data: bytes, owner: str = ALMA) -> Run:
        """One whole run."""
        run = await self.begin(owner)
        await run.hand_in(await run.write_drafts(self.check(data).rows))
        return run

    async def shown(self) -> dict[str, StandingRow]:
        """Key of the row → where its idea stands."""
        async with self.database.session() as session:
            found = await session.exec(
                select(Idea, StandingRow).join(StandingRow, col(StandingRow.case_id) == col(Idea.id))
            )
            return {str(idea.source_ref): standing for idea, standing in found.all()}

    async def ideas(self) -> dict[str, Idea]:
        async with self.database.session() as session:
            return {str(idea.source_ref): idea for idea in (await session.exec(select(Idea))).all()}

    async def drafts(self) -> list[Draft]:
        async with self.database.session() as session:
            return list((await session.exec(select(Draft).order_by(col(Draft.source_ref)))).all())

    async def unsent(self) -> list[Draft]:
        return [draft for draft in await self.drafts() if draft.idea_id is None]

    async def secret_mails(self) -> list[MailRow]:
        async with self.database.session() as session:
            secret = select(MailRow).where(col(MailRow.secret_kind).is_not(None))
            return list((await session.exec(secret.order_by(col(MailRow.email)))).all())

    async def timeline(self, expected: int = 0) -> list[TimelineEntry]:
        """All entries, as soon as there are as many as expected: the read model may be a moment behind."""
        while len(found := await self._timeline()) < expected:
            await asyncio.sleep(0.02)
        return found

    async def _timeline(self) -> list[TimelineEntry]:
        async with self.database.session() as session:
            return list((await session.exec(select(TimelineEntry))).all())

    async def mails(self) -> list[MailboxMessage]:
        async with self.database.session() as session:
            return list((await session.exec(select(MailboxMessage))).all())

    async def notices(self) -> list[NoticeRow]:
        async with self.database.session() as session:
            return list((await session.exec(select(NoticeRow))).all())

    async def workflow_runs(self, expected: int) -> Counter[str]:
        """How often each idea workflow of this database has run, once so many are listed."""
        ids = {f"idea/{standing.idea_id}" for standing in (await self.shown()).values()}
        while True:
            listed = self.services.engine.client.list_workflows()
            runs = Counter([found.id async for found in listed if found.id in ids])
            if len(runs) >= expected:
                return runs
            await asyncio.sleep(0.1)  # the engine's list is a moment behind

    async def start_command(self, *arguments: str | Path) -> asyncio.subprocess.Process:
        """`ideenweg …` as a process of its own, on these services."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "api.cli",
            *self._complete(arguments),
            env={name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)} | self.environment,
            cwd=self.services.settings.var,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def command(self, *arguments: str | Path) -> tuple[int, str]:
        """`ideenweg …` in a thread of this process, which takes a tenth of the time; returns exit code and output. Only
        a process of its own hears signals."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("api.operations.commands.import_._stop_on_signals", lambda *_: None)
            patch.chdir(self.services.settings.var)
            ended = await asyncio.to_thread(
                CliRunner().invoke, app, self._complete(arguments), env=self.environment, catch_exceptions=False
            )
        return ended.exit_code, ended.output

    @property
    def environment(self) -> dict[str, str]:
        """What tells a command of these services."""
        settings = self.services.settings
        assert settings.database_url is not None
        return {
            "PYTHONPATH": str(PROJECT_ROOT),
            "DATABASE_URL": settings.database_url.get_secret_value(),
            "TEMPORAL_ADDRESS": settings.temporal_address or "",
            "IDEENWEG_TASK_QUEUE": settings.task_queue,
            "IDEENWEG_VAR": str(settings.var),
            "IDEENWEG_SECRET_KEY": settings.signing_key,
        }

    def _complete(self, arguments: tuple[str | Path, ...]) -> list[str]:
        return [*map(str, arguments), *(("--source", self.source) if "import" in arguments else ())]


@asynccontextmanager
async def working(services: Services) -> AsyncIterator[None]:
    """A worker for the task queue of these services."""
    mailer, letterhead = LocalMailbox(services.database), Letterhead.of(services.settings, POLICY)
    activities = build_activities(services.database, services.engine, mailer, POLICY, letterhead)
    await clear_inboxes(services.engine.client)
    async with build_worker(services.engine.client, services.settings.task_queue, activities):
        yield


@pytest.fixture
async def idle_intake(database: Database, database_url: str, client: Client, tmp_path: Path) -> Intake:
    """Without a worker."""
    await invite_cast(database)
    settings = Settings(
        var=tmp_path,
        secret_key=SecretStr(KEY),
        pipeline=PIPELINE,
        task_queue=f"tests-{new_id()}",
        database_url=SecretStr(database_url),
        temporal_address=client.service_client.config.target_host,
    )
    services = Services(settings, POLICY, database, EngineClient(client, settings.task_queue))
    return Intake(services, source=settings.task_queue)


@pytest.fixture
async def intake(idle_intake: Intake) -> AsyncIterator[Intake]:
    async with working(idle_intake.services):
        yield idle_intake
