"""Putting a backup in the place of an installation that is empty or stopped."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from activities.audit import write_audit
from activities.credentials import sign_everybody_out
from activities.upkeep.erasure import LIST_NAME, append_erasure, list_erasures, read_erasures, replay_erasures
from api.operations.backups import postgres, sealing, temporal
from api.operations.backups.archive import (
    DUMP,
    TEMPORAL,
    Archive,
    BackupProblem,
    Manifest,
    fingerprint_of_key,
    open_archive,
)
from api.operations.backups.loading import load_rows
from api.operations.backups.making import CountMegabytes, megabytes
from api.operations.embedded.lock import VarLock
from api.operations.embedded.postgres import EmbeddedPostgres
from api.operations.progress import ProgressLine
from models.database import Database
from models.messages.upkeep import Erasure
from models.migrations import known_revisions, migrate
from models.running_services import find_running
from models.settings import Settings
from models.vocabulary import AuditEvent

LARGEST_LIST = 64 * 1024 * 1024
"""Bytes: hundreds of thousands of erasures."""


@dataclass(frozen=True)
class Restored:
    """What came of it."""

    manifest: Manifest
    erased_again: int
    with_temporal: bool
    """Whether Temporal goes on from where it was."""
    replaced: Path | None
    """Where what was there before is now."""


@dataclass(frozen=True)
class Restoring:
    """What is restored, and how."""

    archive: Archive
    lists: Sequence[Path] = ()
    """Of erasures, beside the one in the var folder."""
    as_superuser: bool = False

    @property
    def manifest(self) -> Manifest:
        return self.archive.manifest


@contextmanager
def open_backup(path: Path, identities: Sequence[Any], var: Path) -> Iterator[Archive]:
    """A backup to look at, decrypted below `var` where it is encrypted. Raises BackupProblem."""
    with (
        tempfile.TemporaryDirectory(prefix=".ideenweg-", dir=var if var.is_dir() else None) as folder,
        sealing.opened(path, identities, Path(folder)) as plain,
    ):
        yield open_archive(plain)


def check(archive: Archive, settings: Settings, *, unsigned: bool = False) -> list[str]:
    """What has to be told before. Raises BackupProblem where the backup cannot be used here."""
    manifest = archive.manifest
    if DUMP not in manifest.files:
        raise BackupProblem("This backup holds no database.")
    if manifest.schema_revision not in known_revisions():
        raise BackupProblem(
            f"This backup has the schema {manifest.schema_revision}, which this release does not know: "
            f"it was made by a newer one ({manifest.release}). Restore it with that."
        )
    if is_from_here(archive, settings):
        return []
    same_key = settings.has_signing_key and manifest.key == fingerprint_of_key(settings.signing_key)
    why = (
        "Its signature is wrong: somebody has changed it, or made it up."
        if same_key
        else "It was not made under this secret key, so nobody can tell who has made it."
    )
    if not unsigned:
        raise BackupProblem(
            f"{why} Set IDEENWEG_SECRET_KEY to the key of the installation that it comes from (or put back its "
            "var/secret.key). Where that key is lost and you know where this archive has been: --unsigned."
        )
    return [
        f"WARNING: {why} You insist (--unsigned): what it holds becomes what everybody here sees, accounts and roles "
        "included.",
        "Under another key people have to sign in again, links in mails that went out end, and erased people are "
        "recognised by their account alone.",
    ]


def is_from_here(archive: Archive, settings: Settings) -> bool:
    """Whether it was made under this installation's key, or the one before."""
    return settings.has_signing_key and archive.is_signed_by(*settings.signing_keys)


def find_what_is_there(settings: Settings) -> list[Path]:
    """The folders that a restore replaces. Raises BackupProblem where something runs."""
    running = find_running(settings.var)
    if running is not None:
        raise BackupProblem(f"Ideenweg runs on {settings.var} (process {running.pid}). Stop it first.")
    return [settings.var / name for name in folders_of(settings) if (settings.var / name).exists()]


def folders_of(settings: Settings) -> list[str]:
    """What is embedded, below var. Keys, ports and the list of erasures stay."""
    embedded = {"postgres": settings.database_url is None, "temporal": not settings.temporal_is_configured}
    return [name for name, is_ours in embedded.items() if is_ours]


async def restore_backup(console: Console, settings: Settings, restoring: Restoring) -> Restored:
    """Raises BackupProblem, PartFailed or AlreadyRunning; then all is as it was before."""
    archive, manifest = restoring.archive, restoring.manifest
    erasures = [erasure for path in (settings.var / LIST_NAME, *restoring.lists) for erasure in read_list(path)]
    settings.var.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(settings.var).free < manifest.size:
        raise BackupProblem(f"There is no room for {megabytes(manifest.size)} MB in {settings.var}.")
    async with open_target(settings, as_superuser=restoring.as_superuser) as target:
        folder = target.workshop
        with ProgressLine(console, "Megabytes checked", megabytes(manifest.size)) as progress:
            await asyncio.to_thread(archive.unpack, folder, CountMegabytes(progress))
        await _fill_database(console, target.url, folder / DUMP, manifest)
        erased = await _erase_again(target.url, settings, erasures)
        await _note(target.url, settings, archive)
        with_temporal = TEMPORAL in manifest.files and not settings.temporal_is_configured
        if with_temporal:
            temporal.put_into_place(folder / TEMPORAL, settings.var)
    return Restored(manifest, erased, with_temporal, target.replaced)


