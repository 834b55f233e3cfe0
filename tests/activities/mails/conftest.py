"""Ideas of the cast that have really been recorded, and the mails that are written from their notices."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.compose import compose_mail
from activities.mails.letterhead import Letterhead
from activities.mails.links import Links
from activities.ports.mailer import Mail
from activities.projection import notice_values
from activities.record import RecordActivities
from models.cases.calendar import calendar_of
from models.database import Database
from models.messages.cases import Record
from models.messages.commands import Actor, News
from models.messages.idea import IdeaState
from models.rules import steps
from models.rules.deadlines import upcoming
from models.rules.steps import IDEAS
from models.tables import Account, MailboxMessage, MailRow, NoticeRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import NoticeKind, SearchNews
from tests.cast import POLICY
from tests.factories import BEN, alma, ben, carla, command, invite_cast, new_state, write_idea
from tests.fakes import Doors

LINKS = Links("a key of tests, long enough to sign", "https://ideen.example.org")
LETTERHEAD = Letterhead(POLICY, LINKS)

TO_PILOTING: list[tuple[Actor, str]] = [
    (ben, "agree_plan"),
    (alma, "submit_work"),
    (ben, "approve_concept"),
    (ben, "no_support_needed"),
]


class Case:
    """One idea of Alma's whose every step is recorded at once."""

    def __init__(self, database: Database, idea_id: str) -> None:
        self.now = datetime.now(UTC)
        self.id = idea_id
        self.state: IdeaState = new_state(idea_id, entered_at=self.now)
        self._recording = RecordActivities(database, Doors())

    @property
    def due(self) -> date:
        assert self.state.standing.clock is not None
        return self.state.standing.clock.due

    async def take(self, actor: Actor, event: str, **fields: Any) -> None:
        asked = command(event, actor, **fields)
        assert IDEAS.refusal(self.state, asked, self.now) is None
        IDEAS.take(self.state, asked, self.now)
        await self._record()

    async def find_coach(self, coach_id: str = BEN) -> None:
        await self.take(carla, "shortlist")
        assert self.state.standing.search is not None
        steps.hear(self.state, News(n=self.state.standing.search, kind=SearchNews.FOUND, coach_id=coach_id), self.now)
        await self._record()

    async def walk_to_piloting(self) -> None:
        await self.find_coach()
        for actor, event in TO_PILOTING:
            await self.take(actor, event)

    async def ring_next(self) -> None:
        """Let time pass until the engine does something by itself."""
        self.now = upcoming(self.state.standing, calendar_of(self.state.rulebook))[0].at
        assert IDEAS.ring(self.state, self.now)
        await self._record()

    async def _record(self) -> None:
        entries = list(self.state.outbox)
        self.state.outbox.clear()
        await self._recording.record(Record(standing=self.state.standing.model_copy(deep=True), entries=entries))


class Desk:
    """Where mails are written."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def hand_in(self, **words: Any) -> Case:
        case = Case(self.database, await write_idea(self.database, **words))
        await case.take(alma, "submit")
        return case

    async def note(self, account_id: str, kind: NoticeKind, idea_id: str | None = None, **fields: Any) -> None:
        values = notice_values(idea_id, fields.pop("key", new_id()), account_id, kind) | fields
        async with self.database.transaction() as session:
            session.add(NoticeRow(**values))

    async def forget(self) -> None:
        """What has been told so far is not of interest."""
        async with self.database.transaction() as session:
            for notice in (await session.exec(select(NoticeRow))).all():
                await session.delete(notice)

    async def change(self, account_id: str, **values: Any) -> None:
        async with self.database.transaction() as session:
            account = await session.get_one(Account, account_id)
            for name, value in values.items():
                setattr(account, name, value)

    async def write(self, account_id: str, *, of: str | None = None) -> Mail:
        """The mail with all notices of an account, or of somebody whose deputy it is."""
        async with self.database.session() as session:
            waiting = select(NoticeRow).where(NoticeRow.account_id == (of or account_id))
            notices = (await session.exec(waiting.order_by(col(NoticeRow.created_at)))).all()
            recipient = await session.get_one(Account, account_id)
            return await compose_mail(session, new_id(), recipient, notices, LETTERHEAD)


@pytest.fixture
async def desk(database: Database) -> Desk:
    await invite_cast(database)
    return Desk(database)


async def keep_mail(session: AsyncSession, mail: Mail, notice: NoticeRow) -> None:
    """As the local mailbox keeps what was sent."""
    session.add(MailRow(id=mail.id, account_id=notice.account_id, recipient_id=notice.account_id))
    await session.flush()
    notice.mail_id = mail.id
    session.add(notice)
    kept: dict[str, Any] = {"recipient": mail.recipient, "subject": mail.subject, "body": mail.text}
    session.add(MailboxMessage(id=mail.id, account_id=notice.account_id, sent_at=utc_now(), **kept))
