"""Commands of the engine to an idea, for what people have agreed on elsewhere: joining a team, taking over."""

from functools import partial

from sqlmodel import select

from api.runtime.services import Services
from api.use_cases.command_sender import retry_when_stale
from models.messages.commands import Command, Receipt
from models.tables import StandingRow, TimelineEntry
from models.vocabulary import Stage


async def ask_idea(services: Services, idea_id: str, command: Command) -> Receipt:
    """Carry out one command; its id makes a repeat harmless: of a request that broke off, or that was sent twice.

    Raises IdeaGone, CommandRefused, EngineAway.
    """
    return await retry_when_stale(partial(_look_and_ask, services, idea_id, command))


async def _look_and_ask(services: Services, idea_id: str, command: Command) -> Receipt:
    async with services.database.reading() as session:
        version = (await session.exec(select(StandingRow.version).where(StandingRow.idea_id == idea_id))).one()
        earlier = select(TimelineEntry).where(TimelineEntry.idea_id == idea_id, TimelineEntry.command_id == command.id)
        entry = (await session.exec(earlier)).one_or_none()
    if entry is not None:
        return Receipt(idea_id=idea_id, version=entry.version, stage=Stage(entry.stage), state=entry.state)
    return await services.engine.command(idea_id, command.model_copy(update={"searched_to": version}))
