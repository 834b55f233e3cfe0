"""`ideenweg restore`: a backup in the place of what is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from api.operations.backups.restoring import Restored


def restore(
    file: Path = typer.Argument(help="An archive that `ideenweg backup` wrote."),
    yes: bool = typer.Option(False, "--yes", help="Replace what is there without asking."),
    identity: list[Path] = typer.Option([], help="A file with the key that opens an encrypted archive (age)."),
    unsigned: bool = typer.Option(
        False,
        "--unsigned",
        help="Take an archive that was not made under this secret key, if you know its origin.",
    ),
    as_superuser: bool = typer.Option(
        False, "--as-superuser", help="Restore although DATABASE_URL names a superuser of PostgreSQL."
    ),
    erasures: list[Path] = typer.Option(
        [], help="Further lists of erasures (erasures.jsonl), for example of the machine that the backup comes from."
    ),
) -> None:
    """Restore a backup into a stopped installation, or into the empty database that DATABASE_URL names.

    Whoever was erased since the backup is erased again before anything starts. Embedded data that were there are put
    aside, and put back where the restore fails. Of the archive, rows are taken and nothing is carried out. Ends with 0
    when all is restored, 1 when you said no, 2 when it is not possible.
    """
    import asyncio

    from rich.console import Console

    from api.operations.backups.archive import BackupProblem
    from api.operations.backups.restoring import Restoring, check, find_what_is_there, open_backup, restore_backup
    from api.operations.backups.sealing import read_identities
    from api.operations.embedded.lock import AlreadyRunning
    from api.operations.embedded.process import PartFailed
    from models.settings import Settings

    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    try:
        settings = Settings()
        there = find_what_is_there(settings)
        with open_backup(file, read_identities(identity), settings.var) as archive:
            for remark in check(archive, settings, unsigned=unsigned):
                console.print(remark)
            made_at, release = archive.manifest.made_at, archive.manifest.release
            console.print(f"{file} was made on {made_at:%Y-%m-%d at %H:%M} UTC by release {release}.")
            if there and not yes:
                console.print(f"It replaces {' and '.join(map(str, there))}, which will be put aside.")
                if not typer.confirm("Go on?", err=True):
                    raise typer.Exit(1)
            restoring = Restoring(archive, erasures, as_superuser=as_superuser)
            restored = asyncio.run(restore_backup(console, settings, restoring))
    except (BackupProblem, AlreadyRunning, PartFailed) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None
    _tell(console, restored)


def _tell(console: Console, restored: Restored) -> None:
    rows = sum(restored.manifest.counts.values())
    console.print(f"Restored {len(restored.manifest.counts)} tables with {rows} rows.")
    if restored.erased_again:
        console.print(f"Erased again: {restored.erased_again} account(s).")
    if restored.replaced is not None:
        console.print(
            f"What was there before is in {restored.replaced}. Delete it when all is well: it holds people's words."
        )
    fix = "" if restored.with_temporal else " --fix"
    why = "" if restored.with_temporal else " Temporal was not part of it, so open ideas are started again."
    console.print(f"Start Ideenweg now, then compare SQL with the workflows: ideenweg reconcile{fix}.{why}")
