"""The courier hands new notices over to inboxes, and knocks at each door."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from activities.notice_courier import MAY_BE_LOST, DeliveryActivities, dispatch_notices, wake_inboxes
from activities.projection import notice_values
from models.database import Database
from models.tables import MailRow, NoticeRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import MailState, NoticeKind, SecretMailKind
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA, invite_cast, secret_mail, write_idea
from tests.fakes import Doors


async def note(database: Database, idea: str | None, account: str, kind: NoticeKind, key: str = "v1") -> None:
    async with database.transaction() as session:
        session.add(NoticeRow(**notice_values(idea, key, account, kind)))


async def find_new(database: Database) -> list[str]:
    async with database.session() as session:
        new = select(NoticeRow.account_id).where(col(NoticeRow.handed_over_at).is_(None))
        return list((await session.exec(new)).all())


async def test_everybody_with_something_new_hears_one_knock(database: Database) -> None:
    await invite_cast(database)
    idea, other = await write_idea(database), await write_idea(database)
    await note(database, idea, ALMA, NoticeKind.REMINDER, "v1")
    await note(database, idea, ALMA, NoticeKind.OVERDUE, "v2")
    await note(database, idea, BEN, NoticeKind.COACH_FOUND)
    await note(database, other, CARLA, NoticeKind.NO_COACH)
    doors = Doors()
    assert await DeliveryActivities(database, doors).deliver_notices(idea) == 3
    assert sorted(doors.knocks) == sorted([ALMA, BEN])
    assert await find_new(database) == [CARLA]
    assert await DeliveryActivities(database, doors).deliver_notices(idea) == 0
    assert len(doors.knocks) == 2


async def test_a_knock_that_went_unheard_is_repeated(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    await note(database, idea, ALMA, NoticeKind.REMINDER)
    doors = Doors(away=1)
    with pytest.raises(ConnectionError):
        await DeliveryActivities(database, doors).deliver_notices(idea)
    assert await find_new(database) == [ALMA]
    assert await DeliveryActivities(database, doors).deliver_notices(idea) == 1
    assert doors.knocks == [ALMA]


async def test_an_inbox_that_is_going_to_look_anyway_is_left_to_it(database: Database) -> None:
    await invite_cast(database)
    doors = Doors()
    for _ in range(3):
        idea = await write_idea(database)
        await note(database, idea, CARLA, NoticeKind.NO_COACH)
        assert await dispatch_notices(database, doors, idea) == 1
    assert doors.knocks == [CARLA]
    assert await find_new(database) == []
    async with database.session() as session:
        assert len(set((await session.exec(select(NoticeRow.handed_over_at))).all())) == 1, "all by the one knock"


@pytest.mark.parametrize(
    ("earlier", "why"),
    [
        ({"kind": NoticeKind.ESCALATION}, "of another kind, so it may wait for another hour"),
        ({"account_id": BEN}, "somebody else's"),
        ({"settled_at": utc_now()}, "in a mail already"),
        ({"handed_over_at": None}, "nobody has knocked for it yet"),
        ({"handed_over_at": utc_now() - MAY_BE_LOST}, "so old that its inbox may be lost"),
        ({"not_before": utc_now() + timedelta(days=1)}, "held back for longer"),
    ],
)
async def test_a_notice_that_cannot_take_this_one_along_keeps_nobody_from_knocking(
    database: Database, earlier: dict[str, Any], why: str
) -> None:
    await invite_cast(database)
    first, second = await write_idea(database), await write_idea(database)
    values = notice_values(first, "v1", CARLA, NoticeKind.NO_COACH) | {"handed_over_at": utc_now()} | earlier
    async with database.transaction() as session:
        session.add(NoticeRow(**values))
    await note(database, second, CARLA, NoticeKind.NO_COACH)
    doors = Doors()
    assert await dispatch_notices(database, doors, second) == 1
    assert doors.knocks == [CARLA], why


async def test_what_is_about_no_idea_is_handed_over_too(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    await note(database, None, CARLA, NoticeKind.LEAD_DIGEST, "digest-2026-W23")
    await note(database, idea, ALMA, NoticeKind.REMINDER)
    doors = Doors()
    assert await dispatch_notices(database, doors, None) == 1
    assert doors.knocks == [CARLA]
    assert await find_new(database) == [ALMA]


async def test_whatever_waits_in_an_inbox_that_was_lost_is_woken(database: Database) -> None:
    await invite_cast(database)
    idea = await write_idea(database)
    async with database.transaction() as session:
        for state, account in ((MailState.WAITING, BEN), (MailState.HANDING_OVER, BRUNO), (MailState.SENT, DORA)):
            session.add(MailRow(id=new_id(), account_id=account, recipient_id=account, state=state))
        # It has no inbox, but a workflow of its own.
        session.add(secret_mail(SecretMailKind.SIGN_IN, DORA))
        for account, settled_at in ((ALMA, None), (DORA, utc_now())):
            values = notice_values(idea, "v1", account, NoticeKind.REMINDER)
            session.add(NoticeRow(**values, handed_over_at=utc_now(), settled_at=settled_at))
        # The courier has not been here yet, and will come.
        session.add(NoticeRow(**notice_values(idea, "v1", CARLA, NoticeKind.NO_COACH)))
    doors = Doors()
    assert await wake_inboxes(database, doors) == 3
    assert doors.knocks == sorted([ALMA, BEN, BRUNO])
