"""How often what fails in the world outside is tried again. None of it gives up before somebody may have mended it."""

from datetime import timedelta

from temporalio.common import RetryPolicy

AT_ONCE = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), backoff_coefficient=2, maximum_interval=timedelta(seconds=20)
)
"""Somebody looks at a page and waits: records and notices of a case."""
SOON = RetryPolicy(initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=20))
"""Offers of the coach search."""
PATIENT = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
"""What nobody waits for: many cases at once, a coach who leaves, the inbox."""
FOR_SERVERS = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=1))
"""For as long as `send_mail` asks for it: how often and how long is its decision."""
FOR_PLATFORMS = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5))
"""A crowdfunding platform may be away for hours."""
OVER_NIGHT = RetryPolicy(
    initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=5), maximum_attempts=50
)
"""Upkeep: long enough for an outage over night; the next run is the better remedy after that."""
