"""Many cases at once: each is asked once, whatever fails on the way."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from unittest.mock import AsyncMock

import pytest
from sqlmodel import col, select
from temporalio.testing import ActivityEnvironment

from activities import bulk
from activities.bulk import BulkActivities, Unanswered
from activities.ports.engine import NoAnswer
from activities.ports.ideas import CommandRefused, IdeaGone
from models.database import Database
from models.messages.cases import Taken
from models.messages.commands import CaseCommand, Command, Refusal, RefusalCode
from models.messages.crowdfunding import CampaignStanding
from models.tables import Account, BulkItem, BulkRun, Note, Place, StandingRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import BulkStatus, Stage
from models.workflow_ids import CROWDFUNDING, case_id, read_case
from tests.cast import POLICY
from tests.factories import ALMA, BEN, BRUNO, CARLA, invite_cast, new_state, write_beside, write_idea
from tests.fakes import Doors


class Answering:
    """Cases that take everything, but for those that were told otherwise. What they take is recorded `later`."""

    def __init__(
        self, database: Database, otherwise: Mapping[str, Exception] | None = None, *, later: float = 0
    ) -> None:
        self.database = database
        self.later = later
        self.otherwise: dict[str, Exception] = dict(otherwise or {})
        self.asked: list[Any] = []
        self.addressed: list[str] = []
        self.recording: list[asyncio.Task[None]] = []
        self.recorded_at = utc_now()

    async def command(self, idea_id: str, command: Command) -> Taken:
        raise AssertionError("every case is asked by its workflow")

    async def case_command(self, workflow_id: str, command: CaseCommand) -> Taken:
        self.asked.append(command)
        self.addressed.append(workflow_id)
        case = read_case(workflow_id)
        assert case is not None
        key = case_id(*case)
        if key in self.otherwise:
            raise self.otherwise[key]
        self.recording.append(asyncio.create_task(self.record(key)))
        return Taken(case_id=key, version=7, stage=Stage.DEVELOP, state="working")

    async def record(self, key: str) -> None:
        await asyncio.sleep(self.later)
        async with self.database.transaction() as session:
            (await session.get_one(StandingRow, key)).version = 7
            self.recorded_at = utc_now()

    async def skip_coach(self, idea_id: str, n: int, coach_id: str) -> None:
        raise AssertionError("nobody asked for that")


@pytest.fixture
async def cast(database: Database) -> Database:
    await invite_cast(database, bruno_has_places=1)
    return database


async def place(database: Database) -> str:
    """An idea in working with Ben."""
    idea = await write_idea(database)
    standing = new_state(idea, stage=Stage.DEVELOP, state="working", coach_id=BEN, version=6).standing
    async with database.transaction() as session:
        row = await session.get_one(StandingRow, idea)
        row.version, row.stage, row.state, row.coach_id = 6, "develop", "working", BEN
        row.snapshot = standing.model_dump(mode="json")
        session.add(row)
    return idea


async def place_beside(database: Database, idea: str) -> str:
    """A hand-off of this idea; returns its key."""
    standing = CampaignStanding(
        idea_id=idea, attempt=1, owner_id=ALMA, office="dresden", entered_at=utc_now(), version=6
    )
    snapshot = standing.model_dump(mode="json")
    return await write_beside(database, idea, case_id=standing.case_id, version=6, snapshot=snapshot)


async def prepare(database: Database, cases: Iterable[str], action: str = "extend", **fields: Any) -> str:
    run = BulkRun(id=new_id(), created_by=CARLA, action=action, fields=fields, reason="Es ist Sommer.")
    async with database.transaction() as session:
        session.add(run)
        await session.flush()
        for position, case in enumerate(cases):
            idea = (await session.get_one(StandingRow, case)).idea_id
            session.add(BulkItem(run_id=run.id, case_id=case, idea_id=idea, position=position, expected_version=6))
    return run.id


async def carry_out(database: Database, ideas: Answering, run_id: str, attempt: int = 1) -> int:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=attempt)
    done = await environment.run(BulkActivities(database, ideas, Doors(), POLICY).carry_out_bulk, run_id)
    await asyncio.gather(*ideas.recording)
    return done


async def items(database: Database, run_id: str) -> list[BulkItem]:
    async with database.session() as session:
        found = select(BulkItem).where(BulkItem.run_id == run_id).order_by(col(BulkItem.position))
        return list((await session.exec(found)).all())


async def test_each_idea_is_asked_once_and_its_words_are_its_own(cast: Database) -> None:
    ideas, engine = [await place(cast), await place(cast)], Answering(cast)
    run = await prepare(cast, ideas, days=5)
    assert await carry_out(cast, engine, run) == 2
    assert [(one.event, one.days, one.expected_version) for one in engine.asked] == [("extend_deadline", 5, 6)] * 2
    assert [(one.status, one.version) for one in await items(cast, run)] == [(BulkStatus.DONE, 7)] * 2
    async with cast.session() as session:
        notes = (await session.exec(select(Note.body, Note.author_id))).all()
        ended = await session.get_one(BulkRun, run)
    assert notes == [("Es ist Sommer.", CARLA)] * 2
    assert (ended.reason, ended.finished_at is not None) == ("", True)
    assert await carry_out(cast, engine, run) == 2
    assert len(engine.asked) == 2, "what has ended asks nobody again"


async def test_what_stands_beside_an_idea_is_asked_by_its_own_workflow_words_and_rules(cast: Database) -> None:
    idea, engine = await place(cast), Answering(cast)
    beside = await place_beside(cast, idea)
    run = await prepare(cast, [beside, idea], days=5)
    assert await carry_out(cast, engine, run) == 2
    asked = dict(zip(engine.addressed, engine.asked, strict=True))
    of_idea, of_other = asked[f"idea/{idea}"], asked[f"crowdfunding/{idea}/1"]
    assert (type(of_idea), type(of_other)) == (Command, CaseCommand)
    assert (of_other.event, of_other.days, of_other.expected_version) == ("extend_deadline", 5, 6)
    assert of_other.id != of_idea.id
    assert of_other.rulebook == POLICY.rulebook(utc_now().date(), CROWDFUNDING)
    assert of_idea.rulebook == POLICY.rulebook(utc_now().date())
    async with cast.session() as session:
        notes = (await session.exec(select(Note.id, Note.idea_id))).all()
    assert sorted(notes) == sorted((one.note_id, idea) for one in (of_idea, of_other))
    assert await carry_out(cast, engine, run) == 2
    assert len(engine.asked) == 2


@pytest.mark.parametrize("action", ["pause", "close", "reassign"])
async def test_what_only_ideas_can_do_is_asked_of_them_alone(cast: Database, action: str) -> None:
    idea, engine = await place(cast), Answering(cast)
    run = await prepare(cast, [await place_beside(cast, idea), idea], action, until="2099-01-01", outcome="closed")
    assert await carry_out(cast, engine, run) == 1
    assert engine.addressed == [f"idea/{idea}"]
    refused, _ = await items(cast, run)
    assert (refused.status, refused.code, refused.field) == (BulkStatus.REFUSED, "not_allowed", "kind")


async def test_nobody_decides_on_what_is_their_own_nor_on_what_stands_beside_it(cast: Database) -> None:
    idea, engine = await place(cast), Answering(cast)
    run = await prepare(cast, [await place_beside(cast, idea), idea], days=5)
    async with cast.transaction() as session:
        (await session.get_one(StandingRow, idea)).team = {CARLA: "observer"}
    assert await carry_out(cast, engine, run) == 0
    assert engine.asked == []
    assert [(one.status, one.code) for one in await items(cast, run)] == [("refused", "forbidden")] * 2


async def test_a_run_ends_when_all_it_has_done_is_shown(cast: Database) -> None:
    ideas, engine = [await place(cast), await place(cast)], Answering(cast, later=0.3)
    run = await prepare(cast, ideas, days=5)
    assert await carry_out(cast, engine, run) == 2
    async with cast.session() as session:
        ended = (await session.get_one(BulkRun, run)).finished_at
    assert ended is not None
    assert ended >= engine.recorded_at


async def test_a_run_ends_also_when_what_it_has_done_is_not_shown_for_long(
    cast: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "SHOWN_WITHIN_SECONDS", 0.1)
    monkeypatch.setattr(Answering, "record", AsyncMock())
    run = await prepare(cast, [await place(cast)], days=5)
    assert await carry_out(cast, Answering(cast), run) == 1
    async with cast.session() as session:
        assert (await session.get_one(BulkRun, run)).finished_at is not None


async def test_one_of_five_that_is_refused_stops_nobody(cast: Database) -> None:
    ideas = [await place(cast) for _ in range(5)]
    stale = CommandRefused(Refusal(code=RefusalCode.STALE, detail="it is at version 8 now", version=8))
    run = await prepare(cast, ideas, days=5)
    assert await carry_out(cast, Answering(cast, {ideas[2]: stale}), run) == 4
    found = await items(cast, run)
    assert [one.status for one in found].count(BulkStatus.DONE) == 4
    assert (found[2].status, found[2].code) == (BulkStatus.REFUSED, "stale")
    async with cast.session() as session:
        assert len((await session.exec(select(Note))).all()) == 4, "the words of the refused step are gone"


async def test_an_engine_that_is_away_in_the_middle_is_asked_again_for_the_rest_alone(cast: Database) -> None:
    ideas = [await place(cast) for _ in range(3)]
    run, engine = await prepare(cast, ideas, days=5), Answering(cast, {ideas[1]: NoAnswer()})
    with pytest.raises(Unanswered):
        await carry_out(cast, engine, run)
    assert [one.status for one in await items(cast, run)] == ["done", "waiting", "done"]
    asked, engine.otherwise = engine.asked, {}
    engine.asked = []
    assert await carry_out(cast, engine, run, attempt=2) == 3
    (again,) = engine.asked
    assert again in asked, "the same command under the same id, so that it counts once"


async def test_an_idea_that_never_answers_is_told_as_such_in_the_end(cast: Database) -> None:
    ideas = [await place(cast), await place(cast)]
    run = await prepare(cast, ideas, days=5)
    assert await carry_out(cast, Answering(cast, {ideas[0]: NoAnswer(), ideas[1]: IdeaGone()}), run, attempt=20) == 0
    assert [(one.status, one.code) for one in await items(cast, run)] == [("refused", "engine_away")] * 2


async def test_places_are_given_as_far_as_they_go(cast: Database) -> None:
    ideas, engine = [await place(cast), await place(cast)], Answering(cast)
    run = await prepare(cast, ideas, "reassign", coach_id=BRUNO)
    assert await carry_out(cast, engine, run) == 1
    (asked,) = engine.asked
    assert (asked.event, asked.coach_id) == ("change_coach", BRUNO)
    assert sorted((one.status, one.field) for one in await items(cast, run)) == [
        ("done", None),
        ("refused", "coach_id"),
    ]
    async with cast.session() as session:
        assert len((await session.exec(select(Place).where(Place.coach_id == BRUNO))).all()) == 1


async def test_a_place_is_given_back_where_the_idea_refuses(cast: Database) -> None:
    idea = await place(cast)
    refused = CommandRefused(Refusal(code=RefusalCode.STALE))
    run = await prepare(cast, [idea], "reassign", coach_id=BRUNO)
    assert await carry_out(cast, Answering(cast, {idea: refused}), run) == 0
    async with cast.session() as session:
        assert (await session.exec(select(Place).where(Place.coach_id == BRUNO))).all() == []


async def test_whoever_leads_no_more_does_nothing_any_more(cast: Database) -> None:
    idea, engine = await place(cast), Answering(cast)
    run = await prepare(cast, [idea, await write_idea(cast)], days=5)
    async with cast.transaction() as session:
        (await session.get_one(Account, CARLA)).roles = ["coach"]
    assert await carry_out(cast, engine, run) == 0
    assert engine.asked == []
    assert [(one.status, one.code) for one in await items(cast, run)] == [("refused", "forbidden")] * 2
