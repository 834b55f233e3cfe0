"""Traces that follow a command from the request through the workflow to SQL. Off until somebody says where to.

Nothing instruments itself here: every span is opened by a line of ours, so what a span may say is decided in `span`.
Messages of errors, statements, addresses and queries never are part of it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from models.telemetry.redaction import as_fact, name_of

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

Carrier = dict[str, str]
"""A place in a trace, as it travels in the headers of workflows and activities."""

Fact = str | int | float | bool | None

_propagator = TraceContextTextMapPropagator()
_tracer: trace.Tracer = trace.NoOpTracer()
_provider: "TracerProvider | None" = None


def start_tracing(part: str, processor: "SpanProcessor | None" = None) -> None:
    """Begin to make spans of `part` (web or worker) and send them, in batches beside the work, to where
    OTEL_EXPORTER_OTLP_ENDPOINT says; or give them to another processor.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    global _provider, _tracer
    _provider = TracerProvider(resource=Resource.create({"service.name": f"ideenweg-{part}"}), shutdown_on_exit=False)
    _provider.add_span_processor(processor or BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = _provider.get_tracer("ideenweg")


def stop_tracing() -> None:
    """Send what waits, and make no more spans."""
    global _provider, _tracer
    if _provider is not None:
        _provider.shutdown()
    _provider, _tracer = None, trace.NoOpTracer()


def is_tracing() -> bool:
    return _provider is not None


def current_trace_id() -> str | None:
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


@contextmanager
def span(
    name: str, facts: Mapping[str, Fact], kind: SpanKind = SpanKind.INTERNAL, carrier: Carrier | None = None
) -> Iterator[Span]:
    """What happens in the block. `carrier` is where it belongs, if that is not the span around it."""
    around = _read(carrier) if carrier is not None else None
    with _tracer.start_as_current_span(
        name, around, kind, attributes=_clean(facts), record_exception=False, set_status_on_exception=False
    ) as opened:
        try:
            yield opened
        except BaseException as error:
            mark_failed(opened, error)
            raise


def mark_failed(opened: Span, error: BaseException) -> None:
    """By the class of the error; its message may quote data."""
    opened.set_status(Status(StatusCode.ERROR))
    opened.set_attribute("error.type", name_of(error))


def note_span(name: str, facts: Mapping[str, Fact], carrier: Carrier, at: int) -> Carrier:
    """A span without duration, `at` nanoseconds of Unix time: what a workflow did. Returns the place below it."""
    noted = _tracer.start_span(name, _read(carrier), SpanKind.SERVER, attributes=_clean(facts), start_time=at)
    noted.end(at)
    return _write(trace.set_span_in_context(noted))


def carry() -> Carrier:
    """The current place, to be sent along; empty where there is none."""
    return _write(None)


def open_span(name: str, facts: Mapping[str, Fact], kind: SpanKind) -> Span:
    """A span that somebody else ends."""
    return _tracer.start_span(name, kind=kind, attributes=_clean(facts))


def _clean(facts: Mapping[str, Fact]) -> dict[str, str | int | float | bool]:
    return {
        name: as_fact(value) if isinstance(value, str) else value for name, value in facts.items() if value is not None
    }


def _read(carrier: Carrier) -> Context:
    return _propagator.extract(carrier, Context())


def _write(context: Context | None) -> Carrier:
    carrier: Carrier = {}
    _propagator.inject(carrier, context)
    return carrier
