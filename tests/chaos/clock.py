"""A time zone of the town's own, in which midnight comes when we want it: so days pass within minutes."""

import itertools
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

DAY = timedelta(days=1)
_numbers = itertools.count(1)


def new_zone() -> str:
    """A name that no town before had: Python keeps every zone that it has read, and what it has worked out by it."""
    return f"Chaos/Town{next(_numbers)}"


def write_zone(path: Path, now: datetime, midnights: Sequence[timedelta]) -> None:
    """Write a zone whose local midnights come the given times after `now`, at most two of them.

    Up to the second one the clock goes as everywhere; then it leaps to the end of the day. All offsets stay within the
    24 hours that a zone may be away from UTC.
    """
    first, *others = midnights
    assert len(others) <= 1
    of_utc = timedelta(hours=now.hour, minutes=now.minute, seconds=now.second)
    # Local time is ahead of UTC by less than nothing: the last midnight there lies in the future here.
    offset = -((of_utc + first) % DAY)
    leaps = [(now + second, offset + DAY - (second - first)) for second in others]
    write_tzif(path, int(offset.total_seconds()), [(at, int(to.total_seconds())) for at, to in leaps])


def write_tzif(path: Path, offset: int, leaps: Sequence[tuple[datetime, int]]) -> None:
    """A TZif file (RFC 8536, version 1): an offset in seconds, and others from some instants on."""
    offsets = [offset, *(to for _, to in leaps)]
    header = struct.pack(">4s16x6l", b"TZif", 0, 0, 0, len(leaps), len(offsets), 4)
    times = b"".join(struct.pack(">l", int(at.timestamp())) for at, _ in leaps)
    types = bytes(range(1, len(offsets)))
    infos = b"".join(struct.pack(">lbB", each, 0, 0) for each in offsets)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header + times + types + infos + b"TWN\0")


def utc_now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
