"""Contributions to stories: what everybody reads, what waits for leads, and all of one idea for its team."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, and_, case, cast, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.messages.contribution import ContributionStanding
from models.queries import cases
from models.queries.paging import at_most
from models.rules.contribution import PUBLIC
from models.tables import Account, Contribution, ContributionReport, Idea, Note, StandingRow
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


async def list_received(session: AsyncSession, reader: str, *which: Any) -> list[ContributionView]:
    """What waits for a lead; without what is written to ideas of their own, on which others decide."""
    return await list_contributions(session, StandingRow.state == "received", ~cases.belongs_to(reader), *which)


async def list_open_reports(
    session: AsyncSession, reader: str
) -> Sequence[tuple[ContributionReport, ContributionView]]:
    """The earliest first; without those about ideas of the reader."""
    waiting = _reported(ContributionReport, reader).order_by(col(ContributionReport.created_at))
    reports = (await session.exec(waiting.limit(at_most(MOST_SHOWN)))).all()
    theirs = col(Contribution.id).in_([one.contribution_id for one in reports])
    views = {view.words.id: view for view in await list_contributions(session, theirs)}
    return [(one, views[one.contribution_id]) for one in reports if one.contribution_id in views]


async def find_removal(session: AsyncSession, contribution_id: str) -> ContributionReport | None:
    """The report that was right, with what was said to it."""
    upheld = select(ContributionReport).where(ContributionReport.contribution_id == contribution_id)
    upheld = upheld.where(col(ContributionReport.took_away).is_(True)).order_by(col(ContributionReport.decided_at))
    return (await session.exec(upheld.limit(1))).first()


async def list_waiting_ideas(session: AsyncSession) -> Sequence[tuple[str, str, Mapping[str, str]]]:
    """Office, owner and team of the ideas to which something is written, or reported, that waits for a lead."""
    row = aliased(StandingRow)
    received = select(row.idea_id).where(row.stage == CONTRIBUTION, row.state == "received")
    reported = select(Contribution.idea_id).join(
        ContributionReport, col(ContributionReport.contribution_id) == col(Contribution.id)
    )
    reported = reported.where(col(ContributionReport.decided_at).is_(None))
    waits = or_(col(StandingRow.case_id).in_(received), col(StandingRow.case_id).in_(reported))
    found: Any = select(StandingRow.office, StandingRow.owner_id, StandingRow.team).where(waits)
    return (await session.exec(found)).all()  # type: ignore[no-any-return]


def count_waiting(lead_id: Any) -> Any:
    """What a lead has to decide on: nothing that is written to an idea of their own. `lead_id` may be a column."""
    received: Any = select(func.count(col(StandingRow.case_id))).where(
        StandingRow.stage == CONTRIBUTION, StandingRow.state == "received", ~cases.belongs_to(lead_id)
    )
    reports = _reported(func.count(col(ContributionReport.id)), lead_id)
    return received.correlate(Account).scalar_subquery() + reports.correlate(Account).scalar_subquery()


def _reported(told: Any, lead_id: Any) -> Any:
    """What is told of the reports on which a lead has to decide."""
    written = col(Contribution.id) == col(ContributionReport.contribution_id)
    others = col(Contribution.idea_id).not_in(cases.own_ideas(lead_id))
    statement: Any = select(told).select_from(ContributionReport).join(Contribution, written)
    return statement.where(col(ContributionReport.decided_at).is_(None), others)
