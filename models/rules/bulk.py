"""One step for many cases: which event it is for each of them, and the command that asks for it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from models.cases.refusals import EXTEND
from models.messages.cases import CaseStanding
from models.messages.commands import Actor, CaseCommand, Command, Refusal, RefusalCode
from models.messages.idea import Standing
from models.messages.rulebook import Rulebook
from models.rules.permissions import Teamed, is_own
from models.vocabulary import BulkAction, Outcome

MOST_CASES = 500
"""Of one run. More than this nobody looks through beforehand."""

ONLY_IDEAS = Refusal(code=RefusalCode.NOT_ALLOWED, field="kind", detail="only ideas can do this")


@dataclass(frozen=True)
class BulkStep:
    """What is asked of every case; only what the action needs is filled in."""

    action: BulkAction
    days: int | None = None
    until: date | None = None
    coach_id: str | None = None
    """None: a search for each idea."""
    outcome: Outcome | None = None
    partner: str | None = None


def refuse_unasked(step: BulkStep, standing: CaseStanding | None, idea: Teamed, lead_id: str | None) -> Refusal | None:
    """Why a case is not even asked. Without a standing, it is a draft. Nobody decides on their own idea, nor on what
    stands beside it, which does not know the team.
    """
    if standing is None:
        return Refusal(code=RefusalCode.NOT_ALLOWED)
    if is_own(idea, lead_id):
        return Refusal(code=RefusalCode.FORBIDDEN)
    if step.action is not BulkAction.EXTEND and not isinstance(standing, Standing):
        return ONLY_IDEAS
    return None


def event_of(step: BulkStep, standing: Standing) -> str:
    """Giving an idea another coach is another event where it has none."""
    match step.action:
        case BulkAction.EXTEND:
            return EXTEND
        case BulkAction.PAUSE:
            return "pause"
        case BulkAction.CLOSE:
            return "close"
        case BulkAction.REASSIGN if standing.coach_id is not None:
            return "change_coach"
        case BulkAction.REASSIGN:
            return "search_again" if step.coach_id is None else "assign_coach"
        case BulkAction.SHORTLIST | BulkAction.REFER | BulkAction.DECLINE:
            return str(step.action)


def build_command(
    step: BulkStep,
    standing: CaseStanding,
    actor: Actor,
    *,
    command_id: str,
    note_id: str | None,
    expected_version: int | None,
    rulebook: Rulebook | None,
) -> CaseCommand:
    """The same run asks the same of the same case under the same id, so that a repeat changes nothing."""
    asked: dict[str, Any] = {
        "id": command_id,
        "actor": actor,
        "fingerprint": "bulk",
        "expected_version": expected_version,
        "note_id": note_id,
        "days": step.days,
        "until": step.until,
        "rulebook": rulebook,
    }
    if not isinstance(standing, Standing):
        return CaseCommand(event=EXTEND, **asked)
    own = {"coach_id": step.coach_id, "outcome": step.outcome, "partner": step.partner}
    return Command(event=event_of(step, standing), **own, **asked)
