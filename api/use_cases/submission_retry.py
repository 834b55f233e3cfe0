"""What somebody has handed in while the engine was away: it begins its path as soon as that can be."""

import asyncio

import structlog
from sqlmodel import col, select

from activities.ports.ideas import CommandRefused
from api.runtime.services import Services
from api.use_cases.confirmation import start_late_secret_mails
from api.use_cases.contributions import begin_contributions, end_forgotten, tell_authors
from api.use_cases.drafts import OnItsWay, submit_draft
from models.tables import Draft
from models.tables.columns import utc_now

SECONDS = 60
"""Between two looks. Somebody who presses the button once more need not wait for them."""

AT_ONCE = 50

log = structlog.get_logger()


async def keep_handing_in(services: Services) -> None:
    """Look again and again, until cancelled. Several processes may: a second time changes nothing."""
    while True:
        await asyncio.sleep(SECONDS)
        try:
            await hand_in_what_waits(services)
            await begin_contributions(services)
            await end_forgotten(services)
            await tell_authors(services)
            await start_late_secret_mails(services)
        except Exception as error:
            # The database is away, or whatever else: the next look may do better, so no error is worth an end.
            log.info("handed nothing in", error=type(error).__name__)


async def hand_in_what_waits(services: Services) -> int:
    """Hand in the drafts that were sent and are ideas already, the oldest first; returns how many were."""
    sent = select(Draft).where(
        col(Draft.idea_id).is_not(None), col(Draft.sent_at).is_(None), col(Draft.expires_at) > utc_now()
    )
    async with services.database.reading() as session:
        waiting = (await session.exec(sent.order_by(col(Draft.updated_at), col(Draft.id)).limit(AT_ONCE))).all()
    count = 0
    for draft in waiting:
        try:
            await submit_draft(services, draft)
        except OnItsWay:
            break
        except CommandRefused as refused:
            # Its owner sees it among what they have begun.
            log.info("not handed in", code=refused.refusal.code)
            continue
        count += 1
    return count
