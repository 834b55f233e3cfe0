"""Calendar files that programs take, the same for the same deadline."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Calendar

from activities.mails.content import CalendarEntry
from activities.mails.ics import write_calendar


def deadline(**fields: Any) -> CalendarEntry:
    values: dict[str, Any] = {
        "key": "idea/1/develop.working",
        "day": date(2026, 12, 31),
        "summary": "Ideenweg: Frist",
        "url": "https://ideen.example.org/ideen/1",
        "sequence": 4,
        "stamp": datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
    }
    return CalendarEntry(**values | fields)


def test_a_deadline_is_a_whole_day_that_takes_no_time() -> None:
    calendar = Calendar.from_ical(write_calendar([deadline()]))
    (event,) = calendar.walk("VEVENT")
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (date(2026, 12, 31), date(2027, 1, 1))
    assert (event.decoded("DTSTAMP"), event.decoded("SEQUENCE")) == (deadline().stamp, 4)
    assert (str(event["TRANSP"]), str(event["SUMMARY"])) == ("TRANSPARENT", "Ideenweg: Frist")
    assert str(event["UID"]).endswith("@ideen.example.org")
    assert (str(calendar["METHOD"]), str(calendar["VERSION"])) == ("PUBLISH", "2.0")


def test_a_time_has_its_last_day_and_a_subscribed_calendar_its_name() -> None:
    away = deadline(key="absence/1", last_day=date(2027, 1, 8))
    calendar = Calendar.from_ical(write_calendar([away], "Ideenweg", timedelta(hours=1)))
    (event,) = calendar.walk("VEVENT")
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (date(2026, 12, 31), date(2027, 1, 9))
    assert (str(calendar["NAME"]), calendar.decoded("REFRESH-INTERVAL")) == ("Ideenweg", timedelta(hours=1))


def test_the_same_data_are_the_same_bytes_with_lines_as_the_standard_wants_them() -> None:
    written = write_calendar([deadline(), deadline(key="offer/2")])
    assert written == write_calendar([deadline(), deadline(key="offer/2")])
    lines = written.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)


def test_another_deadline_has_another_identity_and_a_moved_one_keeps_it() -> None:
    def identity(**fields: Any) -> str:
        return str(Calendar.from_ical(write_calendar([deadline(**fields)])).walk("VEVENT")[0]["UID"])

    assert identity() == identity(day=deadline().day + timedelta(days=9), sequence=5)
    assert identity() != identity(key="idea/1/develop.reviewing")
