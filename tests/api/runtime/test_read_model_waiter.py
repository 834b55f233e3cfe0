"""Waiting for the read model: together, no longer than asked for, and told of a database that is away."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import event, func, text, update
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

import api.runtime.read_model_waiter
from api.runtime.read_model_waiter import ReadModelWaiter
from models.database import Database
from models.tables import StandingRow
from models.tables.standing import SHOWN
from tests.factories import invite_cast, write_idea

LONG = 60.0


def count_statements(database: Database) -> list[str]:
    """The list to which every statement from now on is added."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    return statements


async def show(database: Database, idea_id: str, version: int) -> None:
    async with database.transaction() as session:
        await session.exec(update(StandingRow).where(col(StandingRow.case_id) == idea_id).values(version=version))


async def test_whoever_waits_goes_on_as_soon_as_the_step_is_shown(database: Database) -> None:
    await invite_cast(database)
    idea, showing = await write_idea(database), ReadModelWaiter(database)
    third = asyncio.create_task(showing.wait(idea, 3, LONG))
    second = asyncio.create_task(showing.wait(idea, 2, LONG))
    await show(database, idea, 2)
    assert await second
    assert not third.done()
    await show(database, idea, 4)
    assert await third


async def test_nobody_waits_longer_than_asked_for(database: Database) -> None:
    await invite_cast(database)
    idea, showing = await write_idea(database), ReadModelWaiter(database)
    assert await showing.wait(idea, 1, 0.05) is False
    await show(database, idea, 1)
    assert await showing.wait(idea, 1, LONG)


async def test_all_who_wait_share_one_look(database: Database) -> None:
    await invite_cast(database)
    ideas, showing = [await write_idea(database) for _ in range(20)], ReadModelWaiter(database)
    for idea in ideas:
        await show(database, idea, 1)
    statements = count_statements(database)
    assert await asyncio.gather(*(showing.wait(idea, 1, LONG) for idea in ideas)) == [True] * 20
    assert len(statements) == 1


async def test_whoever_listens_does_not_look(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await invite_cast(database)
    ideas, showing = [await write_idea(database) for _ in range(3)], ReadModelWaiter(database)
    listening = asyncio.create_task(showing.listen())
    try:
        while not await tell_and_wait(database, showing, ideas[0]):
            """It has begun to listen only when the first step is heard; until then it looks."""
        while showing._watch and not showing._watch.done():
            await asyncio.sleep(0.001)
        # On a busy machine word may take longer than the pause between two looks.
        monkeypatch.setattr(api.runtime.read_model_waiter, "LONGEST_PAUSE", LONG)
        statements = count_statements(database)
        late = asyncio.create_task(showing.wait(ideas[1], 7, LONG))
        await tell(database, ideas[1], 7)
        assert await late
        await tell(database, ideas[2], 1)
        while ideas[2] not in showing._told:
            await asyncio.sleep(0.001)
        assert await showing.wait(ideas[2], 1, LONG), "it was told before anybody waited"
        assert not [statement for statement in statements if "standing" in statement]
    finally:
        tasks = {task for task in (listening, showing._watch) if task}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_whoever_listens_and_hears_nothing_looks_again(database: Database) -> None:
    """As behind a pooler, which lets nobody listen."""
    await invite_cast(database)
    idea, showing = await write_idea(database), ReadModelWaiter(database)
    showing._hears = True
    await show(database, idea, 1)
    assert await showing.wait(idea, 1, LONG)
    assert not showing._hears


async def test_a_line_that_is_cut_is_listened_on_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await invite_cast(database)
    idea, showing = await write_idea(database), ReadModelWaiter(database)
    monkeypatch.setattr(api.runtime.read_model_waiter, "PAUSE_WHEN_DEAF", 0.01)
    listening = asyncio.create_task(showing.listen())
    try:
        for version in (1, 2):
            while showing._told.get(idea) != version:
                await tell(database, idea, version)
                await asyncio.sleep(0.01)
            async with database.transaction() as session:
                others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
                await session.exec(text(others))  # type: ignore[call-overload]
    finally:
        listening.cancel()
        await asyncio.wait([listening])


async def test_no_error_ends_the_listening(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a server that goes while it is being got to know, nor words on the channel that are not ours."""
    await invite_cast(database)
    idea, showing = await write_idea(database), ReadModelWaiter(database)
    monkeypatch.setattr(api.runtime.read_model_waiter, "PAUSE_WHEN_DEAF", 0.01)
    hear, errors = showing._hear, [NotImplementedError(), OSError()]

    async def hear_at_last() -> None:
        if errors:
            raise errors.pop()
        await hear()

    monkeypatch.setattr(showing, "_hear", hear_at_last)
    listening = asyncio.create_task(showing.listen())
    try:
        for version in (1, 2):
            while showing._told.get(idea) != version:
                await tell(database, idea, version)
                await asyncio.sleep(0.01)
            async with database.transaction() as session:
                await session.exec(select(func.pg_notify(SHOWN, "something else")))
    finally:
        listening.cancel()
        await asyncio.wait([listening])


async def tell(database: Database, idea_id: str, version: int) -> None:
    """As `record` tells it."""
    async with database.transaction() as session:
        await session.exec(select(func.pg_notify(SHOWN, f"{idea_id} {version}")))


async def tell_and_wait(database: Database, showing: ReadModelWaiter, idea_id: str) -> bool:
    await tell(database, idea_id, 1)
    return await showing.wait(idea_id, 1, 0.05)


async def test_a_database_that_is_away_is_told_to_all_and_asked_again_by_the_next(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing")
    showing = ReadModelWaiter(nowhere)
    found = await asyncio.gather(*(showing.wait(idea, 1, LONG) for _ in range(3)), return_exceptions=True)
    assert [type(error) for error in found] == [OperationalError] * 3
    with pytest.raises(OperationalError):
        await showing.wait(idea, 1, LONG)
    await nowhere.dispose()
