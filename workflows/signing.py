"""Who speaks to workflows and activities is known by a signature, not by having reached Temporal's port.

Every process of an installation signs what it asks, in a header: an HMAC over what it is (update, signal, start,
activity), its name, the workflow's id and the arguments. Workflows and activities sign what they ask in turn. Who
receives it looks before anything is taken, and only the first time: the verdict on what was refused stays in the
history, so a replay needs no key, and keys may change.

Not signed is what decides nothing: queries, `nudge`, `knock`, and the starts of workflows that read in SQL what they
have to do (`Inbox`, `SecretMail`, `Bulk`, upkeep).
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.client import (
    OutboundInterceptor,
    SignalWorkflowInput,
    StartWorkflowInput,
    StartWorkflowUpdateInput,
    WorkflowHandle,
    WorkflowUpdateHandle,
)
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    ActivityInboundInterceptor,
    ContinueAsNewInput,
    ExecuteActivityInput,
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

from models.canonical_encoding import canonical
from models.messages.commands import Refusal, RefusalCode
from models.secrets import derive_key
from models.telemetry.metrics import count_unsigned
from workflows import names

HEADER = "ideenweg-signature"
SIGN, VERIFY, COUNT = "ideenweg_sign", "ideenweg_verify", "ideenweg_count_unsigned"

UPDATE, SIGNAL, START, ACTIVITY = "update", "signal", "start", "activity"

UNSIGNED = "Unsigned"
"""The type of the error with which a start or an activity without our signature ends."""

DECIDES_NOTHING = frozenset({names.NUDGE, names.KNOCK})
"""Signals that make a workflow look again, which does no harm however often."""

Headers = Mapping[str, Payload]


class Signer:
    """Signs with the key of the installation. What an earlier one has signed counts as well."""

    def __init__(self, key: str, *earlier: str) -> None:
        self._keys = [derive_key(each, "engine") for each in (key, *earlier)]

    def sign(self, kind: str, name: str, workflow_id: str, args: Sequence[Any]) -> bytes:
        return hmac.digest(self._keys[0], canonical([kind, name, workflow_id, *args]), "sha256")

    def verify(self, headers: Headers, kind: str, name: str, workflow_id: str, args: Sequence[Any]) -> bool:
        if HEADER not in headers:
            return False
        signed, brought = canonical([kind, name, workflow_id, *args]), headers[HEADER].data
        return any(hmac.compare_digest(hmac.digest(key, signed, "sha256"), brought) for key in self._keys)


class Signing(ClientInterceptor, WorkerInterceptor):
    """For `Client.connect`: a worker made of that client signs and verifies as well."""

    def __init__(self, key: str, *earlier: str) -> None:
        """`key` is `Settings.signing_key`."""
        self._signer = Signer(key, *earlier)

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        return _Calls(next, self._signer)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Activities(next, self._signer)

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        input.unsafe_extern_functions[SIGN] = self._signer.sign
        input.unsafe_extern_functions[VERIFY] = self._signer.verify
        input.unsafe_extern_functions[COUNT] = count_unsigned
        return _Workflow


def refuse_unless_signed(*args: object) -> None:
    """For `@workflow.init`: ends a run that none of us has started, before it has heard anything.

    Raises ApplicationError. Where nobody signs, as in a simulation, nothing is asked for.
    """
    here, verify = workflow.info(), _extern(VERIFY)
    if verify is None:
        return
    if _is_refused("start", lambda: verify(here.headers, START, here.workflow_type, here.workflow_id, args)):
        _count(START)
        raise ApplicationError("not started by this installation", type=UNSIGNED, non_retryable=True)


def _is_refused(mark: str, verify: Callable[[], bool]) -> bool:
    """A refusal leaves a mark in the history. Replay believes the mark, and what has none was taken."""
    if workflow.unsafe.is_replaying():
        return workflow.patched(f"unsigned-{mark}")
    return not verify() and workflow.patched(f"unsigned-{mark}")


def _extern(name: str) -> Callable[..., Any] | None:
    return workflow.extern_functions().get(name)


def _count(kind: str) -> None:
    count = _extern(COUNT)
    if count is not None and not workflow.unsafe.is_replaying():
        count(kind)


def _signed(headers: Headers, signature: bytes) -> Headers:
    return {**headers, HEADER: Payload(metadata={"encoding": b"binary/plain"}, data=signature)}


class _Calls(OutboundInterceptor):
    """What this process asks of workflows."""

    def __init__(self, next: OutboundInterceptor, signer: Signer) -> None:
        super().__init__(next)
        self._sign = signer.sign

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        input.headers = _signed(input.headers, self._sign(START, input.workflow, input.id, input.args))
        return await super().start_workflow(input)

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:
        input.headers = _signed(input.headers, self._sign(UPDATE, input.update, input.id, input.args))
        return await super().start_workflow_update(input)

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:
        input.headers = _signed(input.headers, self._sign(SIGNAL, input.signal, input.id, input.args))
        await super().signal_workflow(input)


class _Workflow(WorkflowInboundInterceptor):
    """Looks at what reaches a workflow."""

    def __init__(self, next: WorkflowInboundInterceptor) -> None:
        super().__init__(next)
        self._signals = 0

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))

    def handle_update_validator(self, input: HandleUpdateInput) -> None:
        """Called for the first time only: replay takes for valid what was taken."""
        if not _verify(input.headers, UPDATE, input.update, input.args):
            _count(UPDATE)
            refusal = Refusal(code=RefusalCode.UNSIGNED, detail="not signed by this installation")
            raise ApplicationError(refusal.detail, refusal.model_dump(mode="json"), type=names.REFUSED)
        super().handle_update_validator(input)

    async def handle_signal(self, input: HandleSignalInput) -> None:
        if input.signal not in DECIDES_NOTHING:
            self._signals += 1
            is_signed = lambda: _verify(input.headers, SIGNAL, input.signal, input.args)  # noqa: E731
            if _is_refused(f"signal-{self._signals}", is_signed):
                _count(SIGNAL)
                return
        await super().handle_signal(input)


def _verify(headers: Headers, kind: str, name: str, args: Sequence[Any]) -> bool:
    return bool(workflow.extern_functions()[VERIFY](headers, kind, name, workflow.info().workflow_id, args))


class _Outbound(WorkflowOutboundInterceptor):
    """Signs what a workflow asks for. What it has asked before is not signed again in a replay: nobody would see it."""

    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:
        input.headers = _sign(input.headers, ACTIVITY, input.activity, workflow.info().workflow_id, input.args)
        return super().start_activity(input)

    async def start_child_workflow(self, input: StartChildWorkflowInput) -> ChildWorkflowHandle[Any, Any]:
        input.headers = _sign(input.headers, START, input.workflow, input.id, input.args)
        return await super().start_child_workflow(input)

    async def signal_child_workflow(self, input: SignalChildWorkflowInput) -> None:
        input.headers = _sign(input.headers, SIGNAL, input.signal, input.child_workflow_id, input.args)
        await super().signal_child_workflow(input)

    async def signal_external_workflow(self, input: SignalExternalWorkflowInput) -> None:
        input.headers = _sign(input.headers, SIGNAL, input.signal, input.workflow_id, input.args)
        await super().signal_external_workflow(input)

    def continue_as_new(self, input: ContinueAsNewInput) -> NoReturn:
        here = workflow.info()
        kind = input.workflow or here.workflow_type
        input.headers = _sign(input.headers, START, kind, here.workflow_id, input.args)
        super().continue_as_new(input)


def _sign(headers: Headers, kind: str, name: str, workflow_id: str, args: Sequence[Any]) -> Headers:
    if workflow.unsafe.is_replaying():
        return headers
    return _signed(headers, workflow.extern_functions()[SIGN](kind, name, workflow_id, args))


class _Activities(ActivityInboundInterceptor):
    """Looks at what a workflow asks for: anybody could make a workflow of their own that asks the same."""

    def __init__(self, next: ActivityInboundInterceptor, signer: Signer) -> None:
        super().__init__(next)
        self._verify = signer.verify

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        if not self._verify(input.headers, ACTIVITY, info.activity_type, info.workflow_id or "", input.args):
            count_unsigned(ACTIVITY)
            # Asked again: it may be for a worker that still knows an earlier key.
            raise ApplicationError("not asked for by a workflow of this installation", type=UNSIGNED)
        return await super().execute_activity(input)