async def _fill_database(console: Console, url: str, dump: Path, manifest: Manifest) -> None:
    """By our own migrations, and rows into what they have made: see `loading`."""
    program = await postgres.find_program("pg_restore", manifest.postgresql)
    await asyncio.to_thread(migrate, url, manifest.schema_revision)
    with ProgressLine(console, "Tables", len(manifest.counts)) as tables:
        await asyncio.to_thread(load_rows, url, program, dump, manifest.counts, tables.advance)
    if await postgres.count_all(url) != manifest.counts:
        raise BackupProblem("The restored tables have other numbers of rows than the backup says.")
    await asyncio.to_thread(migrate, url)


async def _erase_again(url: str, settings: Settings, erasures: Sequence[Erasure]) -> int:
    """Before anything runs on the restored data, so that nobody writes to somebody who was erased."""
    database = Database(url, pool_size=1)
    try:
        count = await replay_erasures(database, settings.signing_key, erasures)
        async with database.transaction() as session:
            await sign_everybody_out(session)
        async with database.session() as session:
            complete_list(settings.var / LIST_NAME, await list_erasures(session))
    finally:
        await database.dispose()
    return count


def read_list(path: Path) -> list[Erasure]:
    """A list of erasures, which may come from anybody. Raises BackupProblem."""
    try:
        if path.exists() and not (path.is_file() and path.stat().st_size <= LARGEST_LIST):
            raise BackupProblem(f"{path} is no list of erasures.")
        return read_erasures(path)
    except (ValueError, OSError):
        raise BackupProblem(f"{path} is no list of erasures: it cannot be read.") from None


async def _note(url: str, settings: Settings, archive: Archive) -> None:
    """Into the restored audit log: from here on it tells of this installation."""
    manifest = archive.manifest
    signed = is_from_here(archive, settings)
    database = Database(url, pool_size=1)
    try:
        async with database.transaction() as session:
            made_at, schema = manifest.made_at.isoformat(), manifest.schema_revision
            await write_audit(session, AuditEvent.RESTORE, made_at=made_at, schema=schema, signed=signed)
    finally:
        await database.dispose()


def complete_list(path: Path, erasures: Sequence[Erasure]) -> None:
    """The next restore has to know all of them, wherever this one knew them from."""
    listed = {erasure.account_id for erasure in read_erasures(path)}
    for erasure in erasures:
        if erasure.account_id not in listed:
            append_erasure(path, erasure)


# -- where to --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """An empty database, and a folder to work in."""

    url: str
    workshop: Path
    replaced: Path | None


@asynccontextmanager
async def open_target(settings: Settings, *, as_superuser: bool = False) -> AsyncIterator[Target]:
    """What was there is put aside, and put back where the block fails."""
    lock = VarLock(settings.var)
    lock.acquire(settings.base_url)
    workshop = settings.var / "restoring"
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir(mode=0o700)
    names = folders_of(settings)
    aside = put_aside(settings.var, names)
    try:
        async with open_database(settings, as_superuser=as_superuser) as url:
            yield Target(url, workshop, aside)
    except BaseException:
        put_back(settings.var, names, aside)
        raise
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
        lock.release()


@asynccontextmanager
async def open_database(settings: Settings, *, as_superuser: bool = False) -> AsyncIterator[str]:
    """The named database, which must be empty, or a new embedded one."""
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        if await postgres.count_all(url):
            raise BackupProblem(
                "The database that DATABASE_URL names is not empty, and nothing in it is overwritten. "
                "Make a new one (createdb), and name that."
            )
        if await postgres.is_superuser(url) and not as_superuser:
            raise BackupProblem(
                "DATABASE_URL names a superuser of PostgreSQL, and everything would belong to it. Name the role that "
                "owns the database; --as-superuser insists."
            )
        yield url
        return
    server = EmbeddedPostgres(settings.var / "postgres")
    try:
        yield await server.start()
    finally:
        await server.stop()


def put_aside(var: Path, names: Sequence[str]) -> Path | None:
    """Move what a restore replaces into a folder of its own; None where there is nothing."""
    there = [var / name for name in names if (var / name).exists()]
    if not there:
        return None
    aside = var / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    aside.mkdir(mode=0o711)
    for folder in there:
        folder.rename(aside / folder.name)
    return aside


def put_back(var: Path, names: Sequence[str], aside: Path | None) -> None:
    for name in names:
        shutil.rmtree(var / name, ignore_errors=True)
    if aside is not None:
        for folder in aside.iterdir():
            folder.rename(var / folder.name)
        aside.rmdir()
