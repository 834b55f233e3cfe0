"""Replications as a kind of case: who is on turn, what ends by itself, who is told what.

Whether somebody belongs to the team of either idea is known to whoever asks, since teams change.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from models.cases.plain import PlainKind, PlainStep
from models.cases.refusals import GIVE_UP
from models.lifecycles.events import CHANGE_OWNER
from models.lifecycles.replication import ReplicationLifecycle
from models.messages.cases import Entry, Notice, WakeUp
from models.messages.commands import Actor, Refusal
from models.messages.replication import Carried, ReplicationCommand, ReplicationStanding, ReplicationState
from models.messages.rulebook import Rulebook
from models.vocabulary import Answer, CarryOver, Help, Ingredient, NoticeKind, Role, WakeUpKind

BEGIN, LAPSE, REPORT = "ask", "lapse", "report"

HELPS = frozenset({"asked", "sharing"})
"""Where the original team is on turn. Nobody has to wait for it: its time ends by itself."""

BECOMES = {"agree": Help.AGREED, "decline": Help.DECLINED, "hand_on": Help.GIVEN, LAPSE: Help.LAPSED}

KNOWN = frozenset({Help.AGREED, Help.GIVEN})
"""Both sides have said yes: each reads how the other is reached."""


class Replications(PlainKind[ReplicationState, ReplicationCommand]):
    """The recipe is public, so nothing that its team does or leaves undone keeps anybody from trying."""

    name = "replication"
    state = ReplicationState
    command = ReplicationCommand
    machine = ReplicationLifecycle
    begins_with = BEGIN
    required: ClassVar = {"check_in": ("answer",), REPORT: ("carried",)}
    restarts_clock = frozenset({"check_in"})
    ends_with_idea = HELPS
    follows_owner = True

    def people(self, standing: ReplicationStanding) -> Mapping[Role, str | None]:
        return {**super().people(standing), Role.ORIGINAL: standing.original_owner_id}

    def upcoming(self, standing: ReplicationStanding, rulebook: Rulebook) -> list[WakeUp]:
        """Where it would be late, help ends, and whoever tries goes on alone."""
        found = super().upcoming(standing, rulebook)
        if standing.state not in HELPS:
            return found
        lapse = {"kind": WakeUpKind.EXPIRY, "key": LAPSE, "to": Role.ENGINE, "account_id": None}
        kept = (one for one in found if one.kind is not WakeUpKind.ESCALATION)
        return [one.model_copy(update=lapse) if one.kind is WakeUpKind.OVERDUE else one for one in kept]

    def ring_alone(self, case: ReplicationState, wake_up: WakeUp, now: datetime) -> None:
        if wake_up.kind is not WakeUpKind.EXPIRY:
            super().ring_alone(case, wake_up, now)
            return
        step = self.begin_step(case, now, LAPSE, f"{LAPSE}-{case.standing.version}")
        self._move(step)
        step.finish()

    def carry_out(self, step: PlainStep[ReplicationState], command: ReplicationCommand) -> None:
        if command.event not in self.machine.event_names():
            super().carry_out(step, command)
            return
        # A command that any kind knows, as in bulk, says nothing of its own.
        answer: Answer | None = getattr(command, "answer", None)
        self._move(step, answer)
        if command.event == REPORT and command.carried is not None:
            step.standing.carried, step.standing.why_id = dict(command.carried), command.note_id
        if answer is not None:
            step.facts["answer"] = answer

    def _move(self, step: PlainStep[ReplicationState], answer: Answer | None = None) -> None:
        step.fire(answer=answer)
        step.standing.help = BECOMES.get(step.event, step.standing.help)

    def notices(self, before: ReplicationStanding, after: ReplicationStanding, entry: Entry) -> list[Notice]:
        """Either side hears of what the other has done, and the original team of how it went."""
        if entry.event == CHANGE_OWNER:
            return []
        tells_original = entry.actor.role is not Role.ORIGINAL and after.help is not Help.NOT_ASKED
        told = [Role.ORIGINAL] if tells_original and (before.state in HELPS or entry.event == REPORT) else []
        if entry.actor.role is not Role.INNOVATOR and entry.event != BEGIN:
            told.append(Role.INNOVATOR)
        kind = NoticeKind.REPLICATION_ASKED if entry.event == BEGIN else NoticeKind.REPLICATION_NEWS
        found = [Notice(kind=kind, to=role, account_id=self.people(after)[role]) for role in told]
        return [notice for notice in found if notice.account_id != entry.actor.account_id]

    def notice_of(self, wake_up: WakeUp, standing: ReplicationStanding) -> NoticeKind:
        is_grave = wake_up.kind is WakeUpKind.ESCALATION
        return NoticeKind.REPLICATION_ESCALATION if is_grave else NoticeKind.REPLICATION_WAITS

    def is_who_they_say(self, standing: ReplicationStanding, actor: Actor, event: str) -> bool:
        """Nobody helps themselves, and nobody else decides on their own idea."""
        if actor.role is Role.ENGINE:
            return event in (GIVE_UP, CHANGE_OWNER)
        return actor.role is Role.INNOVATOR or (
            actor.role in self.people(standing) and actor.account_id != standing.owner_id
        )

    def refuse_fields(self, case: ReplicationState, command: ReplicationCommand, now: datetime) -> Refusal | None:
        if why := super().refuse_fields(case, command, now):
            return why
        if command.event == "check_in" and command.answer is Answer.NEEDS_HELP:
            return self.invalid(case, command, "answer", "must be on_track or done: its idea has a coach for help")
        if command.event == REPORT and not command.carried:
            return self.invalid(case, command, "carried", "must tell of one ingredient at least")
        return None


REPLICATIONS = Replications()


# -- what carried over -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Transfer:
    """How often a story was tried elsewhere, and what became of each ingredient there."""

    tried: int = 0
    reports: int = 0
    became: Mapping[Ingredient, Counter[CarryOver]] = field(default_factory=dict)


def count_transfer(reports: Iterable[Carried]) -> Transfer:
    """Of all that try it, those that have not reported say nothing yet."""
    told = list(reports)
    became = {one: Counter(its[one] for its in told if one in its) for one in Ingredient}
    return Transfer(len(told), sum(map(bool, told)), {one: counts for one, counts in became.items() if counts})
