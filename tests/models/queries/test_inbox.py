"""What waits in somebody's inbox, and whether it still asks something of them."""

from datetime import timedelta

import pytest
from sqlmodel import col, update

from models.database import Database
from models.queries.inbox import read_inbox
from models.tables import NoticeRow, Offer
from models.tables.columns import new_id, utc_now
from models.vocabulary import NoticeKind, OfferStatus
from tests.factories import BEN, BRUNO, invite_cast, write_idea

pytestmark = pytest.mark.services


async def test_whoever_has_answered_an_offer_is_not_asked_any_more(database: Database) -> None:
    await invite_cast(database)
    idea, now = await write_idea(database), utc_now()
    asked = {BEN: new_id(), BRUNO: new_id()}
    async with database.transaction() as session:
        for rank, (coach, offer) in enumerate(asked.items()):
            status = OfferStatus.OPEN if coach == BEN else OfferStatus.EXPIRED
            until = now.date() + timedelta(days=5)
            session.add(
                Offer(id=offer, idea_id=idea, search=1, rank=rank, coach_id=coach, status=status, expires_on=until)
            )
            for kind in (NoticeKind.OFFER, NoticeKind.OFFER_REMINDER, NoticeKind.OFFER_CLOSED):
                session.add(NoticeRow(id=new_id(), idea_id=idea, account_id=coach, kind=kind, key=f"{kind}-{offer}"))

    async def asks(coach: str) -> set[str]:
        async with database.session() as session:
            inbox = await read_inbox(session, coach, now.date())
        return {one.kind for one in inbox.waiting if one.on_turn}

    assert await asks(BEN) == {NoticeKind.OFFER, NoticeKind.OFFER_REMINDER}
    assert await asks(BRUNO) == set()
    async with database.transaction() as session:
        await session.exec(update(Offer).where(col(Offer.id) == asked[BEN]).values(status=OfferStatus.ACCEPTED))
    assert await asks(BEN) == set()
