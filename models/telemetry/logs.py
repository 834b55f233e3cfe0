"""Log lines: one JSON object a line, or coloured words on a terminal.

Our own lines are made of keys that stand here; text under any other key is dropped, and the line says so. Lines of
other people's code are cut down to who speaks, how it begins and what kind of error it was.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import Processor, WrappedLogger

from models.telemetry import traces
from models.telemetry.redaction import as_fact, name_of, places_of

Line = MutableMapping[str, Any]

FACTS = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "part",
        "logger",
        "trace_id",
        # what was asked and done
        "method",
        "route",
        "command",
        "outcome",
        "idea",
        "what",
        "account",
        "session",
        "subject",
        "activity",
        "workflow",
        "schedule",
        "status",
        "cause",
        # what went wrong
        "error",
        "at",
        "dropped",
    }
)
"""The keys under which text may stand. Numbers may stand under every key."""

BEGINNING = re.compile(r"[^%:(\[{<\"'=\n]{0,80}")
"""How a line of other people's code begins, up to where its data begin."""

QUIET = ("httpx", "httpcore", "alembic")
"""Loggers that tell addresses, or more than anybody wants to know: only their warnings count."""

FIRST = ("timestamp", "level", "part", "event")
"""What somebody who reads along looks for, in this order."""


def configure_logs(part: str, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """From now on all lines of this process, ours and others', look alike. `part` is web, worker or a command."""
    stream = stream or sys.stdout
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        _Part(part),
        add_trace,
    ]
    show = _choose_renderer(stream)
    structlog.configure(
        processors=[*shared, name_error, keep_facts, show],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[name_error, cut_short, keep_facts, show],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.INFO))
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def add_trace(_logger: WrappedLogger, _method: str, line: Line) -> Line:
    """The trace that the line belongs to, where there is one."""
    trace_id = traces.current_trace_id()
    if trace_id is not None:
        line["trace_id"] = trace_id
    return line


def name_error(_logger: WrappedLogger, _method: str, line: Line) -> Line:
    """`exc_info` as the class of the error and where it came from."""
    told = line.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        line.update(error=name_of(error), at=places_of(error))
    return line


def keep_facts(_logger: WrappedLogger, _method: str, line: Line) -> Line:
    """Text under a key that nobody declared is dropped; text that is no fact is withheld."""
    line = {**{key: line[key] for key in FIRST if key in line}, **line}
    line = {key: value for key, value in line.items() if value is not None}
    strange = [key for key, value in line.items() if key not in FACTS and not isinstance(value, int | float | None)]
    for key in strange:
        del line[key]
    for key, value in line.items():
        if isinstance(value, str):
            line[key] = as_fact(value)
        elif isinstance(value, list):
            line[key] = [as_fact(str(item)) for item in value]
    if strange:
        line["dropped"] = [as_fact(key) for key in strange]
    return line


def cut_short(_logger: WrappedLogger, _method: str, line: Line) -> Line:
    """A line of other people's code: the beginning of its message, and nothing that hangs on it."""
    record: logging.LogRecord = line.pop("_record")
    line.pop("_from_structlog", None)
    words = record.msg if isinstance(record.msg, str) else ""
    beginning = BEGINNING.match(words)
    line["event"] = as_fact(beginning.group().strip()) if beginning else ""
    return {key: value for key, value in line.items() if key in FACTS}


class _Part:
    """Says which process speaks."""

    def __init__(self, part: str) -> None:
        self.part = part

    def __call__(self, _logger: WrappedLogger, _method: str, line: Line) -> Line:
        line["part"] = self.part
        return line


def _choose_renderer(stream: TextIO) -> Processor:
    if stream.isatty():
        return structlog.dev.ConsoleRenderer()
    return structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=False)
