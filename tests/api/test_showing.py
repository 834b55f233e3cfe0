"""Waiting for the read model: together, no longer than asked for, and told of a database that is away."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError
from sqlmodel import col

from api.showing import Showing
from models.database import Database
from models.tables import StandingRow
from tests.factories import invite_cast, write_idea

LONG = 60.0


async def show(database: Database, idea_id: str, version: int) -> None:
    async with database.transaction() as session:
        await session.exec(update(StandingRow).where(col(StandingRow.idea_id) == idea_id).values(version=version))


async def test_whoever_waits_goes_on_as_soon_as_the_step_is_shown(database: Database) -> None:
    await invite_cast(database)
    idea, showing = await write_idea(database), Showing(database)
    third = asyncio.create_task(showing.wait(idea, 3, LONG))
    second = asyncio.create_task(showing.wait(idea, 2, LONG))
    await show(database, idea, 2)
    assert await second
    assert not third.done()
    await show(database, idea, 4)
    assert await third


async def test_nobody_waits_longer_than_asked_for(database: Database) -> None:
    await invite_cast(database)
    idea, showing = await write_idea(database), Showing(database)
    assert await showing.wait(idea, 1, 0.05) is False
    await show(database, idea, 1)
    assert await showing.wait(idea, 1, LONG)


async def test_all_who_wait_share_one_look(database: Database) -> None:
    await invite_cast(database)
    ideas, showing = [await write_idea(database) for _ in range(20)], Showing(database)
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    for idea in ideas:
        await show(database, idea, 1)
    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    assert await asyncio.gather(*(showing.wait(idea, 1, LONG) for idea in ideas)) == [True] * 20
    assert len(statements) == 1


async def test_a_database_that_is_away_is_told_to_all_and_asked_again_by_the_next(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing")
    showing = Showing(nowhere)
    found = await asyncio.gather(*(showing.wait(idea, 1, LONG) for _ in range(3)), return_exceptions=True)
    assert [type(error) for error in found] == [OperationalError] * 3
    with pytest.raises(OperationalError):
        await showing.wait(idea, 1, LONG)
    await nowhere.dispose()
