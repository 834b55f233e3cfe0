"""A command's trace, from the request through its workflow into the activities that it caused.

The SDK's own interceptor puts all that an idea ever does into the trace that handed it in, and writes messages of
errors into spans. Here a trace is the story of one command, and holds no words. Headers are no part of what replay
compares, so histories replay with and without this.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn

from opentelemetry.trace import SpanKind
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.client import (
    OutboundInterceptor,
    QueryWorkflowInput,
    SignalWorkflowInput,
    StartWorkflowInput,
    StartWorkflowUpdateInput,
    WorkflowHandle,
    WorkflowUpdateHandle,
)
from temporalio.converter import PayloadConverter
from temporalio.worker import (
    ActivityInboundInterceptor,
    ContinueAsNewInput,
    ExecuteActivityInput,
    ExecuteWorkflowInput,
    HandleSignalInput,
    HandleUpdateInput,
    SignalChildWorkflowInput,
    SignalExternalWorkflowInput,
    StartActivityInput,
    StartChildWorkflowInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.worker import Interceptor as WorkerInterceptor
from temporalio.workflow import ActivityHandle, ChildWorkflowHandle

from models.telemetry import traces
from models.telemetry.redaction import idea_of
from models.telemetry.traces import Carrier, Fact

HEADER = "_tracer-data"
"""The name under which all Temporal SDKs carry it."""

NOTE_SPAN = "ideenweg_note_span"

STORY = timedelta(minutes=1)
"""What a workflow does later than this is no consequence of the command any more: a reminder begins its own trace."""

Headers = Mapping[str, Payload]


class Tracing(ClientInterceptor, WorkerInterceptor):
    """For `Client.connect`: a worker made of that client uses it as well."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        return _Calls(next)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Activities(next)

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        input.unsafe_extern_functions[NOTE_SPAN] = traces.note_span
        return _Workflow


def read_header(headers: Headers) -> Carrier:
    if HEADER not in headers:
        return {}
    carrier: Carrier = PayloadConverter.default.from_payloads([headers[HEADER]], [dict[str, str]])[0]
    return carrier


def with_header(headers: Headers, carrier: Carrier) -> Headers:
    return {**headers, HEADER: PayloadConverter.default.to_payloads([carrier])[0]} if carrier else headers


class _Calls(OutboundInterceptor):
    """What this process asks of workflows."""

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        with traces.span(f"start {input.workflow}", {"idea": idea_of(input.id)}, SpanKind.CLIENT):
            input.headers = with_header(input.headers, traces.carry())
            return await super().start_workflow(input)

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:
        with traces.span(f"ask {input.update}", {"idea": idea_of(input.id)}, SpanKind.CLIENT):
            input.headers = with_header(input.headers, traces.carry())
            return await super().start_workflow_update(input)

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:
        with traces.span(f"signal {input.signal}", {"idea": idea_of(input.id)}, SpanKind.CLIENT):
            input.headers = with_header(input.headers, traces.carry())
            await super().signal_workflow(input)

    async def query_workflow(self, input: QueryWorkflowInput) -> Any:
        with traces.span(f"query {input.query}", {"idea": idea_of(input.id)}, SpanKind.CLIENT):
            return await super().query_workflow(input)


class _Workflow(WorkflowInboundInterceptor):
    """Remembers what the workflow was asked last, and by which trace."""

    def __init__(self, next: WorkflowInboundInterceptor) -> None:
        super().__init__(next)
        self._carrier: Carrier = {}
        self._since: datetime | None = None

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound, self))

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
        if self._since is None:  # else a command was taken before the run began
            self._hear(input.headers, f"run {workflow.info().workflow_type}")
        return await super().execute_workflow(input)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        self._hear(input.headers, f"take {input.update}")
        return await super().handle_update_handler(input)

    async def handle_signal(self, input: HandleSignalInput) -> None:
        self._hear(input.headers, f"hear {input.signal}")
        await super().handle_signal(input)

    def carrier(self) -> Carrier:
        """Where belongs what happens now; empty where that is no consequence of a traced command."""
        if self._since is None or workflow.now() - self._since > STORY:
            return {}
        return self._carrier

    def _hear(self, headers: Headers, name: str) -> None:
        self._since = workflow.now()
        self._carrier = read_header(headers)
        if self._carrier and not workflow.unsafe.is_replaying():
            facts = {"workflow": workflow.info().workflow_type, "idea": idea_of(workflow.info().workflow_id)}
            note_span = workflow.extern_functions()[NOTE_SPAN]
            self._carrier = note_span(name, facts, self._carrier, workflow.time_ns())


class _Outbound(WorkflowOutboundInterceptor):
    """Sends the place in the trace along with everything that the workflow asks for."""

    def __init__(self, next: WorkflowOutboundInterceptor, inbound: _Workflow) -> None:
        super().__init__(next)
        self._inbound = inbound

    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:
        input.headers = with_header(input.headers, self._inbound.carrier())
        return super().start_activity(input)

    async def start_child_workflow(self, input: StartChildWorkflowInput) -> ChildWorkflowHandle[Any, Any]:
        input.headers = with_header(input.headers, self._inbound.carrier())
        return await super().start_child_workflow(input)

    async def signal_child_workflow(self, input: SignalChildWorkflowInput) -> None:
        input.headers = with_header(input.headers, self._inbound.carrier())
        await super().signal_child_workflow(input)

    async def signal_external_workflow(self, input: SignalExternalWorkflowInput) -> None:
        input.headers = with_header(input.headers, self._inbound.carrier())
        await super().signal_external_workflow(input)

    def continue_as_new(self, input: ContinueAsNewInput) -> NoReturn:
        input.headers = with_header(input.headers, self._inbound.carrier())
        super().continue_as_new(input)


class _Activities(ActivityInboundInterceptor):
    """An attempt of an activity, below the command that caused it."""

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        facts: dict[str, Fact] = {
            "activity": info.activity_type,
            "attempt": info.attempt,
            "workflow": info.workflow_type,
            "idea": idea_of(info.workflow_id or ""),
        }
        with traces.span(f"activity {info.activity_type}", facts, SpanKind.SERVER, read_header(input.headers)):
            return await super().execute_activity(input)
