"""Reading Startnext: what is certain is read, what is not stays unknown, and the key goes nowhere else."""

import gzip
import json
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DataConverter

from activities.adapters.crowdfunding import build_platform, startnext_api
from activities.ports.crowdfunding import Cause, CrowdfundingPlatform, PlatformError, PlatformReading
from models.settings import Settings
from models.vocabulary import CampaignStatus, Provenance
from tests.activities.adapters.fake_startnext import KEY, FakeStartnext, http, project

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CONSENT = "2026-11-03, contract 17/2026"
CAMPAIGN = "pflegelotsen"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
async def startnext() -> AsyncIterator[FakeStartnext]:
    async with FakeStartnext({"pflegelotsen": project()}) as server:
        yield server


@pytest.fixture
def secrets_dir(tmp_path: Path) -> Path:
    (tmp_path / "startnext").write_text(f"{KEY}\n")
    return tmp_path


def platform(startnext: FakeStartnext, secrets_dir: Path, **settings: Any) -> CrowdfundingPlatform:
    complete: dict[str, Any] = {
        "crowdfunding": "startnext_api",
        "startnext_url": startnext.url,
        "startnext_consent": CONSENT,
        "startnext_credential": "startnext",
        "startnext_amounts": "euro",
        "secrets_dir": secrets_dir,
    }
    return build_platform(Settings(**(complete | settings)), lambda: NOW)


async def read(startnext: FakeStartnext, secrets_dir: Path, **settings: Any) -> PlatformReading:
    return await platform(startnext, secrets_dir, **settings).read_status(CAMPAIGN)


async def trouble(startnext: FakeStartnext, secrets_dir: Path, **settings: Any) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await read(startnext, secrets_dir, **settings)
    return caught.value


# What is read


async def test_an_active_campaign_is_read_with_its_sums(startnext: FakeStartnext, secrets_dir: Path) -> None:
    assert await read(startnext, secrets_dir) == PlatformReading(
        status=CampaignStatus.FUNDING,
        provenance=Provenance.API,
        observed_at=NOW,
        raw_status="active",
        title="Pflegelotsen im Quartier",
        currency="EUR",
        funded_cents=7_550_00,
        threshold_cents=10_000_00,
    )
    [asked] = startnext.asked
    assert (asked.method, asked.path) == ("GET", "/myty/api/crowdfunding/project/pflegelotsen")
    assert asked.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("unit", "amount", "cents"),
    [
        ("euro", "7550.00", 755000),
        ("euro", "7550.5", 755050),
        ("euro", "0.1", 10),
        ("euro", "7550", 755000),
        ("cent", "755000", 755000),
        ("cent", "755000.00", 755000),
        (None, "7550.00", None),
        ("euro", "null", None),
    ],
)
async def test_sums_are_read_in_the_unit_that_the_operator_has_named(
    startnext: FakeStartnext, secrets_dir: Path, unit: str | None, amount: str, cents: int | None
) -> None:
    body = json.dumps({"project": project(current_funding=0)}).replace('funding": 0', f'funding": {amount}')
    startnext.answer = http(200, body.encode())
    assert (await read(startnext, secrets_dir, startnext_amounts=unit)).funded_cents == cents


@pytest.mark.parametrize("raw", ["finished", "Active", "", "ended_successful", "paid_out"])
async def test_a_status_that_nobody_has_explained_is_unknown(
    startnext: FakeStartnext, secrets_dir: Path, raw: str
) -> None:
    startnext.projects["pflegelotsen"] = project(status=raw)
    reading = await read(startnext, secrets_dir)
    assert (reading.status, reading.raw_status) == (CampaignStatus.UNKNOWN, raw)


async def test_the_operator_may_explain_further_statuses(startnext: FakeStartnext, secrets_dir: Path) -> None:
    startnext.projects["pflegelotsen"] = project(status="prepared")
    reading = await read(startnext, secrets_dir, startnext_statuses="active=funding, prepared=start")
    assert reading.status is CampaignStatus.START


@pytest.mark.parametrize(
    ("raw", "funded", "status"),
    [
        ("good", 10_000.00, CampaignStatus.ENDED_SUCCESSFUL),
        ("good", 9_999.99, CampaignStatus.UNKNOWN),
        ("bad", 9_999.99, CampaignStatus.ENDED_FAILED),
        ("bad", 10_000.00, CampaignStatus.UNKNOWN),
        ("good", None, CampaignStatus.ENDED_SUCCESSFUL),
    ],
)
async def test_a_result_that_the_sums_contradict_is_unknown(
    startnext: FakeStartnext, secrets_dir: Path, raw: str, funded: float | None, status: CampaignStatus
) -> None:
    startnext.projects["pflegelotsen"] = project(status=raw, current_funding=funded)
    statuses = {"good": "ended_successful", "bad": "ended_failed"}
    assert (await read(startnext, secrets_dir, startnext_statuses=statuses)).status is status


