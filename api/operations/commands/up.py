"""`ideenweg up`: everything on this machine with one command."""

import asyncio
import os
import signal
import sys

import typer

from models.settings import Settings


def up(
    demo: bool = typer.Option(False, "--demo", help="Load demo data once and let people sign in as anybody."),
) -> None:
    """Start PostgreSQL, Temporal, worker and web, keep them running, and stop them on Ctrl-C or SIGTERM.

    What DATABASE_URL and TEMPORAL_ADDRESS name already is used instead of starting it here.
    """
    from api.operations.embedded.launch import die_with
    from api.operations.embedded.supervisor import Supervisor

    if "MAKELEVEL" in os.environ:
        # Killing `make run` must not leave us behind: make passes SIGTERM on, but cannot pass SIGKILL on.
        die_with(os.getppid(), signal.SIGTERM)
    settings = Settings(demo=True) if demo else Settings()
    sys.exit(asyncio.run(Supervisor(settings).run()))
