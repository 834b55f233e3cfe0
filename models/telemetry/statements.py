"""Statements to the database, as spans of the trace that they belong to."""

import re
from typing import Any

from opentelemetry.trace import SpanKind
from sqlalchemy import Engine, event

from models.telemetry import traces
from models.telemetry.traces import Fact

SPANS = "ideenweg_spans"
"""Where a connection keeps the span of the statement that it runs."""

TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+\"?([a-z_]+)", re.IGNORECASE)
VERBS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
BY_WEIGHT = tuple(re.compile(rf"\b{verb}\s", re.IGNORECASE) for verb in ("INSERT", "UPDATE", "DELETE", "SELECT"))
"""Of several statements in one, the gravest names them: what is added, then what is changed."""


def trace_statements(engine: Engine) -> None:
    """A span for each statement that belongs to a trace: its verb and its table, never its text or values."""

    @event.listens_for(engine, "before_cursor_execute")
    def begin(
        connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, _executemany: bool
    ) -> None:
        if traces.current_trace_id() is not None:
            facts: dict[str, Fact] = {
                "db.system": "postgresql",
                "db.operation": verb_of(statement),
                "db.table": table_of(statement),
            }
            name = f"sql {facts['db.operation']} {facts['db.table']}".rstrip()
            connection.info.setdefault(SPANS, []).append(traces.open_span(name, facts, SpanKind.CLIENT))

    @event.listens_for(engine, "after_cursor_execute")
    def end(connection: Any, *_rest: Any) -> None:
        if spans := connection.info.get(SPANS):
            spans.pop().end()

    @event.listens_for(engine, "handle_error")
    def fail(context: Any) -> None:
        connection = context.connection
        if connection is not None and (spans := connection.info.get(SPANS)):
            opened = spans.pop()
            traces.mark_failed(opened, context.original_exception)
            opened.end()


def verb_of(statement: str) -> str:
    verb = _main_part(statement).partition(" ")[0].strip().upper()
    return verb if verb in VERBS else "other"


def table_of(statement: str) -> str:
    """The first table that a statement names; empty where it names none."""
    found = TABLE.search(_main_part(statement))
    return found.group(1).lower() if found else ""


def _main_part(statement: str) -> str:
    statement = statement.lstrip()
    if not statement[:5].upper().startswith("WITH"):
        return statement
    found = next(filter(None, (verb.search(statement) for verb in BY_WEIGHT)), None)
    return statement[found.start() :] if found else statement
