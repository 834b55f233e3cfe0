"""What a log says: enough to run the platform, nothing of what people wrote."""

import pytest
from structlog.testing import capture_logs

from tests.api.conftest import Web
from tests.factories import ALMA, CARLA


async def test_a_log_line_names_the_route_and_no_id_query_or_word(web: Web) -> None:
    with capture_logs() as logs:
        idea = await web.hand_in(title="canary-title")
        await web.ask(CARLA, idea, "write_note", note="canary-note")
        await web.alma.get("/api/v1/ideas", params={"text": "canary-query"})
        await web.try_to(ALMA, idea, "shortlist", reason="canary-reason")
        await web.nobody.get("/canary-path")
    told = str(logs)
    assert "canary" not in told
    assert idea not in told
    lines = [(line["method"], line["route"], line["status"]) for line in logs if line["event"] == "request"]
    assert ("POST", "/api/v1/ideas/{idea_id}/commands", 200) in lines
    assert ("POST", "/api/v1/ideas/{idea_id}/commands", 403) in lines
    assert ("GET", "/api/v1/ideas", 200) in lines
    assert lines[-1] == ("GET", "(none)", 404)


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