async def test_what_the_platform_says_is_kept_short_and_printable(startnext: FakeStartnext, secrets_dir: Path) -> None:
    startnext.projects["pflegelotsen"] = project(status="a\x1b[31m\n" + "b" * 90, title="T\u202e" * 400)
    reading = await read(startnext, secrets_dir)
    assert reading.raw_status == "a[31m" + "b" * 35
    assert reading.title == "T" * 300


async def test_further_fields_are_ignored_and_another_case_of_the_address_is_the_same(
    startnext: FakeStartnext, secrets_dir: Path
) -> None:
    startnext.projects["pflegelotsen"] = project("Pflegelotsen", supporters=[{"name": "Dora"}], funding_end="soon")
    reading = await read(startnext, secrets_dir)
    assert reading.status is CampaignStatus.FUNDING
    assert "Dora" not in reading.model_dump_json()


# What is not read


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (301, Cause.CONTRACT_DRIFT),
        (204, Cause.CONTRACT_DRIFT),
        (400, Cause.CONTRACT_DRIFT),
        (401, Cause.KEY_REVOKED),
        (403, Cause.SCOPE_MISSING),
        (404, Cause.NOT_FOUND),
        (410, Cause.NOT_FOUND),
        (418, Cause.CONTRACT_DRIFT),
        (429, Cause.RATE_LIMITED),
        (500, Cause.UNAVAILABLE),
        (502, Cause.UNAVAILABLE),
        (503, Cause.UNAVAILABLE),
    ],
)
async def test_each_refusal_has_its_cause(
    startnext: FakeStartnext, secrets_dir: Path, status: int, cause: Cause
) -> None:
    startnext.answer = http(status, b"" if status == 204 else {"project": project()})
    error = await trouble(startnext, secrets_dir)
    assert (error.cause, error.retry_after) == (cause, None)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("999999999", 24 * 3600.0),
        ("Fri, 20 Nov 2026 12:01:30 GMT", 90.0),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0.0),
        ("Fri, 20 Nov 2026 12:01:30 -0000", 90.0),
        ("Fri, 20 Nov 2099 12:00:00 GMT", 24 * 3600.0),
        ("-5", None),
        ("soon", None),
        ("1e9", None),
    ],
)
async def test_the_time_to_wait_is_taken_as_said_but_not_for_ever(
    startnext: FakeStartnext, secrets_dir: Path, status: int, said: str, seconds: float | None
) -> None:
    startnext.answer = http(status, Retry_After=said)
    assert (await trouble(startnext, secrets_dir)).retry_after == seconds


async def test_a_time_to_wait_counts_only_where_asking_again_helps(startnext: FakeStartnext, secrets_dir: Path) -> None:
    startnext.answer = http(404, Retry_After="60")
    assert (await trouble(startnext, secrets_dir)).retry_after is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Wartungsarbeiten</html>",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps(project()).encode(),
        json.dumps({"project": None}).encode(),
        json.dumps({"project": [project()]}).encode(),
        *(
            json.dumps({"project": project(**fields)}).encode()
            for fields in (
                {"link_caption": "somebody-elses"},
                {"link_caption": 7},
                {"status": 1},
                {"status": None},
                {"title": None},
                {"currency": "Euro"},
                {"currency": "eur"},
                {"current_funding": "7550.00"},
                {"current_funding": True},
                {"current_funding": -1},
                {"current_funding": 7550.005},
                {"current_funding": float("nan")},
                {"current_funding": 2**31},
                {"funding_threshold": {"value": 10_000}},
                {"funding_threshold": 30_000_000},
            )
        ),
        *(
            json.dumps({"project": {name: value for name, value in project().items() if name != missing}}).encode()
            for missing in ("link_caption", "title", "status", "currency", "current_funding", "funding_threshold")
        ),
        json.dumps({"project": project()}).replace("7550.0", "1e99999999999999999999").encode(),
        json.dumps({"project": project(description="x" * 3_000_000)}).encode(),
    ],
)
async def test_an_answer_of_another_form_is_contract_drift(
    startnext: FakeStartnext, secrets_dir: Path, body: bytes
) -> None:
    startnext.answer = http(200, body)
    assert (await trouble(startnext, secrets_dir)).cause is Cause.CONTRACT_DRIFT


