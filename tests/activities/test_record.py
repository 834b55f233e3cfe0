"""`record` may run twice, out of order, and again after a crash that followed its commit."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import col, select

from activities.idea_projection import IdeaProjection
from activities.notice_courier import DeliveryActivities
from activities.record import RecordActivities
from models.database import Database
from models.messages.cases import Record
from models.messages.commands import Actor, News, PlannedTask
from models.messages.idea import IdeaState
from models.rules import steps
from models.rules.steps import IDEAS
from models.tables import Idea, Note, NoticeRow, Place, StandingRow, Task, TimelineEntry
from models.vocabulary import Role, SearchNews
from tests.factories import ALMA, BEN, BRUNO, CARLA, alma, ben, carla, command, invite_cast, new_state, write_idea
from tests.fakes import Doors

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


class Journal:
    """An idea's steps as the records its workflow would have sent, one for each version."""

    def __init__(self, idea_id: str) -> None:
        self.state: IdeaState = new_state(idea_id, entered_at=NOW)
        self.records: list[Record] = []

    def take(self, event: str, actor: Actor, **fields: object) -> None:
        asked = command(event, actor, **fields)
        assert IDEAS.refusal(self.state, asked, NOW) is None
        IDEAS.take(self.state, asked, NOW)
        self._write()

    def hear(self, news: News) -> None:
        assert steps.hear(self.state, news, NOW)
        self._write()

    def _write(self) -> None:
        self.records.append(Record(standing=self.state.standing.model_copy(deep=True), entries=list(self.state.outbox)))
        self.state.outbox.clear()


async def write_journal(database: Database) -> Journal:
    await invite_cast(database)
    journal = Journal(await write_idea(database))
    journal.take("submit", alma)
    journal.take("shortlist", carla)
    journal.hear(News(n=1, kind=SearchNews.FOUND, coach_id=BEN))
    journal.take("agree_plan", ben)
    return journal


