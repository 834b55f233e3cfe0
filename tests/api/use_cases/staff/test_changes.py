"""Changing people: at once, and while others do."""

import asyncio

from api.runtime.services import Services
from api.use_cases.audit import OPERATOR
from api.use_cases.staff.changes import NotChanged, change_person
from models.rules.staff_roles import Way, WhyNot
from models.vocabulary import PersonChangeKind, Role
from tests.factories import BEN, CARLA, invite_cast


async def test_two_commands_at_once_leave_one_lead(services: Services) -> None:
    await invite_cast(services.database)
    await change_person(services, OPERATOR, BEN, PersonChangeKind.ROLE_GIVEN, role=Role.LEAD)
    kind, role = PersonChangeKind.ROLE_TAKEN, Role.LEAD
    taking = [change_person(services, OPERATOR, person, kind, role=role) for person in (BEN, CARLA)]
    first, second = sorted(await asyncio.gather(*taking, return_exceptions=True), key=lambda found: str(type(found)))
    assert isinstance(first, NotChanged)
    assert (first.why, second) == (WhyNot.LAST_LEAD, Way.NOW)
