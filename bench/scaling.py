"""What do a second worker and a second web process bring, and what limits them?

Commands over HTTP from a process outside of the installation, first to one web process and one worker, then to two of
each, by turns; and how many cores each part keeps busy meanwhile.
"""

import asyncio
import os
import statistics
import time
from dataclasses import dataclass

from bench.commands import make_turns
from bench.figures import Figure, Ground, Result, Table, show
from bench.installation import Installation, open_installation
from bench.load import Load, Pressing, Turn, press_from_outside
from bench.people import settle

NUMBER = 6

IN_FLIGHT = 32
FULL = 0.9
"""Of what there is: beyond this there is nothing left to give."""
SERVERS = ("temporal", "postgres")
ONE, TWO = "one of each", "two of each"


@dataclass(frozen=True)
class Push:
    """One time under load, and how many cores each kind of process kept busy."""

    load: Load
    cores: dict[str, float]


async def measure(ground: Ground) -> Result:
    seconds, rounds = ground.size(10, 3), ground.size(3, 1)
    async with open_installation(ground.home) as installation:
        await installation.start_worker()
        urls = [await installation.start_web()]
        people = await settle(installation.services, innovators=16)
        turns = list(await make_turns(installation, people, ground.size(96, 40)))
        await push(installation, urls, turns, seconds / 3)  # whatever is done for the first time only
        pushes: dict[str, list[Push]] = {ONE: [], TWO: []}
        for _ in range(rounds):
            for name, some in pushes.items():
                if name == TWO:
                    await installation.start_worker("worker 2")
                    more = [*urls, await installation.start_web("web 2")]
                await installation.rest()
                some.append(await push(installation, urls if name == ONE else more, turns, seconds))
                ground.tell(f"{name}: {some[-1].load.rate:.0f}/s {some[-1].load.failures or ''}")
                if name == TWO:
                    await asyncio.gather(installation.stop_part("worker 2"), installation.stop_part("web 2"))
    return report(pushes, os.cpu_count() or 1)


async def push(installation: Installation, urls: list[str], turns: list[Turn], seconds: float) -> Push:
    names = [*SERVERS, *installation.parts]
    before, began = installation.cpu_seconds(names), time.monotonic()
    load = await press_from_outside(Pressing(urls, turns, IN_FLIGHT, seconds))
    after, took = installation.cpu_seconds(names), time.monotonic() - began
    cores = {"callers": load.cpu_seconds / took}
    for name in names:
        kind = name.split()[0]
        cores[kind] = cores.get(kind, 0.0) + (after[name] - before[name]) / took
    return Push(load, cores)


def report(pushes: dict[str, list[Push]], cores: int) -> Result:
    rate = {name: statistics.median(push.load.rate for push in some) for name, some in pushes.items()}
    median = {name: statistics.median(push.load.median for push in some) for name, some in pushes.items()}
    busy = {
        name: {kind: statistics.median(push.cores[kind] for push in some) for kind in some[0].cores}
        for name, some in pushes.items()
    }
    rows = [[kind, show(busy[ONE][kind]), show(busy[TWO][kind])] for kind in busy[ONE]]
    rows.append(["all", show(sum(busy[ONE].values())), show(sum(busy[TWO].values()))])
    failed = sum(sum(push.load.failures.values()) for some in pushes.values() for push in some)
    return Result(
        figures=[
            Figure(f"commands with two of each, {IN_FLIGHT} in flight", rate[TWO], "/s", rate[ONE]),
            Figure("median latency with two of each", median[TWO], "ms", median[ONE]),
        ],
        tables=[Table(("cores kept busy", ONE, TWO), rows)],
        notes=[
            f"One of each: {name_limit(busy[ONE], cores)}",
            f"Two of each: {name_limit(busy[TWO], cores)}",
            f"{failed} commands failed. The baseline is one worker and one web process.",
        ],
    )


def name_limit(busy: dict[str, float], cores: int) -> str:
    """What holds the rate down, as far as the use of the processors tells."""
    total, (largest, share) = sum(busy.values()), max(busy.items(), key=lambda item: item[1])
    if total >= FULL * cores:
        return f"the machine is full ({total:.1f} of {cores} cores); {largest} takes most of it ({share:.1f})."
    if share >= FULL and largest not in SERVERS:
        return f"{largest} is full ({share:.1f} cores), while the machine is not ({total:.1f} of {cores})."
    return (
        f"nobody is full ({total:.1f} of {cores} cores; {largest} {share:.1f}): they wait for each other, or the disk."
    )
