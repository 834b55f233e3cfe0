"""The memory of the embedded Temporal out of and into its folder."""

import contextlib
import shutil
import sqlite3
from pathlib import Path

from api.operations.backups.archive import BackupProblem


def database_of(var: Path) -> Path:
    return var / "temporal" / "temporal.db"


def copy_running(source: Path, target: Path) -> None:
    """A consistent copy of a SQLite file that a server goes on writing. Raises BackupProblem.

    In one step: a copy in pieces would begin anew with every write of the server.
    """
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as running,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            running.backup(copy)
    except sqlite3.Error as error:
        raise BackupProblem(f"The memory of Temporal in {source} cannot be copied ({error}).") from None


def put_into_place(source: Path, var: Path) -> None:
    """Let the next start of Temporal go on from a copy. The folder is empty or not there."""
    target = database_of(var)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o600)
