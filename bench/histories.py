"""How much history does a command leave behind, and how much does an idea carry from run to run?

Ideas walk the whole path, from handing in to the published story, at the pace of people: the next step is taken when
nothing is under way any more. All runs of an idea are counted, with everything that its steps set in motion.
"""

import asyncio
import statistics
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlmodel import select
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle

from activities.polling import wait_until
from api.use_cases.commands import CommandForm, send_command
from api.use_cases.documents import save_document
from bench.commands import ask_bare, start_bare
from bench.figures import Figure, Ground, Result, Table, at_most
from bench.installation import Installation, open_installation
from bench.people import People, hand_in_ideas, in_flight, settle
from models import workflow_ids
from models.lifecycles.events import SUBMIT_STORY, SUBMIT_WORK
from models.messages.coaching import OfferAnswer
from models.tables import Account, Offer, StandingRow
from models.vocabulary import DocumentKind, OfferStatus

NUMBER = 2

PATH: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("request_clarification", "lead", {"note": "Wer würde es betreuen?"}),
    ("clarify", "owner", {"note": "Zwei Meister im Ruhestand haben zugesagt."}),
    ("shortlist", "lead", {}),
    ("agree_plan", "coach", {}),
    ("submit_work", "owner", {}),
    ("approve_concept", "coach", {}),
    ("request_support", "coach", {}),
    ("arrange", "lead", {}),
    ("confirm_use", "owner", {}),
    ("no_support_needed", "coach", {}),
    ("check_in", "owner", {"answer": "on_track"}),
    ("check_in", "owner", {"answer": "done"}),
    ("conclude", "coach", {}),
    ("submit_story", "owner", {}),
    ("approve_story", "lead", {}),
    ("consent", "owner", {}),
)
"""After handing in: event, who, fields. After `shortlist` the coach who is asked says yes."""

PATIENCE_SECONDS = 60.0


@dataclass
class Path:
    """What one idea has left behind. `carried`: bytes of the state at each continue-as-new."""

    events: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    carried: list[int] = field(default_factory=list)

    @property
    def commands(self) -> int:
        return self.events["WORKFLOW_EXECUTION_UPDATE_ACCEPTED"]


async def measure(ground: Ground) -> Result:
    count = ground.size(12, 2)
    # The end can be taken back for two seconds instead of a minute: fewer seconds to wait, as many events.
    async with open_installation(ground.home, undo_seconds=2, gather_seconds=1) as installation:
        await installation.start_worker("bare", "bench.bare")
        await installation.start_worker()
        people = await settle(installation.services, innovators=count)
        handed_in = await hand_in_ideas(installation.services, people.innovators, count)
        ground.tell("handed in")
        await in_flight(8, (partial(walk, installation, people, idea_id, owner) for idea_id, owner in handed_in))
        client = installation.services.engine.client
        paths = [await read_path(client, workflow_ids.idea_workflow(idea_id)) for idea_id, _ in handed_in]
        searches = [await read_path(client, workflow_ids.coach_search(idea_id, 1)) for idea_id, _ in handed_in]
        ground.tell("walked to the end")
        bare_ideas = await start_bare(installation, people, count)
        await in_flight(8, (partial(walk_bare, installation, idea_id, paths[0].commands) for idea_id in bare_ideas))
        bare_paths = [await read_path(client, f"bare/{idea_id}") for idea_id in bare_ideas]
    return report(paths, searches, bare_paths)


async def walk(installation: Installation, people: People, idea_id: str, owner: Account) -> None:
    """From screening to the published story and the end of the last run."""
    services, who = installation.services, {"lead": people.lead, "coach": people.coach, "owner": owner}
    handle: WorkflowHandle[Any, Any] = services.engine.client.get_workflow_handle(workflow_ids.idea_workflow(idea_id))
    await until_idle(handle)
    for event, actor, fields in PATH:
        if event == SUBMIT_WORK:
            await save_document(services, owner, idea_id, DocumentKind.CONCEPT, {"costs": "400 Euro im Jahr"})
        if event == SUBMIT_STORY:
            await save_document(services, owner, idea_id, DocumentKind.STORY, {"changed": "So ging es uns."})
        await send_command(services, who[actor], idea_id, CommandForm(event=event, **fields))
        await until_idle(handle)
        if event == "shortlist":
            await accept(installation, people, idea_id)
            await until_idle(handle)
    await handle.result()


