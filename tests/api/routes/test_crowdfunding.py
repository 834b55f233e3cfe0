"""A crowdfunding hand-off through the API, from the first word of the package to the payout."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import select
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from models import workflow_ids
from models.database import Database
from models.tables import CampaignAddressRow, CampaignObservation, Note
from tests.api.campaigns import ADDRESS, WAY, HandOff
from tests.api.conftest import Web, in_days, make_services, open_web
from tests.api.tries import TwoTries
from tests.factories import ALMA, BEN, CARLA, DORA, good_package, invite_cast


async def test_an_idea_is_funded_from_the_first_word_to_the_payout(web: Web) -> None:
    hand_off = await HandOff.start(web)
    begun = await hand_off.read()
    assert (begun["attempt"], begun["state"], begun["ready"]) == (1, "not_ready", False)
    assert begun["package"]["title"] == "Pflegelotsen im Quartier"
    assert {finding["code"] for finding in begun["findings"]} >= {"level_missing", "images_missing"}
    assert (begun["holder"]["role"], "edit" in begun["allowed_events"]) == ("innovator", True)
    assert [step["key"] for step in begun["personal_steps"]][:2] == ["account", "draft"]

    await hand_off.make_ready()
    assert (await hand_off.read())["state"] == "ready"
    for reached, event, who, fields in WAY:
        await hand_off.ask(who, event, **fields)
        await hand_off.until_in(reached)
    linked = await hand_off.read()
    assert linked["confirmed_by"] == ["innovator", "coach"]
    assert linked["address"] == {
        "platform": "startnext",
        "reference": "pflegelotsen",
        "url": ADDRESS,
        "by": "innovator",
        "confirmed_by": "coach",
    }

    await hand_off.ask(ALMA, "observe", status="funding", ends_on=in_days(30))
    sums = {"funded_cents": 512_300, "threshold_cents": 500_000}
    await hand_off.ask(BEN, "observe", status="ended_successful", **sums)
    await web.until_in(hand_off.idea, "piloting")
    await hand_off.ask(ALMA, "observe", status="paid_out")
    closed = await hand_off.read()
    assert (closed["state"], closed["result"], closed["holder"]) == ("closed", "funded", None)
    assert closed["allowed_events"] == []
    seen = [(one["status"], one["provenance"], one["funded_cents"]) for one in closed["observations"]]
    assert seen == [
        ("paid_out", "self_reported", None),
        ("ended_successful", "coach_attested", 512_300),
        ("funding", "self_reported", None),
    ]
    events = [line["event"] for line in closed["timeline"]]
    assert events[0] == "observe"
    assert events[-1] == "start"


async def test_a_stranger_finds_no_crowdfunding(web: Web) -> None:
    hand_off = await HandOff.start(web)
    for path in ((), ("package.zip",), ("images", str(uuid4()))):
        assert (await web.dora.get(hand_off.path(*path))).status_code == 404
        assert (await web.bruno.get(hand_off.path(*path))).status_code == 404
        assert (await web.nobody.get(hand_off.path(*path))).status_code == 401
    answers = [
        await hand_off.put(good_package(images=[]), who=DORA),
        await hand_off.upload(who=DORA),
        await hand_off.try_to(DORA, "withdraw"),
        await web.dora.delete(hand_off.path("images", str(uuid4()))),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert (await hand_off.read())["version"] == 1


async def test_an_idea_without_crowdfunding_says_so(web: Web) -> None:
    idea = await web.bring_to("assessing")
    hand_off = HandOff(web, idea)
    answer = await web.alma.get(hand_off.path())
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "no such crowdfunding" in answer.json()["detail"]
    assert (await hand_off.try_to(ALMA, "pack")).status_code == 404
    await hand_off.begin(CARLA)
    assert (await web.alma.get(hand_off.path(), params={"attempt": 2})).status_code == 404
    again = await web.try_to(ALMA, idea, "start_crowdfunding")
    assert (again.status_code, again.json()["code"]) == (409, "not_allowed")


async def test_nobody_confirms_what_they_have_not_seen(web: Web) -> None:
    hand_off = await HandOff.at(web, "packaged")
    seen = (await hand_off.read())["digest"]
    answer = await hand_off.try_to(ALMA, "confirm")
    assert (answer.status_code, answer.json()["field"]) == (422, "digest")
    await hand_off.put((await hand_off.read())["package"] | {"title": "Ein anderer Titel"})
    await hand_off.ask(ALMA, "pack")
    answer = await hand_off.try_to(ALMA, "confirm", digest=seen)
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert (await hand_off.read())["confirmed_by"] == []


async def test_an_edit_lifts_the_confirmations(web: Web) -> None:
    hand_off = await HandOff.at(web, "awaiting_entry")
    changed = (await hand_off.read())["package"] | {"risks": "Es regnet."}
    answer = await hand_off.put(changed, who=BEN)
    assert answer.status_code == 200
    after = await hand_off.read()
    assert (after["state"], after["confirmed_by"]) == ("ready", [])


async def test_one_side_does_not_speak_for_both(web: Web) -> None:
    hand_off = await HandOff.at(web, "packaged")
    await hand_off.ask(ALMA, "confirm")
    digest = (await hand_off.read())["digest"]
    answer = await hand_off.try_to(ALMA, "confirm", digest=digest)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "confirm" not in (await hand_off.read())["allowed_events"]
    assert "confirm" in (await hand_off.read(BEN))["allowed_events"]


# -- addresses -------------------------------------------------------------------------------------------------


async def test_what_is_no_campaign_is_not_linked(web: Web) -> None:
    hand_off = await HandOff.at(web, "awaiting_entry")
    for address in (
        *("https://example.org/pflegelotsen", "startnext.com", "javascript:alert(1)"),
        *("https://www.startnext.com@example.org/x", "https://startnext.com:8443/x", "kein Link"),
    ):
        answer = await hand_off.try_to(ALMA, "link", address=address)
        assert (answer.status_code, answer.json()["field"]) == (422, "address")
        assert address not in answer.text
    async with web.database.session() as session:
        assert (await session.exec(select(CampaignAddressRow))).all() == []


async def test_two_ideas_do_not_have_one_campaign_unless_the_first_gives_it_back(web: Web) -> None:
    first, second = await asyncio.gather(HandOff.at(web, "awaiting_entry"), HandOff.at(web, "awaiting_entry"))
    await first.ask(ALMA, "link", address=ADDRESS)
    answer = await second.try_to(ALMA, "link", address="startnext.com/pflegelotsen/?utm=x")
    assert (answer.status_code, answer.json()["field"]) == (422, "address")
    await first.ask(BEN, "reject_link", note="Das ist die falsche.")
    assert (await first.read())["address"] is None
    await second.ask(ALMA, "link", address=ADDRESS)
    assert (await second.read())["address"]["url"] == ADDRESS
    assert (await first.read())["timeline"][0]["note"] == "Das ist die falsche."


# -- repeats and refusals --------------------------------------------------------------------------------------


async def test_a_step_with_one_key_is_taken_once(web: Web) -> None:
    hand_off = await HandOff.at(web, "awaiting_entry")
    key = {"Idempotency-Key": f"key-{uuid4()}"}
    repeats = [hand_off.try_to(ALMA, "link", headers=key, address=ADDRESS) for _ in range(4)]
    answers = await asyncio.gather(*repeats)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json()["version"] for answer in answers}) == 1
    await hand_off.until_version(answers[0].json()["version"])
    later = await hand_off.try_to(ALMA, "link", headers=key, address=ADDRESS)
    assert later.json()["version"] == answers[0].json()["version"]
    other = await hand_off.try_to(ALMA, "withdraw", headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "id_reused")
    assert [line["event"] for line in (await hand_off.read())["timeline"]].count("link") == 1


async def test_a_refused_try_leaves_the_address_to_another(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_off = await HandOff.at(web, "awaiting_entry")
    tries = TwoTries(web.services.engine.case_command)
    monkeypatch.setattr(web.services.engine, "case_command", tries)
    key = {"Idempotency-Key": f"key-{uuid4()}"}
    taken = await tries.make(lambda: hand_off.try_to(ALMA, "link", headers=key, address=ADDRESS))
    assert taken.status_code == 200
    await hand_off.until_version(taken.json()["version"])
    assert (await hand_off.read())["address"]["url"] == ADDRESS


async def test_a_refused_step_leaves_nothing_behind(web: Web) -> None:
    hand_off = await HandOff.at(web, "linked")
    refused = [
        await hand_off.try_to(ALMA, "observe"),
        await hand_off.try_to(ALMA, "observe", status="unknown"),
        await hand_off.try_to(ALMA, "observe", status="paid_out"),
        await hand_off.try_to(
            ALMA, "observe", status="ended_failed", funded_cents=600_000, threshold_cents=500_000, note="Schade."
        ),
    ]
    assert [(answer.status_code, answer.json()["field"]) for answer in refused] == [
        (422, "status"),
        (422, "status"),
        (422, "status"),
        (422, "funded_cents"),
    ]
    async with web.database.session() as session:
        assert (await session.exec(select(CampaignObservation))).all() == []
        notes = (await session.exec(select(Note).where(Note.idea_id == hand_off.idea))).all()
    assert "Schade." not in [note.body for note in notes]


async def test_a_caller_who_has_seen_an_older_hand_off_is_told(web: Web) -> None:
    hand_off = await HandOff.at(web, "packaged")
    answer = await hand_off.try_to(ALMA, "withdraw", headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert (await hand_off.read())["state"] == "packaged"


async def test_a_campaign_that_failed_leaves_room_for_another_attempt(web: Web) -> None:
    hand_off = await HandOff.at(web, "linked")
    await hand_off.ask(ALMA, "observe", status="ended_failed")
    await web.until_in(hand_off.idea, "planning")
    assert (await hand_off.read())["result"] == "failed"
    for event, who in (("agree_plan", BEN), ("submit_work", ALMA), ("approve_concept", BEN)):
        await web.ask(who, hand_off.idea, event)
    await hand_off.begin()
    second = await hand_off.read()
    assert (second["attempt"], second["attempts"], second["state"]) == (2, [1, 2], "ready")
    assert second["package"] == (await hand_off.read(attempt=1))["package"]
    image = second["images"][0]["id"]
    assert (await web.alma.get(hand_off.path("images", image))).status_code == 200
    assert (await hand_off.read(attempt=1))["allowed_events"] == []


# -- the engine ------------------------------------------------------------------------------------------------


async def test_a_package_written_while_the_engine_is_away_is_kept_and_counts(
    database: Database, database_url: str, client: Client, tmp_path: Path
) -> None:
    await invite_cast(database)
    queue = f"tests-{uuid4()}"
    async with open_web(
        make_services(database, database_url, client, tmp_path, queue=queue), with_inboxes=False
    ) as web:
        hand_off = await HandOff.start(web)
        await hand_off.make_ready()
    nowhere = await Client.connect("127.0.0.1:1", lazy=True, data_converter=pydantic_data_converter)
    async with open_web(make_services(database, database_url, nowhere, tmp_path), with_worker=False) as away:
        lonely = HandOff(away, hand_off.idea)
        package = (await lonely.read())["package"] | {"title": "Auch ohne Motor"}
        assert (await lonely.put(package)).status_code == 503
        assert (await lonely.read())["package"]["title"] == "Auch ohne Motor"
    async with open_web(
        make_services(database, database_url, client, tmp_path, queue=queue), with_inboxes=False
    ) as back:
        again = HandOff(back, hand_off.idea)
        await again.ask(ALMA, "pack")
        await again.ask(ALMA, "confirm")
        assert (await again.read())["package"]["title"] == "Auch ohne Motor"


async def test_no_word_of_a_campaign_enters_a_history(web: Web, client: Client) -> None:
    hand_off = await HandOff.at(web, "linked")
    await hand_off.ask(ALMA, "observe", status="funding", note="Kanarienwort")
    words = ["Pflegelotsen", "pflegelotsen", "Alma Arnold", "Kanarienwort", "startnext.com"]
    for workflow in (workflow_ids.idea_workflow(hand_off.idea), workflow_ids.crowdfunding(hand_off.idea, 1)):
        history = (await client.get_workflow_handle(workflow).fetch_history()).to_json()
        assert [word for word in words if word in history] == []
