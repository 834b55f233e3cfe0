"""How often somebody goes to the database: counted, so that nothing grows dearer unseen."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import event

from models.database import Database

is_counted = ContextVar("is_counted", default=False)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Each way to the server and back from within, not those of a worker beside: statements, and the begin and the end
    of transactions."""
    trips: list[str] = []

    def note_statement(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if is_counted.get():
            trips.append(statement)

    def note_transaction(connection: Any) -> None:
        if is_counted.get() and not connection.connection.dbapi_connection.autocommit:
            trips.extend(("BEGIN", "COMMIT"))

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note_statement)
    event.listen(engine, "begin", note_transaction)
    token = is_counted.set(True)
    try:
        yield trips
    finally:
        is_counted.reset(token)
        event.remove(engine, "before_cursor_execute", note_statement)
        event.remove(engine, "begin", note_transaction)
