"""Around every command to a workflow: one log line and its figures."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from activities.ports.ideas import CommandRefused
from models.lifecycles.crowdfunding import CrowdfundingLifecycle
from models.lifecycles.events import EVENTS
from models.telemetry.metrics import Stopwatch, count_command
from models.telemetry.redaction import name_of

KNOWN_EVENTS = frozenset({*EVENTS, *(f"crowdfunding_{event}" for event in CrowdfundingLifecycle.actors)})

log = structlog.get_logger()


@contextmanager
def watch_command(idea_id: str, event: str) -> Iterator[None]:
    """Tells how it went: accepted, the code of the refusal, or the name of the error."""
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
        log.info("command", idea=idea_id, command=command, outcome=outcome, ms=watch.milliseconds)
