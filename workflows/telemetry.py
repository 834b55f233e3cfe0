"""The SDK's own lines and figures, beside ours: one stream of log lines, one address for Prometheus."""

import logging
import socket
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import Metric, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector, CollectorRegistry
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from models.settings import Settings
from models.telemetry.logs import configure_logs
from models.telemetry.metrics import REGISTRY, may_read
from models.telemetry.traces import start_tracing, stop_tracing

SDK_PATIENCE_SECONDS = 2.0

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@contextmanager
def tell(settings: Settings, part: str) -> Iterator[None]:
    """Log lines, traces and the SDK's own telemetry of a process, from before its first client until its end."""
    configure_logs(part)
    sdk_port = find_port() if part == "worker" and settings.metrics_port is not None else None
    Runtime.set_default(Runtime(telemetry=configure_sdk(sdk_port)), error_if_already_set=False)
    if settings.otlp_endpoint is not None:
        start_tracing(part)
    try:
        if sdk_port is None or settings.metrics_port is None:
            yield
        else:
            with serve_figures(settings, settings.metrics_port, sdk_port):
                yield
    finally:
        stop_tracing()


def configure_sdk(metrics_port: int | None) -> TelemetryConfig:
    """Warnings go through our log, without their fields, which quote failures; figures to a port of this machine."""
    forwarding = LogForwardingConfig(logging.getLogger("temporalio.core"), append_log_fields_to_message=False)
    figures = PrometheusConfig(
        bind_address=f"127.0.0.1:{metrics_port}",
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
    )
    return TelemetryConfig(
        logging=LoggingConfig(TelemetryFilter(core_level="WARN", other_level="ERROR"), forwarding=forwarding),
        metrics=figures if metrics_port is not None else None,
    )


@contextmanager
def serve_figures(settings: Settings, port: int, sdk_port: int) -> Iterator[None]:
    """`/metrics` of a worker: its own figures and the SDK's, at one address."""
    registry = CollectorRegistry()
    registry.register(_Ours())
    registry.register(SdkFigures(sdk_port))
    app = guard(make_wsgi_app(registry), settings)
    with make_server(settings.metrics_host, port, app, ThreadingWSGIServer, handler_class=_Silent) as server:
        thread = Thread(target=server.serve_forever, name="figures", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def guard(app: App, settings: Settings) -> App:
    """Figures are for whoever brings IDEENWEG_METRICS_TOKEN; without such a token, for this machine alone."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if may_read(settings.metrics_token, environ.get("REMOTE_ADDR"), environ.get("HTTP_AUTHORIZATION")):
            return app(environ, start_response)
        start_response("401 Unauthorized", [("WWW-Authenticate", 'Bearer realm="ideenweg"')])
        return []

    return answer


def find_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class SdkFigures(Collector):
    """What the SDK counts: schedule-to-start times, slots, polls, workflow task failures."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/metrics"

    def collect(self) -> Iterator[Metric]:
        try:
            with urllib.request.urlopen(self.url, timeout=SDK_PATIENCE_SECONDS) as answer:  # noqa: S310  our own port
                text = answer.read().decode()
        except OSError:
            return
        yield from text_string_to_metric_families(text)


class _Ours(Collector):
    def collect(self) -> Iterable[Metric]:
        return REGISTRY.collect()


class _Silent(WSGIRequestHandler):
    """A line for every scrape would say nothing."""

    def log_message(self, format: str, *args: object) -> None:
        return
