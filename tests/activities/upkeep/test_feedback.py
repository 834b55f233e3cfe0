"""Feedback that nobody answers: leads are reminded once, before its day."""

from datetime import timedelta

from sqlmodel import select

from activities.upkeep.feedback import NEAR, remind_of_feedback
from models.database import Database
from models.tables import NoticeRow
from models.tables.columns import utc_now
from tests.activities.upkeep.conftest import Doorbell
from tests.factories import CARLA, DORA, invite_cast, write_feedback

TODAY = utc_now().date()


async def list_notices(database: Database) -> list[tuple[str, str, str]]:
    async with database.session() as session:
        rows = (await session.exec(select(NoticeRow))).all()
    return sorted((row.account_id, row.kind, row.key) for row in rows)


async def test_leads_are_reminded_once_of_what_is_due_soon(database: Database) -> None:
    await invite_cast(database)
    soon = await write_feedback(database, due_on=TODAY + NEAR)
    late = await write_feedback(database, due_on=TODAY - timedelta(days=9), taken_by=CARLA)
    await write_feedback(database, due_on=TODAY + NEAR + timedelta(days=1))
    await write_feedback(database, due_on=TODAY, answered_at=utc_now(), answered_by=CARLA)
    bell = Doorbell()
    assert await remind_of_feedback(database, bell, TODAY) == 2
    expected = sorted((CARLA, "feedback_due", f"feedback_due-{one}") for one in (soon, late))
    assert await list_notices(database) == expected
    assert await remind_of_feedback(database, bell, TODAY) == 0
    assert await list_notices(database) == expected


async def test_a_lead_who_is_none_any_more_is_not_reminded(database: Database) -> None:
    await invite_cast(database)
    await write_feedback(database, due_on=TODAY, taken_by=DORA)
    await remind_of_feedback(database, Doorbell(), TODAY)
    assert [account_id for account_id, *_ in await list_notices(database)] == [CARLA]
