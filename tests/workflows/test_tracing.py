"""One command gives one trace, through web, workflow and activities to SQL; and no span holds words."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode
from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from api.operations.embedded.temporal import EmbeddedTemporal
from models.database import Database
from models.telemetry.statements import table_of, verb_of
from models.telemetry.traces import (
    carry,
    current_trace_id,
    is_tracing,
    note_span,
    span,
)
from models.workflow_ids import idea_workflow
from tests.api.conftest import Web, make_services, open_web, until
from tests.factories import CARLA, invite_cast
from tests.spans import Spans
from tests.workflows.conftest import open_world
from tests.workflows.record_histories import CORPUS
from workflows.tracing import HEADER, Tracing
from workflows.worker import list_workflows, sandbox_runner


def trace_of(one: ReadableSpan) -> Any:
    assert one.context is not None
    return one.context.trace_id


@pytest.fixture
async def traced_web(
    spans: Spans, database: Database, database_url: str, temporal: EmbeddedTemporal, tmp_path: Path
) -> AsyncIterator[Web]:
    """Everything works, and is traced."""
    client = await Client.connect(temporal.address, data_converter=pydantic_data_converter, interceptors=[Tracing()])
    await invite_cast(database)
    async with open_web(make_services(database, database_url, client, tmp_path)) as opened:
        yield opened


def has_been_traced(spans: Spans, name: str, times: int) -> Callable[[], Awaitable[bool]]:
    """A step is shown when it is committed; its spans end a moment later."""

    async def is_there() -> bool:
        return len(spans.named(name)) >= times

    return is_there


async def hand_in_untold(spans: Spans, web: Web) -> str:
    """An idea whose beginning is told no more."""
    idea = await web.hand_in()
    await until(has_been_traced(spans, "record", 1))
    spans.exporter.clear()
    return idea


async def test_a_command_is_one_trace_from_the_request_to_the_table(spans: Spans, traced_web: Web) -> None:
    idea = await hand_in_untold(spans, traced_web)
    await traced_web.ask(CARLA, idea, "request_clarification", note="Für wen ist es?")
    await until(has_been_traced(spans, "take command", 1))
    (request,) = spans.named("POST /api/v1/ideas/{idea_id}/commands")
    story = [one for one in spans.all if trace_of(one) == trace_of(request)]
    (taken,) = [one for one in story if one.name == "take command"]
    assert spans.ancestors(taken) == ["take command", "ask command", "POST /api/v1/ideas/{idea_id}/commands"]
    (written,) = [one for one in story if one.name == "sql INSERT timeline_entry"]
    assert spans.ancestors(written)[1:] == ["record", "POST /api/v1/ideas/{idea_id}/commands"]
    assert request.parent is None


async def test_handing_in_is_one_trace_too(spans: Spans, traced_web: Web) -> None:
    await traced_web.hand_in()
    (request,) = spans.named("POST /api/v1/ideas")
    for name in ("start Identify", "record"):
        (one,) = spans.named(name)
        assert spans.ancestors(one) == [name, "POST /api/v1/ideas"]
        assert trace_of(one) == trace_of(request)


async def test_two_commands_are_two_traces(spans: Spans, traced_web: Web) -> None:
    idea = await hand_in_untold(spans, traced_web)
    await traced_web.ask(CARLA, idea, "request_clarification", note="Für wen?")
    await traced_web.ask(CARLA, idea, "write_note", note="Nachgefragt.")
    await until(has_been_traced(spans, "take command", 2))
    taken, recorded = spans.named("take command"), spans.named("record")
    assert len({trace_of(one) for one in taken}) == len(taken) == 2
    assert {trace_of(one) for one in taken} == {trace_of(one) for one in recorded}


async def test_a_reminder_weeks_later_is_a_trace_of_its_own(spans: Spans, database: Database) -> None:
    async with open_world(database, 500, [Tracing()]) as world:
        with span("a request", {}):
            await world.hand_in()
        await world.sleep(days=20)
    (request,) = spans.named("a request")
    recorded = spans.named("activity record")
    assert len(recorded) > 1
    assert all(trace_of(one) != trace_of(request) and one.parent is None for one in recorded)


async def test_no_span_holds_words_ids_of_people_or_messages_of_errors(spans: Spans, traced_web: Web) -> None:
    idea = await traced_web.hand_in(title="canary-title", summary="canary-summary, lang genug")
    await traced_web.ask(CARLA, idea, "write_note", note="canary-note")
    await traced_web.try_to(CARLA, idea, "agree_plan", reason="canary-reason")
    await traced_web.alma.get("/api/v1/ideas", params={"text": "canary-query"})
    await traced_web.nobody.get("/canary-path")
    with pytest.raises(ValueError, match="canary"), span("failing", {"idea": "canary@example.org"}):
        raise ValueError("canary-message")
    told = "\n".join(one.to_json() for one in spans.all)
    assert "canary" not in told
    assert CARLA not in told
    assert idea in told
    (failing,) = spans.named("failing")
    assert failing.status.status_code is StatusCode.ERROR
    assert dict(failing.attributes or {}) == {"idea": "(withheld)", "error.type": "ValueError"}


async def test_a_traced_history_holds_no_more_than_ids_and_replays_with_and_without_tracing(
    spans: Spans, traced_web: Web
) -> None:
    idea = await traced_web.hand_in()
    await traced_web.ask(CARLA, idea, "request_clarification", note="canary-note")
    history = await traced_web.services.engine.client.get_workflow_handle(idea_workflow(idea)).fetch_history()
    assert HEADER in history.to_json()
    assert "canary" not in history.to_json()
    spans.exporter.clear()
    for interceptors in ([Tracing()], []):
        await replayer(interceptors).replay_workflow(history)
    assert spans.named("run Identify") + spans.named("take command") == [], "a replay tells nothing twice"


async def test_histories_from_before_tracing_replay_with_it(spans: Spans) -> None:
    async def all_of_them() -> AsyncIterator[WorkflowHistory]:
        for path in CORPUS.glob("[cfw]*.json"):
            yield WorkflowHistory.from_json(path.stem, path.read_text())

    assert len(list(CORPUS.glob("[cfw]*.json"))) > 30
    replayed = await replayer([Tracing()]).replay_workflows(all_of_them(), raise_on_replay_failure=False)
    assert replayed.replay_failures == {}


def replayer(interceptors: list[Tracing]) -> Replayer:
    return Replayer(
        workflows=list_workflows(),
        workflow_runner=sandbox_runner(),
        data_converter=pydantic_data_converter,
        interceptors=interceptors,
        debug_mode=True,
    )


async def test_a_failed_statement_is_marked_and_its_text_is_not_told(spans: Spans, database: Database) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import ProgrammingError

    with span("around", {}):
        async with database.session() as session:
            with pytest.raises(ProgrammingError):
                await session.exec(text("SELECT 'canary' FROM nowhere"))  # type: ignore[call-overload]
    (failed,) = spans.named("sql SELECT nowhere")
    assert failed.status.status_code is StatusCode.ERROR
    assert "canary" not in failed.to_json()


async def test_what_machines_ask_all_day_is_not_traced(spans: Spans, traced_web: Web) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        await traced_web.nobody.get(path)
    assert [one.name for one in spans.all if one.name.startswith(("GET", "sql"))] == []


async def test_statements_outside_of_a_trace_begin_none(spans: Spans, database: Database) -> None:
    await database.ping()
    assert spans.all == ()


def test_without_an_address_nothing_is_traced() -> None:
    assert not is_tracing()
    with span("nothing", {}):
        assert current_trace_id() is None
        assert carry() == {}
    assert note_span("nothing", {}, {}, at=1) == {}


def test_a_statement_is_told_by_its_verb_and_table() -> None:
    assert (verb_of("insert INTO timeline_entry (a) VALUES"), table_of("INSERT INTO timeline_entry")) == (
        "INSERT",
        "timeline_entry",
    )
    one = "WITH gone AS (DELETE FROM note), fresh AS (INSERT INTO timeline_entry (a) SELECT 1) SELECT a FROM fresh"
    assert (verb_of(one), table_of(one)) == ("INSERT", "timeline_entry")
    assert verb_of("WITH one AS (SELECT 1) SELECT * FROM one") == "SELECT"
    assert (verb_of("VACUUM canary"), table_of("VACUUM canary")) == ("other", "")
