"""Speaking to workflows: connect, hand in, command, answer an offer. The same converter and runner everywhere."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from temporalio.api.enums.v1 import EventType
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.ports.engine import NoAnswer
from activities.ports.ideas import CommandRefused, IdeaGone
from models import workflow_ids
from models.cases import outbox
from models.messages.cases import CaseState, Taken
from models.messages.coaching import Leave, OfferAnswer, OfferVerdict
from models.messages.commands import CaseCommand, Command, Refusal
from models.messages.idea import IdeaState
from models.messages.inbox import InboxState
from models.settings import Settings
from models.telemetry.traces import is_tracing
from models.temporal_connection import read_temporal_config
from workflows import names
from workflows.deployments import Deployment
from workflows.instrumentation import watch_command
from workflows.kinds import KINDS, case_workflows
from workflows.search_attributes import SearchAttributes
from workflows.signing import Signing
from workflows.tracing import Tracing

T = TypeVar("T")

COMMAND_TIMEOUT = timedelta(seconds=10)
"""How long a caller waits for a receipt before being told to ask again."""

ATTEMPTS = 4
ATTEMPT_TIMEOUT = COMMAND_TIMEOUT / ATTEMPTS

TIMES_TO_BEGIN = 2

ONCE: dict[str, Any] = {"id_reuse_policy": WorkflowIDReusePolicy.REJECT_DUPLICATE}
"""The same one twice is one, also after its end."""

MOST_WAITING = 200
"""How many commands of one process may wait for the engine. Whoever comes then is told to ask again, at once: an engine
that is slow takes these places, and not the whole process.
"""


class EngineAway(NoAnswer):
    """Temporal cannot be reached, or no worker takes the command. Asking again with the same id is safe."""


class OfferClosed(Exception):
    """The offer is not open any more."""


async def connect(settings: Settings, *, lazy: bool = False) -> Client:
    """A client for the configured Temporal. Raises RuntimeError where it cannot be reached; a lazy one when used."""
    return await Client.connect(
        **read_temporal_config(settings),
        data_converter=pydantic_data_converter,
        interceptors=[Signing(*settings.signing_keys), *([Tracing()] if is_tracing() else [])],
        lazy=lazy,
    )


async def read_clock() -> datetime:
    return datetime.now(UTC)


class EngineClient:
    """The one way to the workflows of ideas, searches and leaves."""

    def __init__(
        self, client: Client, task_queue: str = names.TASK_QUEUE, now: Callable[[], Awaitable[datetime]] = read_clock
    ) -> None:
        """`now`: the time of the first step of a run; later ones go by Temporal's."""
        self.client = client
        self.now = now
        self.task_queue = task_queue
        self._waiting = 0
        self._attributes = SearchAttributes(client)

    @property
    def deployment(self) -> Deployment:
        """The versions of the workers."""
        return Deployment(self.client, self.task_queue)

    async def submit(self, case: CaseState, command: CaseCommand) -> Taken:
        """Start a case in one durable step. Handing in twice gives the same receipt; an ended path stays ended.

        Raises CommandRefused, IdeaGone, EngineAway.
        """
        # A run that nobody of ours has begun fails: the idea is a draft as before.
        return await self._begin_with(case, command, WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY)

    async def reopen(self, case: CaseState, command: CaseCommand) -> Taken:
        """Start a new chain for a case that has ended. `case` is where it stood at its end. Raises the same."""
        return await self._begin_with(case, command, WorkflowIDReusePolicy.ALLOW_DUPLICATE)

    async def start_from(self, state: CaseState, *, replace: bool = False) -> None:
        """Let a case go on from where it stands, without a command. One that runs already is left alone, or ended."""
        standing, kind = state.standing, KINDS[state.standing.kind]
        conflict = WorkflowIDConflictPolicy.TERMINATE_EXISTING if replace else WorkflowIDConflictPolicy.FAIL
        await self._begin(
            kind.workflow(state),
            kind.argument(state),
            id=standing.workflow_id,
            id_conflict_policy=conflict,
            **await self._attributes.options(standing.kind, standing.office, kind.stage(state)),
        )

    async def command(self, idea_id: str, command: Command) -> Taken:
        """One event of an idea. Raises CommandRefused, IdeaGone, EngineAway."""
        return await self.case_command(workflow_ids.idea_workflow(idea_id), command)

    async def case_command(self, workflow_id: str, command: CaseCommand) -> Taken:
        """One event of a case. Raises CommandRefused, IdeaGone where it has ended, EngineAway.

        Asked in several short attempts under one id: an answer that got lost in a hand-over or a restart is asked for
        again, and the ledger sees to it that the step is taken once.
        """
        handle: WorkflowHandle[Any, Any] = self.client.get_workflow_handle(workflow_id)
        with watch_command(workflow_id, command.event), self._place():
            return await retry_until_answered(
                lambda: handle.execute_update(
                    names.COMMAND, command, id=update_id(command), result_type=Taken, rpc_timeout=ATTEMPT_TIMEOUT
                )
            )

    async def answer_offer(self, idea_id: str, n: int, answer: OfferAnswer) -> OfferVerdict:
        """Raises OfferClosed where the search has come to its end, CommandRefused, EngineAway.

        Asked in several attempts under one id, as a command is: a search may just be going on in a fresh run.
        """
        handle: WorkflowHandle[Any, Any] = self.client.get_workflow_handle(workflow_ids.coach_search(idea_id, n))
        asked = str(uuid4())
        with self._place():
            try:
                return await retry_until_answered(
                    lambda: handle.execute_update(
                        names.ANSWER, answer, id=asked, result_type=OfferVerdict, rpc_timeout=ATTEMPT_TIMEOUT
                    )
                )
            except IdeaGone as error:
                raise OfferClosed from error

    async def skip_coach(self, idea_id: str, n: int, coach_id: str) -> None:
        await self._signal(workflow_ids.coach_search(idea_id, n), names.SKIP_COACH, coach_id)

    async def start_leave(self, leave: Leave) -> None:
        """Begin an absence or a departure; the same one twice is one."""
        await self._begin(names.COACH_LEAVE, leave, id=workflow_ids.coach_leave(leave.coach_id, leave.n), **ONCE)

    async def stop_leave(self, coach_id: str, n: int) -> None:
        await self._signal(workflow_ids.coach_leave(coach_id, n), names.STOP)

    async def start_bulk(self, run_id: str) -> None:
        """Carry a run out; the same one twice is one. Raises EngineAway."""
        await self._begin(names.BULK, run_id, id=workflow_ids.bulk(run_id), **ONCE)

    async def knock(self, account_id: str) -> None:
        """Wake the inbox of an account, or start it. Raises EngineAway."""
        await self._begin(
            names.INBOX, InboxState(account_id=account_id), id=workflow_ids.inbox(account_id), start_signal=names.KNOCK
        )

    async def start_secret_mail(self, mail_id: str) -> None:
        """Send a mail that was written; the same one twice is one. Raises EngineAway."""
        await self._begin(names.SECRET_MAIL, mail_id, id=workflow_ids.secret_mail(mail_id), **ONCE)

    async def state(self, idea_id: str) -> IdeaState:
        """The whole state of an idea. Raises as `case_state`."""
        state: IdeaState = await self.case_state(workflow_ids.idea_workflow(idea_id))
        return state

    async def case_state(self, workflow_id: str) -> Any:
        """The whole state of a case, also of one that has ended as long as Temporal keeps it.

        Raises IdeaGone where there is none, or where its latest run ended before it began, of which nobody can ever ask
        anything; EngineAway, also while it is only being prepared.
        """
        handle: WorkflowHandle[Any, Any] = self.client.get_workflow_handle(workflow_id)
        unless_prepared: Any = KINDS[workflow_id.partition("/")[0]].rules.state | None
        try:
            state = await retry_until_answered(
                lambda: handle.query(names.STATE, result_type=unless_prepared, rpc_timeout=ATTEMPT_TIMEOUT)
            )
        except EngineAway as away:
            if await self._ended_unbegun(workflow_id, away):
                raise IdeaGone from away
            raise
        if state is None:
            raise EngineAway("it is being prepared")
        return state

    async def _ended_unbegun(self, workflow_id: str, away: EngineAway) -> bool:
        """Whether a run was ended between its start and its first task, as one that goes on from another may be."""
        if not isinstance(away.__cause__, RPCError) or away.__cause__.status is not RPCStatusCode.FAILED_PRECONDITION:
            return False
        if await self.is_running(workflow_id):
            return False
        try:
            history = await self.client.get_workflow_handle(workflow_id).fetch_history(rpc_timeout=COMMAND_TIMEOUT)
        except (RPCError, RuntimeError) as error:
            raise EngineAway from error
        return all(event.event_type != EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED for event in history.events)

    async def is_running(self, workflow_id: str) -> bool:
        """Whether the latest run is open. Raises EngineAway."""
        try:
            found = await self.client.get_workflow_handle(workflow_id).describe(rpc_timeout=COMMAND_TIMEOUT)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise EngineAway(error.status.name) from error
        except RuntimeError as error:
            raise EngineAway from error
        return found.status is WorkflowExecutionStatus.RUNNING

    async def list_running(self) -> AsyncIterator[str]:
        """The workflow ids of all cases with an open run on our task queue. Raises EngineAway."""
        async for workflow_id in self._running(*(workflow.__name__ for workflow in case_workflows())):
            yield workflow_id

    async def list_on_other_versions(self) -> AsyncIterator[str]:
        """The workflow ids of runs that are pinned to another version of the worker than the current.

        None where workers have no versions. Raises NoAnswer.
        """
        async for held in self.deployment.list_held():
            yield held.workflow_id

    async def _running(self, *types: str) -> AsyncIterator[str]:
        listed = ", ".join(f"'{name}'" for name in types)
        query = f"ExecutionStatus = 'Running' AND WorkflowType IN ({listed}) AND TaskQueue = '{self.task_queue}'"
        try:
            async for found in self.client.list_workflows(query, rpc_timeout=COMMAND_TIMEOUT):
                yield found.id
        except (RPCError, RuntimeError) as error:
            raise EngineAway from error

    async def nudge(self, workflow_id: str) -> None:
        await self._signal(workflow_id, names.NUDGE)

    async def seconds_since_worker(self, now: float) -> float | None:
        """How long ago a worker of the version that is given work last asked for some; None where none is known.

        `now` is a Unix time. Raises NoAnswer.
        """
        versions = await self.deployment.look()
        return versions.seconds_since(versions.current, now)

    @contextlib.contextmanager
    def _place(self) -> Iterator[None]:
        """One of the places of those who wait for the engine. Raises EngineAway where all are taken."""
        if self._waiting >= MOST_WAITING:
            raise EngineAway("too many wait already")
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    async def _begin_with(self, case: CaseState, command: CaseCommand, reuse: WorkflowIDReusePolicy) -> Taken:
        """A start that carries its first step, taken here by the same rules: there is nothing more to ask for.

        One that runs already is asked: it may be that of the same command, whose answer got lost.
        """
        for _ in range(TIMES_TO_BEGIN):
            if (taken := await self._start_with(case, command, reuse)) is not None:
                return taken
            try:
                return await self.case_command(case.standing.workflow_id, command)
            except IdeaGone as gone:
                # It has just ended, or failed as one that nobody of ours has begun.
                ended = gone
        raise ended

    async def _start_with(self, case: CaseState, command: CaseCommand, reuse: WorkflowIDReusePolicy) -> Taken | None:
        """None where a run is there, or was. Raises CommandRefused, EngineAway."""
        kind = KINDS[case.standing.kind]
        with watch_command(case.standing.workflow_id, command.event), self._place():
            state, now = case.model_copy(deep=True), await self.now()
            if (why_not := kind.rules.refusal(state, command, now)) is not None:
                raise CommandRefused(why_not)
            taken = outbox.answer(state, command, kind.rules.take(state, command, now))
            standing = state.standing
            options = await self._attributes.options(standing.kind, standing.office, kind.stage(state))
            try:
                await retry_until_answered(
                    lambda: self.client.start_workflow(
                        kind.workflow(state),
                        kind.argument(state),
                        id=standing.workflow_id,
                        task_queue=self.task_queue,
                        id_reuse_policy=reuse,
                        rpc_timeout=ATTEMPT_TIMEOUT,
                        **options,
                    )
                )
            except IdeaGone:
                return None
            return taken

    async def _begin(self, workflow: str, argument: object, **options: Any) -> None:
        """Start a workflow; one that is there already is left alone. Raises EngineAway."""
        try:
            await self.client.start_workflow(
                workflow, argument, task_queue=self.task_queue, rpc_timeout=COMMAND_TIMEOUT, **options
            )
        except WorkflowAlreadyStartedError:
            return
        except (RPCError, RuntimeError) as error:
            raise EngineAway from error

    async def _signal(self, workflow_id: str, name: str, *args: object) -> None:
        handle: WorkflowHandle[Any, Any] = self.client.get_workflow_handle(workflow_id)
        try:
            await handle.signal(name, args=list(args), rpc_timeout=COMMAND_TIMEOUT)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise EngineAway from error
        except RuntimeError as error:
            raise EngineAway from error


