"""What is compared: a case, with its row in SQL and its workflow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.ports.engine import Engine
from activities.projection import ledger_of, read_timeline_rows
from activities.record import projection_of
from models import workflow_ids
from models.database import Database
from models.messages.cases import CaseState, LedgerLine
from models.messages.crowdfunding import CampaignState, Readings
from models.messages.idea import Chore, IdeaState
from models.policy import Policy
from models.rules.kinds import KINDS
from models.tables import StandingRow
from models.tables.columns import utc_now
from models.vocabulary import CrowdfundingState
from models.workflow_ids import CROWDFUNDING, IDEA


class Resumption:
    """How a case goes on after its workflow was lost."""

    def build(self, standing: Any, ledger: list[LedgerLine], policy: Policy, today: date) -> CaseState:
        """What travels of a case that stands there, by the rules of today."""
        state = KINDS[standing.kind].state
        return state(standing=standing, ledger=ledger, rulebook=policy.rulebook(today, standing.kind))

    async def complete(self, state: Any, engine: Engine) -> None:
        """Set in motion again what helps it along."""


class IdeaResumption(Resumption):
    async def complete(self, state: IdeaState, engine: Engine) -> None:
        standing = state.standing
        if standing.search is not None and not state.chores:
            searching = await engine.is_running(workflow_ids.coach_search(standing.idea_id, standing.search))
            state.chores = [] if searching else [Chore(search=standing.search, start=True)]


class CampaignResumption(Resumption):
    async def complete(self, state: CampaignState, engine: Engine) -> None:
        # A campaign that is on its platform is looked at as soon as it goes on.
        if state.standing.state is CrowdfundingState.LINKED and state.readings.next_at is None:
            state.readings = Readings(next_at=utc_now())


RESUMPTIONS: dict[str, Resumption] = {IDEA: IdeaResumption(), CROWDFUNDING: CampaignResumption()}
"""Kinds in which something goes on beside the case."""


def resumption_of(kind: str) -> Resumption:
    return RESUMPTIONS.get(kind) or Resumption()


@dataclass(frozen=True)
class Target:
    """One case with its two sides. `workflow_id` names it."""

    workflow_id: str
    database: Database
    engine: Engine
    policy: Policy

    async def is_running(self) -> bool:
        return await self.engine.is_running(self.workflow_id)

    async def ask(self) -> Any:
        """What the workflow knows. Raises IdeaGone, NoAnswer."""
        return await self.engine.case_state(self.workflow_id)

    async def read(self) -> StandingRow | None:
        """What SQL shows; None where it knows nothing of it."""
        case = workflow_ids.read_case(self.workflow_id)
        if case is None:
            return None
        async with self.database.session() as session:
            return await session.get(StandingRow, workflow_ids.case_id(*case))

    def differs(self, row: StandingRow, state: CaseState) -> bool:
        """Whether the two tell the same version differently."""
        return projection_of(row.kind).differs(row, state.standing)

    async def show(self, state: CaseState) -> bool:
        """Show what the workflow knows."""
        async with self.database.transaction() as session:
            return await projection_of(state.standing.kind).rebuild(session, state.standing)

    async def remind(self) -> bool:
        """Have it record what nobody has."""
        await self.engine.nudge(self.workflow_id)
        return True

    async def restart(self, *, replace: bool = True) -> bool:
        """Let it go on from where SQL shows it: whatever stands there was kept by the engine once."""
        row = await self.read()
        if row is None or row.snapshot is None:
            return False
        async with self.database.session() as session:
            rows = await read_timeline_rows(session, row.case_id, up_to=row.version)
        today = datetime.now(self.policy.zone).date()
        state = resumption_of(row.kind).build(row.read(), ledger_of(rows), self.policy, today)
        return await self.resume(state, replace=replace)

    async def resume(self, state: CaseState, *, replace: bool = True) -> bool:
        """Let it go on from what its last run knew; what that had still to record is recorded then."""
        resumed = state.model_copy(update={"undelivered": True})
        await resumption_of(state.standing.kind).complete(resumed, self.engine)
        await self.engine.start_from(resumed, replace=replace)
        return True


def is_open(row: StandingRow) -> bool:
    return row.outcome is None


async def list_open(session: AsyncSession, idea_id: str | None = None) -> list[str]:
    """The workflow ids of everything that is open in SQL, or of one idea with its other cases, in their order."""
    columns: Any = (StandingRow.kind, StandingRow.idea_id, StandingRow.number)
    cases = select(*columns)
    if idea_id is not None:
        cases = cases.where(StandingRow.idea_id == idea_id)
    else:
        cases = cases.where(col(StandingRow.outcome).is_(None))
    found: Sequence[tuple[str, str, int]] = (await session.exec(cases)).all()
    return sorted(workflow_ids.case(*case) for case in found)
