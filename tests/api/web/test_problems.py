"""Every refusal: told as a problem, with what helps the caller, and without what they sent."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from api.app import create_app
from models.database import Database
from models.tables import Note
from models.tables.columns import new_id
from tests.api.conftest import Web, in_days, make_services, open_web
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA, invite_cast, write_idea

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """What a problem says, after a look at what all of them have in common."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"/problems/{code}")
    assert body["title"]
    assert "?" not in body["instance"]
    return body


# -- who is asking ----------------------------------------------------------------------------------------------


NO_TOKENS: list[str] = ["", "Bearer", "Bearer iw_wrong", "Basic YWxtYQ==", "Bearer ü"]


async def test_without_a_valid_token_nobody_learns_anything(still_web: Web, subtests: pytest.Subtests) -> None:
    for header in NO_TOKENS:
        with subtests.test(header=header):
            headers = {b"Authorization": header.encode()} if header else {}
            for path in ("ideas", f"ideas/{new_id()}", "offers", "stuck", "coaches", "me"):
                answer = await still_web.nobody.get(f"/api/v1/{path}", headers=headers)
                problem(answer, 401, "not_signed_in")
                assert answer.headers["www-authenticate"].startswith('Bearer realm="ideenweg"')


async def test_the_cookie_of_the_pages_does_not_open_the_api(still_web: Web) -> None:
    cookie = still_web.nobody.cookies
    cookie.set("ideenweg_session", "whatever")
    problem(await still_web.nobody.get("/api/v1/me"), 401, "not_signed_in")


async def test_a_stranger_sees_nothing_of_somebody_elses_idea(web: Web) -> None:
    idea = await web.bring_to("planning")
    for answer in (
        await web.dora.get(f"/api/v1/ideas/{idea}"),
        await web.dora.get(f"/api/v1/ideas/{idea}/timeline"),
        await web.dora.patch(f"/api/v1/ideas/{idea}", json={"title": "Meins"}),
        await web.try_to(DORA, idea, "withdraw"),
        await web.try_to(BRUNO, idea, "agree_plan"),
    ):
        body = problem(answer, 404, "not_found")
        assert "Pflegelotsen" not in answer.text
        assert "allowed_events" not in body
    assert (await web.dora.get("/api/v1/ideas")).json() == {"items": [], "next_cursor": None}


async def test_what_is_for_leads_is_refused_to_others(still_web: Web) -> None:
    for path in ("stuck", "coaches", f"coaches/candidates?idea={new_id()}", "offers?all=true"):
        for client in (still_web.alma, still_web.ben):
            problem(await client.get(f"/api/v1/{path}"), 403, "forbidden")


# -- what is asked ----------------------------------------------------------------------------------------------


async def test_an_event_that_the_state_does_not_know_is_refused_with_those_it_knows(web: Web) -> None:
    idea = await web.hand_in()
    body = problem(await web.try_to(CARLA, idea, "approve_story"), 409, "not_allowed")
    assert {"shortlist", "decline", "request_clarification"} <= set(body["allowed_events"])
    assert body["version"] == 1
    assert (await web.read(idea))["version"] == 1


async def test_an_event_that_is_somebody_elses_is_forbidden(web: Web) -> None:
    idea = await web.hand_in()
    body = problem(await web.try_to(ALMA, idea, "shortlist"), 403, "forbidden")
    assert "withdraw" in body["allowed_events"]
    assert "shortlist" not in body["allowed_events"]


async def test_an_idea_that_has_ended_says_so(web: Web) -> None:
    idea = await web.hand_in()
    await web.ask(ALMA, idea, "withdraw")
    for _ in range(2):
        body = problem(await web.try_to(CARLA, idea, "shortlist"), 409, "not_allowed")
        assert body["allowed_events"] == ["reopen"]