async def test_a_small_answer_cannot_unpack_into_a_large_one(startnext: FakeStartnext, secrets_dir: Path) -> None:
    packed = gzip.compress(json.dumps({"project": project()}).encode())
    startnext.answer = http(200, packed, Content_Encoding="gzip")
    assert (await trouble(startnext, secrets_dir)).cause is Cause.CONTRACT_DRIFT
    assert startnext.asked[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"SSH-2.0-OpenSSH_9.6\r\n", http(200, {"project": project()})[:-20]],
)
async def test_a_line_that_breaks_is_an_unavailable_platform(
    startnext: FakeStartnext, secrets_dir: Path, answer: bytes
) -> None:
    startnext.answer = answer
    assert (await trouble(startnext, secrets_dir)).cause is Cause.UNAVAILABLE


async def test_a_platform_that_is_away_or_slow_is_unavailable(
    startnext: FakeStartnext, secrets_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = await trouble(startnext, secrets_dir, startnext_url="http://127.0.0.1:9/api")
    assert away.cause is Cause.UNAVAILABLE
    monkeypatch.setattr(startnext_api, "SECONDS_FOR_ALL", 0.1)
    startnext.waits = 0.5
    assert (await trouble(startnext, secrets_dir)).cause is Cause.UNAVAILABLE


@pytest.mark.parametrize("reference", ["", "../user/me/projects", "a/b", "a?b", "pflege lotsen", "ä", "a\n", "a" * 101])
async def test_what_is_no_key_of_a_campaign_is_never_asked_for(
    startnext: FakeStartnext, secrets_dir: Path, reference: str
) -> None:
    with pytest.raises(PlatformError) as caught:
        await platform(startnext, secrets_dir).read_status(reference)
    assert caught.value.cause is Cause.NOT_FOUND
    assert startnext.asked == []


# Consent and key


async def test_without_consent_or_credential_nothing_is_asked(startnext: FakeStartnext, secrets_dir: Path) -> None:
    assert platform(startnext, secrets_dir).capabilities().reads_status
    causes = {"startnext_consent": Cause.CONSENT_MISSING, "startnext_credential": Cause.KEY_MISSING}
    for missing, cause in causes.items():
        assert not platform(startnext, secrets_dir, **{missing: None}).capabilities().reads_status
        assert (await trouble(startnext, secrets_dir, **{missing: None})).cause is cause
    assert startnext.asked == []


@pytest.mark.parametrize("held", [None, "", "  \n", "kurz", f"{KEY}\nX-More: 1", "snx_user_schlüssel"])
async def test_a_key_that_is_away_or_unusable_is_said(
    startnext: FakeStartnext, secrets_dir: Path, held: str | None
) -> None:
    (secrets_dir / "startnext").unlink() if held is None else (secrets_dir / "startnext").write_text(held)
    error = await trouble(startnext, secrets_dir)
    assert error.cause is Cause.KEY_MISSING
    assert startnext.asked == []


async def test_the_key_is_read_anew_each_time_from_a_file_or_a_variable(
    startnext: FakeStartnext, secrets_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = platform(startnext, secrets_dir)
    (secrets_dir / "startnext").write_text("snx_user_an_older_one")
    with pytest.raises(PlatformError) as caught:
        await same.read_status(CAMPAIGN)
    assert caught.value.cause is Cause.KEY_REVOKED
    (secrets_dir / "startnext").unlink()
    monkeypatch.setenv("startnext", KEY)
    assert (await same.read_status(CAMPAIGN)).status is CampaignStatus.FUNDING


async def test_the_key_follows_no_redirect(startnext: FakeStartnext, secrets_dir: Path) -> None:
    async with FakeStartnext({"pflegelotsen": project()}) as elsewhere:
        startnext.answer = http(302, Location=f"{elsewhere.url}/project/pflegelotsen")
        assert (await trouble(startnext, secrets_dir)).cause is Cause.CONTRACT_DRIFT
        assert elsewhere.asked == []


async def test_key_and_campaign_show_up_in_no_log(
    startnext: FakeStartnext, secrets_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    spoken = platform(startnext, secrets_dir)
    await spoken.read_status(CAMPAIGN)
    said = [repr(spoken), repr(vars(spoken)), *(record.getMessage() for record in caplog.records)]
    assert [line for line in said if KEY in line or CAMPAIGN in line] == []


@pytest.mark.parametrize(
    "answer", [http(401), http(500), b"", b"nonsense\r\n\r\n", http(200, b"{"), http(302, Location="http://[")]
)
async def test_key_and_campaign_show_up_in_no_failure(
    startnext: FakeStartnext, secrets_dir: Path, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    startnext.answer = answer
    error = await trouble(startnext, secrets_dir)
    assert startnext.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert error.__context__ is None
    failure = Failure()
    converter = DataConverter.default
    converter.failure_converter.to_failure(error, converter.payload_converter, failure)
    said = [repr(error), str(failure), *traceback.TracebackException.from_exception(error).format()]
    said += [record.getMessage() for record in caplog.records]
    assert [line for line in said if KEY in line or CAMPAIGN in line] == []
