"""Who asks, and has not been answered yet. The note of it goes with the record of the step: where it stays, nobody has
written what a case has done, and the sweeper has the case do so.

The same command may be tried several times at once. What was stored for it is shared by all tries, and is taken away
only with the last that was refused: another one may be taken yet, and its words are nowhere else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, String, any_, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, col
from sqlmodel.ext.asyncio.session import AsyncSession

from models.database import Database, fetch
from models.tables import CommandTry, Note, TimelineEntry
from models.tables.columns import INSTANT, utc_now

_TRY, _NOTE = (SQLModel.metadata.tables[str(table.__tablename__)] for table in (CommandTry, Note))
# Asked with every command: statements that are built once cost a third of those that are built each time.
_NOW = bindparam("now", type_=INSTANT)
_FIRST = insert(_TRY).values(
    command_id=bindparam("asked"), workflow_id=bindparam("of_workflow"), tries=1, begun_at=_NOW, reminded=0
)
_BEGIN = _FIRST.on_conflict_do_update(
    index_elements=["command_id"],
    set_={"tries": _TRY.c.tries + 1, "begun_at": _FIRST.excluded.begun_at, "reminded": 0},
).returning(_TRY.c.command_id)
_WORDS = ("id", "idea_id", "author_id", "event", "internal", "body")
_STORED: Any = select(*(bindparam(f"note_{name}", type_=_NOTE.c[name].type) for name in _WORDS), _NOW)
_BEGIN_WITH_WORDS = (
    insert(_NOTE)
    .from_select((*_WORDS, "created_at"), _STORED.select_from(_BEGIN.cte("begun")))
    .on_conflict_do_nothing()
    .returning(_NOTE.c.id)
)
_ENDED = _TRY.c.command_id == any_(bindparam("command_ids", type_=ARRAY(String)))
END = delete(_TRY).where(_ENDED).returning(_TRY.c.command_id)
"""Their steps are shown: nobody counts on the attempts any more."""


async def begin_attempt(
    where: Database | AsyncSession, command_id: str, workflow_id: str, note: Mapping[str, Any] | None = None
) -> bool:
    """First thing in the transaction that stores what a command speaks of: tries stand in line here until its end.

    `note`: its words, as columns of `Note`, stored with the same statement. False where an earlier try has stored some.
    """
    asked = {"asked": command_id, "of_workflow": workflow_id, "now": utc_now()}
    if note is None:
        await fetch(where, _BEGIN, asked)
        return True
    words = {f"note_{name}": value for name, value in note.items()}
    return bool(await fetch(where, _BEGIN_WITH_WORDS, asked | words))


async def is_last_attempt(session: AsyncSession, command_id: str) -> bool:
    """This one was refused: does nobody else count on what was stored? Whoever was taken or never answered does."""
    fewer = update(CommandTry).where(col(CommandTry.command_id) == command_id, col(CommandTry.tries) > 0)
    left = await session.exec(fewer.values(tries=col(CommandTry.tries) - 1).returning(col(CommandTry.tries)))
    is_last = not left.scalar_one_or_none()
    if is_last:
        await end_attempts(session, [command_id])
    return is_last


async def end_attempts(where: Database | AsyncSession, command_ids: Sequence[str]) -> None:
    """Nobody counts on what was stored for them any more."""
    if command_ids:
        await fetch(where, END, {"command_ids": list(command_ids)})


async def find_entry(session: AsyncSession, case_id: str, command_id: str) -> TimelineEntry | None:
    """What a command has led to; None where it was not carried out yet, as far as SQL knows."""
    entry = col(TimelineEntry.case_id) == case_id, col(TimelineEntry.command_id) == command_id
    return await session.scalar(select(TimelineEntry).where(*entry))
