"""Contributions as a kind of case: who decides on them, and who is told what.

Leads hear of what waits in one mail a day (`activities.upkeep.contributions`), never of each; authors, who have no
account, by a mail of their own (`activities.secret_mails.contribution`).
"""

from typing import Any, ClassVar

from models.cases.plain import PlainKind, PlainStep
from models.cases.refusals import GIVE_UP
from models.lifecycles.contribution import ContributionLifecycle
from models.messages.cases import Entry, Notice, WakeUp
from models.messages.commands import Actor
from models.messages.contribution import ContributionCommand, ContributionStanding, ContributionState
from models.messages.rulebook import Rulebook
from models.vocabulary import ContributionSort, NoticeKind, Role

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

    def upcoming(self, standing: ContributionStanding, rulebook: Rulebook) -> list[WakeUp]:
        return [one for one in super().upcoming(standing, rulebook) if one.to is not Role.LEAD]

    def carry_out(self, step: PlainStep[ContributionState], command: ContributionCommand) -> None:
        standing: Any = step.standing
        if command.event == "show":
            step.fire(asks=standing.sort is not ContributionSort.SUPPORT)
            return
        super().carry_out(step, command)
        if command.event in ("refuse", "answer"):
            standing.reason, standing.said_id, standing.said_by = command.reason, command.note_id, command.actor.role

    def notices(self, before: ContributionStanding, after: ContributionStanding, entry: Entry) -> list[Notice]:
        told = {"show": NoticeKind.CONTRIBUTION_ASKED, "pass_on": NoticeKind.CONTRIBUTION_PASSED_ON}
        if entry.event not in told or after.state == "shown":
            return []
        return [Notice(kind=told[entry.event], to=Role.INNOVATOR, account_id=after.owner_id)]

    def notice_of(self, wake_up: WakeUp, standing: ContributionStanding) -> NoticeKind:
        return NoticeKind.CONTRIBUTION_ASKED

    def makes_sense(self, event: str, role: Role, standing: ContributionStanding) -> bool:
        return event != "pass_on" or standing.sort in PASSED_ON

    def is_who_they_say(self, standing: ContributionStanding, actor: Actor, event: str) -> bool:
        """A collaborator answers for the team; nobody decides on what was written to their own story."""
        if actor.role is Role.ENGINE:
            return event == GIVE_UP
        return actor.role is Role.INNOVATOR or (
            actor.role in self.people(standing) and actor.account_id != standing.owner_id
        )


CONTRIBUTIONS = Contributions()
