"""What a case has done, written to SQL: by whoever asked for it, and by the engine where nobody did."""

import asyncio
from collections.abc import Sequence
from typing import Any

from temporalio import activity

from activities.appointment_projection import AppointmentProjection
from activities.campaign_projection import CampaignProjection
from activities.command_attempts import end_attempts
from activities.idea_projection import IdeaProjection
from activities.notice_courier import dispatch_notices
from activities.ports.inboxes import Inboxes
from activities.projection import Projection
from activities.signatures import Recording
from models.database import Database
from models.messages.cases import Record, Taken
from models.workflow_ids import APPOINTMENT, CROWDFUNDING, IDEA

TELL_SECONDS = 5.0
"""Longer than this, telling the inboxes does not hold up the next step of a case."""

PROJECTIONS: dict[str, Projection[Any]] = {
    IDEA: IdeaProjection(),
    CROWDFUNDING: CampaignProjection(),
    APPOINTMENT: AppointmentProjection(),
}
"""Kinds of which SQL shows more than where they stand."""

PLAIN = Projection[Any]()


def projection_of(kind: str) -> Projection[Any]:
    """How SQL shows a kind of case."""
    return PROJECTIONS.get(kind, PLAIN)


async def write_record(database: Database, record: Record, answered: Sequence[str] = ()) -> bool:
    """Show what a workflow has durably done; says whether somebody has a new notice. A repeat, or an older record after
    a newer one, changes nothing. With a step, the note that somebody asks for it has served its time, and so it has
    for further commands that were `answered`.
    """
    projection = projection_of(record.kind)
    if not any(projection.follow_ups(record.standing, record.entries)):
        return (await projection.record_alone(database, record, answered)).is_told
    async with database.transaction() as session:
        return (await projection.record(session, record, answered)).is_told


async def write_answer(database: Database, taken: Taken) -> bool:
    """The same with what a case has answered. A command may have led to no step, as one that says nothing new."""
    answered = [taken.command_id] if taken.command_id else []
    if taken.record is not None:
        return await write_record(database, taken.record, answered)
    await end_attempts(database, answered)
    return False


class RecordActivities(Recording):
    """`record` on PostgreSQL, with inboxes that live elsewhere."""

    def __init__(self, database: Database, inboxes: Inboxes) -> None:
        self._database = database
        self._inboxes = inboxes

    @activity.defn(name="record")
    async def record(self, record: Record) -> bool:
        await write_record(self._database, record)
        return not any(entry.notices for entry in record.entries) or await self._tell(record.standing.idea_id)

    async def _tell(self, idea_id: str) -> bool:
        try:
            async with asyncio.timeout(TELL_SECONDS):
                await dispatch_notices(self._database, self._inboxes, idea_id)
        except Exception as error:
            # What is written stays written: an inbox that is away is told later and holds nothing up.
            activity.logger.warning("inboxes of idea %s were not told: %s", idea_id, type(error).__name__)
            return False
        return True
