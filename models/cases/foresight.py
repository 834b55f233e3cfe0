"""What a case will send if nobody does anything: its clock runs ahead on a copy, by the rules that ring it later."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from models.cases.kind import Kind
from models.cases.step import snapshot
from models.messages.cases import CaseState, WakeUp
from models.vocabulary import NoticeKind, Role

FAR = datetime.max.replace(tzinfo=UTC)


class Foretold(NamedTuple):
    """A notice to come."""

    at: datetime
    event: str
    """`overdue`, `escalate`, …: of the step that tells it."""
    kind: NoticeKind
    to: Role
    account_id: str | None


def foretell(kind: Kind[Any, Any], case: CaseState, now: datetime, until: datetime) -> list[Foretold]:
    """Every notice from `now` on and before `until`, in the order of time.

    What comes of it elsewhere is not followed: a search that begins when a pause ends asks coaches by itself.
    """
    ahead, moment = snapshot(case), now
    ahead.outbox = []
    while (at := kind.next_at(ahead)) is not None and (moment := max(at, moment)) < until:
        if not kind.ring(ahead, moment):
            break
    return [
        Foretold(entry.at, entry.event, notice.kind, notice.to, notice.account_id)
        for entry in ahead.outbox
        for notice in entry.notices
    ]


def list_wake_ups(kind: Kind[Any, Any], case: CaseState) -> list[WakeUp]:
    """Every wake-up to come of the clocks as they stand; what lies behind the end of a pause is not known before it."""
    return kind.due(case, FAR)