async def test_a_stale_version_is_refused_and_changes_nothing(web: Web) -> None:
    idea = await web.hand_in()
    await web.ask(CARLA, idea, "request_clarification", note="Für wen?")
    answer = await web.try_to(ALMA, idea, "clarify", headers={"If-Match": '"1"'}, note="Für alle.")
    assert problem(answer, 412, "stale")["version"] == 2
    assert (await web.read(idea))["state"] == "clarification"
    etag = (await web.alma.get(f"/api/v1/ideas/{idea}")).headers["etag"]
    answer = await web.try_to(ALMA, idea, "clarify", headers={"If-Match": etag}, note="Für alle.")
    assert answer.status_code == 200
    assert answer.headers["etag"] == '"3"'


async def test_an_unreadable_if_match_is_refused(still_web: Web) -> None:
    idea = await write_idea(still_web.database)
    problem(await still_web.try_to(ALMA, idea, "submit", headers={"If-Match": '"1", "2"'}), 400, "malformed")


WRONG_FIELDS: list[tuple[str, dict[str, Any], str]] = [
    ("pause", {"reason": "Urlaub"}, "until"),
    ("pause", {"until": in_days(10)}, "reason"),
    ("pause", {"until": in_days(-1), "reason": "Urlaub"}, "until"),
    ("pause", {"until": in_days(4000), "reason": "Urlaub"}, "until"),
    ("pause", {"until": "morgen", "reason": "Urlaub"}, "until"),
    ("close", {"reason": "Schluss"}, "outcome"),
    ("close", {"reason": "Schluss", "outcome": "exploded"}, "outcome"),
    ("send_back", {"stage": "make_visible", "reason": "Noch mal"}, "stage"),
    ("extend_deadline", {"days": 0, "reason": "Mehr Zeit"}, "days"),
    ("extend_deadline", {"days": 10**12, "reason": "Mehr Zeit"}, "days"),
    ("extend_deadline", {"days": "drei", "reason": "Mehr Zeit"}, "days"),
    ("write_note", {}, "note"),
    ("write_note", {"note": "a\x00b"}, "note"),
    ("write_note", {"note": "x" * 10_001}, "note"),
    ("plan", {}, "tasks"),
    ("plan", {"tasks": [{"title": "Raum suchen"}, {"title": " "}]}, "tasks.1.title"),
    ("plan", {"tasks": [{"title": "Raum suchen", "until": "2020-01-01"}]}, "tasks.0.until"),
    ("plan", {"tasks": [{"title": "Raum suchen", "task_id": new_id()}]}, "tasks.0.task_id"),
    ("plan", {"tasks": [{"title": "Raum suchen", "assignee": "engine"}]}, "tasks.0.assignee"),
    ("finish_task", {"task_id": new_id()}, "task_id"),
    ("finish_task", {"task_id": "-" * 36}, "task_id"),
    ("assign_coach", {"coach_id": new_id()}, "coach_id"),
    ("cover_coach", {"until": in_days(5), "coach_id": new_id()}, "coach_id"),
    ("hand_over", {"partner": "nobody"}, "partner"),
    ("write_note", {"note": "Ja.", "surprise": "secret-word"}, "surprise"),
    ("../etc", {}, "event"),
]


async def test_a_field_that_is_wrong_is_named(web: Web, subtests: pytest.Subtests) -> None:
    idea = await web.bring_to("planning")
    before = (await web.ask(BEN, idea, "plan", tasks=[{"title": "Partner ansprechen"}]))["version"]
    for event, fields, field in WRONG_FIELDS:
        with subtests.test(event=event, fields=fields, field=field):
            answer = await web.try_to(CARLA, idea, event, **fields)
            body = problem(answer, 422, "invalid")
            assert body["field"] == field
            assert body["errors"][0]["field"] == field
            assert "secret-word" not in answer.text
            assert (await web.read(idea))["version"] == before


async def test_words_of_a_refused_step_are_not_kept(web: Web) -> None:
    idea, key = await web.hand_in(), {"Idempotency-Key": new_id()}
    tries = [web.try_to(ALMA, idea, "decline", headers=key, reason="canary-word") for _ in range(3)]
    for answer in await asyncio.gather(*tries):
        problem(answer, 403, "forbidden")
    assert "canary-word" not in str(await web.timeline(idea))
    async with web.database.session() as session:
        assert (await session.exec(select(Note))).all() == []


