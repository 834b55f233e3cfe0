"""What all mails of an installation share."""

from dataclasses import dataclass
from typing import Self

from activities.mails.links import Links
from models.policy import Policy
from models.settings import Settings


@dataclass(frozen=True)
class Letterhead:
    """The region's own words, and the addresses that mails point to."""

    policy: Policy
    links: Links

    @classmethod
    def of(cls, settings: Settings, policy: Policy) -> Self:
        return cls(policy, Links(settings.signing_key, settings.base_url))
