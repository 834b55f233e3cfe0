"""Standing in for a process that asked and then did not record, or recorded and then told nobody; and for ideas that
have begun after a story, have ended or have another owner, which know nothing of what stands beside them.

Every worker looks from time to time. What one finds, another may find too: all of it is harmless twice.
"""

import asyncio
import itertools
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import and_, extract, false, func, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from activities.notice_courier import dispatch_notices
from activities.owner_changes import tell_new_owners
from activities.ports.engine import Engine
from activities.ports.ideas import Beginnings, CommandRefused, IdeaGone
from activities.ports.inboxes import Inboxes
from activities.replications import begin_replications
from models.cases.refusals import GIVE_UP
from models.database import Database
from models.messages.commands import ENGINE, CaseCommand
from models.policy import Policy
from models.tables import CommandTry, NoticeRow, StandingRow
from models.tables.columns import utc_now
from models.telemetry.redaction import name_of

PAUSE_SECONDS = 10.0
SELDOM = 30
"""What waits for an hour is looked for every five minutes."""
TRUSTED = timedelta(seconds=15)
"""So long whoever asks has time to record: longer than they wait for an answer."""
MOST_REMINDERS = 6
"""After 15 s, a minute, four, and so on to four hours: a command may be taken long after its asker has gone."""
MOST_AT_ONCE = 500
ENDED_FOR = timedelta(hours=1)
"""Longer than an end can be taken back; a lead who opens the idea again soon finds everything as it was."""

log = structlog.get_logger()


class Sweeper:
    """Looks for what was asked and not recorded, for notices that nobody was told of, and for what has outlived its
    idea. `ends_with_idea`: kind of case → the states in which it does not.
    """

    def __init__(
        self,
        database: Database,
        engine: Engine,
        inboxes: Inboxes,
        cases: Beginnings,
        ends_with_idea: Mapping[str, Collection[str]],
        policy: Policy,
    ) -> None:
        self._database = database
        self._engine = engine
        self._inboxes = inboxes
        self._cases = cases
        self._ends_with_idea = ends_with_idea
        self._policy = policy

    async def run(self) -> None:
        """Until cancelled."""
        for number in itertools.count():
            await asyncio.sleep(PAUSE_SECONDS)
            seldom = [] if number % SELDOM else [self.end_with_ideas, self.tell_owners]
            for sweep in (self.remind_cases, self.tell_inboxes, self.begin_replications, *seldom):
                try:
                    await sweep()
                except Exception as error:
                    log.info("not swept", error=name_of(error))

    async def remind_cases(self) -> int:
        """Have cases record what was left to those who asked; returns how many commands were old enough for it."""
        age = extract("epoch", utc_now() - col(CommandTry.begun_at))
        old: Any = (
            select(CommandTry.command_id)
            .where(
                col(CommandTry.tries) > 0,
                col(CommandTry.reminded) < MOST_REMINDERS,
                age > TRUSTED.total_seconds() * func.power(4, col(CommandTry.reminded)),
            )
            .limit(MOST_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        once_more = update(CommandTry).where(col(CommandTry.command_id).in_(old))
        once_more = once_more.values(reminded=col(CommandTry.reminded) + 1)
        async with self._database.transaction() as session:
            found = list((await session.exec(once_more.returning(col(CommandTry.workflow_id)))).scalars())
            # Before the end of the transaction: what an engine that is away has not heard was no reminder.
            for workflow_id in sorted(set(found)):
                await self._engine.nudge(workflow_id)
        return len(found)

    async def tell_inboxes(self) -> int:
        """Hand over notices that have waited too long for whoever wrote them; returns how many."""
        waits = select(NoticeRow.idea_id).where(
            col(NoticeRow.handed_over_at).is_(None), col(NoticeRow.created_at) < utc_now() - TRUSTED
        )
        async with self._database.reading() as session:
            ideas = (await session.exec(waits.distinct().limit(MOST_AT_ONCE))).all()
        return await dispatch_notices(self._database, self._inboxes, *ideas)

    async def begin_replications(self) -> int:
        """Begin what stands beside ideas that were handed in after a story; returns how many."""
        return await begin_replications(self._database, self._cases, self._policy)

    async def tell_owners(self) -> int:
        """Tell appointments of a new owner whose hand-over was torn off; returns how many."""
        return await tell_new_owners(self._database, self._cases)

    async def end_with_ideas(self) -> int:
        """Withdraw what has lost its sense with its idea; returns how many cases did so."""
        idea, case = aliased(StandingRow), StandingRow
        lost = [and_(col(case.stage) == kind, col(case.state).in_(its)) for kind, its in self._ends_with_idea.items()]
        outlived = (
            select(case)
            .join(idea, col(idea.case_id) == col(case.idea_id))
            .where(or_(false(), *lost), col(case.outcome).is_(None))
            .where(col(idea.outcome).is_not(None), col(idea.entered_at) < utc_now() - ENDED_FOR)
        )
        async with self._database.reading() as session:
            found = (await session.exec(outlived.limit(MOST_AT_ONCE))).all()
        for row in found:
            command = CaseCommand(id=f"ended-{row.case_id}", event=GIVE_UP, actor=ENGINE)
            with suppress(IdeaGone, CommandRefused):
                await self._cases.case_command(row.workflow_id, command)
        return len(found)
