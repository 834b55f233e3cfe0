"""How fast are ideas out of somebody else's table handed in?

The import as `ideenweg import` does it (read, check, write drafts, hand in and wait until each is shown), against bare
workflow starts on the same server: as many, as many in flight, a chunk of each by turns.
"""

import asyncio
import csv
import time
import uuid
from functools import partial
from pathlib import Path

from api.use_cases.importing.checking import Choices, check_rows
from api.use_cases.importing.import_run import Fate, Run
from api.use_cases.importing.mapping import map_columns, parse_map
from api.use_cases.importing.reading import Reading, read_table
from bench import bare
from bench.figures import Figure, Ground, Result, ratio_at_least, take_turns
from bench.installation import Installation, open_installation
from bench.people import DISTRICT, THEME, People, in_flight, settle

NUMBER = 3

IN_FLIGHT = 16
SUMMARY = "Nachbarn reparieren gemeinsam, was kaputt ist. " * 5
MAP = ["title=title,summary=description,district=region,themes=category"]


async def measure(ground: Ground) -> Result:
    rows, rounds = ground.size(5_000, 100), ground.size(5, 1)
    async with open_installation(ground.home) as installation:
        await installation.start_worker("bare", "bench.bare")
        await installation.start_worker()
        people = await settle(installation.services, innovators=1)
        await start_bare(installation, 20)  # whatever is done for the first time only
        rates: list[float] = []

        async def import_chunk() -> float:
            number = len(rates)
            file = write_table(ground.home / f"ideas-{number}.csv", number, rows // rounds)
            rates.append(await import_file(installation, people, file))
            ground.tell(f"imported {rows // rounds} rows, {rates[-1]:.0f}/s")
            await installation.rest()
            return rates[-1]

        async def start_chunk() -> float:
            rate = await start_bare(installation, rows // rounds)
            ground.tell(f"started {rows // rounds} bare workflows, {rate:.0f}/s")
            await installation.rest()
            return rate

        started, imported = await take_turns(rounds, start_chunk, import_chunk)
    what = f"ideas imported and handed in, {rows:,} rows in {rounds} chunks"
    return Result(
        figures=[Figure(what, imported, "/s", started, ratio_at_least(0.7))],
        notes=[
            f"First chunk {rates[0]:.0f}/s, last one {rates[-1]:.0f}/s; {IN_FLIGHT} in flight, as `ideenweg import`."
        ],
    )


def write_table(path: Path, number: int, rows: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["title", "description", "region", "category"])
        for row in range(rows):
            writer.writerow([f"Idee {number}-{row}", SUMMARY, DISTRICT, THEME])
    return path


async def import_file(installation: Installation, people: People, file: Path) -> float:
    """Ideas handed in a second. Raises RuntimeError where a row is left behind."""
    services, columns, began = installation.services, parse_map(MAP), time.monotonic()
    table = read_table(file, Reading(columns=list(columns.values())))
    checked = check_rows(table, map_columns(table, columns, []), services.policy, file.stem, Choices())
    run = Run(services, people.lead, file.stem, asyncio.Event(), IN_FLIGHT)
    await run.hand_in(await run.write_drafts(checked.rows))
    seconds = time.monotonic() - began
    if run.fates[Fate.SUBMITTED] != len(table.rows):
        raise RuntimeError(f"of {len(table.rows)} rows became {dict(run.fates)}")
    return len(table.rows) / seconds


async def start_bare(installation: Installation, count: int) -> float:
    """Starts a second, with a worker that takes them up."""
    start, began = installation.services.engine.client.start_workflow, time.monotonic()
    ids = (str(uuid.uuid4()) for _ in range(count))
    jobs = (partial(start, bare.WORKFLOW, new, id=f"bare/{new}", task_queue=bare.TASK_QUEUE) for new in ids)
    await in_flight(IN_FLIGHT, jobs)
    return count / (time.monotonic() - began)
