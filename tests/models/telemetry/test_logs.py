"""Log lines are JSON, and hold no words but those that our code chose."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from models.telemetry.logs import configure_logs
from models.telemetry.redaction import as_fact, idea_of, name_of

IDEA = "8ee10063-9cfd-4c45-8372-da7504365ef5"


class Lines:
    """What was written, read as JSON."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def last(self) -> dict[str, Any]:
        return dict(json.loads(self.text.splitlines()[-1]))


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    written = Lines()
    configure_logs("worker", written.stream)
    yield written
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_is_json_and_says_who_speaks_and_what_happened(lines: Lines) -> None:
    structlog.get_logger().info("command", idea=IDEA, command="agree_plan", outcome="accepted", ms=12)
    told = lines.last
    assert told.pop("timestamp").endswith("Z")
    assert list(told)[:3] == ["level", "part", "event"]
    assert told == {
        "event": "command",
        "level": "info",
        "part": "worker",
        "idea": IDEA,
        "command": "agree_plan",
        "outcome": "accepted",
        "ms": 12,
    }


def test_text_under_a_key_that_nobody_declared_is_dropped_and_the_line_says_so(lines: Lines) -> None:
    structlog.get_logger().info("command", title="canary", body={"a": "canary"}, count=3, outcome="accepted")
    assert "canary" not in lines.text
    assert (lines.last["dropped"], lines.last["count"]) == (["title", "body"], 3)


@pytest.mark.parametrize("words", ["alma@example.org", "Für Alma", 'so "gut"', "a\nb", "x" * 201, "?q=canary"])
def test_what_is_no_fact_is_withheld_under_a_known_key_too(lines: Lines, words: str) -> None:
    structlog.get_logger().info("command", outcome=words, at=[words])
    assert words not in json.loads(lines.text.splitlines()[-1]).values()
    assert (lines.last["outcome"], lines.last["at"]) == ("(withheld)", ["(withheld)"])


def test_an_error_is_its_class_and_its_place(lines: Lines) -> None:
    try:
        raise ValueError("canary")
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "canary" not in lines.text
    assert lines.last["error"] == "ValueError"
    assert "test_logs.py" in lines.last["at"][-1]


def test_a_line_of_other_peoples_code_begins_as_theirs_and_ends_before_their_data(lines: Lines) -> None:
    try:
        raise ValueError("canary")
    except ValueError:
        logging.getLogger("temporalio.activity").warning(
            "Completing activity as failed ({'id': 'canary'})", exc_info=True, extra={"temporal_activity": "canary"}
        )
    assert "canary" not in lines.text
    assert lines.last["event"] == "Completing activity as failed"
    assert (lines.last["logger"], lines.last["error"]) == ("temporalio.activity", "ValueError")
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Task canary>")
    logging.getLogger("uvicorn.error").info("Uvicorn running on %s://%s", "canary", "canary")
    logging.getLogger("sqlalchemy.pool").error(f"Exception during reset: {ValueError('canary')}")
    assert "canary" not in lines.text
    assert [json.loads(line)["event"] for line in lines.text.splitlines()[1:]] == [
        "Task exception was never retrieved",
        "Uvicorn running on",
        "Exception during reset",
    ]


def test_addresses_that_others_would_log_are_not_logged(lines: Lines) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET https://canary.example.org")
    assert lines.text == ""


def test_a_terminal_gets_words_for_people() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    try:
        configure_logs("web", terminal)
        structlog.get_logger().info("request", title="canary", status=200)
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers.clear()
    assert "request" in terminal.getvalue()
    assert "canary" not in terminal.getvalue()


def test_a_persons_inbox_is_no_idea() -> None:
    assert idea_of(f"idea/{IDEA}") == idea_of(f"coach-search/{IDEA}/2") == idea_of(f"crowdfunding/{IDEA}/1") == IDEA
    assert idea_of(f"inbox/{IDEA}") is None
    assert idea_of("idea/canary") is None


def test_an_error_is_named_by_the_type_that_the_code_gave_it() -> None:
    class Told(Exception):
        type = "Refused"

    assert name_of(Told("canary")) == "Refused"
    assert name_of(KeyError("canary")) == "KeyError"
    assert as_fact("sql INSERT timeline_entry") == "sql INSERT timeline_entry"