async def everything(database: Database) -> list[object]:
    async with database.session() as session:
        standing = (await session.exec(select(StandingRow))).all()
        timeline = (await session.exec(select(TimelineEntry).order_by(col(TimelineEntry.version)))).all()
        notices = (await session.exec(select(NoticeRow.key, NoticeRow.account_id, NoticeRow.kind))).all()
        places = (await session.exec(select(Place))).all()
    dump = [row.model_dump() for rows in (standing, timeline, places) for row in rows]
    return [*dump, sorted(notices)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
async def test_any_order_and_any_repetition_leave_the_same_behind(database: Database, order: tuple[int, ...]) -> None:
    journal = await write_journal(database)
    recording = RecordActivities(database, Doors())
    for index in (*order, *reversed(order)):
        await recording.record(journal.records[index])
    shown = await everything(database)
    for record in journal.records:
        await recording.record(record)
    assert await everything(database) == shown
    async with database.session() as session:
        row = await session.get_one(StandingRow, journal.state.standing.idea_id)
        versions = (await session.exec(select(TimelineEntry.version).order_by(col(TimelineEntry.version)))).all()
        place = await session.get_one(Place, (journal.state.standing.idea_id, BEN))
    assert (row.version, row.state, row.coach_id) == (4, "working", BEN)
    assert list(versions) == [1, 2, 3, 4]
    assert place.reserved_until is None


async def test_several_versions_in_one_record_are_as_good_as_one_by_one(database: Database) -> None:
    journal = await write_journal(database)
    entries = [entry for record in journal.records for entry in record.entries]
    await RecordActivities(database, Doors()).record(Record(standing=journal.records[-1].standing, entries=entries))
    async with database.session() as session:
        assert len((await session.exec(select(TimelineEntry))).all()) == 4


async def test_an_idea_gets_its_number_when_it_is_handed_in_and_keeps_it(database: Database) -> None:
    journals = [await write_journal(database), Journal(await write_idea(database))]
    journals[1].take("submit", alma)
    draft = await write_idea(database)
    recording = RecordActivities(database, Doors())
    for journal in (*journals, *journals[::-1]):
        for record in journal.records * 2:
            await recording.record(record)
    async with database.transaction() as session:
        await IdeaProjection().rebuild(session, journals[0].state.standing)
    async with database.session() as session:
        numbers = dict((await session.exec(select(Idea.id, Idea.reference))).all())
    of = [journal.state.standing.idea_id for journal in journals]
    assert numbers == {of[0]: "IW-2026-0001", of[1]: "IW-2026-0002", draft: None}


async def test_a_repeat_tells_nobody_twice(database: Database) -> None:
    journal = await write_journal(database)
    recording = RecordActivities(database, Doors())
    for record in journal.records * 2:
        await recording.record(record)
    async with database.session() as session:
        notices = (await session.exec(select(NoticeRow.account_id, NoticeRow.key))).all()
    assert len(notices) == len(set(notices))


async def test_inboxes_hear_of_a_step_with_its_record(database: Database) -> None:
    journal, doors = await write_journal(database), Doors()
    assert await RecordActivities(database, doors).record(journal.records[0])
    assert doors.knocks == [CARLA]
    assert await RecordActivities(database, doors).record(journal.records[0])
    assert doors.knocks == [CARLA], "a repeat has nothing new to tell"


async def test_a_step_whose_inboxes_are_away_is_recorded_and_left_to_the_courier(database: Database) -> None:
    journal, doors = await write_journal(database), Doors(away=1)
    assert not await RecordActivities(database, doors).record(journal.records[0])
    async with database.session() as session:
        assert (await session.exec(select(TimelineEntry.version))).all() == [1]
    idea = journal.state.standing.idea_id
    assert await DeliveryActivities(database, doors).deliver_notices(idea) == 1
    assert doors.knocks == [CARLA]


async def test_an_ended_idea_gives_its_place_back(database: Database) -> None:
    journal = await write_journal(database)
    journal.take("withdraw", alma)
    for record in journal.records:
        await RecordActivities(database, Doors()).record(record)
    async with database.session() as session:
        assert (await session.exec(select(Place))).all() == []


async def test_a_place_that_is_being_reserved_is_left_alone_until_the_path_ends(database: Database) -> None:
    journal = await write_journal(database)
    async with database.transaction() as session:
        session.add(
            Place(
                idea_id=journal.state.standing.idea_id,
                coach_id=BRUNO,
                reserved_until=datetime.now(UTC) + timedelta(hours=1),
            )
        )
    for record in journal.records:
        await RecordActivities(database, Doors()).record(record)
    async with database.session() as session:
        places = (await session.exec(select(Place.coach_id))).all()
    assert set(places) == {BEN, BRUNO}
    journal.take("change_coach", carla, note_id=CARLA)
    await RecordActivities(database, Doors()).record(journal.records[-1])
    async with database.session() as session:
        assert list((await session.exec(select(Place.coach_id))).all()) == [BRUNO]
    journal.take("withdraw", alma)
    await RecordActivities(database, Doors()).record(journal.records[-1])
    async with database.session() as session:
        assert (await session.exec(select(Place))).all() == []


def planned(task_id: str, *, is_new: bool = False, due: date | None = None) -> PlannedTask:
    return PlannedTask(id=task_id, assignee=Role.INNOVATOR, due=due, is_new=is_new)


async def test_tasks_follow_the_plan_in_whatever_order_it_is_recorded(database: Database) -> None:
    journal = await write_journal(database)
    journal.state.rulebook = journal.state.rulebook.model_copy(update={"undo_seconds": 60})
    idea, due = journal.state.standing.idea_id, date(2026, 6, 10)
    words = {BEN: "Mieten\nMalen\n\nSo besprochen.", BRUNO: "Putzen\nPachten", CARLA: "Doch nicht"}
    async with database.transaction() as session:
        session.add_all(Note(id=id_, idea_id=idea, event="plan", body=body) for id_, body in words.items())
    journal.take("plan", ben, note_id=BEN, tasks=(planned(BEN, is_new=True, due=due), planned(BRUNO, is_new=True)))
    journal.take("write_note", alma, note_id=CARLA, task_id=BEN)
    journal.take("plan", ben, note_id=BRUNO, tasks=(planned(CARLA, is_new=True), planned(BEN, due=due)))
    journal.take("plan", ben, note_id=CARLA, tasks=(planned(ALMA, is_new=True),))
    journal.take("undo", ben)
    told = [("Putzen", None, 0, None), ("Pachten", due, 1, None)]
    for records in (journal.records, reversed(journal.records)):
        for record in records:
            await RecordActivities(database, Doors()).record(record)
        assert await tasks_of(database) == told, "what was undone has left no task, and dropped none"
    journal.take("finish_task", alma, task_id=BEN)
    for record in reversed(journal.records):
        await RecordActivities(database, Doors()).record(record)
    assert await tasks_of(database) == [told[0], ("Pachten", due, 1, NOW)]


async def tasks_of(database: Database) -> list[tuple[str, date | None, int, datetime | None]]:
    async with database.session() as session:
        tasks = (await session.exec(select(Task).order_by(col(Task.number)))).all()
    return [(task.title, task.due, task.number, task.done_at) for task in tasks]


async def test_an_answer_finishes_its_question(database: Database) -> None:
    journal = await write_journal(database)
    task_id, due, idea = BRUNO, date(2026, 6, 10), journal.state.standing.idea_id
    async with database.transaction() as session:
        session.add(Note(id=idea, idea_id=idea, event="ask", body="Wer fährt?"))
    journal.take("ask", ben, note_id=idea, task_id=task_id, until=due, assignee=Role.INNOVATOR)
    for record in journal.records:
        await RecordActivities(database, Doors()).record(record)
    async with database.session() as session:
        assert (await session.get_one(Task, task_id)).due == due
        assert (await session.get_one(StandingRow, idea)).asked_until == due
    journal.take("write_note", alma, note_id=idea, task_id=task_id)
    for record in reversed(journal.records):
        await RecordActivities(database, Doors()).record(record)
    async with database.session() as session:
        assert (await session.get_one(Task, task_id)).done_at == NOW
        assert (await session.get_one(StandingRow, idea)).asked_until is None
