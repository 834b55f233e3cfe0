"""How often something may be done, and what this process remembers of who has done it."""

import math
import time
from enum import StrEnum

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter


class Slowed(StrEnum):
    """What may be done only so often."""

    SIGN_IN = "sign_in"
    CODE = "code"
    HAND_IN = "hand_in"
    FEEDBACK = "feedback"
    CALENDAR = "calendar"
    INVITE = "invite"


LIMITS: dict[Slowed, RateLimitItem] = {
    Slowed.SIGN_IN: parse("60 per 10 minutes"),
    Slowed.CODE: parse("60 per 10 minutes"),
    Slowed.HAND_IN: parse("60 per hour"),
    Slowed.FEEDBACK: parse("20 per hour"),
    Slowed.CALENDAR: parse("600 per 10 minutes"),
    Slowed.INVITE: parse("60 per hour"),
}
"""For one network or one account. A whole office may come from one address, so they stop machines and no people."""


class Brakes:
    """What this process remembers of who has asked how often."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def hit(self, what: Slowed, who: str) -> int:
        """Count one more; returns how many seconds to wait, 0 where there is still room."""
        limit = LIMITS[what]
        if await self._limiter.hit(limit, what, who):
            return 0
        window = await self._limiter.get_window_stats(limit, what, who)
        return max(1, math.ceil(window.reset_time - time.time()))
