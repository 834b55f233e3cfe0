"""Contributions as a kind of case: who decides on them, and who is told what.

Leads hear of what waits in one mail a day (`activities.upkeep.contributions`), never of each; authors, who have no
account, by a mail of their own (`activities.secret_mails.contribution`).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from models.cases.plain_case import PlainKind, PlainStep
from models.cases.refusals import GIVE_UP
from models.lifecycles.contribution import ContributionLifecycle
from models.messages.cases import Entry, WakeUp
from models.messages.commands import Refusal
from models.messages.contribution import ContributionCommand, ContributionStanding, ContributionState
from models.messages.rulebook import Rulebook
from models.vocabulary import ContributionSort, NoticeKind, Role, WakeUpKind

PASSED_ON = frozenset({ContributionSort.HINT, ContributionSort.OFFER})
"""Needs no answer that everybody reads."""

PUBLIC = ("answering", "answered", "shown")
"""The states in which everybody reads it."""


class Contributions(PlainKind[ContributionState, ContributionCommand]):
    """A support is shown and ends; all else waits for the team."""

    name = "contribution"
    state = ContributionState
    command = ContributionCommand
    machine = ContributionLifecycle
    begins_with = "contribute"
    required: ClassVar = {"refuse": ("reason",), "answer": ("note_id",)}
    unasked = frozenset({GIVE_UP})
    """Its author has no account, and the team withdraws nothing: it does so with an erasure alone."""
    follows_owner = True
    told_as: ClassVar = dict.fromkeys(WakeUpKind, NoticeKind.CONTRIBUTION_ASKED)

    def upcoming(self, standing: ContributionStanding, rulebook: Rulebook) -> list[WakeUp]:
        return [one for one in super().upcoming(standing, rulebook) if one.to is not Role.LEAD]

    def move(self, step: PlainStep[ContributionState], command: ContributionCommand | None = None) -> None:
        standing: Any = step.standing
        asks = {"asks": standing.sort is not ContributionSort.SUPPORT} if step.event == "show" else {}
        step.fire(**asks)
        if step.event in ("refuse", "answer"):
            standing.reason, standing.said_id = getattr(command, "reason", None), step.note_id
            standing.said_by = step.actor.role
        if getattr(command, "contact", False):
            standing.contact_id = step.actor.account_id

    def tells(
        self, before: ContributionStanding, after: ContributionStanding, entry: Entry
    ) -> Iterable[tuple[NoticeKind, Role | None]]:
        told = {"show": NoticeKind.CONTRIBUTION_ASKED, "pass_on": NoticeKind.CONTRIBUTION_PASSED_ON}
        return () if after.state == "shown" or entry.event not in told else ((told[entry.event], Role.INNOVATOR),)

    def makes_sense(self, event: str, role: Role, standing: ContributionStanding) -> bool:
        return event != "pass_on" or standing.sort in PASSED_ON

    def refuse_fields(self, case: ContributionState, command: ContributionCommand, now: datetime) -> Refusal | None:
        """Nobody says yes for the team but the team, and none is of use alone."""
        why = super().refuse_fields(case, command, now)
        if why is not None or not getattr(command, "contact", False):
            return why
        is_both = case.standing.may_contact and command.actor.role is Role.INNOVATOR and command.event == "answer"
        return None if is_both else self.invalid(case, command, "contact", "takes a yes of both sides")


CONTRIBUTIONS = Contributions()