async def test_an_idea_with_wrong_words_is_not_written(still_web: Web) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"title": "x"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "Eine Idee", "summary": ""}, "summary"),
        ({"title": "Eine Idee", "summary": "Kurz.", "district": "Atlantis"}, "district"),
        ({"title": "Eine Idee", "summary": "Kurz.", "themes": ["care", "magic"]}, "themes"),
        ({"title": "Eine Idee", "summary": "Kurz.", "themes": "care"}, "themes"),
        ({"title": "Eine Idee", "summary": "Kurz.", "language": "tlh"}, "language"),
        ({"title": "Eine\x00Idee", "summary": "Kurz."}, "title"),
        ({"summary": "Kurz."}, "title"),
    ]
    for words, field in wrong:
        answer = await still_web.alma.post("/api/v1/ideas", json=words)
        assert problem(answer, 422, "invalid")["field"] == field
        assert "Atlantis" not in answer.text
    assert (await still_web.alma.get("/api/v1/ideas")).json()["items"] == []


async def test_only_the_owner_changes_the_words_and_only_while_they_may_change(web: Web) -> None:
    idea = await web.hand_in()
    path = f"/api/v1/ideas/{idea}"
    problem(await web.alma.patch(path, json={"summary": "Neu."}), 409, "not_allowed")
    await web.ask(CARLA, idea, "request_clarification", note="Für wen?")
    problem(await web.carla.patch(path, json={"summary": "Neu."}), 403, "forbidden")
    answer = await web.alma.patch(path, json={"summary": "Für Angehörige.", "target_group": "Angehörige"})
    assert answer.status_code == 200
    assert (answer.json()["summary"], answer.json()["title"]) == ("Für Angehörige.", "Pflegelotsen im Quartier")
    problem(await web.alma.patch(path, json={"title": None}), 422, "invalid")
    for field in ("title", "summary"):
        told = problem(await web.alma.patch(path, json={field: "", "problem": "Neu."}), 422, "invalid")
        assert [error["field"] for error in told["errors"]] == [field], "an idea that is handed in needs both"
    problem(await web.alma.patch(path, json={"owner_id": BEN}), 422, "invalid")


# -- what cannot be read ----------------------------------------------------------------------------------------


UNREADABLE: list[tuple[bytes, int, str]] = [
    (b"{", 400, "malformed"),
    (b"", 422, "invalid"),
    (b"[]", 422, "invalid"),
    (b"null", 422, "invalid"),
    (b"\xff\xfe", 400, "malformed"),
    (b"[" * 100_000, 400, "malformed"),
    (b'{"event": ' + b"1" * 5000 + b"}", 400, "malformed"),
    (b'{"event": "submit", "days": 1e999}', 422, "invalid"),
    (b'{"event": "submit", "days": NaN}', 422, "invalid"),
    (b'{"event": "submit", "note": "\\ud800"}', 422, "invalid"),
    (b'{"event": "submit", "\\ud800": 1}', 422, "invalid"),
    (b'{"event": "submit\\u0000"}', 422, "invalid"),
    (b"x" * (256 * 1024 + 1), 413, "too_large"),
]


async def test_a_body_that_cannot_be_read_is_refused(still_web: Web, subtests: pytest.Subtests) -> None:
    for body, status, code in UNREADABLE:
        with subtests.test(body=body, status=status, code=code):
            idea = await write_idea(still_web.database)
            answer = await still_web.alma.post(
                f"/api/v1/ideas/{idea}/commands", content=body, headers={"Content-Type": "application/json"}
            )
            problem(answer, status, code)


async def test_a_long_body_without_a_length_is_refused(still_web: Web) -> None:
    async def drip() -> Any:
        for _ in range(5):
            yield b"x" * 64 * 1024

    problem(await still_web.alma.post("/api/v1/ideas", content=drip()), 413, "too_large")


async def test_a_body_that_is_no_json_is_refused(still_web: Web) -> None:
    answer = await still_web.alma.post("/api/v1/ideas", content=b"title=Idee", headers={"Content-Type": "text/plain"})
    problem(answer, 422, "invalid")
    assert "title=Idee" not in answer.text


