"""The rules with which a process begins: noted, so that *Regeln* can say since when each of them is in force."""

import asyncio

import structlog

from models.database import Database
from models.policy import Policy
from models.queries.rulebooks import note_rules
from models.tables.columns import utc_now
from models.telemetry.redaction import name_of

PAUSE_SECONDS = 5.0

log = structlog.get_logger()


async def note_rules_in_time(database: Database, policy: Policy) -> None:
    """As soon as the database can be asked: a process that starts while it is away serves all the same."""
    while True:
        try:
            return await note_rules(database, policy, utc_now())
        except Exception as error:
            log.info("noted no rules", error=name_of(error))
            await asyncio.sleep(PAUSE_SECONDS)
