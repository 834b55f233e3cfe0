"""Who asks, and has not been answered yet. The note of it goes with the record of the step: where it stays, nobody has
written what a case has done, and the sweeper has the case do so.

The same command may be tried several times at once. What was stored for it is shared by all tries, and is taken away
only with the last that was refused: another one may be taken yet, and its words are nowhere else.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, col
from sqlmodel.ext.asyncio.session import AsyncSession

from models.tables import CommandTry
from models.tables.columns import utc_now

_TRY: Any = SQLModel.metadata.tables[str(CommandTry.__tablename__)]
# Asked with every command: statements that are built once cost a third of those that are built each time.
_FIRST = insert(_TRY)
_BEGIN = _FIRST.on_conflict_do_update(
    index_elements=["command_id"],
    set_={"tries": _TRY.c.tries + 1, "begun_at": _FIRST.excluded.begun_at, "reminded": 0},
)
_END = delete(_TRY).where(_TRY.c.command_id.in_(bindparam("command_ids", expanding=True)))


async def begin_attempt(session: AsyncSession, command_id: str, workflow_id: str) -> None:
    """First thing in the transaction that stores what a command speaks of: tries stand in line here until its end."""
    first = {"command_id": command_id, "workflow_id": workflow_id, "tries": 1, "begun_at": utc_now(), "reminded": 0}
    await (await session.connection()).execute(_BEGIN, first)


async def is_last_attempt(session: AsyncSession, command_id: str) -> bool:
    """This one was refused: does nobody else count on what was stored? Whoever was taken or never answered does."""
    fewer = update(CommandTry).where(col(CommandTry.command_id) == command_id, col(CommandTry.tries) > 0)
    left = await session.exec(fewer.values(tries=col(CommandTry.tries) - 1).returning(col(CommandTry.tries)))
    is_last = not left.scalar_one_or_none()
    if is_last:
        await end_attempts(session, [command_id])
    return is_last


async def end_attempts(session: AsyncSession, command_ids: Sequence[str]) -> None:
    """Their steps are shown: nobody counts on the attempts any more."""
    if command_ids:
        await (await session.connection()).execute(_END, {"command_ids": list(command_ids)})
