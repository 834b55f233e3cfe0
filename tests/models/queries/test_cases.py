"""What is on the way beside an idea stands in every list, of whatever kind it is: no query knows one by its name."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from models.database import Database
from models.queries.lead_digest import read_lead_digest
from models.queries.my_calendar import list_my_dates
from models.queries.my_work import Case, list_coached_cases, list_own_cases
from models.queries.stuck_lines import StuckCase
from models.tables import Account, EngineTrouble, StandingRow
from models.tables.columns import utc_now
from models.vocabulary import Role, Share, StuckCause
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA, invite_cast, write_beside
from tests.stuck import MOMENT, NOW, day, place, stuck

KINDS = ("crowdfunding", "errand")
"""One that the house knows, and one that it does not."""


@pytest.fixture
async def cast(database: Database) -> Database:
    await invite_cast(database)
    return database


async def beside(database: Database, idea: str, kind: str = "errand", **fields: Any) -> str:
    """Since three days, with time enough; `fields` differ from that."""
    began = dict.fromkeys(("holder_since", "entered_at", "last_entry_at"), NOW - timedelta(days=3))
    return await write_beside(database, idea, kind, **(began | {"holder_until": day(10)} | fields))


async def mine(database: Database, account: str) -> list[Case]:
    async with database.session() as session:
        return await list_own_cases(session, account, with_teams=True)


async def coached(database: Database, account: str) -> list[Case]:
    async with database.session() as session:
        return await list_coached_cases(session, account)


def keys(cases: list[Case]) -> set[str]:
    return {case.row.case_id for case in cases}


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_the_affair_of_whose_idea_it_is_and_of_whoever_acts_as_the_coach(cast: Database, kind: str) -> None:
    idea = await place(cast, cover_id=BRUNO, team={CARLA: Share.COLLABORATOR, DORA: Share.OBSERVER})
    other = await beside(cast, idea, kind)
    await beside(cast, idea, kind, number=2, outcome="over", holder_role=None, holder_until=None)
    for account, found in ((ALMA, {idea, other}), (CARLA, {idea, other}), (DORA, {idea}), (BEN, set())):
        assert keys(await mine(cast, account)) == found, "who only looks on sees no more than the idea"
    for account, found in ((BEN, {idea, other}), (BRUNO, {idea, other}), (ALMA, set()), (CARLA, set())):
        assert keys(await coached(cast, account)) == found
    (case,) = [case for case in await coached(cast, BEN) if not case.is_idea]
    assert (case.idea.id, case.of.case_id, case.row.kind) == (idea, idea, kind)
    assert (case.holder and case.holder.id, case.owner and case.owner.id) == (BRUNO, ALMA)


async def test_whoever_holds_it_finds_it_and_not_the_idea(cast: Database) -> None:
    errand = await beside(cast, await place(cast), holder_role="lead", holder_id=CARLA)
    assert keys(await coached(cast, CARLA)) == {errand}


async def test_what_is_due_first_stands_first_whatever_it_is(cast: Database) -> None:
    idea = await place(cast, holder_until=day(4))
    late = await beside(cast, idea, number=1, holder_until=day(5))
    early = await beside(cast, idea, number=2, holder_until=day(3))
    some_day = await beside(cast, idea, number=3, holder_until=None)
    assert [case.row.case_id for case in await coached(cast, BEN)] == [early, idea, late, some_day]


async def test_it_rests_with_its_idea(cast: Database) -> None:
    idea = await place(cast, paused_until=day(20))
    await beside(cast, idea, holder_until=day(-3))
    assert {case.paused_until for case in await coached(cast, BEN)} == {day(20)}
    assert await stuck(cast) == []
    assert (await digest(cast)).stuck_count == 0


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_late_stands_in_the_calendar_and_on_the_leads_list(cast: Database, kind: str) -> None:
    idea = await place(cast, office="leipzig", holder_until=day(2))
    late = await beside(cast, idea, kind, holder_until=day(-2))
    async with cast.session() as session:
        dates = await list_my_dates(session, await session.get_one(Account, BEN))
    assert late in keys(dates.coached)
    (line,) = await stuck(cast, office="leipzig")
    assert (line.id, line.case_id, line.kind) == (idea, late, kind)
    assert (line.office, line.holder and line.holder.id, told(line)) == ("leipzig", BEN, [(StuckCause.OVER_LIMIT, 2)])
    assert await stuck(cast, office="dresden") == [], "its office is that of the idea"
    assert await stuck(cast, cause=StuckCause.NO_ACTIVITY) == []
    assert await stuck(cast, reader=ALMA) == [], "others decide on what is one's own"
    read = await digest(cast, "leipzig")
    assert (read.stuck_count, [one.case_id for one in read.stuck]) == (1, [late])
    await set_due(cast, late, day(3))
    read = await digest(cast, "leipzig")
    assert (read.stuck_count, [(one.id, one.kind) for one in read.due]) == (0, [(idea, "idea"), (idea, kind)])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"last_entry_at": NOW - timedelta(days=43)}, [(StuckCause.NO_ACTIVITY, 43)]),
        ({"last_entry_at": NOW - timedelta(days=43), "holder_role": "engine"}, []),
        ({"holder_role": "engine", "holder_until": day(-1)}, [(StuckCause.OVER_LIMIT, 1)]),
        ({"holder_role": "lead", "holder_until": day(2)}, [(StuckCause.WAITING_FOR_US, 3)]),
    ],
)
async def test_each_cause_that_is_not_of_ideas_alone_is_told(
    cast: Database, fields: dict[str, Any], expected: list[tuple[StuckCause, int]]
) -> None:
    await beside(cast, await place(cast), **fields)
    assert [one for line in await stuck(cast) for one in told(line)] == expected


async def test_what_waits_for_a_coach_that_is_not_there_is_the_leads_affair(cast: Database) -> None:
    idea = await place(cast, stage="identify", state="screening", coach_id=None, holder_id=None, holder_role="lead")
    errand = await beside(cast, idea)
    (line,) = await stuck(cast)
    assert (line.case_id, line.holder, line.holder_role, told(line)) == (
        *(errand, None, Role.LEAD),
        [(StuckCause.NO_COACH, 3)],
    )


async def test_trouble_is_of_the_case_whose_workflow_it_is(cast: Database) -> None:
    idea = await place(cast)
    await beside(cast, idea, number=1)
    second = await beside(cast, idea, number=2)
    fields: dict[str, Any] = {"activity": "record", "cause": "OperationalError", "since": NOW - timedelta(days=2)}
    async with cast.transaction() as session:
        for name in (f"errand/{idea}/2", f"coach-search/{idea}/1"):
            session.add(EngineTrouble(workflow_id=name, attempts=9, last_at=utc_now(), **fields))
    assert [(line.case_id, told(line)) for line in await stuck(cast)] == [(second, [(StuckCause.ENGINE_TROUBLE, 2)])]


async def set_due(database: Database, case_id: str, due: date) -> None:
    async with database.transaction() as session:
        this = update(StandingRow).where(col(StandingRow.case_id) == case_id)
        await session.exec(this.values(holder_until=due))


async def digest(database: Database, *offices: str) -> Any:
    async with database.session() as session:
        return await read_lead_digest(session, MOMENT, offices or ("dresden",), CARLA)


def told(line: StuckCase) -> list[tuple[StuckCause, int]]:
    return [(cause.cause, cause.days) for cause in line.causes]
