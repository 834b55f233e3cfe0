"""How fast ideas usually go, measured by night."""

from temporalio import activity

from activities.signatures import Pacing
from models.database import Database
from models.queries.state_durations import measure_pace
from models.tables.columns import utc_now


class PaceActivities(Pacing):
    """`measure_pace` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="measure_pace")
    async def measure_pace(self) -> int:
        async with self._database.transaction() as session:
            return await measure_pace(session, utc_now())
