"""A kind of case: how a command and the clock become steps, and what a kind answers for itself."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic

from models.cases.ledger import find_line
from models.cases.refusals import C, Refusals, S
from models.cases.step import Step, event_of, receipt_of
from models.messages.cases import CaseState, WakeUp
from models.messages.commands import Receipt
from models.vocabulary import NoticeKind, WakeUpKind

ALONE = (WakeUpKind.PAUSE_END, WakeUpKind.COVER_END, WakeUpKind.EXPIRY)
"""What the engine does in a step of its own, in this order; all else it tells."""

TOLD_AS = {
    WakeUpKind.REMINDER: NoticeKind.REMINDER,
    WakeUpKind.OVERDUE: NoticeKind.OVERDUE,
    WakeUpKind.ESCALATION: NoticeKind.ESCALATION,
}


class Kind(Refusals[S, C], Generic[S, C]):
    """The pure core of one kind of case. Its steps change the state in place and append to its outbox; what may be
    taken is decided before, in `refusal`. They run inside workflows, so they know no time but `now`.
    """

    state: ClassVar[type[CaseState]]
    told_as: ClassVar[Mapping[WakeUpKind, NoticeKind]] = TOLD_AS
    """What the clock says, as a notice."""
    ends_with_idea: ClassVar[Collection[str]] = ()
    """States in which it has lost its sense once its idea has ended: it is withdrawn then. In others it goes on."""

    def take(self, case: S, command: C, now: datetime) -> Receipt:
        """Carry out a command that `refusal` has let pass. The same id again gives the same receipt."""
        earlier = find_line(case.ledger, command.id)
        if earlier is not None:
            return receipt_of(case.standing, earlier)
        if not self.is_news(case.standing, command):
            return receipt_of(case.standing)
        if command.rulebook is not None:
            case.rulebook = command.rulebook
        step = self.begin_step(
            case, now, command.event, command.id, command.actor, command.fingerprint, command.note_id
        )
        self.carry_out(step, command)
        return step.finish()

    def ring(self, case: S, now: datetime) -> bool:
        """Do what is due. Several messages of one kind that pile up are sent once. True where something was done."""
        rung = self.due(case, now)
        by_kind = {wake_up.kind: wake_up for wake_up in rung}
        alone = next((by_kind[kind] for kind in ALONE if kind in by_kind), None)
        if alone is not None:
            self.ring_alone(case, alone, now)
        elif rung:
            self.tell(case, rung, now)
        return bool(rung)

    def tell(self, case: S, rung: Sequence[WakeUp], now: datetime) -> None:
        """Messages of the clock, in one step."""
        event = event_of(rung)
        step = self.begin_step(case, now, event, f"{event}-{case.standing.version}")
        step.tell(rung, lambda wake_up: self.notice_of(wake_up, case.standing))

    # -- what a kind answers ---------------------------------------------------------------------------------

    def begin_step(self, *told: Any) -> Step[S]:
        """One version in the making, with what a `Step` is told."""
        raise NotImplementedError

    def carry_out(self, step: Any, command: C) -> None:
        """What a command changes."""
        raise NotImplementedError

    def due(self, case: S, now: datetime) -> list[WakeUp]:
        """The wake-ups whose time has come, in the order of time."""
        raise NotImplementedError

    def next_at(self, case: S) -> datetime | None:
        """When the engine will do something by itself; None: never, if nobody does anything."""
        raise NotImplementedError

    def ring_alone(self, case: S, wake_up: WakeUp, now: datetime) -> None:
        """What the engine does when a pause, a cover or its patience ends."""
        raise NotImplementedError

    def is_news(self, standing: Any, command: C) -> bool:
        """Whether a command that may be taken changes anything; otherwise its receipt says where the case stands."""
        return True

    def notice_of(self, wake_up: WakeUp, standing: Any) -> NoticeKind:
        return self.told_as[wake_up.kind]
