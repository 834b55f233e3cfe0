"""One step of a case: one version in the making, from what it changes to its entry, its ledger line and its receipt."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from models.cases import clocks
from models.cases.calendar import Calendar, calendar_of
from models.cases.ledger import remember
from models.messages.cases import CaseStanding, CaseState, Entry, LedgerLine, Notice, WakeUp
from models.messages.commands import ENGINE, Actor, Receipt
from models.vocabulary import NoticeKind, Role, WakeUpKind

S = TypeVar("S", bound=CaseState)

_SHARED: set[type] = set()
"""Types whose values nobody can change, as they are met: to ask again takes longer than to copy the rest."""


class Step(Generic[S]):
    """A step changes the standing in place; `finish` makes a version of it. A kind says who is on turn after it."""

    internal = False
    """Its note is for coaches and leads alone."""
    quiet = False
    """Nobody is told of it."""

    def __init__(
        self,
        case: S,
        now: datetime,
        event: str,
        command_id: str,
        actor: Actor = ENGINE,
        fingerprint: str = "",
        note_id: str | None = None,
    ) -> None:
        self.case = case
        self.now = now
        self.standing: Any = case.standing
        self.before: Any = snapshot(case.standing)
        self.calendar: Calendar = calendar_of(case.rulebook)
        self.today: date = self.calendar.today(now)
        self.event = event
        self.command_id = command_id
        self.fingerprint = fingerprint
        self.actor = actor
        self.note_id = note_id
        self.facts: dict[str, str | int] = {}
        self.notices: list[Notice] = []

    def finish(self) -> Receipt:
        """One version more, with its line of the timeline and of the ledger."""
        self.standing.version += 1
        self.standing.rulebook_digest = self.case.rulebook.digest
        self.settle()
        self.case.outbox.append(self._write_entry())
        line = LedgerLine(command_id=self.command_id, fingerprint=self.fingerprint, **_place_of(self.standing))
        self.case.ledger = remember(self.case.ledger, line)
        return receipt_of(self.standing)

    def tell(self, rung: Sequence[WakeUp], kind_of: Callable[[WakeUp], NoticeKind]) -> Receipt:
        """Messages of the clock in one entry: of each recipient only the latest, and no reminder after its deadline."""
        kinds = {wake_up.kind for wake_up in rung}
        self.mark_rung(rung)
        self.facts["step"] = rung[-1].key
        chosen: dict[tuple[Role, str | None], Notice] = {}
        for wake_up in rung:
            if wake_up.kind is WakeUpKind.REMINDER and WakeUpKind.OVERDUE in kinds:
                continue
            notice = Notice(kind=kind_of(wake_up), to=wake_up.to, account_id=wake_up.account_id)
            chosen[(wake_up.to, wake_up.account_id)] = notice
        self.notices = list(chosen.values())
        return self.finish()

    def mark_rung(self, rung: Sequence[WakeUp]) -> None:
        clock = self.standing.clock
        clock.rung = sorted({*clock.rung, *(wake_up.key for wake_up in rung)})

    def extend(self, days: int) -> None:
        """More time, in the unit of the deadline."""
        clock = self.standing.clock
        clocks.extend(clock, days, self.today, self.calendar)
        clocks.rearm(clock, self.now, self.calendar)
        self.facts |= {"days": days, "until": clock.due.isoformat()}

    def keep_quiet(self, until: date, *, lead_too: bool) -> None:
        """Hold messages back. Who is on turn can spare themselves, but not the lead."""
        clock = self.standing.clock
        clock.rung = [key for key in clock.rung if key != clocks.ASKED_AGAIN]
        clock.quiet_until = until
        if lead_too:
            clock.lead_quiet_until = until
        self.facts["until"] = until.isoformat()

    # -- what a kind answers ---------------------------------------------------------------------------------

    def settle(self) -> None:
        """Who is on turn now, and until when."""
        raise NotImplementedError

    def write_notices(self, entry: Entry) -> list[Notice]:
        """Who is told what of a step that was not taken by the clock."""
        raise NotImplementedError

    def may_be_undone_until(self) -> datetime | None:
        """Until then nobody is told of it."""
        return None

    # -- how -------------------------------------------------------------------------------------------------

    def _write_entry(self) -> Entry:
        entry = Entry(
            at=self.now,
            event=self.event,
            command_id=self.command_id,
            fingerprint=self.fingerprint,
            actor=self.actor,
            from_stage=self.before.stage,
            from_state=self.before.state,
            holder=self.standing.holder,
            note_id=self.note_id,
            internal=self.internal,
            facts=self.facts,
            told_from=self.may_be_undone_until(),
            **_place_of(self.standing),
        )
        if self.quiet:
            entry.facts["quiet"] = 1
        else:
            entry.notices = self.notices or self.write_notices(entry)
        return entry


def receipt_of(standing: CaseStanding, line: LedgerLine | None = None) -> Receipt:
    """Where a case stands now, or stood after an earlier step."""
    place = _place_of(standing) if line is None else line.model_dump(include={"version", "stage", "state"})
    return Receipt(case_id=standing.case_id, **place)


def _place_of(standing: Any) -> dict[str, Any]:
    return {"version": standing.version, "stage": standing.stage, "state": standing.state}


def snapshot(value: Any) -> Any:
    """A copy that stays as it is while the case goes on. What is frozen is shared: each step takes one, and a deep copy
    takes ten times as long."""
    kind, config = type(value), getattr(value, "model_config", None)
    if kind is list:
        return [snapshot(each) for each in value]
    if kind is dict:
        return {key: snapshot(each) for key, each in value.items()}
    if config is not None and not config.get("frozen"):
        copied = value.__copy__()
        for name, each in value.__dict__.items():
            if type(each) not in _SHARED:
                copied.__dict__[name] = snapshot(each)
        return copied
    _SHARED.add(kind)
    return value


def event_of(rung: Sequence[WakeUp]) -> str:
    """What messages of the clock are called in the timeline: by the gravest of them."""
    kinds = {wake_up.kind for wake_up in rung}
    if WakeUpKind.ESCALATION in kinds:
        return "escalate"
    return "overdue" if WakeUpKind.OVERDUE in kinds else "remind"
