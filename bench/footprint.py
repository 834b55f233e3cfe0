"""What does an installation need: memory, time at rest, time to start, time to wake an idea that no worker remembers?

Memory of worker, web and PostgreSQL with 5,000 open ideas, which were started and looked at, and the processor time
that all take while nobody comes; the second start of everything with demo data; and ideas with a long run behind them,
asked of a worker that has just been started.
"""

import asyncio
import signal
import statistics
import sys
import time
from functools import partial
from pathlib import Path

import httpx
from sqlmodel import select
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from api.operations.embedded.network_ports import find_free_port
from api.operations.embedded.postgres import EmbeddedPostgres
from api.operations.embedded.process import last_lines, start_child
from api.operations.embedded.temporal import EmbeddedTemporal
from bench import bare
from bench.commands import ask_bare, ask_directly, make_turns, start_bare
from bench.figures import Figure, Ground, Result, Table, show, take_turns
from bench.histories import until_idle
from bench.installation import KEY, QUIET, Installation, open_installation
from bench.people import in_flight, settle
from bench.seeding import seed
from models import workflow_ids
from models.database import IDLE_SESSION_TIMEOUT_MS
from models.messages.idea import IdeaState, Standing
from models.settings import PROJECT_ROOT
from models.tables import StandingRow, is_open_idea
from workflows import names
from workflows.worker import build_replayer, sandbox_runner

NUMBER = 5

START_SECONDS = 120
PAGES = 20
REST_SECONDS, MOST_RESTS = 10, 60
OURS = ("worker", "web", "postgres")
"""Temporal keeps what it is given, however little we ask of it."""


async def measure(ground: Ground) -> Result:
    memory = await measure_memory(ground)
    starting = await measure_start(ground)
    waking = await measure_waking(ground)
    return Result(
        [*memory.figures, *starting.figures, *waking.figures],
        memory.tables + waking.tables,
        memory.notes + waking.notes,
    )


# -- memory ----------------------------------------------------------------------------------------------------


