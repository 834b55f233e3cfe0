"""What fails again and again is written down, and struck out once it succeeds."""

from dataclasses import replace

import pytest
from sqlmodel import select
from temporalio import activity
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.activity_failures import RememberTrouble
from models.database import Database
from models.tables import EngineTrouble
from models.tables.columns import new_id

IDEA = f"idea/{new_id()}"


class Recording(ActivityInboundInterceptor):
    """An activity that fails until it is mended."""

    def __init__(self) -> None:
        self.broken = True

    async def execute_activity(self, input: ExecuteActivityInput) -> str:
        if self.broken:
            raise ValueError("Alma wohnt in der Hauptstraße 1")
        return "recorded"


async def attempt(database: Database, recording: Recording, number: int) -> object:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=number, workflow_id=IDEA, activity_type="record")
    chain = RememberTrouble(database).intercept_activity(recording)

    async def run() -> object:
        assert activity.info().attempt == number
        return await chain.execute_activity(ExecuteActivityInput(fn=run, args=[], executor=None, headers={}))

    return await environment.run(run)


async def read(database: Database) -> list[EngineTrouble]:
    async with database.session() as session:
        return list((await session.exec(select(EngineTrouble))).all())


async def test_the_second_failure_is_written_down_without_its_words(database: Database) -> None:
    recording = Recording()
    with pytest.raises(ValueError, match="Alma"):
        await attempt(database, recording, 1)
    assert await read(database) == []
    for number in (2, 3):
        with pytest.raises(ValueError, match="Alma"):
            await attempt(database, recording, number)
    (line,) = await read(database)
    assert (line.workflow_id, line.activity, line.attempts, line.cause) == (IDEA, "record", 3, "ValueError")
    recording.broken = False
    assert await attempt(database, recording, 4) == "recorded"
    assert await read(database) == []


async def test_a_database_that_is_away_hides_no_error(database: Database) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(ValueError, match="Alma"):
        await attempt(gone, Recording(), 2)
    recording = Recording()
    recording.broken = False
    assert await attempt(gone, recording, 2) == "recorded"
    await gone.dispose()
