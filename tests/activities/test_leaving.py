"""A coach is away or gone: what they coach and what they stand in for goes on to somebody who is there."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from activities.coach_leave import LeavingActivities
from models.database import Database
from models.messages.cases import Taken
from models.messages.coaching import Leave
from models.messages.commands import Command
from models.messages.idea import Cover, Standing
from models.tables import Account, CoachProfile, StandingRow
from models.vocabulary import Role, Stage
from tests.cast import POLICY
from tests.factories import ALMA, BEN, BRUNO, RULES, account_id, invite_cast, write_idea

TODAY = datetime.now(POLICY.zone).date()
IVANA, OSKAR = account_id("ivana"), account_id("oskar")


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


class Asked:
    """Ideas that take every command; it is kept."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    async def command(self, idea_id: str, command: Command) -> Taken:
        self.commands.append(command)
        return Taken(case_id=idea_id, version=1, stage=Stage.DEVELOP, state="planning")

    async def skip_coach(self, idea_id: str, n: int, coach_id: str) -> None:
        """No search runs here."""


@pytest.fixture
async def staffed(database: Database) -> Database:
    """Beside Ben and Bruno, Ivana and Oskar coach."""
    await invite_cast(database)
    async with database.transaction() as session:
        for its_id, name in ((IVANA, "Ivana"), (OSKAR, "Oskar")):
            roles = [str(Role.COACH)]
            session.add(
                Account(id=its_id, email=f"{name.lower()}@example.org", name=name, roles=roles, office="dresden")
            )
        await session.flush()
        session.add_all([CoachProfile(account_id=its_id, languages=["de"]) for its_id in (IVANA, OSKAR)])
    return database


async def covered(database: Database, until: date) -> str:
    """An idea of Ivana's for which Ben stands in."""
    idea = await write_idea(database)
    cover = Cover(until=until, account_id=BEN)
    now = datetime.now(UTC)
    standing = Standing(idea_id=idea, owner_id=ALMA, office="dresden", version=7, entered_at=now, coach_id=IVANA)
    standing = standing.model_copy(update={"cover": cover, "stage": Stage.DEVELOP, "state": "planning"})
    async with database.transaction() as session:
        row = await session.get_one(StandingRow, idea)
        row.coach_id, row.cover_id, row.version, row.stage, row.state = IVANA, BEN, 7, "develop", "planning"
        row.snapshot = standing.model_dump(mode="json")
    return idea


async def change(database: Database, coach_id: str, **values: Any) -> None:
    async with database.transaction() as session:
        profile = await session.get_one(CoachProfile, coach_id)
        for name, value in values.items():
            setattr(profile, name, value)


async def relieve(database: Database, **leave: Any) -> list[Command]:
    asked = Asked()
    leaving = LeavingActivities(database, asked, POLICY.zone)
    wanted = Leave(**{"coach_id": BEN, "n": 1, "start": TODAY, "rulebook": RULES} | leave)
    for idea in await leaving.find_ideas_of_coach(BEN):
        await leaving.relieve_coach(idea, wanted)
    return asked.commands


@pytest.mark.parametrize("until", [day(14), None], ids=["away", "gone"])
async def test_what_somebody_stands_in_for_goes_on_to_their_own_stand_in(staffed: Database, until: date | None) -> None:
    await covered(staffed, day(12))
    [command] = await relieve(staffed, until=until, cover_id=BRUNO)
    assert (command.event, command.coach_id, command.until) == ("cover_coach", BRUNO, day(12)), "while Ivana is away"


@pytest.mark.parametrize("until", [day(14), None], ids=["away", "gone"])
async def test_without_a_stand_in_of_their_own_the_leads_go_on(staffed: Database, until: date | None) -> None:
    await covered(staffed, day(12))
    [command] = await relieve(staffed, until=until)
    assert (command.event, command.coach_id, command.until) == ("cover_coach", None, day(12))
    # Never back to the coach who is away, nor to the other side of the idea.
    for nobody in (IVANA, ALMA):
        [command] = await relieve(staffed, until=until, cover_id=nobody)
        assert command.coach_id is None


async def test_a_stand_in_who_is_away_themselves_passes_it_on(staffed: Database) -> None:
    await covered(staffed, day(12))
    away = {"absent_from": day(-1), "absent_until": day(3)}
    await change(staffed, BRUNO, **away, cover_id=OSKAR)
    [command] = await relieve(staffed, until=day(14), cover_id=BRUNO)
    assert command.coach_id == OSKAR
    await change(staffed, OSKAR, **away, cover_id=BRUNO)
    [command] = await relieve(staffed, until=day(14), cover_id=BRUNO)
    assert command.coach_id is None, "each stands in for the other, and nobody is there"
    await change(staffed, BRUNO, absent_from=None, absent_until=None, left_on=TODAY)
    [command] = await relieve(staffed, until=day(14), cover_id=BRUNO)
    assert command.coach_id is None


async def test_a_cover_that_ends_today_still_goes_on_until_it_has_ended(staffed: Database) -> None:
    await covered(staffed, TODAY)
    [command] = await relieve(staffed, until=day(14), cover_id=BRUNO)
    assert command.until == day(1), "a day that has come would be refused"


async def test_who_has_left_and_still_stands_in_is_a_coach_until_that_goes_on(staffed: Database) -> None:
    idea = await covered(staffed, day(12))
    await change(staffed, BEN, left_on=TODAY)
    leaving = LeavingActivities(staffed, Asked(), POLICY.zone)
    assert await leaving.find_ideas_of_coach(BEN) == [idea]
    async with staffed.transaction() as session:
        (await session.get_one(StandingRow, idea)).cover_id = BRUNO
    assert await leaving.find_ideas_of_coach(BEN) == []
    async with staffed.reading() as session:
        account = await session.get_one(Account, BEN)
    assert Role.COACH not in account.roles
