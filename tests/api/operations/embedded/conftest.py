"""A PostgreSQL cluster made once and copied: making one costs several times as much as starting a server on it."""

import subprocess
from pathlib import Path

import pytest

from api.operations.embedded import EmbeddedPostgres


@pytest.fixture(scope="session")
async def cluster(services_home: Path) -> Path:
    """The home of a server that has run once and was stopped."""
    server = EmbeddedPostgres(services_home / "cluster")
    try:
        await server.start()
    finally:
        await server.stop()
    server.log.unlink()
    return server.home


def lay_out(cluster: Path, home: Path) -> None:
    """Copied with its owners, since the server runs as another user where we are root."""
    home.parent.mkdir(exist_ok=True)
    subprocess.run(["cp", "-Rp", cluster, home], check=True)
