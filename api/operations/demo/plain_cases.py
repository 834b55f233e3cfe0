"""Tells what stands beside an idea through the real rules: trying it after a story, and what citizens add to one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from api.operations.demo.accounts import BY_KEY, demo_id
from api.operations.demo.days import Days
from api.operations.demo.script import Added, Step, Story
from models.cases.plain_case import PlainKind
from models.messages import commands
from models.messages.cases import CaseState, Entry
from models.messages.commands import Actor
from models.messages.contribution import ContributionCommand, ContributionStanding, ContributionState
from models.messages.idea import Standing
from models.messages.replication import ReplicationCommand, ReplicationStanding, ReplicationState
from models.rules.contribution import CONTRIBUTIONS
from models.rules.replication import REPLICATIONS
from models.tables import Contribution, Note
from models.vocabulary import Answer, ContributionSort, Role
from models.workflow_ids import CONTRIBUTION, REPLICATION


class CaseRefused(Exception):
    """A step of a case beside an idea is not possible."""


@dataclass
class CaseTold:
    """A case as its story left it, with everything that belongs into SQL."""

    case: CaseState
    entries: list[Entry] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    words: Contribution | None = None


def tell_copy(story: Story, original: Story, idea: Standing, begun: datetime, days: Days, now: datetime) -> CaseTold:
    """The team of the original is asked as soon as the idea is handed in."""
    standing = ReplicationStanding(
        idea_id=idea.idea_id,
        owner_id=idea.owner_id,
        office=idea.office,
        entered_at=begun,
        original_id=demo_id("idea", original.key),
        original_owner_id=BY_KEY[original.owner].id,
    )
    case = ReplicationState(standing=standing, rulebook=days.rulebook(begun, REPLICATION))
    telling = _Telling(REPLICATIONS, ReplicationCommand, case, days)
    telling.begin(begun)
    for number, step in enumerate(story.copying, start=1):
        role = Role.INNOVATOR if step.who == story.owner else Role.ORIGINAL
        telling.carry_out(step, number, role)
    return telling.end(now)


def tell_contributions(story: Story, idea: Standing, days: Days, now: datetime) -> Iterable[CaseTold]:
    for n, added in enumerate(story.added, start=1):
        yield _tell_contribution(added, n, idea, days, now)


def _tell_contribution(added: Added, n: int, idea: Standing, days: Days, now: datetime) -> CaseTold:
    begun = days.moment_of(added.ago, 100 * n)
    standing = ContributionStanding(
        idea_id=idea.idea_id,
        n=n,
        owner_id=idea.owner_id,
        office=idea.office,
        entered_at=begun,
        sort=ContributionSort(added.sort),
    )
    case = ContributionState(standing=standing, rulebook=days.rulebook(begun, CONTRIBUTION))
    telling = _Telling(CONTRIBUTIONS, ContributionCommand, case, days)
    telling.begin(begun)
    for number, step in enumerate(added.steps, start=1):
        telling.carry_out(step, 100 * n + number, BY_KEY[step.who].role)
    told = telling.end(now)
    told.words = Contribution(
        id=demo_id(standing.case_id, "words"),
        idea_id=idea.idea_id,
        number=n,
        sort=added.sort,
        body=added.words,
        name=added.name,
        email=f"{added.name.casefold()}@example.org",
        language="de",
        told=case.standing.state,
        created_at=begun,
        expires_at=begun,
    )
    return told


class _Telling:
    """One plain case on its way."""

    def __init__(self, kind: PlainKind[Any, Any], command: type[Any], case: Any, days: Days) -> None:
        self.kind, self.command, self.case, self.days = kind, command, case, days
        self.last = case.standing.entered_at
        self.told = CaseTold(case)

    def begin(self, at: datetime) -> None:
        self._take(Step(0, "", self.kind.begins_with), 0, commands.ENGINE, at)

    def carry_out(self, step: Step, number: int, role: Role) -> None:
        """Raises CaseRefused."""
        at = max(self.last + timedelta(minutes=11), self.days.moment_of(step.ago, number))
        self._let_time_pass(at)
        self._take(step, number, Actor(role=role, account_id=BY_KEY[step.who].id), at)
        self.last = at

    def end(self, now: datetime) -> CaseTold:
        """Nobody gets a mail about any of it."""
        self._let_time_pass(now)
        self.told.entries, self.case.outbox = list(self.case.outbox), []
        for entry in self.told.entries:
            entry.notices = []
        return self.told

    def _let_time_pass(self, until: datetime) -> None:
        while (at := self.kind.next_at(self.case)) is not None and at <= until:
            self.kind.ring(self.case, at)

    def _take(self, step: Step, number: int, actor: Actor, at: datetime) -> None:
        command_id = demo_id(self.case.standing.case_id, number)
        answer = step.fields.get("answer")
        command = self.command(
            id=command_id,
            event=step.event,
            actor=actor,
            note_id=demo_id(command_id, "note") if step.text else None,
            **step.fields | ({"answer": Answer(answer)} if answer else {}),
        )
        refused = self.kind.refusal(self.case, command, at)
        if refused is not None:
            raise CaseRefused(f"{self.case.standing.case_id}, {step.event}: {refused.code} {refused.detail}")
        self.kind.take(self.case, command, at)
        if command.note_id is not None:
            standing = self.case.standing
            whose = {"idea_id": standing.idea_id, "author_id": actor.account_id, "event": standing.kind}
            self.told.notes.append(Note(id=command.note_id, body=step.text, created_at=at, **whose))
