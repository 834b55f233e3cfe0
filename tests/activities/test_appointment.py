"""A held appointment is one line of the session log, however often and by whomever it is recorded."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from activities.ports.ideas import IdeaGone
from activities.record import write_record
from activities.upkeep.rebuild import Rebuilder
from models.database import Database
from models.messages.appointment import AppointmentState
from models.messages.cases import Record
from models.messages.commands import Actor
from models.rules.appointment import APPOINTMENTS
from models.tables import NoticeRow, SessionLogRow, StandingRow
from models.tables.columns import utc_now
from tests.appointments import AppointmentStory, begin
from tests.factories import ALMA, BEN, DORA, alma, ben, carla, invite_cast, write_idea


class Engine:
    """Knows one case, as a workflow would."""

    def __init__(self, state: AppointmentState) -> None:
        self.state = state

    async def case_state(self, workflow_id: str) -> Any:
        if workflow_id != self.state.standing.workflow_id:
            raise IdeaGone
        return self.state


async def hold(database: Database, by: Actor = ben) -> tuple[AppointmentState, list[Record]]:
    """An appointment from its proposal to its end, with a record for each step."""
    await invite_cast(database)
    idea = await write_idea(database)
    story = AppointmentStory(utc_now())
    story.appointment = begin(idea, ben, story.now, owner_id=ALMA)
    records: list[Record] = []

    def record() -> None:
        state = story.appointment
        records.append(Record(standing=state.standing.model_copy(deep=True), entries=list(state.outbox)))
        state.outbox.clear()

    for actor, event in ((ben, "propose"), (alma, "choose")):
        story.do(actor, event)
        record()
    story.now += timedelta(days=9)
    assert APPOINTMENTS.ring(story.appointment, story.now)
    record()
    story.do(by, "note_held", minutes=50)
    record()
    return story.appointment, records


async def sessions(database: Database) -> list[SessionLogRow]:
    async with database.session() as session:
        return list((await session.exec(select(SessionLogRow))).all())


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (3, 0, 3, 2, 3, 1)])
async def test_one_line_in_any_order_and_any_repetition(database: Database, order: tuple[int, ...]) -> None:
    state, records = await hold(database)
    for index in order:
        await write_record(database, records[index])
    await asyncio.gather(*(write_record(database, records[3]) for _ in range(4)))
    (line,) = await sessions(database)
    assert (line.id, line.idea_id, line.coach_id) == (state.standing.case_id, state.standing.idea_id, BEN)
    assert (line.minutes, line.kind, line.day.isoformat()) == (50, "phone", records[3].entries[0].facts["day"])


async def test_what_a_coach_has_put_right_stays_when_the_case_is_built_again(database: Database) -> None:
    state, records = await hold(database)
    for record in records:
        await write_record(database, record)
    async with database.transaction() as session:
        (await session.get_one(SessionLogRow, state.standing.case_id)).minutes = 75
        await session.delete(await session.get_one(StandingRow, state.standing.case_id))
    await write_record(database, records[3])
    async with database.transaction() as session:
        await session.delete(await session.get_one(StandingRow, state.standing.case_id))
    await Rebuilder(database, Engine(state)).build(state.standing.idea_id)  # type: ignore[arg-type]
    (line,) = await sessions(database)
    assert line.minutes == 75


async def test_what_a_lead_notes_is_the_coachs_session(database: Database) -> None:
    state, records = await hold(database, by=carla)
    async with database.transaction() as session:
        (await session.get_one(StandingRow, state.standing.idea_id)).coach_id = BEN
    await write_record(database, records[3])
    assert [line.coach_id for line in await sessions(database)] == [BEN]


async def test_whoever_has_the_idea_now_hears_of_it(database: Database) -> None:
    state, records = await hold(database)
    async with database.transaction() as session:
        (await session.get_one(StandingRow, state.standing.idea_id)).owner_id = DORA
    await write_record(database, records[0])
    async with database.session() as session:
        assert (await session.exec(select(NoticeRow.account_id))).all() == [DORA]
