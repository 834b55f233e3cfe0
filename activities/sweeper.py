"""Standing in for a process that asked and then did not record, or recorded and then told nobody: it has ended.

Every worker looks from time to time. What one finds, another may find too: all of it is harmless twice.
"""

import asyncio
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import extract, func, update
from sqlmodel import col, select

from activities.notice_courier import dispatch_notices
from activities.ports.engine import Engine
from activities.ports.inboxes import Inboxes
from models.database import Database
from models.tables import CommandTry, NoticeRow
from models.tables.columns import utc_now
from models.telemetry.redaction import name_of

PAUSE_SECONDS = 5.0
TRUSTED = timedelta(seconds=15)
"""So long whoever asks has time to record: longer than they wait for an answer."""
MOST_REMINDERS = 6
"""After 15 s, a minute, four, and so on to four hours: a command may be taken long after its asker has gone."""
MOST_AT_ONCE = 500

log = structlog.get_logger()


class Sweeper:
    """Looks for what was asked and not recorded, and for notices that nobody was told of."""

    def __init__(self, database: Database, engine: Engine, inboxes: Inboxes) -> None:
        self._database = database
        self._engine = engine
        self._inboxes = inboxes

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            for sweep in (self.remind_cases, self.tell_inboxes):
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
