"""The courier: hands new notices over to the inboxes of their readers."""

import asyncio
import contextvars
from datetime import timedelta
from functools import cache
from typing import Any

import structlog
from sqlalchemy import ARRAY, any_, bindparam, func, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from temporalio import activity

from activities.ports.inboxes import Inboxes
from activities.signatures import Delivery
from models.database import Database
from models.tables import Account, MailRow, NoticeRow
from models.tables.columns import INSTANT, UUID_TYPE, utc_now
from models.telemetry.redaction import name_of
from models.vocabulary import MailState

log = structlog.get_logger()

UNDER_WAY = frozenset({MailState.WAITING, MailState.HANDING_OVER})
"""What an inbox still has to do with a mail."""

MAY_BE_LOST = timedelta(minutes=10)
"""An inbox that was lost with its engine wakes with the first notice after this time."""

_EARLIER = aliased(NoticeRow)


def _tells_from(notice: type[NoticeRow]) -> Any:
    return func.coalesce(col(notice.not_before), col(notice.created_at))


_COVERED_BY = (
    select(func.max(_EARLIER.handed_over_at))
    .where(
        col(_EARLIER.account_id) == col(NoticeRow.account_id),
        col(_EARLIER.kind) == col(NoticeRow.kind),
        col(_EARLIER.settled_at).is_(None),
        col(_EARLIER.handed_over_at) >= bindparam("lately"),
        _tells_from(_EARLIER) <= _tells_from(NoticeRow),
    )
    .scalar_subquery()
)
"""When somebody knocked for a notice of the same kind that still waits, is due no later, and takes this one along: an
inbox that has settled something always looks once more."""


@cache
def _find_new(*, of_ideas: bool) -> Any:
    """What nobody was told of yet. What an earlier knock takes along counts as handed over with this very statement."""
    idea_id = col(NoticeRow.idea_id)
    theirs = idea_id == any_(bindparam("of_ideas", type_=ARRAY(UUID_TYPE))) if of_ideas else idea_id.is_(None)
    new = select(NoticeRow.id, NoticeRow.account_id, _COVERED_BY.label("knocked_at"))
    found = new.where(theirs, col(NoticeRow.handed_over_at).is_(None)).cte("found")
    taken = update(NoticeRow).where(col(NoticeRow.id) == found.c.id, found.c.knocked_at.is_not(None))
    return select(*found.c).add_cte(taken.values(handed_over_at=found.c.knocked_at).cte("taken_along"))


_HAND_OVER = (
    update(NoticeRow)
    .where(col(NoticeRow.id) == any_(bindparam("notice_ids", type_=ARRAY(UUID_TYPE))))
    .values(handed_over_at=bindparam("now", type_=INSTANT))
    .returning(col(NoticeRow.id))
)


class DeliveryActivities(Delivery):
    """`deliver_notices` with inboxes that live elsewhere."""

    def __init__(self, database: Database, inboxes: Inboxes) -> None:
        self._database = database
        self._inboxes = inboxes

    @activity.defn(name="deliver_notices")
    async def deliver_notices(self, idea_id: str) -> int:
        return await dispatch_notices(self._database, self._inboxes, idea_id)


async def dispatch_notices(database: Database, inboxes: Inboxes, *idea_ids: str | None) -> int:
    """See that everybody with a new notice of these ideas, or of none, will find it; returns how many notices.

    An inbox that is going to look anyway is left to it. At the others somebody knocks, and only after that the notices
    count as handed over: a repeat knocks once more, which is harmless.
    """
    asked = {"lately": utc_now() - MAY_BE_LOST}
    new: list[Any] = []
    if ideas := [idea_id for idea_id in idea_ids if idea_id is not None]:
        new += await database.fetch(_find_new(of_ideas=True), {**asked, "of_ideas": ideas})
    if None in idea_ids:
        new += await database.fetch(_find_new(of_ideas=False), asked)
    unheard = {notice_id: account_id for notice_id, account_id, knocked_at in new if knocked_at is None}
    if unheard:
        for account_id in sorted(set(unheard.values())):
            await inboxes.knock(account_id)
        await database.fetch(_HAND_OVER, {"notice_ids": list(unheard), "now": utc_now()})
    return len(new)


class NoticeCourier:
    """Tells inboxes of new notices beside the answers: nobody waits for it, and what is left undone is swept up later.

    One round at a time for all ideas of this process that have something new to tell.
    """

    def __init__(self, database: Database, inboxes: Inboxes) -> None:
        self._database = database
        self._inboxes = inboxes
        self._waiting: set[str] = set()
        self._round: asyncio.Task[None] | None = None

    def tell_soon(self, idea_id: str) -> None:
        self._waiting.add(idea_id)
        if self._round is None or self._round.done():
            # In a context of its own: it works for all, and belongs to no single request's trace.
            self._round = asyncio.create_task(self._tell(), context=contextvars.Context())

    async def finish(self) -> None:
        """Before the end of the process."""
        if self._round is not None:
            await asyncio.wait([self._round], timeout=5)

    async def _tell(self) -> None:
        while self._waiting:
            ideas, self._waiting = self._waiting, set()
            try:
                await dispatch_notices(self._database, self._inboxes, *ideas)
            except Exception as error:
                log.info("inboxes were not told", ideas=len(ideas), error=name_of(error))


async def wake_inboxes(database: Database, inboxes: Inboxes) -> int:
    """Knock wherever something waits, for inboxes that were lost with their engine; returns at how many."""
    unsettled = select(NoticeRow.id).where(
        NoticeRow.account_id == Account.id,
        col(NoticeRow.settled_at).is_(None),
        col(NoticeRow.handed_over_at).is_not(None),
    )
    gathered = (MailRow.account_id == Account.id, col(MailRow.secret_kind).is_(None))
    unsent = select(MailRow.id).where(*gathered, col(MailRow.state).in_(UNDER_WAY))
    async with database.reading() as session:
        waits = select(Account.id).where(or_(unsettled.exists(), unsent.exists()))
        accounts = (await session.exec(waits.order_by(col(Account.id)))).all()
    for account_id in accounts:
        await inboxes.knock(account_id)
    return len(accounts)
