"""Appointments in calendars: the same entry in mails, in somebody's own calendar and as a file."""

from zoneinfo import ZoneInfo

from activities.mails.content import CalendarEntry
from models.i18n import Texts
from models.messages.appointment import AppointmentStanding

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
