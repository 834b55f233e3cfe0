"""Midnight comes when the town wants it."""

import zoneinfo
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from models.cases.calendar import Calendar
from tests.chaos.clock import write_zone

ZONE = "Chaos/Test"
FIRST, SECOND = timedelta(minutes=3), timedelta(minutes=6)


@pytest.mark.parametrize("hour", [0, 7, 12, 23])
def test_two_midnights_within_minutes(tmp_path: Path, hour: int) -> None:
    now = datetime(2026, 11, 22, hour, 58, 30, tzinfo=UTC)
    write_zone(tmp_path / ZONE, now, [FIRST, SECOND])
    with (tmp_path / ZONE).open("rb") as file:
        zone = zoneinfo.ZoneInfo.from_file(file, ZONE)
    for midnight in (FIRST, SECOND):
        before, after = ((now + midnight + timedelta(seconds=n)).astimezone(zone) for n in (-1, 1))
        assert after.date() - before.date() == timedelta(days=1)
        assert after.time() == time(0, 0, 1)
    assert (now + SECOND).astimezone(zone).date() - now.astimezone(zone).date() == timedelta(days=2)


def test_the_calendar_of_the_product_lives_by_it(tmp_path: Path) -> None:
    now = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    write_zone(tmp_path / ZONE, now, [FIRST, SECOND])
    known = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([tmp_path, *known])
    try:
        calendar = Calendar(ZONE, (), time(0, 0, 5))
        today = calendar.today(now)
        assert calendar.end_of(today) == now + FIRST
        assert calendar.end_of(today + timedelta(days=1)) == now + SECOND
        assert calendar.send_time(today + timedelta(days=2)) == now + SECOND + timedelta(seconds=5)
    finally:
        zoneinfo.reset_tzpath(known)
        zoneinfo.ZoneInfo.clear_cache(only_keys=[ZONE])
