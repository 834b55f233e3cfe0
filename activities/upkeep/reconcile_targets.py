"""What is compared: an idea, or a crowdfunding hand-off, each with its row in SQL and its workflow."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.ports.engine import Engine
from activities.upkeep import projection
from models import workflow_ids
from models.database import Database
from models.messages.crowdfunding import CampaignStanding, CampaignState, Readings
from models.messages.idea import Chore, IdeaState, Standing
from models.policy import Policy
from models.tables import CampaignRow, StandingRow
from models.tables.columns import utc_now
from models.vocabulary import CrowdfundingState

Row = TypeVar("Row", StandingRow, CampaignRow)
State = TypeVar("State", IdeaState, CampaignState)


@dataclass(frozen=True)
class Shown(Generic[Row]):
    """What SQL shows."""

    row: Row
    version: int
    open: bool


class Subject(ABC, Generic[Row, State]):
    """One thing with two sides. `workflow_id` names it."""

    def __init__(self, workflow_id: str, database: Database, engine: Engine, policy: Policy) -> None:
        self.workflow_id = workflow_id
        self._database = database
        self._engine = engine
        self._policy = policy

    async def is_running(self) -> bool:
        return await self._engine.is_running(self.workflow_id)

    @abstractmethod
    async def ask(self) -> State:
        """What the workflow knows. Raises IdeaGone, NoAnswer."""

    @abstractmethod
    async def read(self) -> Shown[Row] | None:
        """What SQL shows; None where it knows nothing of it."""

    @abstractmethod
    def differs(self, row: Row, state: State) -> bool:
        """Whether the two tell the same version differently."""

    @abstractmethod
    async def show(self, state: State) -> bool:
        """Show what the workflow knows."""

    @abstractmethod
    async def resume(self, state: State) -> bool:
        """Let it go on from what its last run knew; what that had still to record is recorded then."""

    @abstractmethod
    async def restart(self) -> bool:
        """Let it go on from where SQL shows it: whatever stands there was kept by the engine once."""

    def _today(self) -> date:
        return datetime.now(self._policy.zone).date()


class IdeaSubject(Subject[StandingRow, IdeaState]):
    """An idea. A draft has no workflow, and nothing is wrong with that."""

    @property
    def idea_id(self) -> str:
        return self.workflow_id.removeprefix("idea/")

    async def ask(self) -> IdeaState:
        return await self._engine.state(self.idea_id)

    async def read(self) -> Shown[StandingRow] | None:
        if not _is_uuid(self.idea_id):
            return None
        async with self._database.session() as session:
            row = await session.get(StandingRow, self.idea_id)
        return None if row is None else Shown(row, row.version, row.outcome is None and row.version > 0)

    def differs(self, row: StandingRow, state: IdeaState) -> bool:
        return row.version > 0 and projection.differs(row, state.standing)

    async def show(self, state: IdeaState) -> bool:
        async with self._database.transaction() as session:
            return await projection.project_idea(session, state.standing)

    async def restart(self) -> bool:
        async with self._database.session() as session:
            row = await session.get(StandingRow, self.idea_id)
            if row is None or row.snapshot is None:
                return False
            rows = await projection.read_timeline_rows(session, self.idea_id, up_to=row.version)
        standing = Standing.model_validate(row.snapshot)
        state = IdeaState(
            standing=standing,
            # Closed days are counted from the first day of the year on, as everywhere.
            rulebook=self._policy.rulebook(self._today().replace(month=1, day=1)),
            ledger=projection.ledger_of(rows),
        )
        return await self.resume(state)

    async def resume(self, state: IdeaState) -> bool:
        standing = state.standing
        resumed = state.model_copy(update={"undelivered": True})
        if standing.search is not None and not state.chores:
            searching = await self._engine.is_running(workflow_ids.coach_search(standing.idea_id, standing.search))
            resumed.chores = [] if searching else [Chore(search=standing.search, start=True)]
        await self._engine.start_from(resumed, replace=True)
        return True


class CampaignSubject(Subject[CampaignRow, CampaignState]):
    """A crowdfunding hand-off."""

    @property
    def key(self) -> tuple[str, int]:
        _, idea_id, attempt = self.workflow_id.split("/")
        return idea_id, int(attempt)

    async def ask(self) -> CampaignState:
        return await self._engine.campaign_state(*self.key)

    async def read(self) -> Shown[CampaignRow] | None:
        if not _is_uuid(self.key[0]):
            return None
        async with self._database.session() as session:
            row = await session.get(CampaignRow, self.key)
        return None if row is None else Shown(row, row.version, row.holder_role is not None)

    def differs(self, row: CampaignRow, state: CampaignState) -> bool:
        return projection.campaign_differs(row, state.standing)

    async def show(self, state: CampaignState) -> bool:
        async with self._database.transaction() as session:
            return await projection.project_campaign(session, state.standing)

    async def restart(self) -> bool:
        async with self._database.session() as session:
            row = await session.get(CampaignRow, self.key)
            if row is None:
                return False
            rows = await projection.read_campaign_rows(session, *self.key, up_to=row.version)
        standing = CampaignStanding.model_validate(row.snapshot)
        state = CampaignState(
            standing=standing,
            # A campaign that is on its platform is looked at as soon as it goes on.
            readings=Readings(next_at=utc_now() if standing.state is CrowdfundingState.LINKED else None),
            rulebook=self._policy.campaign_rulebook(self._today()),
            ledger=projection.campaign_ledger_of(rows),
        )
        return await self.resume(state)

    async def resume(self, state: CampaignState) -> bool:
        await self._engine.start_campaign_from(state.model_copy(update={"undelivered": True}), replace=True)
        return True


def subject_of(workflow_id: str, database: Database, engine: Engine, policy: Policy) -> Subject[Any, Any]:
    """The subject that a workflow id names."""
    kind = IdeaSubject if workflow_id.startswith("idea/") else CampaignSubject
    return kind(workflow_id, database, engine, policy)


async def list_open(session: AsyncSession, idea_id: str | None = None) -> list[str]:
    """The workflow ids of everything that is open in SQL, or of one idea with its hand-offs, in their order."""
    ideas = select(StandingRow.idea_id)
    campaigns = select(CampaignRow.idea_id, CampaignRow.attempt)
    if idea_id is not None:
        ideas = ideas.where(StandingRow.idea_id == idea_id)
        campaigns = campaigns.where(CampaignRow.idea_id == idea_id)
    else:
        ideas = ideas.where(col(StandingRow.outcome).is_(None), StandingRow.version > 0)
        campaigns = campaigns.where(col(CampaignRow.holder_role).is_not(None))
    attempts: Sequence[tuple[str, int]] = (await session.exec(campaigns)).all()
    return sorted(
        [
            *(workflow_ids.idea_workflow(its_id) for its_id in (await session.exec(ideas)).all()),
            *(workflow_ids.crowdfunding(its_id, attempt) for its_id, attempt in attempts),
        ]
    )


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
