"""Deadlines as a file for one's own calendar (RFC 5545)."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, Event, vDuration

from activities.mails.content import CalendarEntry


def write_calendar(deadlines: Sequence[CalendarEntry], name: str = "", asked_again: timedelta | None = None) -> bytes:
    """One all-day entry a deadline. The same data give the same bytes, and a moved deadline moves its entry.

    `name` is what a subscribed calendar is called, and `asked_again` how often it shall be fetched (RFC 7986).
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Ideenweg//Ideenweg//DE")
    calendar.add("method", "PUBLISH")
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


def _write_event(deadline: CalendarEntry) -> Event:
    event = Event()
    event.add("uid", f"{uuid5(NAMESPACE_URL, deadline.key)}@{urlsplit(deadline.url).hostname}")
    event.add("dtstamp", deadline.stamp)
    event.add("sequence", deadline.sequence)
    event.add("dtstart", deadline.day)
    event.add("dtend", (deadline.last_day or deadline.day) + timedelta(days=1))
    event.add("summary", deadline.summary)
    event.add("description", deadline.url)
    event.add("url", deadline.url)
    # A deadline takes nobody's day: it does not show as busy.
    event.add("transp", "TRANSPARENT")
    return event
