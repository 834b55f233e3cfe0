"""What a log says: enough to run the platform, nothing of what people wrote."""

import pytest
from structlog.testing import capture_logs

from tests.api.conftest import Web
from tests.factories import ALMA, CARLA


async def test_a_request_is_told_by_its_route_without_id_query_or_word(web: Web) -> None:
    with capture_logs() as logs:
        idea = await web.hand_in(title="canary-title")
        await web.ask(CARLA, idea, "write_note", note="canary-note")
        await web.alma.get("/api/v1/ideas", params={"text": "canary-query"})
        await web.try_to(ALMA, idea, "shortlist", reason="canary-reason")
        await web.nobody.request("CANARY", "/canary-path")
        await web.nobody.get("/canary-path")
    assert "canary" not in str(logs).lower()
    requests = [line for line in logs if line["event"] == "request"]
    assert idea not in str(requests)
    lines = [(line["method"], line["route"], line["status"]) for line in requests]
    assert ("POST", "/api/v1/ideas/{idea_id}/commands", 200) in lines
    assert ("POST", "/api/v1/ideas/{idea_id}/commands", 403) in lines
    assert ("GET", "/api/v1/ideas", 200) in lines
    assert lines[-2:] == [("OTHER", "(none)", 404), ("GET", "(none)", 404)]


async def test_a_command_is_told_with_its_idea_its_outcome_and_the_activity_that_wrote_it(web: Web) -> None:
    with capture_logs() as logs:
        idea = await web.hand_in()
        await web.ask(CARLA, idea, "shortlist")
        await web.try_to(CARLA, idea, "canary_event")
        await web.try_to(ALMA, idea, "close", outcome="closed", reason="canary-reason")
    commands = [(line["command"], line["outcome"]) for line in logs if line["event"] == "command"]
    assert commands == [
        ("submit", "accepted"),
        ("shortlist", "accepted"),
        ("other", "not_allowed"),
        ("close", "forbidden"),
    ]
    assert {line["idea"] for line in logs if line["event"] == "command"} == {idea}
    recorded = [line for line in logs if line["event"] == "activity" and line["activity"] == "record"]
    assert {(line["workflow"], line["idea"], line["outcome"], line["attempt"]) for line in recorded} == {
        ("Identify", idea, "done", 1)
    }
    assert "canary" not in str(logs)


async def test_an_error_that_nobody_foresaw_says_nothing_of_its_inside(
    still_web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_arguments: object, **_named: object) -> None:
        raise ZeroDivisionError("canary-inside")

    monkeypatch.setattr("api.routes.ideas.list_ideas", fail)
    with capture_logs() as logs:
        answer = await still_web.carla.get("/api/v1/ideas")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "canary" not in answer.text + str(logs)
    (failed,) = [line for line in logs if line["event"] == "failed"]
    assert failed["error"] == "ZeroDivisionError"
    assert any("test_logs.py" in place for place in failed["at"])


async def test_the_database_keeps_the_values_of_failed_statements_to_itself(still_web: Web) -> None:
    assert still_web.database.engine.sync_engine.hide_parameters
