"""One run: build a town, let people live in it while it is attacked, let it come to rest, judge it."""

import asyncio
import contextlib
import statistics
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.chaos.checker import RINGS, Evidence, Finding, Try, judge
from tests.chaos.faults import Rates
from tests.chaos.fundraisers import Fundraisers
from tests.chaos.managers import Managers, StaffEvidence, StaffFinding, judge_staff, took_effect
from tests.chaos.neighbours import Neighbours
from tests.chaos.people import People
from tests.chaos.town import Tell, Town, open_town
from tests.chaos.trouble import Blow, plan_trouble
from tests.chaos.witness import Witness

MIDNIGHTS = (0.35, 0.7)
"""When days end, as shares of the time: reminders are rung at the first, offers expire at the second."""

QUICKEST = 2.0
"""Seconds between two blows where nobody says otherwise, on the fastest machine."""

LONGEST_REST = 240.0


@dataclass
class Report:
    """What a run has found, and how much there was to it."""

    seed: int
    findings: list[Finding | StaffFinding]
    figures: dict[str, object] = field(default_factory=dict)


async def run_chaos(
    home: Path,
    seed: int,
    seconds: float,
    tell: Tell,
    *,
    clients: int = 24,
    most_ideas: int = 40,
    pause: float | None = None,
    workers: int = 2,
    webs: int = 2,
    wait_for_mails: float = LONGEST_REST,
) -> Report:
    """Attack a town for `seconds`. Everything it starts has ended when this returns."""
    rates = Rates(seed=seed, before=0.02, after=0.02, slow=0.01, die=0.001)
    midnights = [timedelta(seconds=round(share * seconds)) for share in MIDNIGHTS]
    async with open_town(home, workers=workers, webs=webs, midnights=midnights, rates=rates) as town:
        people, witness = People(town, seed, most_ideas=most_ideas), await Witness.arrive(town)
        fundraisers, managers = Fundraisers(people, seed), Managers(people, seed)
        neighbours = Neighbours(people, fundraisers, seed)
        try:
            # A part that is killed again before it is up tells us nothing, and this machine may be busy.
            pause = pause or max(town.getting_ready.total_seconds() / 3, QUICKEST)
            await fundraisers.set_out()
            await neighbours.set_out()
            tell(f"The town works. Trouble for {seconds:.0f} seconds, seed {seed}, every {pause:.1f} seconds.")
            attacks = plan_trouble(seed, seconds, list(town.parts), list(town.links), pause=pause)
            everybody = live_together(people.live(clients), fundraisers.live(), neighbours.live(), managers.live())
            async with in_background(witness.watch_places()), in_background(everybody) as living:
                async with in_background(town.suffer(attacks, tell)) as suffering:
                    # Where the people break off, nobody goes on attacking a town in which nobody lives.
                    await asyncio.wait({suffering, living}, return_when=asyncio.FIRST_COMPLETED)
                    if living.done():
                        await living
                await asyncio.sleep(max(seconds - town.now, 0))
                town.calm_down()
                people.go_home()
                await living
            recovery = await town.until_ready()
            tell(f"Everything answers again after {recovery:.1f} seconds. Waiting for rest.")
            rest = await witness.wait_for_rest(LONGEST_REST, wait_for_mails)
            tell(f"At rest after {rest:.0f} seconds. Reading everything, replaying every history.")
            evidence = await witness.testify(people, fundraisers, neighbours)
            staff = await witness.testify_of_staff(managers)
        finally:
            await people.close()
            await witness.leave()
        figures = (
            count(evidence, town)
            | count_staff(staff)
            | {
                "histories replayed": witness.replayed,
                "seconds until ready": round(recovery, 1),
                "seconds until rest": round(rest),
            }
        )
        return Report(seed, [*judge(evidence), *judge_staff(staff)], figures)


async def live_together(*lives: Coroutine[None, None, None]) -> None:
    async with asyncio.TaskGroup() as group:
        for life in lives:
            group.create_task(life)


@asynccontextmanager
async def in_background(work: Coroutine[None, None, None]) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def count(evidence: Evidence, town: Town) -> dict[str, object]:
    """The figures that say how much a run without findings is worth."""
    tries = [each for call in evidence.calls for each in call.tries]
    done = [each.ended - each.began for each in tries if each.is_done]
    unsure = [call for call in evidence.calls if not call.is_acknowledged and any(each.is_open for each in call.tries)]
    taken = [call for call in unsure if evidence.of_command[call.command_id]]
    blows = Counter(f"{blow.blow} {blow.target.partition('-')[0]}" for blow in town.blows)
    planted = Counter(fault for name in town.parts for fault in town.planted(name))
    return {
        "commands": len(evidence.calls),
        "requests for them": len(tries),
        "acknowledged": sum(call.is_acknowledged for call in evidence.calls),
        "refused": sum(all(each.is_refused for each in call.tries) for call in evidence.calls),
        "never answered": f"{len(unsure)}, of which {len(taken)} were taken",
        "answers to commands": dict(Counter(answer_of(each) for each in tries).most_common()),
        "answers to looks": dict(Counter(answer_of(each) for each in evidence.reads).most_common()),
        "acknowledged within (median, p95, longest)": quantiles(done),
        "ideas": f"{len(evidence.shown)}, of which {sum(row.outcome is not None for row in evidence.shown)} have ended",
        "steps": len(evidence.timeline),
        "most steps of one idea": max((row.version for row in evidence.shown), default=0),
        "reminders": sum(line.event in RINGS for line in evidence.timeline),
        "offers": dict(Counter(offer.status for offer in evidence.offers)),
        "cases beside ideas": dict(Counter(f"{row.kind} {row.state}" for row in evidence.beside.shown)),
        "commands to them": f"{len(evidence.beside.calls)}, of which "
        f"{sum(call.is_acknowledged for call in evidence.beside.calls)} were acknowledged",
        "notices": len(evidence.notices),
        "mails": dict(Counter(mail.state for mail in evidence.mails)),
        "mails that arrived": len(evidence.arrived),
        "killed": sum(blow.blow is Blow.KILL for blow in town.blows),
        "blows": dict(sorted(blows.items())),
        "activities that were made to fail": dict(planted),
        "parts that were asked to stop": sum(len(part.endings) for part in town.parts.values()),
    }


def count_staff(staff: StaffEvidence) -> dict[str, object]:
    """How much was done with people."""
    done = Counter(str(change.kind) for change in staff.changes if took_effect(change))
    return {
        "changes of people": dict(sorted(done.items())),
        "proposals": dict(Counter(change.status for change in staff.changes if change.status != "done")),
    }


def answer_of(each: Try) -> str:
    return each.why if each.status is None else f"{each.status} {each.code or ''}".strip()


def quantiles(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "–"
    p95 = statistics.quantiles(seconds, n=20)[-1]
    return f"{statistics.median(seconds):.2f} s, {p95:.2f} s, {max(seconds):.2f} s"
