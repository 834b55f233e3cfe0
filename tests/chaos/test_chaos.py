"""Forty seconds of trouble for a whole installation.

`make chaos` makes ten minutes of it, each time with another seed.
"""

from pathlib import Path

import pytest

from tests.chaos.running import run_chaos

pytestmark = [pytest.mark.services, pytest.mark.slow]

SEED = 20261102
"""Of the plans that are as short as this one, it has every kind of blow and kills every part, web processes just once:
while none is up, nobody can lose anything."""
SECONDS = 40.0
PAUSE = 2.5
"""Seconds between two blows, so that every part is killed within the time."""


async def test_nothing_is_lost_in_forty_seconds_of_trouble(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    told: list[str] = []
    report = await run_chaos(
        tmp_path, SEED, SECONDS, told.append, clients=12, most_ideas=12, pause=PAUSE, wait_for_mails=5
    )
    figures = (f"{name}: {value}" for name, value in report.figures.items())
    summary = "\n".join([*told, *figures, *map(str, report.findings)])
    assert report.findings == [], summary
    for figure in ("acknowledged", "steps", "notices", "histories replayed", "killed"):
        assert report.figures[figure], summary
