"""What is on the way beside an idea, for its page: its appointments and its latest crowdfunding, in one statement."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.appointments import MOST_APPOINTMENTS, SAID, WHERE, AppointmentView, join_notes
from models.queries.crowdfunding import CampaignView, glance_at, join_sums
from models.queries.paging import at_most
from models.tables import CampaignObservation, StandingRow
from models.workflow_ids import APPOINTMENT, CROWDFUNDING


class Beside(NamedTuple):
    """Appointments with the latest first."""

    appointments: Sequence[AppointmentView] = ()
    campaign: CampaignView | None = None


async def read_beside(session: AsyncSession, idea_id: str) -> Beside:
    found = (await session.exec(_told(), params={"idea_id": idea_id})).all()
    met = [AppointmentView(row, where or "", said or "") for row, where, said, _ in found if row.kind == APPOINTMENT]
    campaigns = (glance_at(row, seen) for row, _, _, seen in found if row.kind == CROWDFUNDING)
    return Beside(met, next(campaigns, None))


@cache
def _told() -> Any:
    """Hand-offs come first, so that many appointments do not leave them out. Built once."""
    columns: list[Any] = [StandingRow, WHERE.body, SAID.body, CampaignObservation]
    statement = join_sums(join_notes(select(*columns)))
    kinds = (APPOINTMENT, CROWDFUNDING)
    statement = statement.where(StandingRow.idea_id == bindparam("idea_id"), col(StandingRow.kind).in_(kinds))
    order = (col(StandingRow.kind).desc(), col(StandingRow.number).desc())
    return statement.order_by(*order).limit(at_most(MOST_APPOINTMENTS))
