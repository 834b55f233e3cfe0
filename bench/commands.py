"""How much of what Temporal and PostgreSQL can do is left to a command over HTTP?

One web process and one worker against a bare workflow, whose update writes the same two rows in one local activity: it
is asked by its client directly, and through a bare endpoint that looks up a token and stores a note. Everything but the
commands is the same: the servers, the callers' process, as many ideas, as many in flight.
"""

import statistics
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError

from activities.record import write_record
from bench import bare
from bench.figures import Figure, Ground, Result, Table, percentile, ratio_at_least, ratio_at_most, show
from bench.installation import Installation, open_installation
from bench.load import INNOVATORS_STEP, LEADS_STEP, Callers, Failed, Load, Turn, press
from bench.people import People, hand_in_ideas, in_flight, settle, write_ideas
from models.messages.commands import Actor, Command
from models.vocabulary import Role
from workflows.client import EngineAway

NUMBER = 1

IN_FLIGHT = 16
BARE, FAIR, HTTP, DIRECT = "bare update", "fair: bare over HTTP", "over HTTP", "our update, without HTTP"


async def measure(ground: Ground) -> Result:
    ideas, seconds, rounds = ground.size(64, 16), ground.size(6, 2), ground.size(3, 1)
    async with open_installation(ground.home) as installation:
        await installation.start_worker("bare", "bench.bare")
        await installation.start_worker()
        url = await installation.start_web()
        people = await settle(installation.services, innovators=16)
        callers = Callers([url], IN_FLIGHT)
        fair = Callers([await installation.start_web("fair", "bench.bare_http")], IN_FLIGHT)
        cases = {name: await make_turns(installation, people, ideas) for name in (HTTP, DIRECT)}
        bare_ideas = deque(await start_bare(installation, people, ideas))
        token = people.tokens[people.lead.id]
        cases[FAIR] = deque(Turn(idea_id, token, token) for idea_id in await start_bare(installation, people, ideas))
        await installation.rest()
        ground.tell("ready")
        ways: dict[str, Callable[[Turn], Awaitable[None]]] = {FAIR: fair.send, HTTP: callers.send}
        ways[DIRECT] = partial(ask_directly, installation, people)
        loads: dict[tuple[str, int], list[Load]] = {}
        for n in range(rounds):
            for many in (IN_FLIGHT, 1):
                for name in (BARE, FAIR, HTTP, DIRECT):
                    used = sum(installation.cpu_seconds(installation.all_parts).values())
                    if name == BARE:
                        load = await press(bare_ideas, partial(ask_bare, installation), many, seconds)
                    else:
                        load = await press(cases[name], ways[name], many, seconds)
                    await installation.rest()
                    load.cpu_seconds = sum(installation.cpu_seconds(installation.all_parts).values()) - used
                    loads.setdefault((name, many), []).append(load)
                    ground.tell(f"round {n + 1}, {many} in flight, {name}: {load.rate:.0f}/s {load.failures or ''}")
        await callers.close()
        await fair.close()
    return report(loads)


async def make_turns(installation: Installation, people: People, count: int) -> deque[Turn]:
    lead = people.tokens[people.lead.id]
    handed_in = await hand_in_ideas(installation.services, people.innovators, count)
    return deque(Turn(idea_id, lead, people.tokens[owner.id]) for idea_id, owner in handed_in)


async def start_bare(installation: Installation, people: People, count: int) -> list[str]:
    written = await write_ideas(installation.services, people.innovators, count)
    client = installation.services.engine.client
    await in_flight(
        IN_FLIGHT,
        (
            partial(client.start_workflow, bare.WORKFLOW, idea_id, id=f"bare/{idea_id}", task_queue=bare.TASK_QUEUE)
            for idea_id, _ in written
        ),
    )
    return [idea_id for idea_id, _ in written]


async def ask_bare(installation: Installation, idea_id: str) -> None:
    """Raises Failed."""
    handle = installation.services.engine.client.get_workflow_handle(f"bare/{idea_id}")
    command_id = str(uuid.uuid4())
    try:
        await handle.execute_update(
            bare.COMMAND, bare.Asked(idea_id, command_id), id=command_id, rpc_timeout=timedelta(seconds=10)
        )
    except (RPCError, WorkflowUpdateFailedError) as error:
        raise Failed(type(error).__name__) from error


async def ask_directly(installation: Installation, people: People, turn: Turn) -> None:
    """The step and its record, through the client of the web process: no words, no HTTP.

    Raises Failed.
    """
    role, account, event = Role.LEAD, people.lead.id, LEADS_STEP
    if not turn.is_leads:
        role, event = Role.INNOVATOR, INNOVATORS_STEP
        account = next(one.id for one in people.innovators if people.tokens[one.id] == turn.innovator)
    services, actor = installation.services, Actor(role=role, account_id=account)
    told = {"note_id": str(uuid.uuid4()), "asker_records": True, "searched_to": turn.version}
    command = Command(id=str(uuid.uuid4()), event=event, actor=actor, **told)
    try:
        taken = await services.engine.command(turn.idea_id, command)
    except EngineAway as error:
        raise Failed("EngineAway") from error
    if taken.record is not None:
        await write_record(services.database, taken.record)
    turn.version = taken.version
    turn.is_leads = not turn.is_leads


def report(loads: dict[tuple[str, int], list[Load]]) -> Result:
    def rate(name: str) -> float:
        return statistics.median(load.rate for load in loads[name, IN_FLIGHT])

    def median(name: str) -> float:
        return statistics.median(load.median for load in loads[name, 1])

    def core(name: str, many: int) -> float:
        """Processor time of all processes but the callers', in milliseconds a command."""
        return statistics.median(1000 * load.cpu_seconds / max(len(load.latencies), 1) for load in loads[name, many])

    rows = []
    for (name, many), some in sorted(loads.items(), key=lambda item: -item[0][1]):
        latencies = [latency for load in some for latency in load.latencies]
        failures = sum(sum(load.failures.values()) for load in some)
        rates = statistics.median(load.rate for load in some)
        middle, late = percentile(latencies, 0.5), percentile(latencies, 0.95)
        shown = [show(rates), show(middle), show(late), show(core(name, many)), str(failures)]
        rows.append([f"{name}, {many} in flight", *shown])
    return Result(
        figures=[
            Figure(f"commands over HTTP, {IN_FLIGHT} in flight", rate(HTTP), "/s", rate(FAIR), ratio_at_least(0.8)),
            Figure("one command over HTTP alone, median", median(HTTP), "ms", median(FAIR), ratio_at_most(1.3)),
            Figure(
                f"processor time of a command, {IN_FLIGHT} in flight",
                core(HTTP, IN_FLIGHT),
                "ms",
                core(FAIR, IN_FLIGHT),
                ratio_at_most(1.3),
            ),
            Figure(f"the same steps without HTTP, {IN_FLIGHT} in flight", rate(DIRECT), "/s", rate(BARE)),
            Figure("one step without HTTP alone, median", median(DIRECT), "ms", median(BARE)),
        ],
        tables=[Table(("commands", "per second", "median ms", "p95 ms", "ms of a core", "failed"), rows)],
        notes=[
            "A command over HTTP is a step of the path with words: the caller is recognised, the words are stored, the"
            " step is taken, and recorded with a notice to the other side, before the answer goes out.",
        ],
    )
