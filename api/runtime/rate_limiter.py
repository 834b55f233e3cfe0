"""Rate limiter: a sliding-window counter in PostgreSQL, so that all web processes share one count.

Where PostgreSQL is away nobody is let in anyway, so nothing has to be counted elsewhere.
"""

import math
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import text

from models.database import Database
from models.secrets import keyed_hash
from models.tables.columns import utc_now

# What was counted in the window before weighs by the share of it that is not yet over. One statement, and the row is
# locked while the limit is compared: however many ask at once, no more get through.
HIT = text("""
    WITH seen AS (
        SELECT coalesce(max(count) FILTER (WHERE "window" = :previous), 0) AS previous,
               coalesce(max(count) FILTER (WHERE "window" = :current), 0) AS current
        FROM rate_count WHERE key = :key AND "window" IN (:previous, :current)
    ), hit AS (
        INSERT INTO rate_count AS counted (key, "window", count)
        SELECT :key, :current, 1 FROM seen WHERE floor(previous * :share) < :most
        ON CONFLICT (key, "window") DO UPDATE SET count = counted.count + 1
        WHERE counted.count + floor((SELECT previous FROM seen) * :share) < :most
        RETURNING count
    )
    SELECT seen.previous, seen.current, hit.count IS NOT NULL FROM seen LEFT JOIN hit ON true
""")


class Rate(NamedTuple):
    """So many within so many seconds."""

    most: int
    seconds: int


class Counter(NamedTuple):
    """What is counted, of whom, and how much of it is allowed."""

    what: str
    who: str
    rate: Rate


class RateLimiter:
    """Counts who asks how often. Kept are keyed digests: no address, no network."""

    def __init__(self, database: Database, key: str) -> None:
        self._database = database
        self._key = key

    async def hit(self, *counters: Counter, now: datetime | None = None) -> int:
        """Count one more of each; returns how many seconds to wait, 0 where all had room. What is refused anywhere is
        counted nowhere, so that waiting helps even where somebody goes on trying.
        """
        at = now or utc_now()
        async with self._database.session() as session:
            connection = await session.connection()
            for counter in counters:
                window = _window(at, counter.rate)
                asked = {"key": self._digest(counter), "most": counter.rate.most} | window._asdict()
                previous, current, is_counted = (await connection.execute(HIT, asked)).one()
                if not is_counted:
                    return _wait(counter.rate, previous, current, window.share)
            await session.commit()
        return 0

    def _digest(self, counter: Counter) -> str:
        return f"{counter.what}/{keyed_hash(self._key, 'rate', counter.who)}"


class _Window(NamedTuple):
    previous: datetime
    current: datetime
    share: float
    """How much of the window before is still within the limiter's sight, from 1 down to 0."""


def _window(at: datetime, rate: Rate) -> _Window:
    """The fixed windows are counted from 1970 on, so that all processes mean the same."""
    elapsed = at.timestamp() % rate.seconds
    began = round(at.timestamp() - elapsed)
    previous, current = (datetime.fromtimestamp(second, UTC) for second in (began - rate.seconds, began))
    return _Window(previous, current, 1 - elapsed / rate.seconds)


def _wait(rate: Rate, previous: int, current: int, share: float) -> int:
    """In how many seconds there is room again, if nobody else comes: at least 1."""
    # Others may have counted since it was read: at least so many were there when it was refused.
    current = max(current, rate.most - math.floor(previous * share))
    # Within this window, as the one before moves out of sight; or in the next one, as this one does.
    left = share - (rate.most - current) / previous if current < rate.most else share + 1 - rate.most / current
    return max(1, math.ceil(left * rate.seconds) + 1)
