"""`ideenweg people`: the operator's way in, without page and mail server; and what the doctor says of it."""

import asyncio
import json
import re
from pathlib import Path

from pydantic import SecretStr
from sqlmodel import select
from typer.testing import CliRunner, Result

from api.cli import app
from api.operations.doctor import Level, check_people
from api.runtime.services import Services
from models.database import Database
from models.settings import Settings
from models.tables import Account, PersonChange, SessionRow
from models.tables.columns import utc_now
from models.vocabulary import PersonChangeKind, SignInMethod
from tests.api.conftest import KEY
from tests.cast import PIPELINE
from tests.factories import BEN, CARLA, invite_cast


async def call(services: Services, *arguments: str) -> Result:
    """`ideenweg people …` in a thread of this process; the engine is away."""
    assert services.settings.database_url is not None
    environment = {
        "DATABASE_URL": services.settings.database_url.get_secret_value(),
        "IDEENWEG_VAR": str(services.settings.var),
        "IDEENWEG_PIPELINE": str(PIPELINE),
        "IDEENWEG_SECRET_KEY": KEY,
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
    }
    return await asyncio.to_thread(CliRunner().invoke, app, ["people", *arguments], env=environment)


async def read(database: Database, account_id: str) -> Account:
    async with database.session() as session:
        return await session.get_one(Account, account_id)


async def test_the_operator_invites_and_the_link_is_printed_once(services: Services) -> None:
    asked = await call(
        services, "invite", "Carla@Example.org", "--role", "lead", "--office", "dresden", "--name", "Carla"
    )
    assert asked.exit_code == 0, asked.output
    assert re.search(r"^http://\S+/mitarbeit/\S+$", asked.stdout, re.MULTILINE)
    assert "No mail was sent" in asked.stderr
    (line,) = json.loads((await call(services, "list", "--json")).stdout)
    assert (line["email"], line["roles"], line["state"]) == ("carla@example.org", ["lead"], "invited")
    assert "carla@example.org" in (await call(services, "list")).stdout
    again = await call(services, "invite", "carla@example.org", "--role", "coach", "--office", "dresden")
    assert (again.exit_code, "is open" in again.stderr) == (2, True)
    async with services.database.session() as session:
        (change,) = (await session.exec(select(PersonChange))).all()
    assert (change.by_id, change.status) == (None, "done")


async def test_wrong_arguments_are_named(services: Services) -> None:
    await invite_cast(services.database)
    for arguments, named in (
        (("invite", "niemand", "--role", "coach", "--office", "dresden"), "EMAIL"),
        (("invite", "neu@example.org", "--role", "boss", "--office", "dresden"), "--role"),
        (("invite", "neu@example.org", "--role", "coach", "--office", "rom"), "--office"),
        (("role", "ben@example.org"), "--add"),
        (("role", "ben@example.org", "--add", "lead", "--remove", "coach"), "--remove"),
        (("role", "ben@example.org", "--add", "engine"), "--add"),
        (("office", "ben@example.org", "rom"), "OFFICE"),
        (("block", "wer@example.org"), "EMAIL"),
    ):
        refused = await call(services, *arguments)
        assert (refused.exit_code, named in refused.stderr) == (2, True), (arguments, refused.output)
    async with services.database.session() as session:
        assert (await session.exec(select(PersonChange))).all() == []


async def test_roles_offices_and_blocks_without_a_second_lead_but_never_the_last(services: Services) -> None:
    await invite_cast(services.database)
    database = services.database
    for last in (("role", "carla@example.org", "--remove", "lead"), ("block", "carla@example.org")):
        refused = await call(services, *last)
        assert (refused.exit_code, "only lead" in refused.stderr) == (2, True)
    async with database.transaction() as session:
        later = utc_now()
        session.add(SessionRow(hash="x", account_id=BEN, method=SignInMethod.CODE, expires_at=later))
    assert (await call(services, "role", "ben@example.org", "--add", "lead")).exit_code == 0
    assert (await read(database, BEN)).roles == ["coach", "lead"]
    async with database.session() as session:
        assert (await session.exec(select(SessionRow))).all() == [], "who has another role proves it anew"
    assert (await call(services, "role", "carla@example.org", "--remove", "lead")).exit_code == 0
    assert (await read(database, CARLA)).roles == ["innovator"], "handing in is open to everybody"
    assert (await call(services, "office", "ben@example.org", "leipzig")).exit_code == 0
    assert (await read(database, BEN)).office == "leipzig"
    assert (await call(services, "block", "bruno@example.org")).exit_code == 0
    states = {line["email"]: line["state"] for line in json.loads((await call(services, "list", "--json")).stdout)}
    assert states == {"ben@example.org": "active", "bruno@example.org": "blocked"}
    assert (await call(services, "unblock", "bruno@example.org")).exit_code == 0
    assert (await call(services, "sign-out", "bruno@example.org")).exit_code == 0
    assert (await call(services, "reset-proofs", "bruno@example.org")).exit_code == 0
    async with database.session() as session:
        kinds = {change.kind: change.by_id for change in (await session.exec(select(PersonChange))).all()}
    assert kinds[PersonChangeKind.PROOFS_RESET] is None, "the command line is in the history, too"
    again = await call(services, "unblock", "bruno@example.org")
    assert (again.exit_code, "so already" in again.stderr) == (2, True)


async def test_a_set_up_link_is_printed_as_long_as_nobody_leads(services: Services) -> None:
    told = await call(services, "set-up")
    assert (told.exit_code, "/einrichten/" in told.stdout) == (0, True)
    await invite_cast(services.database)
    assert (await call(services, "set-up")).stdout == ""


async def test_the_doctor_fails_without_a_lead_and_warns_of_an_office_without_somebody(
    services: Services, tmp_path: Path
) -> None:
    assert services.settings.database_url is not None
    url = SecretStr(services.settings.database_url.get_secret_value())
    settings = Settings(var=tmp_path, pipeline=PIPELINE, database_url=url)
    (finding,) = await check_people(settings)
    assert (finding.level, "read by nobody" in finding.text, "set-up" in finding.remedy) == (Level.FAIL, True, True)
    await invite_cast(services.database)
    told = {(finding.level, finding.text) for finding in await check_people(settings)}
    assert (Level.WARN, "office leipzig has no lead") in told
    assert (Level.WARN, "office chemnitz has no coach") in told
    assert (Level.WARN, "office dresden has no lead") not in told
    assert (
        await check_people(settings.model_copy(update={"database_url": SecretStr("postgresql://127.0.0.1:1/x")})) == []
    )
