"""The same request twice is one step, whatever happened in between."""

import asyncio
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.ports.ideas import IdeaGone
from models.cases.ledger import LEDGER_LENGTH
from models.database import Database
from models.messages.commands import Command, Receipt
from models.tables.columns import new_id
from tests.api.conftest import WORDS, Web, make_services, open_web
from tests.api.tries import TwoTries
from tests.factories import ALMA, CARLA, invite_cast


@pytest.fixture
def key() -> dict[str, str]:
    """A key of this test alone: all tests share one Temporal, and the idea's id follows from key and account."""
    return {"Idempotency-Key": f"key-{new_id()}"}


async def test_handing_in_twice_with_one_key_is_one_idea(web: Web, key: dict[str, str]) -> None:
    first = await web.alma.post("/api/v1/ideas", json=WORDS, headers=key)
    again = await web.alma.post("/api/v1/ideas", json=WORDS, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert first.headers["location"] == again.headers["location"] == f"/api/v1/ideas/{first.json()['id']}"
    assert first.headers["etag"] == '"1"'
    assert (first.json()["stage"], first.json()["state"], first.json()["version"]) == ("identify", "screening", 1)
    assert len((await web.alma.get("/api/v1/ideas")).json()["items"]) == 1


async def test_handing_in_five_times_at_once_with_one_key_is_one_idea(web: Web, key: dict[str, str]) -> None:
    answers = await asyncio.gather(*(web.alma.post("/api/v1/ideas", json=WORDS, headers=key) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [201] * 5
    assert len({answer.json()["id"] for answer in answers}) == 1
    await web.until_shown(answers[0].json()["id"], 1)
    assert [line["event"] for line in await web.timeline(answers[0].json()["id"])] == ["submit"]


async def test_one_key_with_other_words_is_refused(web: Web, key: dict[str, str]) -> None:
    for kind in ("drafts", "ideas"):
        await web.alma.post(f"/api/v1/{kind}", json=WORDS, headers=key)
        other = await web.alma.post(f"/api/v1/{kind}", json=WORDS | {"title": "Eine andere Idee"}, headers=key)
        assert (other.status_code, other.json()["code"]) == (422, "id_reused")
    assert len((await web.alma.get("/api/v1/ideas")).json()["items"]) == 1


async def test_one_key_of_two_people_is_two_ideas(web: Web, key: dict[str, str]) -> None:
    first = await web.alma.post("/api/v1/ideas", json=WORDS, headers=key)
    second = await web.dora.post("/api/v1/ideas", json=WORDS, headers=key)
    assert first.json()["id"] != second.json()["id"]


async def test_a_repeat_finds_its_idea_after_the_words_were_corrected(web: Web, key: dict[str, str]) -> None:
    for kind in ("drafts", "ideas"):
        first = (await web.alma.post(f"/api/v1/{kind}", json=WORDS, headers=key)).json()
        await web.alma.patch(f"/api/v1/{kind}/{first['id']}", json={"title": "Ein besserer Titel"})
        again = await web.alma.post(f"/api/v1/{kind}", json=WORDS, headers=key)
        assert (again.status_code, again.json()["title"]) == (201, "Ein besserer Titel")
        assert again.json()["id"] == first["id"]


async def test_a_draft_is_completed_and_handed_in_once(web: Web) -> None:
    kept = await web.alma.post("/api/v1/drafts", json={"title": "Lesebank", "district": "Dresden"})
    where = kept.headers["location"]
    assert (kept.status_code, kept.json()["missing"], kept.json()["district"]) == (201, ["summary"], "DED21")
    early = await web.alma.post(f"{where}/submit")
    assert (early.status_code, early.json()["field"]) == (422, "summary")
    whole = await web.alma.patch(where, json={"summary": "Am Bach."})
    assert (whole.json()["missing"], whole.json()["title"]) == ([], "Lesebank")
    assert [one["id"] for one in (await web.alma.get("/api/v1/drafts")).json()["items"]] == [kept.json()["id"]]
    answers = [await web.alma.post(f"{where}/submit") for _ in range(2)]
    assert [(one.status_code, one.json()["state"]) for one in answers] == [(200, "screening")] * 2
    assert {one.json()["id"] for one in answers} == {kept.json()["id"]}
    assert (await web.alma.patch(where, json={"title": "Zu spät"})).status_code == 409
    assert (await web.alma.get("/api/v1/drafts")).json()["items"] == []
    assert len((await web.alma.get("/api/v1/ideas")).json()["items"]) == 1


async def test_a_draft_that_was_thrown_away_is_gone(still_web: Web, key: dict[str, str]) -> None:
    for headers in ({}, key):
        where = (await still_web.alma.post("/api/v1/drafts", json={"title": "Lesebank"}, headers=headers)).headers[
            "location"
        ]
        assert (await still_web.dora.delete(where)).status_code == 404
        assert (await still_web.alma.delete(where)).status_code == 204
        assert (await still_web.alma.get(where)).status_code == 404


async def test_an_idea_kept_while_the_engine_was_away_is_handed_in_by_the_repeat(
    database: Database, database_url: str, client: Client, tmp_path: Path, key: dict[str, str]
) -> None:
    await invite_cast(database)
    nowhere = await Client.connect("127.0.0.1:1", lazy=True, data_converter=pydantic_data_converter)
    async with open_web(make_services(database, database_url, nowhere, tmp_path), with_worker=False) as away:
        assert (await away.alma.post("/api/v1/ideas", json=WORDS, headers=key)).status_code == 503
    async with open_web(make_services(database, database_url, client, tmp_path), with_inboxes=False) as back:
        (kept,) = (await back.alma.get("/api/v1/drafts")).json()["items"]
        assert (kept["on_its_way"], kept["title"]) == (True, WORDS["title"])
        answer = await back.alma.post("/api/v1/ideas", json=WORDS, headers=key)
        assert (answer.status_code, answer.json()["state"]) == (201, "screening")
        assert len((await back.alma.get("/api/v1/ideas")).json()["items"]) == 1


async def test_a_step_with_one_key_is_taken_once_also_after_the_end(web: Web, key: dict[str, str]) -> None:
    idea = await web.bring_to("reviewing")
    first = await web.try_to(CARLA, idea, "write_note", headers=key, note="Gut so.")
    again = await web.try_to(CARLA, idea, "write_note", headers=key, note="Gut so.")
    await web.ask(ALMA, idea, "withdraw")
    late = await web.try_to(CARLA, idea, "write_note", headers=key, note="Gut so.")
    assert [answer.status_code for answer in (first, again, late)] == [200] * 3
    assert len({(answer.json()["version"], answer.json()["state"]) for answer in (first, again, late)}) == 1
    assert [line["event"] for line in await web.timeline(idea)].count("write_note") == 1


async def test_many_repeats_at_once_are_one_step(web: Web, key: dict[str, str]) -> None:
    idea = await web.hand_in()
    repeats = [web.try_to(CARLA, idea, "request_clarification", headers=key, note="Für wen?") for _ in range(6)]
    answers = await asyncio.gather(*repeats)
    assert [answer.status_code for answer in answers] == [200] * 6
    assert {answer.json()["version"] for answer in answers} == {2}
    await web.until_shown(idea, 2)
    assert len(await web.timeline(idea)) == 2


async def test_a_refused_try_leaves_the_words_to_another(
    web: Web, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    idea = await web.hand_in()
    tries = TwoTries(web.services.engine.command)
    monkeypatch.setattr(web.services.engine, "command", tries)
    taken = await tries.make(lambda: web.try_to(CARLA, idea, "write_note", headers=key, note="Gut so."))
    assert taken.status_code == 200
    await web.until_shown(idea, 2)
    assert [line["note"] for line in await web.timeline(idea) if line["event"] == "write_note"] == ["Gut so."]


async def test_one_key_for_another_step_is_refused(web: Web, key: dict[str, str]) -> None:
    idea = await web.hand_in()
    await web.try_to(CARLA, idea, "write_note", headers=key, note="Gut so.")
    await web.until_shown(idea, 2)
    for event, fields in (("shortlist", {}), ("write_note", {"note": "Etwas anderes."})):
        answer = await web.try_to(CARLA, idea, event, headers=key, **fields)
        assert (answer.status_code, answer.json()["code"]) == (422, "id_reused")
    assert (await web.read(idea))["version"] == 2


async def test_without_a_key_a_repeat_is_another_step(web: Web) -> None:
    idea = await web.hand_in()
    for version in (2, 3):
        assert (await web.ask(CARLA, idea, "write_note", note="Noch einmal."))["version"] == version


async def test_a_repeat_finds_its_idea_that_was_handed_in_by_another_way(
    database: Database, database_url: str, client: Client, tmp_path: Path, key: dict[str, str]
) -> None:
    await invite_cast(database)
    nowhere = await Client.connect("127.0.0.1:1", lazy=True, data_converter=pydantic_data_converter)
    async with open_web(make_services(database, database_url, nowhere, tmp_path), with_worker=False) as away:
        draft = (await away.alma.post("/api/v1/ideas", json=WORDS, headers=key)).headers["location"]
    async with open_web(make_services(database, database_url, client, tmp_path), with_inboxes=False) as back:
        idea = draft.rpartition("/")[2]
        await back.ask(ALMA, idea, "submit")
        answer = await back.alma.post("/api/v1/ideas", json=WORDS, headers=key)
        assert (answer.status_code, answer.json()["id"], answer.json()["version"]) == (201, idea, 1)


async def test_a_request_that_was_long_on_its_way_is_not_taken_twice(
    web: Web, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had searched the timeline before its twin was carried out, and comes when the idea has forgotten that one."""
    idea, body = await web.hand_in(), {"event": "write_note", "note": "Nur einmal."}
    way, held, go = web.services.engine.command, asyncio.Event(), asyncio.Event()

    async def take_long(idea_id: str, command: Command) -> Receipt:
        monkeypatch.setattr(web.services.engine, "command", way)
        held.set()
        await go.wait()
        return await way(idea_id, command)

    monkeypatch.setattr(web.services.engine, "command", take_long)
    late = asyncio.create_task(web.alma.post(f"/api/v1/ideas/{idea}/commands", json=body, headers=key))
    await held.wait()
    twin = await web.alma.post(f"/api/v1/ideas/{idea}/commands", json=body, headers=key)
    for _ in range(LEDGER_LENGTH):
        await web.ask(ALMA, idea, "write_note", note="Etwas anderes.")
    go.set()
    answer = await late
    assert (answer.status_code, answer.json()["version"]) == (200, twin.json()["version"])
    versions = [line["version"] for line in await web.timeline(idea)]
    assert sorted(versions) == list(range(1, len(versions) + 1))
    assert len(versions) == 2 + LEDGER_LENGTH


async def test_a_coach_who_gave_an_idea_away_can_ask_what_became_of_that(web: Web, key: dict[str, str]) -> None:
    idea = await web.bring_to("planning")
    body = {"event": "change_coach", "reason": "Ich ziehe um."}
    first = await web.ben.post(f"/api/v1/ideas/{idea}/commands", json=body, headers=key)
    again = await web.ben.post(f"/api/v1/ideas/{idea}/commands", json=body, headers=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert (await web.ben.get(f"/api/v1/ideas/{idea}")).status_code == 404


async def test_the_answer_to_the_last_step_can_be_asked_for_again(
    web: Web, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step was taken, its answer was lost, and then the path was over."""
    idea, body = await web.hand_in(), {"event": "close", "outcome": "closed", "reason": "Gibt es schon."}
    way = web.services.engine.command

    async def lose_the_answer(idea_id: str, command: Command) -> Receipt:
        await web.until_shown(idea_id, (await way(idea_id, command)).version)
        raise IdeaGone

    monkeypatch.setattr(web.services.engine, "command", lose_the_answer)
    answer = await web.carla.post(f"/api/v1/ideas/{idea}/commands", json=body, headers=key)
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
