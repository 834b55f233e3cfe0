"""Around every command to a workflow: one log line and its figures."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from activities.ports.ideas import CommandRefused
from models.lifecycles import BESIDE
from models.lifecycles.events import EVENTS
from models.telemetry.metrics import Stopwatch, count_command
from models.telemetry.redaction import name_of
from models.workflow_ids import IDEA

KNOWN_EVENTS = frozenset(
    {*EVENTS, *(f"{kind}_{event}" for kind, machine in BESIDE.items() for event in machine.actors)}
)

log = structlog.get_logger()


@contextmanager
def watch_command(workflow_id: str, event: str) -> Iterator[None]:
    """Tells how it went with a case: accepted, the code of the refusal, or the name of the error."""
    kind, _, name = workflow_id.partition("/")
    event = event if kind == IDEA else f"{kind}_{event}"
    watch = Stopwatch()
    outcome = "accepted"
    try:
        yield
    except CommandRefused as refused:
        outcome = str(refused.refusal.code)
        raise
    except Exception as error:
        outcome = name_of(error)
        raise
    finally:
        # What was refused may be any word that somebody made up.
        command = event if outcome == "accepted" or event in KNOWN_EVENTS else "other"
        count_command(command, outcome, watch.seconds)
        log.info("command", **{kind: name}, command=command, outcome=outcome, ms=watch.milliseconds)