NOT_THERE: list[str] = [
    "/api/v1/nothing",
    "/api/v2/ideas",
    "/api/",
    "/api/v1/ideas/not-a-uuid",
    "/api/v1/ideas/1/timeline",
    "/api/v1/%00",
]


async def test_what_is_not_there_is_a_problem_too(still_web: Web, subtests: pytest.Subtests) -> None:
    for path in NOT_THERE:
        with subtests.test(path=path):
            problem(await still_web.alma.get(path), 404, "not_found")


async def test_a_method_that_is_not_supported_is_told_with_those_that_are(still_web: Web) -> None:
    answer = await still_web.alma.delete("/api/v1/ideas")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"]


SENSELESS: list[str] = [
    "limit=0",
    "limit=101",
    "limit=many",
    "stage=heaven",
    "holder=somebody",
    "coach=nobody",
    "sort=beauty",
    "cursor=%00",
    "cursor=bm90IGEgY3Vyc29y",
    "cursor=W10",
    "cursor=" + "x" * 500,
    "text=%00",
    "state=%00",
    "office=%00",
    "stuck=perhaps",
    "outcome=exploded",
]


async def test_a_filter_that_makes_no_sense_is_refused(still_web: Web, subtests: pytest.Subtests) -> None:
    for query in SENSELESS:
        with subtests.test(query=query):
            body = problem(await still_web.carla.get(f"/api/v1/ideas?{query}"), 422, "invalid")
            assert body["field"] == query.partition("=")[0]


async def test_an_idempotency_key_that_is_none_is_refused(still_web: Web) -> None:
    idea = await write_idea(still_web.database)
    for key in ("x" * 201, "two words", ""):
        answer = await still_web.try_to(ALMA, idea, "submit", headers={"Idempotency-Key": key})
        assert problem(answer, 422, "invalid")["field"].lower() == "idempotency-key"


# -- what is away -----------------------------------------------------------------------------------------------


async def test_without_temporal_a_step_is_unavailable_and_nothing_is_lost(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    await invite_cast(database)
    nowhere = await Client.connect("127.0.0.1:1", lazy=True, data_converter=pydantic_data_converter)
    async with open_web(make_services(database, database_url, nowhere, tmp_path), with_worker=False) as web:
        answer = await web.alma.post("/api/v1/ideas", json={"title": "Eine Idee", "summary": "Kurz."})
        problem(answer, 503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
        kept = (await web.alma.get(answer.headers["location"])).json()
        assert (kept["title"], kept["on_its_way"], kept["missing"]) == ("Eine Idee", True, [])
        again = await web.alma.post(f"/api/v1/drafts/{kept['id']}/submit")
        problem(again, 503, "unavailable")
        assert again.headers["location"] == answer.headers["location"]
        problem(await web.alma.patch(answer.headers["location"], json={"title": "Zu spät"}), 409, "not_allowed")
        problem(await web.try_to(CARLA, kept["id"], "decline", reason="Nein."), 404, "not_found")
        assert (await web.carla.get("/api/v1/ideas")).json()["items"] == []
        ready = await web.nobody.get("/readyz")
        assert (ready.status_code, ready.json()["temporal"], ready.json()["database"]) == (503, "failed", "ok")


async def test_without_the_database_everything_is_unavailable(client: Client, tmp_path: Path) -> None:
    closed = Database(NOWHERE)
    services = make_services(closed, NOWHERE, client, tmp_path)
    web = Web(services, create_app(services))
    await web.invite("")
    headers = {"Authorization": "Bearer iw_some"}
    for path in ("ideas", "me", "offers"):
        answer = await web.nobody.get(f"/api/v1/{path}", headers=headers)
        problem(answer, 503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert "127.0.0.1" not in answer.text
    ready = await web.nobody.get("/readyz")
    assert (ready.status_code, ready.json()["database"]) == (503, "failed")
    assert (await web.nobody.get("/healthz")).json() == {"status": "ok"}
    await web.close()
    await closed.dispose()
