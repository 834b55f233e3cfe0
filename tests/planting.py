"""Ideas that have come some way: the rules take the steps, `record` writes them, and the workflow goes on from there.

A test that is about what comes later does not wait for what came before. `test_path` walks every step.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from activities.record import RecordActivities
from models.database import Database
from models.messages.cases import Record
from models.messages.commands import Actor, News
from models.messages.idea import IdeaState
from models.rules import steps
from models.rules.steps import IDEAS
from models.tables import NoticeRow, Offer
from models.tables.columns import utc_now
from models.vocabulary import OfferStatus, RankReason, SearchNews
from tests.factories import BEN, alma, carla, command
from tests.fakes import Doors
from workflows.client import EngineClient

Step = tuple[str, Actor, dict[str, Any]]


async def plant(database: Database, ideas: EngineClient, idea: IdeaState, path: Iterable[Step], now: datetime) -> None:
    """Bring a draft of Alma's to Ben and then along `path`, as if everybody had been told and had read it."""
    take(idea, ("submit", alma, {}), now)
    take(idea, ("shortlist", carla, {}), now)
    assert steps.hear(idea, News(n=1, seq=1, kind=SearchNews.OFFERED, coach_id=BEN, until=now.date()), now)
    assert steps.hear(idea, News(n=1, seq=2, kind=SearchNews.FOUND, coach_id=BEN), now)
    for step in path:
        take(idea, step, now)
    async with database.transaction() as session:
        session.add(
            Offer(
                id=command("offer", alma).id,
                idea_id=idea.standing.idea_id,
                search=1,
                rank=1,
                coach_id=BEN,
                status=OfferStatus.ACCEPTED,
                reasons=[RankReason.SAME_DISTRICT],
                expires_on=now.date() + timedelta(days=7),
                answered_at=now,
            )
        )
    await go_on_from(database, ideas, idea)


async def plant_without_coach(database: Database, ideas: EngineClient, idea: IdeaState, now: datetime) -> None:
    """Bring a draft of Alma's to where nobody was found who coaches it."""
    take(idea, ("submit", alma, {}), now)
    take(idea, ("shortlist", carla, {}), now)
    assert steps.hear(idea, News(n=1, seq=1, kind=SearchNews.EXHAUSTED), now)
    await go_on_from(database, ideas, idea)


async def go_on_from(database: Database, ideas: EngineClient, idea: IdeaState) -> None:
    """Record all steps, and let the workflow begin where they lead, with nothing left to tell."""
    record = Record(standing=idea.standing, entries=list(idea.outbox))
    idea.outbox.clear()
    idea.chores.clear()
    assert await RecordActivities(database, Doors()).record(record)
    async with database.transaction() as session:
        read = update(NoticeRow).where(col(NoticeRow.idea_id) == idea.standing.idea_id)
        await session.exec(read.values(handed_over_at=utc_now(), settled_at=utc_now()))
    await ideas.start_from(idea)


def take(idea: IdeaState, step: Step, now: datetime) -> None:
    event, actor, fields = step
    asked = command(event, actor, **fields)
    refused = IDEAS.refusal(idea, asked, now)
    assert refused is None, refused
    IDEAS.take(idea, asked, now)
