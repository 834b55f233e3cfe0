"""What a process that ended has left undone is seen to."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select

from activities.command_attempts import begin_attempt, is_last_attempt
from activities.ports.engine import NoAnswer
from activities.projection import notice_values
from activities.record import write_record
from activities.sweeper import MOST_REMINDERS, TRUSTED, Sweeper
from models.database import Database
from models.messages.cases import Record
from models.messages.commands import ENGINE, CaseCommand
from models.rules.appointment import APPOINTMENTS
from models.tables import CommandTry, NoticeRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import NoticeKind, Role
from tests.activities.upkeep.conftest import run_sql
from tests.appointments import AppointmentStory, begin
from tests.cast import POLICY
from tests.factories import ALMA, BEN, alma, ben, invite_cast, write_idea
from tests.fakes import Doors


class Nudged:
    """Stands in for the engine: remembers which cases were told to record."""

    def __init__(self) -> None:
        self.cases: list[str] = []

    async def nudge(self, workflow_id: str) -> None:
        self.cases.append(workflow_id)

    async def case_command(self, workflow_id: str, command: CaseCommand) -> None:
        assert command.event in ("withdraw", "change_owner")
        assert command.actor.role is Role.ENGINE
        self.cases.append(workflow_id)


def sweep(database: Database, engine: Nudged, doors: Doors | None = None) -> Sweeper:
    ends = {APPOINTMENTS.name: APPOINTMENTS.ends_with_idea}
    return Sweeper(database, engine, doors or Doors(), engine, ends, POLICY)  # type: ignore[arg-type]


async def ask(database: Database, workflow_id: str, ago: timedelta) -> str:
    """Somebody has asked, and was not heard of since."""
    command_id = new_id()
    async with database.transaction() as session:
        await begin_attempt(session, command_id, workflow_id)
        (await session.get_one(CommandTry, command_id)).begun_at = utc_now() - ago
    return command_id


async def test_a_case_is_told_of_commands_that_nobody_has_recorded(database: Database) -> None:
    engine = Nudged()
    sweeper = sweep(database, engine)
    await ask(database, "idea/young", TRUSTED / 2)
    await ask(database, "idea/old", TRUSTED * 2)
    await ask(database, "crowdfunding/old/1", TRUSTED * 2)
    assert await sweeper.remind_cases() == 2
    assert engine.cases == ["crowdfunding/old/1", "idea/old"]
    assert await sweeper.remind_cases() == 0, "it is given its time"


async def test_a_case_is_told_ever_more_rarely_and_not_for_ever(database: Database) -> None:
    engine = Nudged()
    sweeper = sweep(database, engine)
    await ask(database, "idea/old", TRUSTED * 3)
    assert [await sweeper.remind_cases() for _ in range(2)] == [1, 0]
    await run_sql(database, "UPDATE command_try SET begun_at = begun_at - interval '1 day'")
    assert sum([await sweeper.remind_cases() for _ in range(10)]) == MOST_REMINDERS - 1


async def test_what_was_refused_is_not_asked_for_again(database: Database) -> None:
    engine = Nudged()
    command_id = await ask(database, "idea/old", TRUSTED * 2)
    async with database.transaction() as session:
        assert await is_last_attempt(session, command_id)
    assert await sweep(database, engine).remind_cases() == 0


async def test_an_engine_that_is_away_has_not_been_reminded(database: Database) -> None:
    class Away(Nudged):
        async def nudge(self, workflow_id: str) -> None:
            raise NoAnswer

    await ask(database, "idea/old", TRUSTED * 2)
    with pytest.raises(NoAnswer):
        await sweep(database, Away()).remind_cases()
    assert await sweep(database, Nudged()).remind_cases() == 1


async def test_two_sweepers_share_what_is_to_do(database: Database) -> None:
    engine = Nudged()
    for n in range(6):
        await ask(database, f"idea/{n}", TRUSTED * 2)
    first, second = (sweep(database, engine) for _ in range(2))
    assert await first.remind_cases() + await second.remind_cases() == 6
    assert len(engine.cases) == 6


async def test_inboxes_hear_of_notices_whose_writer_has_told_nobody(database: Database) -> None:
    await invite_cast(database)
    ideas, doors = [await write_idea(database) for _ in range(2)], Doors()
    for idea, at in zip(ideas, (utc_now() - TRUSTED * 2, utc_now()), strict=True):
        await note(database, idea, at)
    assert await sweep(database, Nudged(), doors).tell_inboxes() == 1
    async with database.session() as session:
        told = dict((await session.exec(select(NoticeRow.idea_id, NoticeRow.handed_over_at))).all())
    assert [told[idea] is not None for idea in ideas] == [True, False]


async def note(database: Database, idea: str, at: datetime) -> None:
    row = notice_values(idea, "v1", ALMA, NoticeKind.YOUR_TURN, 1, at)
    async with database.transaction() as session:
        await session.exec(insert(NoticeRow).values(row))


async def test_what_has_lost_its_sense_ends_with_its_idea_once_the_end_stands(database: Database) -> None:
    await invite_cast(database)
    engine, stories = Nudged(), {}
    for name, steps in {"offered": 1, "agreed": 2, "over": 3, "going_on": 1, "just_ended": 1}.items():
        idea = await write_idea(database)
        story = AppointmentStory(utc_now())
        story.appointment = begin(idea, ben, story.now, owner_id=ALMA)
        story.do(ben, "propose")
        if steps > 1:
            story.do(alma, "choose")
        if steps > 2:
            story.now += timedelta(days=9)
            assert APPOINTMENTS.ring(story.appointment, story.now)
        case = story.appointment
        await write_record(database, Record(standing=case.standing, entries=case.outbox))
        ended = {"going_on": "NULL", "just_ended": "now()"}.get(name, "now() - interval '2 hours'")
        await run_sql(
            database,
            f"UPDATE standing SET outcome = CASE WHEN {ended} IS NULL THEN NULL ELSE 'closed' END,"
            f" entered_at = coalesce({ended}, entered_at) WHERE case_id = '{idea}'",
        )
        stories[name] = story
    assert await sweep(database, engine).end_with_ideas() == 2
    assert sorted(engine.cases) == sorted(
        stories[name].appointment.standing.workflow_id for name in ("offered", "agreed")
    )

    assert await sweep(database, engine).tell_owners() == 0
    handed = stories["going_on"].standing
    await run_sql(database, f"UPDATE standing SET owner_id = '{BEN}' WHERE case_id = '{handed.idea_id}'")
    assert await sweep(database, engine).tell_owners() == 1, "nobody has told it before"
    assert engine.cases[-1] == handed.workflow_id

    case, now = stories["agreed"].appointment, stories["agreed"].now
    command = CaseCommand(id="e", event="withdraw", actor=ENGINE)
    assert APPOINTMENTS.refusal(case, command, now) is None  # type: ignore[arg-type]
    for other in ("move", "note_held"):
        wrong = CaseCommand(id="f", event=other, actor=ENGINE)
        assert APPOINTMENTS.refusal(case, wrong, now) is not None  # type: ignore[arg-type]
    APPOINTMENTS.take(case, command, now)  # type: ignore[arg-type]
    assert case.standing.state == "cancelled"
    told = {notice.to for notice in case.outbox[-1].notices}
    assert told == {Role.INNOVATOR, Role.COACH}, "both hear of it, and calendars follow"
