"""The sandbox: a campaign's life depends on its name and the clock, and on nothing else."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.adapters.crowdfunding.sandbox import Sandbox
from activities.ports.crowdfunding import Cause, PlatformError, PlatformReading, WrongAddress
from models.i18n import languages, texts_in
from models.messages.package import Package
from models.vocabulary import CampaignStatus, Provenance

FIRST = datetime(2026, 11, 1, tzinfo=UTC)
TODAY = FIRST + timedelta(days=19, hours=12)

numbers = st.integers(1, 9999)
lives = st.sampled_from(["", "fail-", "cancel-"])


def at(now: datetime) -> Sandbox:
    return Sandbox(lambda: now)


async def read(reference: str, days: float) -> PlatformReading:
    return await at(FIRST + timedelta(days=days)).read_status(reference)


@pytest.mark.parametrize(
    ("life", "statuses"),
    [
        ("", "draft start verification funding funding ended_successful paid_out"),
        ("-fail", "draft start verification funding funding ended_failed ended_failed"),
        ("-cancel", "draft start verification funding cancelled cancelled cancelled"),
    ],
)
async def test_each_life_runs_its_course(life: str, statuses: str) -> None:
    reference = f"sandbox{life}-1-2026-11-01"
    readings = [await read(reference, days) for days in (-1, 0, 2, 3, 35.9, 36, 57)]
    assert [str(reading.status) for reading in readings] == statuses.split()
    assert {reading.provenance for reading in readings} == {Provenance.SIMULATED}
    assert {reading.ends_on for reading in readings} == {date(2026, 12, 6)}


@given(lives, numbers)
async def test_sums_grow_and_fit_the_result(life: str, number: int) -> None:
    reference = f"sandbox-{life}{number}-2026-11-01"
    readings = [await read(reference, days) for days in (3, 4, 10, 16.9, 17, 25, 35.9, 36, 100)]
    funded = [reading.funded_cents for reading in readings if reading.funded_cents is not None]
    assert funded == sorted(funded)
    assert len(funded) == len(readings)
    last = readings[-1]
    assert last.threshold_cents is not None
    assert (funded[-1] >= last.threshold_cents) is (last.status is CampaignStatus.PAID_OUT)
    assert (await read(reference, 2)).funded_cents is None


async def test_looking_twice_shows_the_same() -> None:
    assert await read("sandbox-7-2026-11-01", 20) == await read("sandbox-7-2026-11-01", 20)
    assert await read("sandbox-7-2026-11-01", 20) != await read("sandbox-8-2026-11-01", 20)


@pytest.mark.parametrize(("life", "cause"), [("away", Cause.UNAVAILABLE), ("locked", Cause.KEY_REVOKED)])
async def test_trouble_can_be_tried_out(life: str, cause: Cause) -> None:
    with pytest.raises(PlatformError) as caught:
        await read(f"sandbox-{life}-1-2026-11-01", 20)
    assert caught.value.cause is cause


@pytest.mark.parametrize("reference", ["sandbox-1", "sandbox-1-2026-02-30", "pflegelotsen", "", "SANDBOX-1-2026-11-01"])
async def test_what_is_no_reference_is_not_found(reference: str) -> None:
    with pytest.raises(PlatformError) as caught:
        await at(TODAY).read_status(reference)
    assert caught.value.cause is Cause.NOT_FOUND


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("sandbox-1", "sandbox-1-2026-11-20"),
        (" Sandbox-Fail-12 \n", "sandbox-fail-12-2026-11-20"),
        ("sandbox-cancel-3-2026-10-01", "sandbox-cancel-3-2026-10-01"),
        ("https://sandbox.example/sandbox-1-2026-10-01/", "sandbox-1-2026-10-01"),
    ],
)
def test_a_campaign_begins_today_unless_its_name_says_when(text: str, reference: str) -> None:
    address = at(TODAY).read_address(text)
    assert (address.platform, address.reference) == ("sandbox", reference)
    assert address.url == f"https://sandbox.example/{reference}"
    assert at(TODAY + timedelta(days=9)).read_address(address.url) == address


@given(st.text() | st.from_regex(r"sandbox-?[a-z]*-[0-9]{0,5}(-[0-9]{4}-[0-9]{2}-[0-9]{2})?", fullmatch=True))
async def test_any_text_is_a_campaign_that_can_be_read_or_a_wrong_address(text: str) -> None:
    sandbox = at(TODAY)
    try:
        address = sandbox.read_address(text)
    except WrongAddress:
        return
    assert sandbox.read_address(address.url) == address
    if "away" not in address.reference and "locked" not in address.reference:
        assert (await sandbox.read_status(address.reference)).observed_at == TODAY


@pytest.mark.parametrize(
    "text", ["", "sandbox", "sandbox-0", "sandbox-win-1", "sandbox-1-2026-02-30", "startnext.com/a"]
)
def test_what_is_no_campaign_of_the_sandbox_is_refused_in_words(text: str) -> None:
    with pytest.raises(WrongAddress) as caught:
        at(TODAY).read_address(text)
    assert all(texts_in(language).has(caught.value.key) for language in languages())


async def test_a_person_is_told_what_to_enter() -> None:
    submission = await at(TODAY).submit_draft(Package(), key="crowdfunding/1/1")
    assert not submission.done
    [step] = submission.steps
    assert all("sandbox-1" in texts_in(language)(f"crowdfunding.step.{step.key}") for language in languages())
    assert at(TODAY).capabilities().reads_status