def update_id(command: CaseCommand) -> str:
    """The server answers a known update id by itself, so another request under the same command id needs another."""
    return f"{command.id}-{command.fingerprint}"


async def retry_until_answered(ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Ask in several short attempts while the engine does not answer.

    Each is ended from outside, too: where connections are refused, the SDK tries again by itself for ten seconds.
    """
    limit = ATTEMPT_TIMEOUT.total_seconds()
    for _ in range(ATTEMPTS - 1):
        try:
            return await within(limit, ask())
        except Exception as error:
            translated = translate(error)
            if not isinstance(translated, EngineAway):
                raise translated from error
    try:
        return await within(limit, ask())
    except Exception as error:
        raise translate(error) from error


async def within(seconds: float, asked: Coroutine[Any, Any, T]) -> T:
    """Raises TimeoutError. What the SDK says of a call that was ended is heard, also where nobody waits any more."""
    task = asyncio.ensure_future(asked)
    task.add_done_callback(hear)
    return await asyncio.wait_for(task, seconds)


def hear(done: asyncio.Future[Any]) -> None:
    if not done.cancelled():
        done.exception()


def translate(error: Exception) -> Exception:
    """What went wrong, in our own words."""
    if isinstance(error, WorkflowUpdateFailedError):
        cause = error.cause
        if isinstance(cause, ApplicationError) and cause.type == names.REFUSED and cause.details:
            return CommandRefused(Refusal.model_validate(cause.details[0]))
        # The run ended while the update was on its way, or the worker could not carry it out: asking again tells.
        return EngineAway(f"update failed: {type(cause).__name__}")
    if isinstance(error, WorkflowAlreadyStartedError):
        return IdeaGone()
    if isinstance(error, RPCError):
        is_gone = error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.ALREADY_EXISTS)
        return IdeaGone() if is_gone else EngineAway(error.status.name)
    if isinstance(error, (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError, RuntimeError)):
        return EngineAway(type(error).__name__)
    return error
