"""The one statement that writes a record: the lines of the timeline, where the case stands, who is told, and that
nobody waits for it any more. One statement is one way to PostgreSQL and back, and a transaction by itself.

It only adds. A statement sees what was there when it began: what takes away something that another record may have
written meanwhile comes after it, in a transaction.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from pydantic_core import to_json
from sqlalchemy import (
    ColumnElement,
    Executable,
    FromClause,
    String,
    Table,
    Text,
    Update,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.command_attempts import END
from models.database import Database, fetch
from models.tables.standing import SHOWN


class Written(NamedTuple):
    """What became of a record."""

    fresh: Sequence[int]
    """The versions that were not there before."""
    is_shown: bool
    """It is now where the case stands."""
    is_told: bool
    """Somebody has a new notice."""


async def write_rows(
    where: Database | AsyncSession,
    entries: Sequence[Mapping[str, Any]],
    standing: Mapping[str, Any],
    notices: Mapping[int, Sequence[Mapping[str, Any]]],
    command_ids: Sequence[str],
    also: tuple[Update, ...] = (),
    also_values: Mapping[str, Any] | None = None,
) -> Written:
    """`notices` by the version that they tell of: they are written with its line, and never without. `also`: what goes
    along, whichever record comes first."""
    rows = {"entries": _as_json(entries), "standing": _as_json([standing]), "notices": _as_json(notices)}
    values = {**rows, "command_ids": list(command_ids), **(also_values or {})}
    [(fresh, is_shown, is_told)] = await fetch(where, _build(also), values)
    return Written(fresh or (), is_shown, is_told)


async def write_standing(session: AsyncSession, standing: Mapping[str, Any]) -> bool:
    """Where a case stands, unless what is shown is as new; says whether it is shown now."""
    return bool(await fetch(session, _SHOW_ALONE, {"standing": _as_json([standing])}))


def _as_json(rows: Any) -> str:
    return to_json(rows, by_alias=False).decode()


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


_TIMELINE, _STANDING, _NOTICE = _table("timeline_entry"), _table("standing"), _table("notice")


def _rows_of(table: Table, rows: ColumnElement[Any]) -> Any:
    """Rows out of JSON, as PostgreSQL knows the table. However many they are, it is one parameter and one statement,
    which is prepared once."""
    read = func.jsonb_populate_recordset(literal_column(f"NULL::{table.name}"), rows)
    return read.table_valued(*(column(one.name, one.type) for one in table.columns), name=f"new_{table.name}")


def _json(name: str) -> ColumnElement[Any]:
    return cast(bindparam(name, type_=Text), JSONB)


def _insert(table: Table, rows: FromClause, source: FromClause) -> Insert:
    return insert(table).from_select(list(table.columns.keys()), select(*rows.columns).select_from(source))


def _append() -> ReturningInsert[Any]:
    lines = _rows_of(_TIMELINE, _json("entries"))
    return _insert(_TIMELINE, lines, lines).on_conflict_do_nothing().returning(_TIMELINE.c.version)


def _show(after: FromClause | None = None) -> ReturningInsert[Any]:
    row = _rows_of(_STANDING, _json("standing"))
    show = _insert(_STANDING, row, row if after is None else after.join(row, true()))
    return show.on_conflict_do_update(
        index_elements=["case_id"],
        set_={one.name: show.excluded[one.name] for one in _STANDING.columns if one.name != "case_id"},
        where=_STANDING.c.version < show.excluded.version,
    ).returning(func.pg_notify(SHOWN, func.concat(_STANDING.c.case_id, " ", _STANDING.c.version)).label("told"))


def _notify(fresh: FromClause) -> ReturningInsert[Any]:
    rows = _rows_of(_NOTICE, _json("notices")[cast(fresh.c.version, String)]).lateral()
    told = _insert(_NOTICE, rows, fresh.join(rows, true()))
    return told.on_conflict_do_nothing().returning(_NOTICE.c.id)


@cache
def _build(also: tuple[Update, ...]) -> Executable:
    fresh = _append().cte("fresh")
    # Each waits for the lines before it: two records of one case take turns at them, and never wait for each other.
    versions = select(func.array_agg(fresh.c.version).label("fresh")).cte("versions")
    shown = _show(after=versions).cte("shown")
    told = _notify(fresh).cte("told")
    written = select(versions.c.fresh, exists(select(shown.c.told)), exists(select(told.c.id)))
    return written.add_cte(END.cte("ended"), *(one.cte(f"also_{n}") for n, one in enumerate(also)))


_SHOW_ALONE = _show()
