"""Inboxes on a real database, and a mail server to which anything may happen."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import select

from activities.inbox import InboxActivities
from activities.mail_sending import MailingActivities
from activities.mails.letterhead import Letterhead
from activities.mails.links import Links
from activities.ports.mailer import Mail
from activities.projection import notice_values
from models.database import Database
from models.messages.inbox import InboxLook, InboxPlan, MailOrder
from models.tables import MailRow, NoticeRow, NoticeSettings, Offer
from models.tables.columns import new_id
from models.vocabulary import NoticeKind
from tests.cast import SHIPPED
from tests.factories import write_idea
from tests.fakes import Doors

LETTERHEAD = Letterhead(SHIPPED, Links("a key of tests, long enough to sign", "https://ideen.example.org"))
MINUTE = timedelta(minutes=1)
ERIC = new_id()
"""Leads in Leipzig."""


Hook = Callable[[], Awaitable[None]]


async def nothing() -> None:
    """Befalls nobody."""


def fail(error: BaseException) -> Hook:
    async def fails() -> None:
        raise error

    return fails


class Sink:
    """A mail server that keeps what it takes. The hooks are what befalls it when it is asked, when it has been given a
    mail, and when it has taken it."""

    def __init__(self) -> None:
        self.taken: list[Mail] = []
        self.asked: Hook = nothing
        self.given: Hook = nothing
        self.kept: Hook = nothing

    async def send(self, mail: Mail, giving: Hook) -> None:
        given, kept = self.given, self.kept
        await self.asked()
        await giving()
        await given()
        self.taken.append(mail)
        await kept()


class Post:
    """Inboxes on a real database, a sink for mails, and the doors at which the courier knocks."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.sink = Sink()
        self.doors = Doors()
        self.inbox = InboxActivities(database, SHIPPED)
        self.mailing = MailingActivities(database, self.doors, self.sink, LETTERHEAD)
        self.now = datetime.now(UTC)

    async def note(self, account: str, kind: NoticeKind, idea: str | None = None, **fields: Any) -> str:
        values = notice_values(idea, fields.pop("key", new_id()), account, kind, at=self.now) | fields
        async with self.database.transaction() as session:
            session.add(NoticeRow(**values))
        return str(values["id"])

    async def look(self, account: str, after: timedelta = MINUTE) -> InboxPlan:
        return await self.inbox.plan_inbox(InboxLook(account_id=account, now=self.now + after))

    async def look_twice(self, account: str) -> InboxPlan:
        """A look that settles something is followed by another."""
        await self.look(account)
        return await self.look(account)

    async def ask(self, coach: str) -> None:
        """Offer an idea to a coach, and tell them."""
        idea = await write_idea(self.database)
        async with self.database.transaction() as session:
            session.add(Offer(id=new_id(), idea_id=idea, search=1, rank=1, coach_id=coach, expires_on=date.max))
        await self.note(coach, NoticeKind.OFFER, idea)

    async def prepare(self, account: str, mail_id: str | None = None) -> str:
        order = MailOrder(account_id=account, mail_id=mail_id or new_id(), now=self.now + MINUTE)
        assert await self.inbox.prepare_mail(order)
        return order.mail_id

    async def write_mail(self, account: str, kind: NoticeKind = NoticeKind.TASK_ADDED) -> str:
        """A mail about an idea in Dresden that waits to be sent."""
        await self.note(account, kind, await write_idea(self.database))
        return await self.prepare(account)

    async def mail(self, mail_id: str) -> MailRow:
        async with self.database.session() as session:
            return await session.get_one(MailRow, mail_id)

    async def contents(self, mail_id: str) -> set[str]:
        async with self.database.session() as session:
            return set((await session.exec(select(NoticeRow.id).where(NoticeRow.mail_id == mail_id))).all())

    async def told(self, kind: NoticeKind) -> list[str]:
        """Who has a notice of a kind."""
        async with self.database.session() as session:
            return list((await session.exec(select(NoticeRow.account_id).where(NoticeRow.kind == kind))).all())

    async def write(self, statement: Any) -> None:
        async with self.database.transaction() as session:
            await session.exec(statement)

    async def choose(self, account: str, **values: Any) -> None:
        async with self.database.transaction() as session:
            session.add(NoticeSettings(account_id=account, **values))
