"""Writing what a case has answered, by whoever asked: in the time that an answer may take, and beyond it beside."""

import asyncio

import structlog

from activities.notice_courier import NoticeCourier
from activities.record import write_answer
from models.database import Database
from models.messages.cases import Taken
from models.telemetry.redaction import name_of
from models.telemetry.traces import span

log = structlog.get_logger()


class RecordWriter:
    """Records of one process that are being written. What it does not come to write, the case does: see the sweeper."""

    def __init__(self, database: Database, courier: NoticeCourier) -> None:
        self._database = database
        self._courier = courier
        self._writing: set[asyncio.Task[None]] = set()

    async def write(self, taken: Taken, seconds: float) -> bool:
        """Write a record, and have the inboxes told. False where it takes longer: whoever waits no more has not stopped
        it. Raises what the database raises."""
        task = asyncio.create_task(self._write(taken))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        done, _ = await asyncio.wait([task], timeout=seconds)
        if not done:
            task.add_done_callback(_note)
            return False
        task.result()
        return True

    async def finish(self) -> None:
        """Before the end of the process."""
        if self._writing:
            await asyncio.wait(self._writing, timeout=5)

    async def _write(self, taken: Taken) -> None:
        idea_id = taken.record.standing.idea_id if taken.record is not None else None
        with span("record", {"idea": idea_id}):
            is_told = await write_answer(self._database, taken)
        if is_told and idea_id is not None:
            self._courier.tell_soon(idea_id)


def _note(done: asyncio.Task[None]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.info("a record was not written", error=name_of(error))
