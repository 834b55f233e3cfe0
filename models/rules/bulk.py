"""One step for many ideas: which event it is for each of them, and the command that asks for it."""

from dataclasses import dataclass
from datetime import date

from models.messages.commands import Actor, Command
from models.messages.idea import Standing
from models.messages.rulebook import Rulebook
from models.vocabulary import BulkAction, Outcome

MOST_IDEAS = 500
"""Of one run. More than this nobody looks through beforehand."""


@dataclass(frozen=True)
class BulkStep:
    """What is asked of every idea; only what the action needs is filled in."""

    action: BulkAction
    days: int | None = None
    until: date | None = None
    coach_id: str | None = None
    """None: a search for each idea."""
    outcome: Outcome | None = None


def event_of(step: BulkStep, standing: Standing) -> str:
    """Giving an idea another coach is another event where it has none."""
    match step.action:
        case BulkAction.EXTEND:
            return "extend_deadline"
        case BulkAction.PAUSE:
            return "pause"
        case BulkAction.CLOSE:
            return "close"
        case BulkAction.REASSIGN if standing.coach_id is not None:
            return "change_coach"
        case BulkAction.REASSIGN:
            return "search_again" if step.coach_id is None else "assign_coach"


def build_command(
    step: BulkStep,
    standing: Standing,
    actor: Actor,
    *,
    command_id: str,
    note_id: str | None,
    expected_version: int | None,
    rulebook: Rulebook | None,
) -> Command:
    """The same run asks the same of the same idea under the same id, so that a repeat changes nothing."""
    return Command(
        id=command_id,
        event=event_of(step, standing),
        actor=actor,
        fingerprint="bulk",
        expected_version=expected_version,
        note_id=note_id,
        days=step.days,
        until=step.until,
        coach_id=step.coach_id,
        outcome=step.outcome,
        rulebook=rulebook,
    )
