"""What may stand in a log line or a span: facts and names that our code chose, never what somebody wrote."""

import re
import traceback
from types import TracebackType

from models.lifecycles import BESIDE
from models.workflow_ids import IDEA

FACT = re.compile(r"[\w./:<>{}(), +-]{0,200}", re.ASCII)
"""Ids, routes, names of events and of errors. An address, a sentence with an umlaut or a quotation is none."""

WITHHELD = "(withheld)"

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

WORKFLOWS_OF_IDEAS = frozenset({IDEA, "coach-search", *BESIDE})


def as_fact(text: str) -> str:
    """The text, or that it was withheld."""
    return text if FACT.fullmatch(text) else WITHHELD


def idea_of(workflow_id: str) -> str | None:
    """The idea that a workflow belongs to: `idea/{id}`, `crowdfunding/{id}/{attempt}`. None for a person's inbox."""
    kind, _, rest = workflow_id.partition("/")
    idea_id = rest.partition("/")[0]
    return idea_id if kind in WORKFLOWS_OF_IDEAS and UUID.fullmatch(idea_id) else None


def name_of(error: BaseException) -> str:
    """The class of an error, or the type that the code gave it: its message may quote data."""
    given = getattr(error, "type", None)
    return as_fact(given) if isinstance(given, str) and given else type(error).__name__


def places_of(error: BaseException) -> list[str]:
    """Where an error came from, innermost last, without its message."""
    return places_in(error.__traceback__)


def places_in(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-6:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
