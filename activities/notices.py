"""From a notice to a mail."""

from datetime import date

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity

from activities.ports.mailer import Mail, Mailer
from activities.signatures import Delivery
from models.database import Database
from models.i18n import texts_in
from models.tables import Account, Idea, NoticeRow, StandingRow
from models.tables.columns import utc_now


class DeliveryActivities(Delivery):
    """Sends waiting notices through a mailer. `base_url` is where the pages are."""

    def __init__(self, database: Database, mailer: Mailer, base_url: str) -> None:
        self._database = database
        self._mailer = mailer
        self._base_url = base_url

    @activity.defn(name="deliver_notices")
    async def deliver_notices(self, idea_id: str) -> int:
        async with self._database.transaction() as session:
            waiting = (
                await session.exec(
                    select(NoticeRow)
                    .where(NoticeRow.idea_id == idea_id, col(NoticeRow.sent_at).is_(None))
                    .order_by(col(NoticeRow.created_at))
                    .with_for_update(skip_locked=True)
                )
            ).all()
            for notice in waiting:
                await self._mailer.send(await self._write_mail(session, notice))
                notice.sent_at = utc_now()
        return len(waiting)

    async def _write_mail(self, session: AsyncSession, notice: NoticeRow) -> Mail:
        account = await session.get_one(Account, notice.account_id)
        idea = await session.get_one(Idea, notice.idea_id)
        standing = await session.get(StandingRow, notice.idea_id)
        texts = texts_in(account.language)
        until = standing.holder_until if standing else None
        page = "angebote" if notice.kind.startswith("offer") else f"ideen/{idea.id}"
        values = {
            "name": account.name,
            "title": idea.title,
            "state": texts(f"state.{standing.stage}.{standing.state}") if standing else "",
            "until": texts.day(until) if isinstance(until, date) else texts("mail.no_deadline"),
            "link": f"{self._base_url}/{page}",
        }
        return Mail(
            id=notice.id,
            account_id=account.id,
            recipient=account.email,
            subject=texts(f"notice.{notice.kind}.subject"),
            body="\n\n".join(
                (
                    texts("mail.greeting", **values),
                    texts(f"notice.{notice.kind}.body", **values),
                    texts("mail.link", **values),
                    texts("mail.closing", **values),
                )
            ),
        )
