"""Whose cases a lead's page shows: those of the own office, or with a switch those of all."""

from dataclasses import dataclass
from typing import Self

from api.pages.kit.page import PageContext
from api.pages.kit.visitors import Member

ALL = "alle"


@dataclass(frozen=True)
class Office:
    """The office that a page is about; None: all of them. Whoever is of no office leads for all."""

    wanted: str | None
    own: str | None

    @classmethod
    def of(cls, page: PageContext[Member]) -> Self:
        own = page.person.office
        return cls(None if page.query.get("buero") == ALL else own, own)

    @property
    def query(self) -> dict[str, str]:
        """What of it stands in the address."""
        return {"buero": ALL} if self.own is not None and self.wanted is None else {}
