"""Whose cases a lead's page shows: those of the own office, or with a switch those of all."""

from dataclasses import dataclass
from typing import Self

from sqlmodel.ext.asyncio.session import AsyncSession

from api.pages.kit.page import PageContext
from api.pages.kit.visitors import Member
from models.queries.lead_digest import find_offices

ALL = "alle"


@dataclass(frozen=True)
class Office:
    """The office that a page is about; None: all of them. Whoever is of no office leads for all."""

    wanted: str | None
    own: str | None
    chosen: str | None = None
    """What somebody has chosen with the switch: the own office, or `ALL`."""

    @classmethod
    async def of(cls, page: PageContext[Member], session: AsyncSession) -> Self:
        """The own office by itself. Whoever answers for the ideas of another one, which has no lead, begins with all:
        what nobody else decides on is not to wait behind a switch."""
        own, asked = page.person.office, page.query.get("buero")
        if own is None or asked in (ALL, own):
            return cls(None if asked == ALL else own, own, asked if own else None)
        theirs = await find_offices(session, page.person, list(page.services.policy.region.offices))
        return cls(own if theirs == [own] else None, own)

    @property
    def query(self) -> dict[str, str]:
        """What of it stands in the address."""
        return {"buero": self.chosen} if self.chosen else {}
