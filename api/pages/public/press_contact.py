"""Whom the press and a reader on paper ask about a story."""

from typing import NamedTuple

from models.policy import Policy
from models.queries.stories import PublicStory
from models.region_names import RegionNames


class PressContact(NamedTuple):
    """Whom the press asks: the office of the story's district, or the operator where neither is known."""

    name: str
    email: str
    phone: str

    @classmethod
    def of(cls, policy: Policy, story: PublicStory, names: RegionNames) -> "PressContact":
        district = policy.region.districts.get(story.district or "")
        found = policy.region.contacts.get(district.office) if district is not None else None
        if district is not None and found is not None:
            return cls(names.office(district.office), found.email, found.phone)
        operator = policy.operator
        return cls(operator.name or policy.region.platform, operator.email, operator.phone)

    @property
    def is_reached(self) -> bool:
        """Whether there is more of it than a name: before the imprint is filled in, nobody can be asked."""
        return bool(self.email or self.phone)
