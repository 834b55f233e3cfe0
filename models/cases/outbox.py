"""What a case has done and SQL may not show yet, and whose it is to write it.

The answer to a command is durable before anybody sees it, so whoever asked may write to SQL what it carries. The case
keeps the entries until it learns that SQL shows them, and every record carries all that is kept: whichever record comes
first, SQL shows no version without those before it.
"""

from models.lifecycles.events import UNDO
from models.messages.cases import CaseState, Record, Taken
from models.messages.commands import CaseCommand, Receipt

MOST_KEPT = 8
"""More entries than this the case writes by itself, whoever has promised to: records and what travels stay small."""


def answer(case: CaseState, command: CaseCommand, receipt: Receipt) -> Taken:
    """What whoever asked is told. What it carries is theirs to write from now on."""
    record = None
    if command.asker_records and case.outbox:
        if command.event != UNDO:
            # What is taken back has to be known before anybody is told of it: that waits for nobody's good will.
            case.left = case.standing.version
        record = Record(standing=case.standing, entries=list(case.outbox))
    return Taken(**receipt.model_dump(), command_id=command.id, record=record)


def forget_shown(case: CaseState, version: int | None) -> None:
    """SQL shows everything up to this version."""
    if version is not None:
        case.outbox = [entry for entry in case.outbox if entry.version > version]


def take_back(case: CaseState) -> None:
    """Somebody has not written what was left to them."""
    case.left = 0


def owes_record(case: CaseState) -> bool:
    """Whether the case has to write by itself: for steps that nobody asked for, and where it is much."""
    if not case.outbox:
        return False
    return case.outbox[-1].version > case.left or len(case.outbox) > MOST_KEPT
