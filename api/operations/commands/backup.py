"""`ideenweg backup`: everything into one file."""

from __future__ import annotations

from pathlib import Path

import typer


def backup(
    file: Path = typer.Argument(help="The archive to write, for example ideenweg-2026-11-22.tar. It must not exist."),
    encrypt_to: list[str] = typer.Option(
        [], help="Encrypt with age to a public key (age1…, ssh-ed25519 …), or to those in a file. As often as you like."
    ),
) -> None:
    """Write a backup of a running installation: the database and, where it is embedded, what Temporal remembers.

    Nothing has to be stopped. The archive holds people's words: encrypt it, or keep it as safe as the database; and
    keep the secret key in another place than the archive. Ends with 0 when it is complete, and with 2 when there is
    none.
    """
    import asyncio

    from rich.console import Console

    from api.operations.backups.archive import TEMPORAL, BackupProblem
    from api.operations.backups.making import make_backup
    from api.operations.backups.sealing import read_recipients
    from models.settings import load_settings

    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    settings = load_settings()
    try:
        manifest = asyncio.run(make_backup(console, settings, file, read_recipients(encrypt_to)))
    except BackupProblem as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None
    rows = sum(manifest.counts.values())
    console.print(f"{file}: {len(manifest.counts)} tables with {rows} rows, {file.stat().st_size // 1024} kB.")
    if TEMPORAL not in manifest.files:
        console.print(
            "Temporal keeps its memory elsewhere, so it is not in here: back up its database now, after this one. "
            "Without it, a restore starts ideas again from where SQL shows them (`ideenweg reconcile --fix`)."
        )
    if not manifest.key:
        console.print("There is no secret key here, so it is NOT SIGNED: a restore takes it with --unsigned only.")
    if not encrypt_to:
        console.print("It is not encrypted: --encrypt-to age1… makes one that only your own key opens.")
    console.print("The secret key is not in it. Keep IDEENWEG_SECRET_KEY, or var/secret.key, in another place.")
