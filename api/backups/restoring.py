"""Putting a backup in the place of an installation that is empty or stopped."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from activities.proofs import sign_everybody_out
from activities.upkeep.erasure import LIST_NAME, append_erasure, list_erasures, read_erasures, replay_erasures
from api.backups import postgres, temporal
from api.backups.archive import DUMP, TEMPORAL, BackupProblem, Manifest, fingerprint_of_key, unpack
from api.backups.making import CountMegabytes, megabytes
from api.embedded.lock import VarLock
from api.embedded.postgres import EmbeddedPostgres
from api.progress import ProgressLine
from models.database import Database
from models.messages.upkeep import Erasure
from models.migrations import known_revisions, migrate
from models.settings import Settings, find_running


@dataclass(frozen=True)
class Restored:
    """What came of it."""

    manifest: Manifest
    erased_again: int
    with_temporal: bool
    """Whether Temporal goes on from where it was."""
    replaced: Path | None
    """Where what was there before is now."""


def check(manifest: Manifest, settings: Settings) -> list[str]:
    """What has to be told before. Raises BackupProblem where the backup cannot be used here."""
    if manifest.schema_revision not in known_revisions():
        raise BackupProblem(
            f"This backup has the schema {manifest.schema_revision}, which this release does not know: "
            f"it was made by a newer one ({manifest.release}). Restore it with that."
        )
    remarks = []
    if not settings.has_signing_key or manifest.key != fingerprint_of_key(settings.signing_key):
        remarks.append(
            "The secret key is not the one that the backup was made under: people have to sign in again, links in "
            "mails that went out end, and erased people are recognised by their account alone."
        )
    return remarks


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


async def restore_backup(
    console: Console, settings: Settings, source: Path, manifest: Manifest, lists: Sequence[Path]
) -> Restored:
    """Raises BackupProblem, PartFailed or AlreadyRunning; then all is as it was before."""
    erasures = [erasure for path in (settings.var / LIST_NAME, *lists) for erasure in read_erasures(path)]
    settings.var.mkdir(parents=True, exist_ok=True)
    async with open_target(settings) as target:
        folder = target.workshop
        with ProgressLine(console, "Megabytes checked", megabytes(manifest.size)) as progress:
            await asyncio.to_thread(unpack, source, manifest, folder, CountMegabytes(progress))
        await _fill_database(console, target.url, folder / DUMP, manifest)
        erased = await _erase_again(target.url, settings, erasures)
        with_temporal = TEMPORAL in manifest.files and not settings.temporal_is_configured
        if with_temporal:
            temporal.put_into_place(folder / TEMPORAL, settings.var)
    return Restored(manifest, erased, with_temporal, target.replaced)


async def _fill_database(console: Console, url: str, dump: Path, manifest: Manifest) -> None:
    with ProgressLine(console, "Tables", len(manifest.counts)) as tables:
        await postgres.restore(url, dump, tables.advance)
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
async def open_target(settings: Settings) -> AsyncIterator[Target]:
    """What was there is put aside, and put back where the block fails."""
    lock = VarLock(settings.var)
    lock.acquire(settings.base_url)
    workshop = settings.var / "restoring"
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir(mode=0o700)
    names = folders_of(settings)
    aside = put_aside(settings.var, names)
    try:
        async with open_database(settings) as url:
            yield Target(url, workshop, aside)
    except BaseException:
        put_back(settings.var, names, aside)
        raise
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
        lock.release()


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[str]:
    """The named database, which must be empty, or a new embedded one."""
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        if await postgres.count_all(url):
            raise BackupProblem(
                "The database that DATABASE_URL names is not empty, and nothing in it is overwritten. "
                "Make a new one (createdb), and name that."
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
