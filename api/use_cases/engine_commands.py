"""Commands that no form has asked for: what people have agreed on elsewhere, and what a saved package means."""

from functools import partial
from typing import Any

from sqlalchemy import delete
from sqlmodel import col

from activities.command_attempts import begin_attempt, find_entry, is_last_attempt
from activities.ports.ideas import CommandRefused, IdeaGone
from api.runtime.services import Services
from api.use_cases.command_sender import receipt_from, retry_when_stale
from models.messages.cases import Taken
from models.messages.commands import CaseCommand
from models.tables import Note, StandingRow


async def ask_case(services: Services, case_id: str, command: CaseCommand, note: dict[str, Any] | None = None) -> Taken:
    """Carry out one command; its id makes a repeat harmless: of a request that broke off, or that was sent twice.
    `note`: the row with its words.

    The caller shows what it is answered, see `command_sender.show`. Raises IdeaGone, CommandRefused, EngineAway.
    """
    return await retry_when_stale(partial(_look_and_ask, services, case_id, command, note))


async def _look_and_ask(services: Services, case_id: str, command: CaseCommand, note: dict[str, Any] | None) -> Taken:
    async with services.database.reading() as session:
        row = await session.get_one(StandingRow, case_id)
        entry = await find_entry(session, case_id, command.id)
    if entry is not None:
        return Taken(**receipt_from(entry).model_dump())
    await begin_attempt(services.database, command.id, row.workflow_id, note)
    try:
        asked = command.model_copy(update={"searched_to": row.version, "asker_records": True})
        return await services.engine.case_command(row.workflow_id, asked)
    except (CommandRefused, IdeaGone):
        async with services.database.transaction() as session:
            is_last = await is_last_attempt(session, command.id)
            if note is not None and is_last and await find_entry(session, case_id, command.id) is None:
                await session.exec(delete(Note).where(col(Note.id) == note["id"]))
        raise