async def accept(installation: Installation, people: People, idea_id: str) -> None:
    """The coach says yes, and the idea goes on to planning."""
    services, offers = installation.services, list[Offer]()

    async def is_asked() -> bool:
        async with services.database.session() as session:
            open_ones = select(Offer).where(Offer.idea_id == idea_id, Offer.status == OfferStatus.OPEN)
            offers.extend((await session.exec(open_ones)).all())
        return bool(offers)

    async def has_coach() -> bool:
        async with services.database.session() as session:
            return (await session.get_one(StandingRow, idea_id)).coach_id == people.coach.id

    assert await wait_until(is_asked, PATIENCE_SECONDS), "nobody was asked"
    answer = OfferAnswer(offer_id=offers[0].id, coach_id=people.coach.id, accepted=True)
    await services.engine.answer_offer(idea_id, 1, answer)
    assert await wait_until(has_coach, PATIENCE_SECONDS), "the coach was not found"


async def walk_bare(installation: Installation, idea_id: str, commands: int) -> None:
    handle: WorkflowHandle[Any, Any] = installation.services.engine.client.get_workflow_handle(f"bare/{idea_id}")
    for _ in range(commands):
        await ask_bare(installation, idea_id)
        await until_idle(handle)


async def until_idle(handle: WorkflowHandle[Any, Any]) -> None:
    """Until the latest run has no task and no activity under way, seen twice: a hand-over is two runs."""
    seen = 0
    while seen < 2:
        described = (await handle.describe()).raw_description
        idle = not described.pending_activities and not described.HasField("pending_workflow_task")
        seen = seen + 1 if idle else 0
        await asyncio.sleep(0.05)


async def read_path(client: Client, workflow_id: str) -> Path:
    """The chain of runs, from the latest back to the first."""
    path = Path()
    run: str | None = (await client.get_workflow_handle(workflow_id).describe()).run_id
    while run:
        history = await client.get_workflow_handle(workflow_id, run_id=run).fetch_history()
        path.runs += 1
        for event in history.events:
            path.events[EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")] += 1
            if event.HasField("workflow_execution_continued_as_new_event_attributes"):
                carried = event.workflow_execution_continued_as_new_event_attributes.input.payloads
                path.carried.append(sum(len(payload.data) for payload in carried))
        run = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id or None
    return path


def report(paths: list[Path], searches: list[Path], bare_paths: list[Path]) -> Result:
    def per_command(some: list[Path]) -> float:
        return sum(path.events.total() for path in some) / sum(path.commands for path in some)

    carried = [size / 1024 for path in paths for size in path.carried]
    totals = sum((path.events for path in paths), Counter[str]())
    commands = sum(path.commands for path in paths)
    many, mean = len(paths), statistics.mean
    rows = [[name.lower(), f"{n / many:.1f}", f"{n / commands:.2f}"] for name, n in totals.most_common()]
    return Result(
        figures=[
            Figure("history events a command", per_command(paths), "", per_command(bare_paths), at_most(8)),
            Figure("state that travels, largest", max(carried), "KB", None, at_most(8)),
            Figure("state that travels, median", statistics.median(carried), "KB"),
        ],
        tables=[Table(("event", "a path", "a command"), rows)],
        notes=[
            f"{many} ideas, each with {mean(path.commands for path in paths):.0f} commands of people in "
            f"{mean(path.runs for path in paths):.0f} runs and {totals.total() / many:.0f} events; "
            f"the search for a coach beside it has {mean(path.events.total() for path in searches):.0f} more.",
            "The baseline is the bare workflow with as many commands at the same pace.",
        ],
    )
