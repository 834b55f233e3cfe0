"""`ideenweg web`: serves the pages and the JSON API."""

import signal
import sys
from types import FrameType

import typer

from models.settings import load_settings


def web() -> None:
    """Serve pages and API on IDEENWEG_HOST:IDEENWEG_PORT until SIGTERM, which lets running requests finish."""
    settings = load_settings()
    if problems := settings.problems_before_serving():
        typer.echo("Not serving:\n  " + "\n  ".join(problems), err=True)
        raise typer.Exit(1)

    import uvicorn

    from api.web.http_connection import SERVED_WITH
    from api.web.server import RestingServer
    from api.web.timeout import SECONDS

    config = uvicorn.Config(
        "api.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        # Nobody is cut off: every request is answered within its deadline.
        timeout_graceful_shutdown=round(SECONDS) + 5,
        **SERVED_WITH,
        # Where a request comes from is what a proxy says only where that proxy is one of ours.
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=settings.proxies or None,
    )
    # Until everything is loaded, a signal ends this process at once: nothing has begun. A handler is for later: what it
    # raises in the middle of an import may come out as another error, or nowhere.
    config.load()
    # uvicorn drains, and then lets the signal do what it would have done: a service manager reads that as a crash.
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, end_well)
    RestingServer(config).run()


def end_well(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
