"""Making a backup of a running installation."""

from __future__ import annotations

import asyncio
import importlib.metadata
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from api.operations.backups import postgres, sealing, temporal
from api.operations.backups.archive import (
    DUMP,
    TEMPORAL,
    BackupProblem,
    Manifest,
    fingerprint_of_key,
    workshop,
    write_archive,
)
from api.operations.progress import ProgressLine
from models.running_services import find_running
from models.settings import Settings

MEGABYTE = 1024 * 1024


async def make_backup(console: Console, settings: Settings, target: Path, recipients: Sequence[Any] = ()) -> Manifest:
    """Encrypted where there are recipients. Raises BackupProblem.

    The database first: what happens between the two copies is then known to the workflows and not yet shown, which
    `ideenweg reconcile --fix` mends. The other way round, SQL would show steps that no workflow has taken.
    """
    if settings.database_url is None:
        raise BackupProblem("DATABASE_URL is not set and nothing embedded runs: set it, or start `ideenweg up`.")
    if target.exists():
        raise BackupProblem(f"{target} is there already. Name a new file.")
    if not target.absolute().parent.is_dir():
        raise BackupProblem(f"The folder of {target} does not exist.")
    url = settings.database_url.get_secret_value()
    with workshop(target) as folder:
        async with postgres.hold_snapshot(url) as snapshot:
            with ProgressLine(console, "Tables", len(snapshot.counts)) as tables:
                await postgres.dump(url, snapshot, folder / DUMP, tables.advance)
        if has_embedded_temporal(settings):
            console.print("Copying the memory of Temporal …")
            await asyncio.to_thread(temporal.copy_running, temporal.database_of(settings.var), folder / TEMPORAL)
        manifest = Manifest(
            made_at=datetime.now(UTC),
            release=release(),
            postgresql=snapshot.server,
            schema_revision=snapshot.revision,
            key=fingerprint_of_key(settings.signing_key) if settings.has_signing_key else "",
            counts=snapshot.counts,
        )
        return await asyncio.to_thread(_pack, console, settings, target, manifest, folder, recipients)


def has_embedded_temporal(settings: Settings) -> bool:
    """Whether Temporal runs under the var folder, and what it knows is ours to keep."""
    running = find_running(settings.var)
    return running is not None and "temporal" in running.parts


def release() -> str:
    try:
        return importlib.metadata.version("ideenweg")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _pack(
    console: Console, settings: Settings, target: Path, manifest: Manifest, folder: Path, recipients: Sequence[Any]
) -> Manifest:
    size = sum(path.stat().st_size for path in folder.iterdir())
    key = settings.signing_key if settings.has_signing_key else ""
    with ProgressLine(console, "Megabytes packed", megabytes(size)) as progress:
        if not recipients:
            return write_archive(target, manifest, folder, key, CountMegabytes(progress))
        with workshop(target) as beside:
            complete = write_archive(beside / "plain.tar", manifest, folder, key, CountMegabytes(progress))
            sealing.seal(beside / "plain.tar", target, recipients)
            return complete


def megabytes(size: int) -> int:
    return max(1, size // MEGABYTE)


class CountMegabytes:
    """Advances a progress line by whole megabytes while bytes come in."""

    def __init__(self, progress: ProgressLine) -> None:
        self._progress = progress
        self._bytes = 0

    def __call__(self, more: int) -> None:
        before = self._bytes // MEGABYTE
        self._bytes += more
        self._progress.advance(min(self._bytes // MEGABYTE - before, self._progress.total - self._progress.done))
