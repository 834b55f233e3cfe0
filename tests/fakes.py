"""Stand-ins for what is outside, where a test decides what it says."""

from collections import deque
from datetime import UTC, date, datetime

from activities.ports.crowdfunding import (
    CampaignAddress,
    Capabilities,
    DraftSubmission,
    PersonalStep,
    PlatformError,
    PlatformReading,
)
from models.messages.package import Package
from models.vocabulary import CampaignStatus, Provenance


class Doors:
    """Inboxes at which somebody knocks. The first knocks go unheard while `away` lasts."""

    def __init__(self, away: int = 0) -> None:
        self.away = away
        self.knocks: list[str] = []

    async def knock(self, account_id: str) -> None:
        if self.away:
            self.away -= 1
            raise ConnectionError
        self.knocks.append(account_id)


class FakePlatform:
    """A platform whose answers are laid out beforehand; the last one is given again and again."""

    name = "fake"

    def __init__(self, *, reads_status: bool = False) -> None:
        self.reads_status = reads_status
        self.submissions: list[str] = []
        """The keys of what was handed over."""
        self.readings: list[str] = []
        """The references that were asked for."""
        self.draft_errors: deque[PlatformError] = deque()
        """What handing over fails with, one after the other, before it succeeds."""
        self.answers: deque[PlatformReading | PlatformError] = deque()

    def capabilities(self) -> Capabilities:
        return Capabilities(reads_status=self.reads_status)

    def read_address(self, text: str) -> CampaignAddress:
        return CampaignAddress(platform=self.name, reference=text, url=f"https://fake.example/{text}")

    async def submit_draft(self, package: Package, key: str) -> DraftSubmission:
        self.submissions.append(key)
        if self.draft_errors:
            raise self.draft_errors.popleft()
        return DraftSubmission(done=False, steps=(PersonalStep(key="account"), PersonalStep(key="draft")))

    async def read_status(self, reference: str) -> PlatformReading:
        self.readings.append(reference)
        answer = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, PlatformError):
            raise answer
        return answer

    def says(self, *answers: CampaignStatus | PlatformError, ends_on: date | None = None) -> None:
        """From now on, this is what is read."""
        self.answers = deque(
            answer if isinstance(answer, PlatformError) else reading(answer, ends_on=ends_on) for answer in answers
        )


def reading(
    status: CampaignStatus, provenance: Provenance = Provenance.API, ends_on: date | None = None
) -> PlatformReading:
    return PlatformReading(
        status=status,
        provenance=provenance,
        observed_at=datetime(2026, 6, 1, 8, tzinfo=UTC),
        raw_status=str(status),
        funded_cents=250_00,
        ends_on=ends_on,
    )
