"""Beginning the replications of ideas that were handed in after a story."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import col, select

from activities.ports.ideas import Beginnings, CommandRefused, IdeaGone
from models.database import Database
from models.messages.replication import ReplicationStanding
from models.policy import Policy
from models.queries.paging import at_most
from models.rules.replication import REPLICATIONS
from models.tables import Idea, PublishedStory, StandingRow
from models.tables.columns import utc_now
from models.vocabulary import Help
from models.workflow_ids import REPLICATION

MOST_AT_ONCE = 100


async def begin_replications(database: Database, cases: Beginnings, policy: Policy) -> int:
    """Begin the replication of each idea that is on its path and was handed in after a story; returns how many.
    Harmless twice: handing in the idea is all that has to be remembered.
    """
    case, original = aliased(StandingRow), aliased(Idea)
    begun = select(case.case_id).where(case.kind == REPLICATION, col(case.idea_id) == col(Idea.id)).exists()
    columns: list[Any] = [StandingRow, original, PublishedStory]
    waiting: Any = (
        select(*columns)
        .join(Idea, col(Idea.id) == col(StandingRow.case_id))
        .join(original, col(original.id) == col(Idea.after_id))
        .outerjoin(PublishedStory, col(PublishedStory.idea_id) == col(original.id))
        .where(col(StandingRow.outcome).is_(None), ~begun)
    )
    async with database.reading() as session:
        found = (await session.exec(waiting.limit(at_most(MOST_AT_ONCE)))).all()
    for row, copied, story in found:
        wishes = story is not None and story.contact and story.taken_down_at is None
        standing = _stand(row, copied, utc_now(), asks=wishes and copied.owner_id != row.owner_id)
        rulebook = policy.rulebook(standing.entered_at.date(), REPLICATION)
        with suppress(IdeaGone, CommandRefused):
            await cases.submit(*REPLICATIONS.begin(standing, rulebook, row.case_id))
    return len(found)


def _stand(row: StandingRow, original: Idea, now: datetime, *, asks: bool) -> ReplicationStanding:
    """Before its first step: a team that does not wish to be asked is not, and it is tried at once."""
    return ReplicationStanding(
        idea_id=row.case_id,
        owner_id=row.owner_id,
        office=row.office,
        entered_at=now,
        state="asked" if asks else "trying",
        original_id=original.id,
        original_owner_id=original.owner_id,
        help=Help.ASKED if asks else Help.NOT_ASKED,
    )
