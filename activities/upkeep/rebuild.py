"""The read model from scratch: from the workflows that run, and from the timeline where none does."""

import asyncio
from collections.abc import Callable

from sqlmodel import col, select

from activities.ports.engine import Engine
from activities.ports.ideas import IdeaGone
from activities.projection import read_timeline_rows
from activities.record import projection_of
from activities.upkeep.batches import in_batches
from models import workflow_ids
from models.database import Database
from models.messages.cases import CaseStanding
from models.tables import Idea, StandingRow, TimelineEntry
from models.workflow_ids import IDEA

BATCH = 50
AT_ONCE = 8
ALL_VERSIONS = 2**31 - 1


class Rebuilder:
    """Builds `standing`, `place`, `campaign` and the projected columns of `task` again. Safe to repeat, and to break
    off."""

    def __init__(self, database: Database, engine: Engine) -> None:
        self._database = database
        self._engine = engine

    async def run(self, progress: Callable[[int], None] = lambda _done: None) -> list[str]:
        """Build everything; returns the ideas for which a newer standing than any that can be found is shown already.

        Raises NoAnswer where the workflow of an open idea does not answer.
        """
        places = asyncio.Semaphore(AT_ONCE)
        left: list[str] = []

        async def build(idea_id: str) -> None:
            async with places:
                if not await self.build(idea_id):
                    left.append(idea_id)

        for batch in in_batches(await self.list_ideas(), BATCH):
            async with asyncio.TaskGroup() as group:
                for idea_id in batch:
                    group.create_task(build(idea_id))
            progress(len(batch))
        return sorted(left)

    async def list_ideas(self) -> list[str]:
        async with self._database.session() as session:
            return list((await session.exec(select(Idea.id).order_by(col(Idea.id)))).all())

    async def build(self, idea_id: str) -> bool:
        """Build the read model of one idea and its hand-offs. False where what is shown is newer than what is known."""
        async with self._database.session() as session:
            others = select(TimelineEntry.kind, TimelineEntry.idea_id, TimelineEntry.number).where(
                TimelineEntry.idea_id == idea_id, TimelineEntry.kind != IDEA
            )
            found = sorted((await session.exec(others.distinct())).all())
        return all([await self._build(*case) for case in [(IDEA, idea_id, 0), *found]])

    async def _build(self, kind: str, idea_id: str, number: int) -> bool:
        """False where something newer is shown than what is known, or nothing is known of what is told."""
        projection = projection_of(kind)
        async with self._database.session() as session:
            case_id = workflow_ids.case_id(kind, idea_id, number)
            rows = await read_timeline_rows(session, case_id, up_to=ALL_VERSIONS)
            is_begun = bool(rows) or await session.get(StandingRow, case_id) is not None
        standing = projection.latest_standing(rows)
        if standing is None or standing.outcome is None or standing.version < rows[-1].version:
            standing = await self._ask_workflow(workflow_ids.case(kind, idea_id, number), standing)
        if standing is None:
            # An idea whose path has not begun has nothing to be shown.
            return not is_begun
        async with self._database.transaction() as session:
            return await projection.rebuild(session, standing)

    async def _ask_workflow(self, workflow_id: str, kept: CaseStanding | None) -> CaseStanding | None:
        """What the workflow knows, unless the timeline knows more: then the engine was set back."""
        try:
            known = (await self._engine.case_state(workflow_id)).standing
        except IdeaGone:
            return kept
        return known if kept is None or known.version >= kept.version else kept
