"""The read model from scratch: from the workflows that run, and from the timeline where none does."""

import asyncio
from collections.abc import Callable

from sqlmodel import col, select

from activities.ports.engine import Engine
from activities.ports.ideas import IdeaGone
from activities.upkeep.batches import in_batches
from activities.upkeep.projection import (
    latest_campaign_standing,
    latest_standing,
    project_campaign,
    project_draft,
    project_idea,
    read_campaign_rows,
    read_timeline_rows,
)
from models.database import Database
from models.messages.crowdfunding import CampaignStanding
from models.messages.idea import Standing
from models.tables import CampaignTimelineEntry, Idea, StandingRow
from models.vocabulary import DRAFT

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
        is_built = await self._build_idea(idea_id)
        async with self._database.session() as session:
            attempts = select(CampaignTimelineEntry.attempt).where(CampaignTimelineEntry.idea_id == idea_id).distinct()
            found = sorted((await session.exec(attempts)).all())
        for attempt in found:
            is_built = await self._build_campaign(idea_id, attempt) and is_built
        return is_built

    async def _build_idea(self, idea_id: str) -> bool:
        async with self._database.session() as session:
            rows = await read_timeline_rows(session, idea_id, up_to=ALL_VERSIONS)
        standing = latest_standing(rows)
        if standing is None or standing.outcome is None or standing.version < rows[-1].version:
            standing = await self._ask_workflow(idea_id, standing)
        async with self._database.transaction() as session:
            if standing is not None and standing.version > 0:
                return await project_idea(session, standing)
            shown = await session.get(StandingRow, idea_id)
            if rows or (shown is not None and shown.state != DRAFT):
                return False
            await project_draft(session, await session.get_one(Idea, idea_id))
        return True

    async def _build_campaign(self, idea_id: str, attempt: int) -> bool:
        async with self._database.session() as session:
            rows = await read_campaign_rows(session, idea_id, attempt, up_to=ALL_VERSIONS)
        standing = latest_campaign_standing(rows)
        if standing is None or standing.holder_role is not None or standing.version < rows[-1].version:
            standing = await self._ask_campaign(idea_id, attempt, standing)
        async with self._database.transaction() as session:
            return standing is not None and await project_campaign(session, standing)

    async def _ask_workflow(self, idea_id: str, kept: Standing | None) -> Standing | None:
        """What the workflow knows, unless the timeline knows more: then the engine was set back."""
        try:
            known = (await self._engine.state(idea_id)).standing
        except IdeaGone:
            return kept
        return known if kept is None or known.version >= kept.version else kept

    async def _ask_campaign(self, idea_id: str, attempt: int, kept: CampaignStanding | None) -> CampaignStanding | None:
        try:
            known = (await self._engine.campaign_state(idea_id, attempt)).standing
        except IdeaGone:
            return kept
        return known if kept is None or known.version >= kept.version else kept
