"""Deadlines as a file for one's own calendar (RFC 5545)."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, Event, vDuration

from activities.mails.content import CalendarEntry


def write_calendar(deadlines: Sequence[CalendarEntry], name: str = "", asked_again: timedelta | None = None) -> bytes:
    """An all-day entry for each deadline, and one of its hours for each appointment. The same data give the same bytes,
    and what has moved moves its entry. All are published, or all are cancelled (RFC 5546).

    `name` is what a subscribed calendar is called, and `asked_again` how often it shall be fetched (RFC 7986).
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Ideenweg//Ideenweg//DE")
    calendar.add("method", method_of(deadlines))
    if name:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
    if asked_again is not None:
        calendar.add("refresh-interval", asked_again, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", vDuration(asked_again))
    for deadline in deadlines:
        calendar.add_component(_write_event(deadline))
    written: bytes = calendar.to_ical()
    return written


def method_of(entries: Sequence[CalendarEntry]) -> str:
    return "CANCEL" if any(entry.cancelled for entry in entries) else "PUBLISH"


def _write_event(deadline: CalendarEntry) -> Event:
    event = Event()
    event.add("uid", f"{uuid5(NAMESPACE_URL, deadline.key)}@{urlsplit(deadline.url).hostname}")
    event.add("dtstamp", deadline.stamp)
    event.add("sequence", deadline.sequence)
    # In UTC an hour is the same in every program, whatever it knows of the clocks here.
    starts, ends = deadline.hours or (deadline.day, (deadline.last_day or deadline.day) + timedelta(days=1))
    event.add("dtstart", starts)
    event.add("dtend", ends)
    event.add("summary", deadline.summary)
    event.add("description", deadline.url)
    event.add("url", deadline.url)
    if deadline.location:
        event.add("location", deadline.location)
    if deadline.hours is not None:
        event.add("status", "CANCELLED" if deadline.cancelled else "CONFIRMED")
    # A deadline takes nobody's day: it does not show as busy.
    event.add("transp", "OPAQUE" if deadline.hours is not None else "TRANSPARENT")
    return event
