"""How long do twelve months of the platform take on a clock that skips them?

`ideenweg simulate`, with the workflows, rules and activities of production on servers of its own: a thousand ideas are
handed in over a year, and coaches, leads and innovators answer late, forget and are reminded. There is nothing bare to
compare it with; what it costs where is told by the processor time of each part.
"""

import os
import time
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path

import psutil

from api.operations.simulation.environment import open_town
from api.operations.simulation.people import settle
from api.operations.simulation.rules import read_policy
from api.operations.simulation.scenario import Scenario
from api.operations.simulation.timeline import read_diary
from api.operations.simulation.year import Year
from bench.figures import Figure, Ground, Result, Table, at_most, show

NUMBER = 7

PIPELINE = Path(__file__).parents[1] / "pipeline.toml"
PARTS = {
    "temporal-test-server": "time-skipping server",
    "postgres": "PostgreSQL",
    "api.operations.simulation.worker": "workers",
}


async def measure(ground: Ground) -> Result:
    scenario = Scenario(
        first_day=date(datetime.now(UTC).year + 1, 1, 1),
        ideas=ground.size(1_000, 20),
        months=ground.size(12, 2),
        arrive_within=ground.size(12, 1),
    )
    policy = read_policy(PIPELINE)
    async with open_town(PIPELINE) as town:
        people = await settle(town.database, scenario, policy)
        year, before, began = Year(town, scenario, policy, people), read_processor_times(), time.monotonic()
        async for day in year.live():
            if day.day == 1:
                ground.tell(f"{day}, {year.steps} steps of people")
        seconds = time.monotonic() - began
        spent = {part: total - before[part] for part, total in read_processor_times().items()}
        diary = await read_diary(town.database, {idea.id: idea.number for idea in people.ideas})
    steps, days = len(diary.lines), len(scenario.days())
    return Result(
        figures=[
            Figure(f"{scenario.ideas:,} ideas, {scenario.months} months", seconds, "s", target=at_most(60)),
            Figure("ideas whose year has passed", scenario.ideas / seconds, "/s"),
            Figure("steps in the timelines", steps / seconds, "/s"),
            Figure("days", days / seconds, "/s"),
        ],
        tables=[
            Table(
                ("part", "processor time", "a step"),
                [(part, show(total, "s"), show(1000 * total / steps, "ms")) for part, total in sorted(spent.items())],
            )
        ],
        notes=[
            f"{steps:,} steps on {days} days with {scenario.coaches} coaches; {sum(year.refused.values())} refused,"
            f" the clock helped {town.time.standstills} times.",
            f"Processor time {show(sum(spent.values()), 's')} in all; {os.cpu_count()} processors.",
        ],
    )


def read_processor_times() -> dict[str, float]:
    """Part → seconds of processor time that it has used. What has ended counts with the process that waited for it."""
    spent: defaultdict[str, float] = defaultdict(float)
    own = psutil.Process()
    spent["people"] = own.cpu_times().user + own.cpu_times().system
    for child in own.children(recursive=True):
        try:
            times, command = child.cpu_times(), " ".join(child.cmdline())
        except psutil.NoSuchProcess:
            continue
        for sign, part in PARTS.items():
            if sign in command:
                spent[part] += sum(times[:4])
                break
    return spent
