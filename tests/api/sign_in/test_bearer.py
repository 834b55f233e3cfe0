"""Tokens: issued, found by their hash alone, revoked; and what of a request is believed."""

import asyncio
import os
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import Request
from pydantic import SecretStr
from sqlalchemy import update
from sqlmodel import col, select
from typer.testing import CliRunner, Result

from api.cli import app
from api.sign_in.bearer import hash_token, may_sign_in_by_click
from api.web.dependencies import check_origin, choose_language
from api.web.problems import ProblemError
from models.database import Database
from models.settings import PROJECT_ROOT, Settings
from models.tables import AccessToken, Account
from models.tables.columns import utc_now
from tests.api.conftest import KEY, Web
from tests.factories import BEN, CARLA, invite_cast
from workflows import worker


def run(database_url: str, *arguments: str, var: Path) -> subprocess.CompletedProcess[str]:
    """`ideenweg …` as its own process."""
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        env={**os.environ, "DATABASE_URL": database_url, "IDEENWEG_VAR": str(var)},
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def call(database_url: str, *arguments: str, given: str = "", var: Path) -> Result:
    """`ideenweg …` in a thread of this process, which takes a tenth of the time."""
    environment = {"DATABASE_URL": database_url, "IDEENWEG_VAR": str(var)}
    return await asyncio.to_thread(CliRunner().invoke, app, arguments, input=given, env=environment)


async def issue(database_url: str, *arguments: str, var: Path) -> str:
    """The token that `ideenweg token …` prints, below what this process logs to the same place."""
    return (await call(database_url, "token", *arguments, var=var)).stdout.splitlines()[-1]


async def test_a_token_opens_the_api_until_it_is_revoked(still_web: Web, database_url: str, tmp_path: Path) -> None:
    async def status(token: str) -> int:
        answer = await still_web.nobody.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code

    first = run(database_url, "token", "Carla@Example.org", var=tmp_path)
    assert (first.returncode, first.stderr) == (0, "")
    token = first.stdout.removesuffix("\n")
    assert await status(token) == 200
    second = await issue(database_url, "carla@example.org", var=tmp_path)
    assert second != token
    async with still_web.database.session() as session:
        hashes = (await session.exec(select(AccessToken.hash).where(AccessToken.account_id == CARLA))).all()
    assert {hash_token(token), hash_token(second)} < set(hashes)
    assert token not in str(hashes)

    revoked = await call(database_url, "token", "--revoke-token", "-", given=f"{token}\n", var=tmp_path)
    assert (revoked.exit_code, token in revoked.output) == (0, False)
    assert [await status(token), await status(second)] == [401, 200]
    assert (await call(database_url, "token", "carla@example.org", "--revoke", var=tmp_path)).exit_code == 0
    assert await status(second) == 401
    assert (await still_web.carla.get("/api/v1/me")).status_code == 401
    assert (await still_web.ben.get("/api/v1/me")).status_code == 200


async def test_a_token_by_role_is_for_demo_accounts_only(database: Database, database_url: str, tmp_path: Path) -> None:
    await invite_cast(database)
    refused = await call(database_url, "token", "--role", "lead", var=tmp_path)
    assert (refused.exit_code, refused.stdout) == (1, "")
    async with database.transaction() as session:
        await session.exec(update(Account).where(col(Account.id) == CARLA).values(demo=True))
    token = await issue(database_url, "--role", "lead", var=tmp_path)
    async with database.session() as session:
        row = (await session.exec(select(AccessToken))).one()
    assert (row.account_id, row.hash, row.scopes) == (CARLA, hash_token(token), ["act", "read"])


async def test_a_token_has_an_end_a_name_and_scopes(still_web: Web, database_url: str, tmp_path: Path) -> None:
    asked = ("carla@example.org", "--scope", "export", "--days", "30", "--name", "Jahresbericht")
    token = await issue(database_url, *asked, var=tmp_path)
    mine = {"Authorization": f"Bearer {token}"}
    refused = await still_web.nobody.get("/api/v1/me", headers=mine)
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    async with still_web.database.transaction() as session:
        row = (await session.exec(select(AccessToken).where(AccessToken.hash == hash_token(token)))).one()
        assert (row.name, row.scopes, (row.expires_at - row.created_at).days) == ("Jahresbericht", ["export"], 30)
        assert row.last_used_at is not None
        row.expires_at = row.created_at
    assert (await still_web.nobody.get("/api/v1/me", headers=mine)).status_code == 401


async def test_the_last_use_of_a_token_is_written_now_and_then(still_web: Web) -> None:
    async def last_used() -> datetime:
        async with still_web.database.session() as session:
            found = await session.exec(select(AccessToken).where(AccessToken.account_id == BEN))
            return found.one().last_used_at or datetime.min.replace(tzinfo=UTC)

    await still_web.ben.get("/api/v1/me")
    first = await last_used()
    await still_web.ben.get("/api/v1/me")
    assert await last_used() == first
    async with still_web.database.transaction() as session:
        await session.exec(update(AccessToken).values(last_used_at=first - timedelta(minutes=6)))
    await still_web.ben.get("/api/v1/me")
    assert await last_used() >= first


