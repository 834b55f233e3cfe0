"""Comparing SQL with the workflows. What moves while it is looked at is looked at again before it counts as drift."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from activities.ports.engine import Engine, NoAnswer
from activities.ports.ideas import IdeaGone
from activities.upkeep.batches import in_batches
from activities.upkeep.reconcile_targets import Target, is_open, list_open
from models import workflow_ids
from models.database import Database
from models.messages.upkeep import Finding, ReconcileReport, ReconcileRequest
from models.policy import Policy
from models.queries.drift import count_drift
from models.tables import Drift, DriftRun, StandingRow, TimelineEntry
from models.tables.columns import new_id, utc_now
from models.vocabulary import DriftKind

BATCH = 25
AT_ONCE = 8
LOOKS = 4
PAUSE_SECONDS = 0.5
"""Between two looks: a step that is being recorded is shown by then."""

Mend = Callable[[], Awaitable[bool]]
Progress = Callable[[int, str | None], None]
"""Told after each batch: how many workflows were looked at, and where to go on after a break."""


class Reconciler:
    """Finds drift, writes it down, and with `fix` repairs what can be repaired without losing anything."""

    def __init__(self, database: Database, engine: Engine, policy: Policy) -> None:
        self._database = database
        self._engine = engine
        self._policy = policy

    async def run(
        self, request: ReconcileRequest, progress: Progress = lambda _done, _at: None, after: str | None = None
    ) -> ReconcileReport:
        """Look at everything, or at one idea. Going on `after` a workflow id repeats nothing. Raises NoAnswer."""
        await self._open_report(request)
        running = set() if request.idea_id else {workflow_id async for workflow_id in self._engine.list_running()}
        async with self._database.session() as session:
            shown = await list_open(session, request.idea_id)
        left = [workflow_id for workflow_id in shown if after is None or workflow_id > after]
        done = len(shown) - len(left)
        for batch in in_batches(left, BATCH):
            await self._look_at_all(request, batch)
            done += len(batch)
            progress(done, batch[-1])
        for batch in in_batches(sorted(running - set(shown)), BATCH):
            await self._look_at_all(request, batch)
            done += len(batch)
            progress(done, shown[-1] if shown else None)
        await self._note(request, await self._find_gaps(request.idea_id))
        return await self._close_report(request, done)

    async def count(self) -> int:
        """About how many workflows a run will look at."""
        async with self._database.session() as session:
            return len(await list_open(session))

    # -- one of them -----------------------------------------------------------------------------------------

    async def look_at(self, workflow_id: str, *, fix: bool = False) -> Finding | None:
        """What is wrong, if anything stays wrong for a while."""
        target = Target(workflow_id, self._database, self._engine, self._policy)
        finding, mend = await look(target)
        for _ in range(LOOKS - 1):
            if finding is None:
                return None
            await asyncio.sleep(PAUSE_SECONDS)
            finding, mend = await look(target)
        if finding is None or not fix or mend is None:
            return finding
        repaired = await mend()
        _, more = await look(target)
        if repaired and more is not None:
            # Shown again is not yet running again.
            repaired = await more()
        return finding.model_copy(update={"repaired": repaired})

    # -- all of them -----------------------------------------------------------------------------------------

    async def _look_at_all(self, request: ReconcileRequest, workflow_ids: Sequence[str]) -> None:
        places = asyncio.Semaphore(AT_ONCE)

        async def look_at(workflow_id: str) -> Finding | None:
            async with places:
                return await self.look_at(workflow_id, fix=request.fix)

        found = await asyncio.gather(*map(look_at, workflow_ids))
        await self._note(request, [finding for finding in found if finding is not None])

    async def _find_gaps(self, idea_id: str | None) -> list[Finding]:
        """Timelines that lack a version."""
        kept, row = func.count(col(TimelineEntry.version)), StandingRow
        columns: Any = (row.kind, row.idea_id, row.number, row.version, kept)
        cases: Any = select(*columns).outerjoin(TimelineEntry, col(TimelineEntry.case_id) == col(row.case_id))
        cases = cases.group_by(col(row.case_id)).having(kept < col(row.version))
        if idea_id is not None:
            cases = cases.where(row.idea_id == idea_id)
        async with self._database.session() as session:
            found = (await session.exec(cases)).all()
        return [
            Finding(subject=workflow_ids.case(*case), kind=DriftKind.GAP, shown_version=version, engine_version=count)
            for *case, version, count in found
        ]

    # -- the report ------------------------------------------------------------------------------------------

    async def _open_report(self, request: ReconcileRequest) -> None:
        values = {
            "id": request.run_id,
            "started_at": utc_now(),
            "partial": request.idea_id is not None,
            "fixing": request.fix,
            "checked": 0,
            "found": {},
            "repaired": 0,
        }
        async with self._database.transaction() as session:
            await session.exec(insert(DriftRun).values(values).on_conflict_do_nothing())

    async def _note(self, request: ReconcileRequest, findings: Iterable[Finding]) -> None:
        rows = [
            {"id": new_id(), "run_id": request.run_id, "found_at": utc_now(), **finding.model_dump()}
            for finding in findings
        ]
        if rows:
            async with self._database.transaction() as session:
                await session.exec(insert(Drift).values(rows).on_conflict_do_nothing())

    async def _close_report(self, request: ReconcileRequest, checked: int) -> ReconcileReport:
        async with self._database.transaction() as session:
            report = await count_drift(session, request.run_id)
            report.checked = checked
            values = {
                "finished_at": utc_now(),
                "checked": checked,
                "found": {str(kind): times for kind, times in report.found.items()},
                "repaired": report.repaired,
            }
            await session.exec(update(DriftRun).where(col(DriftRun.id) == request.run_id).values(**values))
        return report


async def look(target: Target) -> tuple[Finding | None, Mend | None]:
    """One look: what is wrong, and how it can be mended where it can."""
    runs = await target.is_running()
    state: Any
    try:
        state = await target.ask()
    except IdeaGone:
        state = None
    except NoAnswer:
        shown = await target.read()
        version = shown.version if shown else None
        return Finding(subject=target.workflow_id, kind=DriftKind.SILENT, shown_version=version), None
    shown = await target.read()
    known = state.standing.version if state is not None else None

    def found(kind: DriftKind) -> Finding:
        version = shown.version if shown else None
        return Finding(subject=target.workflow_id, kind=kind, shown_version=version, engine_version=known)

    if shown is None:
        return (found(DriftKind.ORPHAN), None) if runs else (None, None)
    if known is None or (not runs and known < shown.version):
        # What has ended may be forgotten.
        return (found(DriftKind.NO_WORKFLOW), target.restart) if is_open(shown) else (None, None)
    if known < shown.version:
        return found(DriftKind.AHEAD), target.restart
    if known > shown.version and state.outbox:
        # What was left to whoever asked, the workflow records when it is told: only that writes the timeline, too.
        return found(DriftKind.BEHIND), target.remind if runs else partial(target.resume, state)
    if known > shown.version:
        return found(DriftKind.BEHIND), partial(target.show, state)
    if target.differs(shown, state):
        return found(DriftKind.DIFFERS), partial(target.show, state)
    if is_open(shown) and not runs:
        return found(DriftKind.NO_WORKFLOW), partial(target.resume, state)
    return None, None
