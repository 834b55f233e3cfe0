"""Replications as a kind of case: who is on turn, what ends by itself, who is told what.

Whether somebody belongs to the team of either idea is known to whoever asks, since teams change.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from models.cases.plain_case import PlainKind, PlainStep
from models.lifecycles.events import CHANGE_OWNER
from models.lifecycles.replication import ReplicationLifecycle
from models.messages.cases import Entry
from models.messages.commands import Refusal
from models.messages.replication import Carried, ReplicationCommand, ReplicationStanding, ReplicationState
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
    lapses: ClassVar = dict.fromkeys(HELPS, LAPSE)
    """Whoever tries goes on alone then."""
    told_as: ClassVar = dict.fromkeys(WakeUpKind, NoticeKind.REPLICATION_WAITS) | {
        WakeUpKind.ESCALATION: NoticeKind.REPLICATION_ESCALATION
    }

    def people(self, standing: ReplicationStanding) -> Mapping[Role, str | None]:
        return {**super().people(standing), Role.ORIGINAL: standing.original_owner_id}

    def move(self, step: PlainStep[ReplicationState], command: ReplicationCommand | None = None) -> None:
        answer: Answer | None = getattr(command, "answer", None)
        step.fire(answer=answer)
        step.standing.help = BECOMES.get(step.event, step.standing.help)
        if command is not None and step.event == REPORT and command.carried is not None:
            step.standing.carried, step.standing.why_id = dict(command.carried), command.note_id
        if answer is not None:
            step.facts["answer"] = answer

    def tells(
        self, before: ReplicationStanding, after: ReplicationStanding, entry: Entry
    ) -> Iterable[tuple[NoticeKind, Role | None]]:
        """Either side hears of what the other has done, and the original team of how it went."""
        kind = NoticeKind.REPLICATION_ASKED if entry.event == BEGIN else NoticeKind.REPLICATION_NEWS
        if entry.event == CHANGE_OWNER:
            return
        tells_original = entry.actor.role is not Role.ORIGINAL and after.help is not Help.NOT_ASKED
        if tells_original and (before.state in HELPS or entry.event == REPORT):
            yield kind, Role.ORIGINAL
        if entry.actor.role is not Role.INNOVATOR and entry.event != BEGIN:
            yield kind, Role.INNOVATOR

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
