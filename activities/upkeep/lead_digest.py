"""The leads' weekly overview: a notice for each of them, whose words are read when the mail is written."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import Reader, Section
from activities.notice_courier import dispatch_notices
from activities.ports.inboxes import Inboxes
from activities.projection import notice_values
from models.case_names import page_of, tell_place
from models.database import Database
from models.queries.lead_digest import find_offices, list_digest_readers, read_lead_digest
from models.queries.moment import Moment
from models.region_names import RegionNames
from models.tables import Account, NoticeRow
from models.vocabulary import NoticeKind


def key_of_week(at: datetime, zone: ZoneInfo) -> str:
    """ "digest-2026-W47": one overview a lead and week, however often it is asked for."""
    year, week, _ = at.astimezone(zone).isocalendar()
    return f"digest-{year}-W{week:02}"


async def write_lead_digests(database: Database, inboxes: Inboxes, zone: ZoneInfo, at: datetime) -> int:
    """A notice for every lead, and a knock at their inboxes; returns how many notices went there."""
    key = key_of_week(at, zone)
    async with database.transaction() as session:
        leads = await list_digest_readers(session)
        rows = [notice_values(None, key, lead, NoticeKind.LEAD_DIGEST) for lead in leads]
        if rows:
            await session.exec(insert(NoticeRow).values(rows).on_conflict_do_nothing())
    return await dispatch_notices(database, inboxes, None)


async def write_digest_section(session: AsyncSession, notice: NoticeRow, reader: Reader) -> Section | None:
    """What the overview says at the moment of sending, in the reader's language."""
    policy = reader.letterhead.policy
    lead = await session.get_one(Account, notice.account_id)
    offices = await find_offices(session, lead, list(policy.region.offices))
    digest = await read_lead_digest(session, Moment.of(policy, datetime.now(UTC)), offices, lead.id)
    links, names = reader.letterhead.links, RegionNames(policy.region, reader.texts)
    return Section(
        "lead_digest",
        {
            "digest": digest,
            "offices": ", ".join(names.office(office) for office in offices),
            "url_of": lambda case: links.page(page_of(case.kind, case.id)),
            "place_of": lambda case: tell_place(reader.texts, case.kind, case.stage, case.state),
            "stuck_url": links.way(reader.account.id, "haengt-fest"),
        },
    )
