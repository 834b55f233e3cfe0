"""Startnext with reading: people do what they do without it, and the campaign's status is asked of the interface.

`GET /project/{link_caption}` with a bearer key answers `{"project": {…}}` (developer guide on api.startnext.com, 2026).
The guide names neither the statuses nor the unit of amounts, so the operator says what is known of them, and everything
else stays unknown.
"""

import asyncio
import json
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Annotated

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from activities.adapters.crowdfunding.startnext_manual import LINK_CAPTION, StartnextManual
from activities.ports.crowdfunding import RETRYABLE, Capabilities, Cause, PlatformError, PlatformReading
from models.authorities import trusted_authorities
from models.secret_files import read_secret
from models.settings import Settings
from models.vocabulary import CampaignStatus, Provenance

SECONDS_FOR_ALL = 20.0
SECONDS_FOR_ONE_STEP = httpx.Timeout(10.0)
LARGEST_ANSWER = 2 * 1024 * 1024
LONGEST_PAUSE = 24 * 3600.0
"""A longer `Retry-After` is cut, so that a slip of theirs does not silence us for a year."""

MOST_CENTS = 2**31 - 1
"""As much as the columns hold: some 21 million euros."""

USABLE_KEY = re.compile(r"[!-~]{8,500}")
CAUSES = {
    401: Cause.KEY_REVOKED,
    403: Cause.SCOPE_MISSING,
    404: Cause.NOT_FOUND,
    408: Cause.UNAVAILABLE,
    410: Cause.NOT_FOUND,
    429: Cause.RATE_LIMITED,
}
"""A plan that includes no interface is refused with 403 too, as far as the guide tells."""

RESULTS = {CampaignStatus.ENDED_SUCCESSFUL: True, CampaignStatus.ENDED_FAILED: False}

for _name in ("httpx", "httpcore"):
    # Their lines would name the address of each campaign.
    logging.getLogger(_name).setLevel(logging.WARNING)

Amount = Annotated[Decimal, Field(ge=0, le=MOST_CENTS)] | None


class Project(BaseModel):
    """The fields that we rely on. Others are ignored; one that is missing or of another type is contract drift."""

    model_config = ConfigDict(strict=True, frozen=True)

    link_caption: str
    title: str
    status: str
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    current_funding: Amount
    funding_threshold: Amount


class ProjectAnswer(BaseModel):
    """The envelope around it."""

    project: Project


@dataclass(frozen=True)
class Answer:
    """What came over the line."""

    status: int
    retry_after: str
    body: bytes


class StartnextApi(StartnextManual):
    """Fulfils `CrowdfundingPlatform`. Without consent or credential it reads nothing and people tell, as ever."""

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now

    def capabilities(self) -> Capabilities:
        return Capabilities(reads_status=self._settings.may_read_startnext)

    async def read_status(self, reference: str) -> PlatformReading:
        if not self._settings.startnext_consent:
            raise PlatformError(Cause.CONSENT_MISSING)
        if not LINK_CAPTION.fullmatch(reference):
            raise PlatformError(Cause.NOT_FOUND)
        answer = await self._ask(reference, self._read_key())
        if answer is None:
            raise PlatformError(Cause.UNAVAILABLE)
        if answer.status != httpx.codes.OK:
            raise self._explain(answer)
        project = _parse(answer.body)
        if project is None or project.link_caption.casefold() != reference.casefold():
            raise PlatformError(Cause.CONTRACT_DRIFT)
        return PlatformReading(
            status=self._judge(project),
            provenance=Provenance.API,
            observed_at=self._now(),
            raw_status=_shorten(project.status, 40),
            title=_shorten(project.title, 300),
            currency=project.currency,
            funded_cents=self._in_cents(project.current_funding),
            threshold_cents=self._in_cents(project.funding_threshold),
        )

    def _read_key(self) -> SecretStr:
        name = self._settings.startnext_credential
        key = read_secret(name, self._settings.secrets_dir) if name else None
        if key is None or not USABLE_KEY.fullmatch(key.get_secret_value()):
            raise PlatformError(Cause.KEY_MISSING)
        return key

    async def _ask(self, reference: str, key: SecretStr) -> Answer | None:
        """None where no answer came in time. Errors of the line end here, since they hold the request and its key.

        Redirects are not followed: the key is for this address only.
        """
        headers = {
            "Authorization": f"Bearer {key.get_secret_value()}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"Ideenweg (+{self._settings.base_url})",
        }
        url = f"{self._settings.startnext_url}/project/{reference}"
        with suppress(httpx.HTTPError, TimeoutError):
            async with (
                asyncio.timeout(SECONDS_FOR_ALL),
                _open_line() as client,
                client.stream("GET", url, headers=headers) as response,
            ):
                return Answer(response.status_code, response.headers.get("Retry-After", ""), await _read(response))
        return None

    def _explain(self, answer: Answer) -> PlatformError:
        cause = Cause.UNAVAILABLE if answer.status >= 500 else CAUSES.get(answer.status, Cause.CONTRACT_DRIFT)
        return PlatformError(cause, _seconds(answer.retry_after, self._now()) if cause in RETRYABLE else None)

    def _judge(self, project: Project) -> CampaignStatus:
        """What the operator says the status means; unknown where that contradicts the sums."""
        status = self._settings.startnext_statuses.get(project.status, CampaignStatus.UNKNOWN)
        funded, threshold = project.current_funding, project.funding_threshold
        if status in RESULTS and funded is not None and threshold is not None:
            return status if RESULTS[status] == (funded >= threshold) else CampaignStatus.UNKNOWN
        return status

    def _in_cents(self, amount: Decimal | None) -> int | None:
        """None while the operator has not said in which unit Startnext writes amounts."""
        unit = self._settings.startnext_amounts
        if amount is None or unit is None:
            return None
        cents = amount * 100 if unit == "euro" else amount
        if cents > MOST_CENTS or cents != cents.to_integral_value():
            raise PlatformError(Cause.CONTRACT_DRIFT)
        return int(cents)


async def _read(response: httpx.Response) -> bytes:
    """The body as it comes: undecoded, so that no small answer unpacks into a large one."""
    body = b""
    async for part in response.aiter_raw():
        body += part
        if len(body) > LARGEST_ANSWER:
            raise PlatformError(Cause.CONTRACT_DRIFT)
    return body


def _open_line() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=SECONDS_FOR_ONE_STEP, follow_redirects=False, verify=trusted_authorities())


def _parse(body: bytes) -> Project | None:
    """None where the answer is not what the description says."""
    with suppress(ValueError, ArithmeticError, RecursionError):
        document = json.loads(body, parse_float=Decimal, parse_int=Decimal)
        return ProjectAnswer.model_validate(document).project
    return None


def _seconds(retry_after: str, now: datetime) -> float | None:
    """`Retry-After` is a number of seconds or a date. None where it is neither."""
    if re.fullmatch(r"[0-9]{1,9}", retry_after, re.ASCII):
        return min(float(retry_after), LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(retry_after)
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return min(max((until - now).total_seconds(), 0.0), LONGEST_PAUSE)
    except (ValueError, OverflowError):
        return None


def _shorten(text: str, length: int) -> str:
    return "".join(sign for sign in text if sign.isprintable())[:length]
