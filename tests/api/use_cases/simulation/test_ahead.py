"""What a look ahead reads of the open cases, and that it only reads."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from activities.record import RecordActivities
from api.use_cases.simulation.ahead import look_ahead, read_people
from api.use_cases.simulation.forecast import WhatIf, foretell
from api.use_cases.simulation.rules import read_policy
from api.use_cases.simulation.scenario import Scenario
from models.database import Database
from models.messages.cases import Record
from models.messages.commands import News
from models.policy import Policy
from models.rules import steps
from models.rules.forecast import Outlook
from models.rules.steps import IDEAS
from models.tables import CoachProfile, Offer, StandingRow, StatePace, TimelineEntry
from models.tables.columns import new_id, utc_now
from models.vocabulary import OfferStatus, SearchNews, Stage
from tests.activities.upkeep.conftest import run_sql
from tests.cast import PIPELINE
from tests.factories import ALMA, BEN, BRUNO, CARLA, alma, ben, carla, command, invite_cast, new_state, write_idea
from tests.fakes import Doors

pytestmark = pytest.mark.services

POLICY = read_policy(PIPELINE)
TODAY = utc_now().astimezone(POLICY.zone).date()
AHEAD = Scenario(first_day=TODAY + timedelta(days=1), weeks=12, ideas=0, coaches=0)


async def walk(database: Database, *path: Any, policy: Policy = POLICY, days_ago: int = 0) -> str:
    """An idea of Alma's after these steps, as SQL shows it."""
    idea_id, now = await write_idea(database), utc_now() - timedelta(days=days_ago)
    idea = new_state(idea_id, policy.rulebook(TODAY))
    for step in (command("submit", alma), *path):
        IDEAS.take(idea, step, now) if not isinstance(step, News) else steps.hear(idea, step, now)
    assert await RecordActivities(database, Doors()).record(Record(standing=idea.standing, entries=idea.outbox))
    return idea_id


async def offer(database: Database, idea_id: str, search: int, rank: int, coach_id: str, status: OfferStatus) -> str:
    row = Offer(id=new_id(), idea_id=idea_id, search=search, rank=rank, coach_id=coach_id, expires_on=TODAY)
    row.status, row.expires_on = status, TODAY + timedelta(days=rank)
    async with database.transaction() as session:
        session.add(row)
    return row.id


async def show_all(database: Database) -> list[object]:
    async with database.session() as session:
        rows: list[Any] = []
        for table in (StandingRow, TimelineEntry, Offer, CoachProfile):
            rows += [row.model_dump() for row in (await session.exec(select(table))).all()]
        return rows


async def test_a_look_ahead_begins_with_what_is_open_and_changes_nothing(database: Database) -> None:
    await invite_cast(database)
    found = News(n=1, seq=1, kind=SearchNews.FOUND, coach_id=BEN)
    coached = await walk(database, command("shortlist", carla), found, command("agree_plan", ben))
    searched = await walk(database, command("shortlist", carla))
    await walk(database, command("decline", carla))
    await offer(database, searched, 1, 1, BEN, OfferStatus.DECLINED)
    open_offer = await offer(database, searched, 1, 2, BRUNO, OfferStatus.OPEN)
    away = TODAY + timedelta(days=20)
    async with database.transaction() as session:
        profile = await session.get_one(CoachProfile, BEN)
        profile.absent_from, profile.absent_until, profile.cover_id = away, away + timedelta(days=9), BRUNO
    before = await show_all(database)

    people = await read_people(database, AHEAD, POLICY)
    cases = {case.state.standing.idea_id: case for case in people.cases.values()}
    assert set(cases) == {coached, searched}, "not what has ended"
    standing, search = cases[coached].state.standing, cases[searched].search
    assert (standing.stage, standing.state, standing.coach_id) == (Stage.DEVELOP, "working", BEN)
    assert search.offer is not None
    assert (search.rank, search.asked, search.offer.offer_id) == (2, [BEN, BRUNO], open_offer)
    assert search.until == TODAY + timedelta(days=2)
    assert [people.ideas[number].facts.owner_id for number in people.cases] == [ALMA, ALMA]
    assert {coach.id: coach.name for coach in people.coaches} == {BEN: "Ben", BRUNO: "Bruno"}
    assert set(people.leads.values()) == {CARLA}, "where an office has no lead, another is asked"
    assert [(leave.coach_id, leave.start, leave.cover_id) for leave in people.leaves] == [(BEN, away, BRUNO)]

    summary = await look_ahead(database, AHEAD, POLICY)
    assert [case.handed_in for case in summary.cases] == [TODAY, TODAY]
    assert {case.steps > 1 for case in summary.cases} == {True}
    assert await look_ahead(database, AHEAD, POLICY) == summary
    more = await look_ahead(database, Scenario(AHEAD.first_day, weeks=12, ideas=3, coaches=1), POLICY)
    assert (len(more.cases), len(more.coaches)) == (5, 3)
    assert await show_all(database) == before


async def test_a_look_back_begins_where_the_timeline_was_then(database: Database) -> None:
    await invite_cast(database)
    ended, new = await walk(database, command("shortlist", carla)), await walk(database)
    then = utc_now() - timedelta(days=50)
    for sql in (
        "UPDATE timeline_entry SET at = at - interval '60 days'",
        "UPDATE standing SET submitted_at = now() - interval '60 days'",
    ):
        await run_sql(database, f"{sql} WHERE idea_id = :idea", idea=ended)
    await run_sql(
        database, "UPDATE standing SET outcome = 'declined', ended_at = now() WHERE idea_id = :idea", idea=ended
    )
    now, before = await read_people(database, AHEAD, POLICY), await read_people(database, AHEAD, POLICY, then)
    assert [case.state.standing.idea_id for case in now.cases.values()] == [new]
    assert [(case.state.standing.idea_id, case.state.standing.state) for case in before.cases.values()] == [
        (ended, "matching")
    ]


async def test_a_forecast_needs_a_measured_pace_and_a_question_has_one_answer(database: Database) -> None:
    await invite_cast(database)
    await walk(database)
    assert await foretell(database, POLICY, utc_now()) is None
    pace: dict[str, Any] = {
        "passages": 10,
        "median": timedelta(days=30),
        "slow": timedelta(days=40),
        "measured_at": utc_now(),
    }
    async with database.transaction() as session:
        session.add(StatePace(stage="identify", state="screening", **pace))
    before, usual = await show_all(database), await foretell(database, POLICY, utc_now())
    assert usual is not None
    assert await foretell(database, POLICY, utc_now()) == usual
    assert usual.now["dresden"] == Outlook(open=1, overdue=0, free=usual.now["dresden"].free)
    fewer = WhatIf(coaches=(("dresden", -9), ("leipzig", 2)), intake=2, limit=(Stage.IDENTIFY, "screening", 1))
    other = await foretell(database, POLICY, utc_now(), fewer)
    assert other is not None
    assert (other.now["dresden"].free, other.now["leipzig"].free) == (0, usual.now["leipzig"].free + 20)
    assert sum(one.overdue for one in other.then.values()) > sum(one.overdue for one in usual.then.values())
    assert await foretell(database, POLICY, utc_now(), earlier=True) is None, "nothing was measured then"
    assert await show_all(database) == before
