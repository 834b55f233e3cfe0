"""Filters and order of the list of what is stuck, as they stand in its address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from sqlmodel.ext.asyncio.session import AsyncSession

from api.pages.kit.tables import CHOSEN, read_columns
from api.runtime.lost_keys import list_lost_offices
from api.runtime.services import Services
from models.queries.moment import Moment
from models.queries.paging import MOST_COUNTED, Page
from models.queries.stuck import StuckSort, count_stuck, list_stuck
from models.queries.stuck_lines import StuckCase
from models.vocabulary import StuckCause

CASES_A_PAGE = 40

SORTS = {
    "seit": StuckSort.SINCE,
    "grund": StuckSort.CAUSE,
    "fall": StuckSort.TITLE,
    "amzug": StuckSort.HOLDER,
    "buero": StuckSort.OFFICE,
}
"""What the table is sorted by, as it stands in the address; a minus turns it round."""

COLUMNS = ("grund", "stand", "seit", "amzug", "frist", "person", "buero")
"""Beside the case, in this order."""

USUAL_COLUMNS = ("grund", "seit", "amzug", "buero")


@dataclass(frozen=True)
class StuckFilters:
    """What of the list is shown, and in which order."""

    office: str | None = None
    cause: StuckCause | None = None
    sort: str = "seit"
    columns: tuple[str, ...] = USUAL_COLUMNS

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """As an address says it, whether there is such an office or not."""
        office, cause, sort = (str(given.get(name, "")) for name in ("buero", "grund", "sortierung"))
        is_sort = sort.removeprefix("-") in SORTS and not sort.startswith("--")
        known = StuckCause(cause) if cause in set(StuckCause) else None
        columns = read_columns(given, COLUMNS) or USUAL_COLUMNS
        return cls(office or None, known, sort if is_sort else "seit", columns)

    @classmethod
    async def read(cls, given: Mapping[str, Any], services: Services) -> Self:
        """An office that there is not is left out, so that a mistyped address shows a list."""
        filters = cls.of(given)
        offices = {*services.policy.region.offices, *await list_lost_offices(services)}
        return filters if filters.office in offices else replace(filters, office=None)

    @property
    def query(self) -> dict[str, str]:
        named = {"buero": self.office, "grund": self.cause, "sortierung": self.sort if self.sort != "seit" else None}
        named[CHOSEN] = ".".join(self.columns) if self.columns != USUAL_COLUMNS else None
        return {name: str(value) for name, value in named.items() if value}

    def address(self, sort: str, **more: str) -> str:
        query = replace(self, sort=sort).query | more
        return f"/haengt-fest?{urlencode(query)}" if query else "/haengt-fest"

    async def list(
        self,
        session: AsyncSession,
        moment: Moment,
        reader: str,
        *,
        cursor: str | None = None,
        limit: int = CASES_A_PAGE,
    ) -> Page[StuckCase]:
        """Raises InvalidCursor."""
        return await list_stuck(
            session,
            moment,
            office=self.office,
            cause=self.cause,
            reader=reader,
            sort=SORTS[self.sort.removeprefix("-")],
            descending=self.sort.startswith("-"),
            cursor=cursor,
            limit=limit,
        )

    async def count(self, session: AsyncSession, moment: Moment, reader: str) -> int:
        return await count_stuck(
            session, moment, office=self.office, cause=self.cause, reader=reader, most=MOST_COUNTED
        )
