"""Appointments in calendars: the same entry in mails, in somebody's own calendar and as a file."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import CalendarEntry
from models.i18n import Texts
from models.messages.appointment import AppointmentStanding
from models.tables import NoticeRow, StandingRow
from models.tables.notice import read_case_key
from models.workflow_ids import APPOINTMENT, case_id

SHORT = 8
"""So many signs of an idea's id tell it from the few others of the same person."""


def write_entry(
    standing: AppointmentStanding, base_url: str, texts: Texts, zone: ZoneInfo, where: str = ""
) -> CalendarEntry | None:
    """None as long as no time was ever agreed. It names nobody and no idea; `where` only for who may read it."""
    if standing.start is None or standing.end is None:
        return None
    return CalendarEntry(
        key=standing.workflow_id,
        day=standing.start.astimezone(zone).date(),
        summary=texts("calendar.meeting", id=standing.idea_id[:SHORT]),
        url=f"{base_url}/ideen/{standing.idea_id}",
        sequence=standing.sequence,
        stamp=standing.entered_at,
        hours=(standing.start, standing.end),
        location=": ".join(filter(None, (texts(f"session.kind.{standing.place}"), where))),
        cancelled=not standing.is_agreed,
    )


def tell_start(texts: Texts, at: datetime, zone: ZoneInfo) -> str:
    """ "Freitag, 4. Dezember 2026, 10:00 Uhr" """
    day = texts.day(at.astimezone(zone).date())
    return texts("page.appointment.when", day=day, time=texts.time(at, zone))


def is_about_appointment(notice: NoticeRow) -> bool:
    return notice.key.startswith(f"{APPOINTMENT}/")


async def find_appointment(session: AsyncSession, notice: NoticeRow) -> AppointmentStanding | None:
    """The one that a notice is about, as it stands now."""
    if notice.idea_id is None or not is_about_appointment(notice):
        return None
    kind, number = read_case_key(notice.key)
    row = await session.get(StandingRow, case_id(kind, notice.idea_id, number))
    standing: AppointmentStanding | None = row.read() if row is not None else None
    return standing