async def measure_memory(ground: Ground) -> Result:
    ideas = ground.size(5_000, 200)
    async with open_installation(ground.home / "memory") as installation:
        await installation.start_worker()
        url = await installation.start_web()
        await installation.rest()
        empty, idle = measure_parts(installation), await measure_idleness(installation, ground.size(60, 5))
        services = installation.services
        await seed(installation.postgres.url, ideas, services.policy, services.today(), share_open=1.0)
        await start_ideas(installation)
        await look_around(installation, url)
        await come_to_rest(installation, ground.size(IDLE_SESSION_TIMEOUT_MS // 1000 + REST_SECONDS, 1))
        full, at_rest = measure_parts(installation), await measure_idleness(installation, ground.size(60, 5))
        ground.tell(f"{ideas:,} open ideas: {full}; at rest {at_rest}")
    of_ideas = f"with {ideas:,} open ideas"
    figures = [Figure(f"memory of {name} {of_ideas}", full[name], "MiB", empty[name]) for name in OURS]
    figures.append(Figure(f"memory of the three {of_ideas}", sum(full.values()), "MiB", sum(empty.values())))
    took, takes = (sum(one[name] for name in OURS) for one in (at_rest, idle))
    figures.append(Figure(f"processor time a minute at rest {of_ideas}", took * 1000, "ms", takes * 1000))
    table = Table(
        ("processor time a minute at rest", of_ideas, "without ideas"),
        [[name, show(at_rest[name] * 1000, "ms"), show(idle[name] * 1000, "ms")] for name in at_rest],
    )
    return Result(figures, [table], ["Memory, rest: the baseline is the same installation when there was no idea."])


def measure_parts(installation: Installation) -> dict[str, float]:
    return {name: installation.memory(name) for name in OURS}


async def come_to_rest(installation: Installation, seconds: int) -> None:
    """Wait until nothing is left to do, and then `seconds` for connections that nobody needs to be closed."""
    await installation.services.database.dispose()
    for _ in range(MOST_RESTS):
        await installation.rest()
        if sum((await measure_idleness(installation, REST_SECONDS)).values()) < QUIET * 60:
            break
    await asyncio.sleep(seconds)


async def measure_idleness(installation: Installation, seconds: int) -> dict[str, float]:
    """Seconds of a processor that each part takes in a minute in which nobody comes."""
    names = installation.all_parts
    before = installation.cpu_seconds(names)
    await asyncio.sleep(seconds)
    after = installation.cpu_seconds(names)
    return {name: (after[name] - before[name]) * 60 / seconds for name in names}


async def start_ideas(installation: Installation) -> None:
    """Let all ideas go on from where SQL says they stand; what is due at once is done at once."""
    services = installation.services
    async with services.database.session() as session:
        snapshots = (await session.exec(select(StandingRow.snapshot).where(is_open_idea()))).all()
    states = (IdeaState(standing=Standing.model_validate(one), rulebook=services.rulebook()) for one in snapshots)
    await in_flight(16, (partial(services.engine.start_from, state) for state in states))


async def look_around(installation: Installation, url: str) -> None:
    """Read the lists as leads do, page after page."""
    people = await settle(installation.services, innovators=0)
    headers = {"Authorization": f"Bearer {people.tokens[people.lead.id]}"}
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers, timeout=30, trust_env=False) as client:
        for path in ("/ideas", "/stuck"):
            cursor: dict[str, str] = {}
            for _ in range(PAGES):
                answer = (await client.get(path, params={"limit": 50, **cursor})).raise_for_status().json()
                if answer["next_cursor"] is None:
                    break
                cursor = {"cursor": answer["next_cursor"]}


# -- starting --------------------------------------------------------------------------------------------------


async def measure_start(ground: Ground) -> Result:
    var, port = ground.home / "var", find_free_port()
    first = await start_everything(var, port)
    ground.tell(f"first start with loading the demo: {first:.1f} s")
    servers, everything = await take_turns(
        ground.size(3, 1), partial(start_servers, var), partial(start_everything, var, port)
    )
    ground.tell(f"second start: {everything:.1f} s, the servers alone {servers:.1f} s")
    what = "second start of `ideenweg up --demo`, until it is ready"
    return Result([Figure(what, everything, "s", servers), Figure("the first one, which loads the demo", first, "s")])


async def start_servers(var: Path) -> float:
    """PostgreSQL and Temporal side by side on the same data, and nothing else; in seconds."""
    postgres, temporal = EmbeddedPostgres(var / "postgres"), EmbeddedTemporal(var / "temporal")
    began = time.monotonic()
    try:
        await asyncio.gather(postgres.start(), temporal.start())
        return time.monotonic() - began
    finally:
        await temporal.stop()
        await postgres.stop()


async def start_everything(var: Path, port: int) -> float:
    """`ideenweg up --demo` until it says that everything is ready, in seconds; then it is stopped."""
    log = var.parent / f"up-{time.monotonic_ns()}.log"
    environment = Installation.own_environment() | {"IDEENWEG_VAR": str(var), "IDEENWEG_PORT": str(port)}
    began = time.monotonic()
    child = await start_child(
        [sys.executable, "-m", "api.cli", "up", "--demo"],
        log=log,
        env=environment | {"IDEENWEG_SECRET_KEY": KEY},
        cwd=PROJECT_ROOT,
        when_parent_dies=signal.SIGTERM,
    )
    try:
        while "Ready after" not in log.read_text(encoding="utf-8"):
            if not child.is_alive() or time.monotonic() - began > START_SECONDS:
                raise RuntimeError(f"`ideenweg up` did not become ready: {last_lines(log, 3)}")
            await asyncio.sleep(0.02)
        return time.monotonic() - began
    finally:
        await child.stop((signal.SIGTERM, 60))


# -- waking an idea --------------------------------------------------------------------------------------------


async def measure_waking(ground: Ground) -> Result:
    ideas, steps, rounds = ground.size(10, 3), ground.size(40, 6), ground.size(3, 1)
    async with open_installation(ground.home / "waking") as installation:
        await installation.start_worker("bare", "bench.bare")
        await installation.start_worker()
        people = await settle(installation.services, innovators=ideas)
        turns, bare_ideas = await make_turns(installation, people, ideas), await start_bare(installation, people, ideas)
        client = installation.services.engine.client
        for _ in range(steps):
            await in_flight(8, (partial(ask_directly, installation, people, turn) for turn in turns))
            await in_flight(8, (partial(ask_bare, installation, idea_id) for idea_id in bare_ideas))
        ours = [workflow_ids.idea_workflow(turn.idea_id) for turn in turns]
        theirs = [f"bare/{idea_id}" for idea_id in bare_ideas]
        for workflow_id in (*ours, *theirs):
            await until_idle(client.get_workflow_handle(workflow_id))
        ground.tell(f"{ideas} ideas with {steps} steps")

        async def ask(workflow_id: str) -> float:
            """Milliseconds to an answer."""
            began = time.perf_counter()
            await client.get_workflow_handle(workflow_id).query(names.STATE)
            return (time.perf_counter() - began) * 1000

        cold: dict[str, list[float]] = {"idea": [], "bare": []}
        warm: dict[str, list[float]] = {"idea": [], "bare": []}
        for _ in range(rounds):
            for name, module, named in (("bare", "bench.bare", theirs), ("idea", "api.cli", ours)):
                part = "worker" if name == "idea" else name
                await installation.stop_part(part)
                await installation.start_worker(part, module)
                first, *others = named
                await ask(first)  # whatever a worker does for the first time only
                cold[name] += [await ask(workflow_id) for workflow_id in others]
                warm[name] += [await ask(workflow_id) for workflow_id in others]
        histories = {
            name: [await client.get_workflow_handle(one).fetch_history() for one in named]
            for name, named in (("idea", ours), ("bare", theirs))
        }
    bare_replayer = Replayer(
        workflows=[bare.Bare], workflow_runner=sandbox_runner(), data_converter=pydantic_data_converter
    )
    replayed = await take_turns(
        rounds, partial(replay, bare_replayer, histories["bare"]), partial(replay, build_replayer(), histories["idea"])
    )
    events = {name: statistics.mean(len(one.events) for one in some) for name, some in histories.items()}
    medians = {name: (statistics.median(cold[name]), statistics.median(warm[name])) for name in cold}
    rows = [[name, show(events[name]), *map(show, medians[name])] for name in ("idea", "bare")]
    return Result(
        figures=[
            Figure("answer of an idea that no worker remembers", medians["idea"][0], "ms", medians["bare"][0]),
            Figure("replay of its run alone", replayed[1], "ms", replayed[0]),
        ],
        tables=[Table((f"after {steps} steps", "events", "cold, ms", "remembered, ms"), rows)],
        notes=["Waking: the baseline is the bare workflow after as many commands, asked of its own worker."],
    )


async def replay(replayer: Replayer, histories: list[WorkflowHistory]) -> float:
    """Milliseconds a history."""
    began = time.perf_counter()
    for history in histories:
        await replayer.replay_workflow(history)
    return (time.perf_counter() - began) * 1000 / len(histories)
