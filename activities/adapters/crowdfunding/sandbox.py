"""A platform for trying out: campaigns that live by the clock alone and are the same however often one looks.

`sandbox-1` succeeds, `sandbox-fail-1` and `sandbox-cancel-1` do not, `sandbox-away-1` never answers, and the key of
`sandbox-locked-1` was taken back. The number decides the sums. A date at the end, as in `sandbox-1-2026-10-01`, is the
first day of its life, so that every age can be looked at; without one a campaign begins on the day it is linked.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from activities.ports.crowdfunding import (
    CampaignAddress,
    Capabilities,
    Cause,
    DraftSubmission,
    PersonalStep,
    PlatformError,
    PlatformReading,
    WrongAddress,
)
from models.messages.package import Package
from models.vocabulary import CampaignStatus, Provenance

SITE = "https://sandbox.example"
"""Leads nowhere, by RFC 2606."""

REFERENCE = re.compile(
    r"sandbox(?:-(?P<life>fail|cancel|away|locked))?-(?P<number>[1-9][0-9]{0,3})(?:-(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}))?"
)
FUNDING_BEGINS, FUNDING_ENDS = timedelta(days=3), timedelta(days=36)
BEGINNING = (
    (timedelta(0), CampaignStatus.START),
    (timedelta(days=2), CampaignStatus.VERIFICATION),
    (FUNDING_BEGINS, CampaignStatus.FUNDING),
)
LIVES = {
    "": (
        *BEGINNING,
        (FUNDING_ENDS, CampaignStatus.ENDED_SUCCESSFUL),
        (timedelta(days=57), CampaignStatus.PAID_OUT),
    ),
    "fail": (*BEGINNING, (FUNDING_ENDS, CampaignStatus.ENDED_FAILED)),
    "cancel": (*BEGINNING, (timedelta(days=17), CampaignStatus.CANCELLED)),
}
"""From which age on a campaign has which status."""

SILENT = {"away": Cause.UNAVAILABLE, "locked": Cause.KEY_REVOKED}


class Campaign(NamedTuple):
    """What a reference says."""

    life: str
    number: int
    begins: date


class Sandbox:
    """Fulfils `CrowdfundingPlatform`."""

    name = "sandbox"

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def capabilities(self) -> Capabilities:
        return Capabilities(reads_status=True)

    def read_address(self, text: str) -> CampaignAddress:
        """`sandbox-1`, with or without its date and the site in front."""
        campaign = _parse(text.strip().lower().removeprefix(SITE).strip("/"), self._now().astimezone(UTC).date())
        if campaign is None:
            raise WrongAddress("crowdfunding.address.sandbox")
        life = f"-{campaign.life}" if campaign.life else ""
        reference = f"sandbox{life}-{campaign.number}-{campaign.begins}"
        return CampaignAddress(platform=self.name, reference=reference, url=f"{SITE}/{reference}")

    async def submit_draft(self, package: Package, key: str) -> DraftSubmission:
        return DraftSubmission(done=False, steps=(PersonalStep(key="sandbox"),))

    async def read_status(self, reference: str) -> PlatformReading:
        now = self._now()
        campaign = _parse(reference, default=None)
        if campaign is None:
            raise PlatformError(Cause.NOT_FOUND)
        if campaign.life in SILENT:
            raise PlatformError(SILENT[campaign.life])
        begins = datetime.combine(campaign.begins, time(), tzinfo=UTC)
        status = _status_at(campaign, now - begins)
        threshold, final = _sums(campaign)
        return PlatformReading(
            status=status,
            provenance=Provenance.SIMULATED,
            observed_at=now,
            raw_status=status,
            title=f"Sandbox {campaign.number}",
            funded_cents=_funded(campaign, final, now - begins),
            threshold_cents=threshold,
            ends_on=(begins + FUNDING_ENDS).date() - timedelta(days=1),
        )


def _parse(text: str, default: date | None) -> Campaign | None:
    match = REFERENCE.fullmatch(text)
    if match is None:
        return None
    try:
        begins = date.fromisoformat(match["day"]) if match["day"] else default
    except ValueError:
        return None
    # A life lies well within the calendar, so that no sum of days runs over its edge.
    if begins is None or not 2000 <= begins.year < 2200:
        return None
    return Campaign(match["life"] or "", int(match["number"]), begins)


def _status_at(campaign: Campaign, age: timedelta) -> CampaignStatus:
    reached = [status for begin, status in LIVES[campaign.life] if begin <= age]
    return reached[-1] if reached else CampaignStatus.DRAFT


def _sums(campaign: Campaign) -> tuple[int, int]:
    """Threshold and final sum in cents. The same number has the same threshold in every life."""
    seed = int.from_bytes(hashlib.sha256(str(campaign.number).encode()).digest()[:4])
    threshold = 2_500_00 + seed % 76 * 100_00
    percent = 101 + seed // 76 % 40 if campaign.life == "" else 20 + seed // 76 % 60
    return threshold, threshold * percent // 100


def _funded(campaign: Campaign, final: int, age: timedelta) -> int | None:
    """In whole euros, growing fastest in the first days and the last, as campaigns do. None before them."""
    if age < FUNDING_BEGINS:
        return None
    end = min(begin for begin, _ in LIVES[campaign.life] if begin > FUNDING_BEGINS)
    done = (min(age, end) - FUNDING_BEGINS) / (FUNDING_ENDS - FUNDING_BEGINS)
    share = 1.5 * done - 1.5 * done**2 + done**3
    return int(final * share) // 100 * 100
