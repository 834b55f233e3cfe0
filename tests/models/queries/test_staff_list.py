"""The table of the people who work here, held against what a person would make of all its lines."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from models.database import Database
from models.queries.staff_list import (
    InvitedLine,
    StaffFilter,
    StaffLine,
    StaffSort,
    StaffState,
    count_staff,
    list_staff,
)
from models.tables import CoachProfile, PersonChange
from models.tables.columns import utc_now
from models.text_folding import fold
from models.vocabulary import Role
from tests.factories import BEN, BRUNO, invite_cast
from tests.staff import write_person, write_staff_invitation
from tests.stuck import place

TODAY = date(2026, 6, 1)
OFFICES = ("leipzig", "dresden")
"""In the order of names that somebody gave them."""


async def people_of_every_kind(database: Database) -> None:
    await invite_cast(database)
    day, now = timedelta(days=1), utc_now()
    profiles: dict[str, dict[str, Any]] = {
        "Ärmel": {"left_on": TODAY - day},
        "Anna": {"left_on": TODAY + day},
        "Anton": {"absent_from": TODAY - day, "absent_until": TODAY, "capacity": 9},
        "Zoe": {"absent_from": TODAY + day, "absent_until": TODAY + day, "capacity": 1},
    }
    for name, fields in profiles.items():
        its_id = await write_person(database, Role.COACH, name=name, office="leipzig", signed_in_at=now - day)
        async with database.transaction() as session:
            await session.exec(update(CoachProfile).where(col(CoachProfile.account_id) == its_id).values(**fields))
    await write_person(database, Role.LEAD, Role.COACH, name="Frieda", office=None, blocked_at=now)
    await write_person(database, Role.LEAD, name="", email="ohne@example.org", signed_in_at=now)
    await write_staff_invitation(database, name="Berta", role="lead", office="leipzig")
    await write_staff_invitation(database, name="Cilli", expires_at=now - day)
    proposed, _ = await write_staff_invitation(database, name="Dieter", role="lead")
    async with database.transaction() as session:
        waits = update(PersonChange).where(col(PersonChange.invitation_id) == proposed)
        await session.exec(waits.values(status="proposed", proposed_until=now + day))
    for coach in (BEN, BEN, BRUNO):
        await place(database, coach_id=coach)


def name_of(line: StaffLine | InvitedLine) -> str:
    asked = line.asked if isinstance(line, InvitedLine) else line
    return fold(asked.name or asked.email)


def roles_of(line: StaffLine | InvitedLine) -> tuple[str, ...]:
    return (line.asked.role,) if isinstance(line, InvitedLine) else tuple(sorted(line.roles))


def office_of(line: StaffLine | InvitedLine) -> str | None:
    return line.asked.office if isinstance(line, InvitedLine) else line.office


def of_staff(tell: Callable[[StaffLine], Any]) -> Callable[[StaffLine | InvitedLine], Any]:
    return lambda line: tell(line) if isinstance(line, StaffLine) else None


KEYS: dict[StaffSort, Callable[[StaffLine | InvitedLine], Any]] = {
    StaffSort.NAME: name_of,
    StaffSort.ROLES: lambda line: [("coach",), ("coach", "lead"), ("lead",)].index(roles_of(line)),
    StaffSort.OFFICE: lambda line: OFFICES.index(office) if (office := office_of(line)) else None,
    StaffSort.PLACES: of_staff(
        lambda line: line.capacity - line.taken if line.has_profile and line.left_on is None else None
    ),
    StaffSort.IDEAS: of_staff(lambda line: line.ideas if line.has_profile else None),
    StaffSort.SIGNED_IN: of_staff(lambda line: line.signed_in_at),
    StaffSort.STATE: lambda line: list(StaffState).index(line.state),
}


def in_order(
    lines: list[StaffLine | InvitedLine], sort: StaffSort, *, descending: bool
) -> list[StaffLine | InvitedLine]:
    key = KEYS[sort]
    by_name = sorted(lines, key=name_of)
    there = sorted((one for one in by_name if key(one) is not None), key=key, reverse=descending)
    return [*there, *(one for one in by_name if key(one) is None)]


async def test_the_people_are_sorted_filtered_and_leafed_through(database: Database) -> None:
    await people_of_every_kind(database)
    async with database.reading() as session:
        everybody = await list_staff(session, TODAY)
        assert {line.state for line in everybody} == set(StaffState)
        assert [name_of(line) for line in everybody] == sorted(name_of(line) for line in everybody)
        for sort in StaffSort:
            for descending in (False, True):
                found = await list_staff(session, TODAY, sort=sort, descending=descending, offices=OFFICES)
                assert found == in_order(everybody, sort, descending=descending), (sort, descending)
        pages = [await list_staff(session, TODAY, sort=StaffSort.STATE, skip=n, limit=4) for n in range(0, 16, 4)]
        assert [one for page in pages for one in page] == in_order(everybody, StaffSort.STATE, descending=False)
        wanted = [
            *((StaffFilter(state=state), [one for one in everybody if one.state == state]) for state in StaffState),
            *((StaffFilter(office=name), [one for one in everybody if office_of(one) == name]) for name in OFFICES),
            *((StaffFilter(role=role), [one for one in everybody if role in roles_of(one)]) for role in Role),
            (StaffFilter(Role.LEAD, "nowhere", StaffState.LEFT), []),
        ]
        for filter_, expected in wanted:
            assert await list_staff(session, TODAY, filter_) == expected, filter_
            assert await count_staff(session, TODAY, filter_) == len(expected), filter_
