"""Contributions to stories: what everybody reads, what waits for leads, and all of one idea for its team."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, and_, case, cast, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.messages.contribution import ContributionStanding
from models.queries.paging import at_most
from models.rules.contribution import PUBLIC
from models.tables import Contribution, ContributionReport, Idea, Note, StandingRow
from models.workflow_ids import CONTRIBUTION

MOST_SHOWN = 200
TAKEN_AWAY = "taken_away"


@dataclass(frozen=True)
class ContributionView:
    """One contribution as far as its case has come, with the answer, or what was said to the reason."""

    words: Contribution
    row: StandingRow
    title: str
    said: str = ""

    @property
    def standing(self) -> ContributionStanding:
        standing: ContributionStanding = self.row.read()
        return standing

    @property
    def news(self) -> str:
        """What its author has to know: its state, or that it was taken away after it was shown."""
        return TAKEN_AWAY if self.words.taken_away_at is not None else self.row.state

    @property
    def is_public(self) -> bool:
        return self.news in PUBLIC and self.words.body != ""


def its_news() -> Any:
    """`ContributionView.news` as SQL."""
    return case((col(Contribution.taken_away_at).is_not(None), TAKEN_AWAY), else_=col(StandingRow.state))


def of_its_case() -> Any:
    """What joins a contribution with where it stands."""
    same = (col(StandingRow.idea_id) == col(Contribution.idea_id), col(StandingRow.number) == col(Contribution.number))
    return and_(*same, col(StandingRow.kind) == CONTRIBUTION)


async def list_contributions(session: AsyncSession, *which: Any) -> list[ContributionView]:
    """The earliest first, in one statement."""
    snapshot: Any = col(StandingRow.snapshot)
    said = and_(cast(col(Note.id), Text) == snapshot["said_id"].astext, col(Note.redacted_at).is_(None))
    columns: list[Any] = [Contribution, StandingRow, Idea.title, Note.body]
    statement: Any = select(*columns).join(StandingRow, of_its_case()).join(Idea, col(Idea.id) == StandingRow.idea_id)
    statement = statement.outerjoin(Note, said).where(*which).order_by(col(Contribution.created_at))
    found = (await session.exec(statement.limit(at_most(MOST_SHOWN)))).all()
    return [ContributionView(words, row, title, said or "") for words, row, title, said in found]


async def list_public(session: AsyncSession, idea_id: str) -> list[ContributionView]:
    """What stands below a story."""
    is_there = (col(Contribution.body) != "", its_news().in_(PUBLIC))
    return await list_contributions(session, Contribution.idea_id == idea_id, *is_there)


async def list_open_reports(session: AsyncSession) -> Sequence[tuple[ContributionReport, ContributionView]]:
    """The earliest first."""
    undecided = col(ContributionReport.decided_at).is_(None)
    waiting = select(ContributionReport).where(undecided).order_by(col(ContributionReport.created_at))
    reports = (await session.exec(waiting.limit(at_most(MOST_SHOWN)))).all()
    theirs = col(Contribution.id).in_([one.contribution_id for one in reports])
    views = {view.words.id: view for view in await list_contributions(session, theirs)}
    return [(one, views[one.contribution_id]) for one in reports if one.contribution_id in views]


def count_waiting() -> Any:
    """What leads have to decide on."""
    received = select(func.count(col(StandingRow.case_id))).where(
        StandingRow.stage == CONTRIBUTION, StandingRow.state == "received"
    )
    reports = select(func.count(col(ContributionReport.id))).where(col(ContributionReport.decided_at).is_(None))
    return received.scalar_subquery() + reports.scalar_subquery()
