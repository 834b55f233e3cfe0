"""Contributions by night: leads hear once a day of all that waits, and what has had its time goes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.notice_courier import dispatch_notices
from activities.ports.inboxes import Inboxes
from activities.projection import find_recipients, notice_values
from models.database import Database
from models.messages.cases import Notice
from models.queries.contributions import its_news, list_waiting_ideas, of_its_case
from models.rules.contribution import PUBLIC
from models.tables import Contribution, ContributionReport, NoticeRow, StandingRow
from models.vocabulary import NoticeKind, Role

NOTHING: dict[str, Any] = {"body": "", "name": "", "email": "", "hash": None, "may_contact": False}


async def tell_of_contributions(database: Database, inboxes: Inboxes, today: date) -> int:
    """One notice to each lead who has something to decide on; returns how many were handed over. Safe to repeat."""
    kind = NoticeKind.CONTRIBUTIONS_WAIT
    notice = Notice(kind=kind, to=Role.LEAD)
    async with database.transaction() as session:
        leads: set[str] = set()
        for office, owner_id, team in await list_waiting_ideas(session):
            leads |= {*await find_recipients(session, notice, office, {owner_id, *team})} - {owner_id, *team}
        rows = [notice_values(None, f"{kind}-{today}", lead, kind) for lead in sorted(leads)]
        if rows:
            await session.exec(insert(NoticeRow).values(rows).on_conflict_do_nothing())
    return await dispatch_notices(database, inboxes, None)


async def forget_contributions(session: AsyncSession, which: Any) -> int:
    """Empty them of all that anybody wrote, and what was reported of them: it may quote them. What nobody has proved
    goes. Returns how many."""
    its = col(ContributionReport.contribution_id).in_(select(Contribution.id).where(which))
    await session.exec(update(ContributionReport).where(its).values(body="", said=""))
    done = (await session.exec(delete(Contribution).where(which, col(Contribution.number).is_(None)))).rowcount
    return done + int((await session.exec(update(Contribution).where(which).values(**NOTHING))).rowcount)


async def forget_address(session: AsyncSession, address: str) -> int:
    """The same for what came from an address, with what it has reported."""
    emptied = {"body": "", "email": ""}
    await session.exec(update(ContributionReport).where(col(ContributionReport.email) == address).values(**emptied))
    return await forget_contributions(session, col(Contribution.email) == address)


async def let_contributions_go(session: AsyncSession, today: datetime, before: datetime) -> None:
    """What nobody has proved in time; of what ended before, the address, and all words that are not shown."""
    unproved = (col(Contribution.number).is_(None), col(Contribution.expires_at) < today)
    await session.exec(delete(Contribution).where(*unproved))
    ended = select(Contribution.id).join(StandingRow, of_its_case()).where(col(StandingRow.ended_at) < before)
    hidden = col(Contribution.id).in_(ended.where(its_news().not_in(PUBLIC)))
    await session.exec(update(Contribution).where(hidden).values(**NOTHING))
    shown = col(Contribution.id).in_(ended)
    await session.exec(update(Contribution).where(shown).values(email="", hash=None, may_contact=False))
    await session.exec(delete(ContributionReport).where(col(ContributionReport.decided_at) < before))