async def test_a_token_of_somebody_who_is_blocked_or_erased_opens_nothing(still_web: Web) -> None:
    for column in (Account.blocked_at, Account.erased_at):
        async with still_web.database.transaction() as session:
            await session.exec(update(Account).where(col(Account.id) == BEN).values({column: utc_now()}))
        assert (await still_web.ben.get("/api/v1/me")).status_code == 401
        async with still_web.database.transaction() as session:
            await session.exec(update(Account).values({column: None}))
    assert (await still_web.ben.get("/api/v1/me")).status_code == 200


async def test_a_token_for_nobody_is_refused_in_plain_words(database_url: str, tmp_path: Path) -> None:
    for arguments, code in (
        (("token", "nobody@example.org"), 1),
        (("token",), 2),
        (("token", "a@b.de", "--role", "lead"), 2),
        (("token", "--role", "engine"), 2),
        (("token", "a@b.de", "--scope", "all"), 2),
        (("token", "a@b.de", "--days", "366"), 2),
        (("token", "a@b.de", "--days", "0"), 2),
        (("token", "a@b.de", "--name", "x" * 81), 2),
    ):
        answer = await call(database_url, *arguments, var=tmp_path)
        assert (answer.exit_code, answer.stdout) == (code, ""), arguments
        assert "Traceback" not in answer.stderr
    away = await call("postgresql://nobody@127.0.0.1:1/nothing", "token", "a@b.de", var=tmp_path)
    assert away.exit_code == 1
    assert "cannot be reached" in away.stderr


async def test_migrating_says_what_is_wrong(tmp_path: Path) -> None:
    away = await call("postgresql://nobody@127.0.0.1:1/nothing", "migrate", var=tmp_path)
    assert away.exit_code == 1
    assert "cannot be reached" in away.stderr
    assert "Traceback" not in away.stderr


async def test_migrating_twice_is_fine(database_url: str, tmp_path: Path) -> None:
    assert (await call(database_url, "migrate", var=tmp_path)).exit_code == 0


async def test_who_am_i(still_web: Web) -> None:
    me = (await still_web.ben.get("/api/v1/me")).json()
    assert (me["name"], me["roles"], me["coaching"]["capacity"]) == ("Ben", ["coach"], 3)
    assert (await still_web.alma.get("/api/v1/me")).json()["coaching"] is None


# -- sessions ---------------------------------------------------------------------------------------------------


def test_the_key_of_demo_sessions_is_made_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(demo=True, var=tmp_path / "var")
    key = settings.signing_key
    assert settings.signing_key == key
    assert len(key) >= 32
    assert stat.S_IMODE((tmp_path / "var" / "secret.key").stat().st_mode) == 0o600
    assert Settings(demo=True, var=tmp_path, secret_key=SecretStr(KEY)).signing_key == KEY


def test_web_and_worker_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    start = threading.Barrier(8)

    def begin(_number: int) -> str:
        settings = Settings(demo=True, var=tmp_path / "var")
        start.wait()
        return settings.signing_key

    with ThreadPoolExecutor(8) as processes:
        assert len(set(processes.map(begin, range(8)))) == 1
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret.key"]


async def test_a_worker_does_not_sign_links_with_a_key_that_no_web_process_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IDEENWEG_SECRET_KEY", raising=False)
    with pytest.raises(SystemExit, match="IDEENWEG_SECRET_KEY"):
        await worker.main(Settings(var=tmp_path, database_url=SecretStr("postgresql://nowhere:1/x")))


@pytest.mark.parametrize(
    ("peer", "host", "demo", "expected"),
    [
        ("127.0.0.1", "localhost:8000", True, True),
        ("::1", "[::1]:8000", True, True),
        ("127.0.0.1", "127.0.0.1", True, True),
        ("127.0.0.1", "evil.example", True, False),
        ("192.0.2.7", "localhost:8000", True, False),
        ("127.0.0.1", "localhost:8000", False, False),
    ],
)
def test_sign_in_by_click_is_for_this_machine_in_demo_mode(
    tmp_path: Path, peer: str, host: str, demo: bool, expected: bool
) -> None:
    settings = Settings(demo=demo, var=tmp_path)
    assert may_sign_in_by_click(request("POST", {"host": host}, peer), settings) is expected


@pytest.mark.parametrize(
    ("headers", "trusted"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": "http://localhost:8000"}, True),
        ({"origin": "http://localhost:9000"}, False),
        ({"origin": "null"}, False),
        ({}, True),
    ],
)
def test_a_form_counts_from_our_own_pages_only(headers: dict[str, str], trusted: bool) -> None:
    posted = request("POST", {"host": "localhost:8000", **headers})
    if trusted:
        check_origin(posted)
    else:
        with pytest.raises(ProblemError) as refused:
            check_origin(posted)
        assert (refused.value.status, refused.value.code) == (403, "cross_site")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "de"),
        ("en", "en"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("de;q=0.5, en;q=0.4", "de"),
        ("fr, tlh;q=0.9", "de"),
        ("en;q=0", "de"),
        ("en;q=high", "de"),
        ("*", "de"),
        (",;=,,q", "de"),
    ],
)
def test_the_language_is_the_best_that_there_is(header: str | None, expected: str) -> None:
    assert choose_language(header, ("de", "en"), "de") == expected


def request(method: str, headers: dict[str, str], peer: str = "127.0.0.1") -> Request:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "method": method,
        "path": "/",
        "headers": raw,
        "client": (peer, 1),
        "server": ("localhost", 8000),
        "scheme": "http",
        "query_string": b"",
        "app": SimpleNamespace(),
    }
    return Request(scope)
