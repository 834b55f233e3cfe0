"""What the files say of a package beyond its own words."""

from dataclasses import dataclass
from datetime import date

from activities.ports.crowdfunding import PersonalStep
from models.messages.package import Package
from models.policy import Policy
from models.rules.readiness import digest, fee_on_level


@dataclass(frozen=True)
class PackageDetails:
    """Which package it is, whose platform made it, and what it costs."""

    idea_id: str
    attempt: int
    revision: int
    digest: str
    as_of: date
    """The day of the readiness check. Nothing in the files depends on the time at which they are made."""
    fee_cents: int
    """The platform's fee when exactly the start level is reached."""
    house: str
    funding_note: str
    steps: tuple[PersonalStep, ...] = ()
    """What only a person can do on the platform, in order."""

    @property
    def key(self) -> str:
        """Names this state of this package for ever: an edit gives another key."""
        return f"crowdfunding/{self.idea_id}/{self.attempt}:{self.digest}"

    @property
    def file_name(self) -> str:
        """Of the ZIP. Says nothing of the idea."""
        return f"kampagnenpaket-{self.attempt}-{self.digest[:8]}.zip"


def describe(
    policy: Policy,
    package: Package,
    *,
    idea_id: str,
    attempt: int,
    revision: int,
    today: date,
    steps: tuple[PersonalStep, ...] = (),
) -> PackageDetails:
    """The details of a package under the rules of today."""
    return PackageDetails(
        idea_id=idea_id,
        attempt=attempt,
        revision=revision,
        digest=digest(package),
        as_of=today,
        fee_cents=fee_on_level(package, policy.crowdfunding, today),
        house=policy.region.platform,
        funding_note=policy.region.funding_note,
        steps=steps,
    )
