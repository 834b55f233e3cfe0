"""The loop of a durable case, whatever its kind: it records what happened, tells who has to know, and goes on.

Update handlers are synchronous: check, take the step, return the receipt. Only `run` does I/O, so a case is never half
done, and continue-as-new never meets an unfinished handler.
"""

import asyncio
import contextlib
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, NoReturn, TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Delivery, Recording
    from models.cases import outbox
    from models.cases.kind import Kind
    from models.messages.cases import CASE_SCHEMA, CaseState, Entry, Record, Taken
    from models.messages.commands import CaseCommand
    from workflows import names
    from workflows.retries import AT_ONCE
    from workflows.versions import is_newer_version_there, newest_version

RECORD_SECONDS = timedelta(seconds=20)
DELIVER_SECONDS = timedelta(minutes=2)

S = TypeVar("S", bound=CaseState)


class CaseWorkflow(Generic[S]):
    """What every kind of case is as a workflow. `S` is what travels of it, with its outbox and its rulebook.

    Subclasses name their kind and give `@workflow.init`, `@workflow.run`, and the command in the type of their kind.
    """

    kind: ClassVar[Kind[Any, Any]]

    def arrive(self, case: S | None) -> None:
        """Called from `@workflow.init`: an update may come before `run` has begun. None while the case is only being
        prepared."""
        self._case = case
        self._taken = 0
        self._delivery: asyncio.Task[None] | None = None
        self._last_with_notices = 0

    @workflow.signal(name=names.NUDGE)
    def nudge(self) -> None:
        """Look again: a newer worker may be there to go on with, or whoever asked has not recorded their step."""
        self._taken += 1
        if self._case is not None:
            outbox.take_back(self._case)

    @workflow.query(name=names.STATE)
    def state(self) -> Any:
        """All that travels of the case; None while it is only being prepared."""
        return self._case

    def take(self, command: CaseCommand) -> Taken:
        """One command, taken. What SQL shows by now, as the command says, is forgotten."""
        self._taken += 1
        outbox.forget_shown(self.case, command.searched_to)
        return outbox.answer(self.case, command, self.kind.take(self.case, command, workflow.now()))

    def refuse(self, command: CaseCommand) -> None:
        """How a validator says no: nothing of it enters the history."""
        refusal = self.kind.refusal(self._case, command, workflow.now())
        if refusal is not None:
            raise ApplicationError(refusal.detail, refusal.model_dump(mode="json"), type=names.REFUSED)

    @property
    def case(self) -> S:
        """What travels of the case."""
        assert self._case is not None
        return self._case

    # -- what a kind answers ---------------------------------------------------------------------------------

    def has_ended(self) -> bool:
        return self.case.standing.holder is None

    def is_over(self) -> bool:
        """Whether the case goes on as another workflow, as soon as no delivery is under way."""
        return False

    def next_at(self) -> datetime | None:
        """When something is due next."""
        return self.kind.next_at(self.case)

    def sets_in_motion(self) -> bool:
        """Whether something is about to begin elsewhere: never before its step is shown."""
        return False

    async def set_in_motion(self) -> None:
        """Begin it."""

    def run_errands(self) -> None:
        """What goes on beside the loop, one at a time."""

    def renew(self) -> NoReturn:
        """Continue in a fresh run, by the newest schema."""
        self.case.schema_version = CASE_SCHEMA
        workflow.continue_as_new(self.carry(), initial_versioning_behavior=newest_version())

    def carry(self) -> object:
        """What the fresh run is given."""
        return self.case

    # -- the story -------------------------------------------------------------------------------------------

    async def live(self) -> S:
        """Returns only when the case has ended, and all that follows from it is done."""
        while True:
            await self.record_what_happened()
            await self.set_in_motion()
            if self.owes_record() or self.sets_in_motion():
                continue
            if not self.is_over():
                self.start_delivery()
            if self.has_ended():
                if await self.farewell():
                    return self.case
            elif self.should_renew() or (self.is_over() and not self.is_delivering()):
                self.renew()
            elif self.kind.ring(self.case, workflow.now()):
                self._taken += 1
            else:
                self.run_errands()
                await self.wait_for_something()

    async def record_what_happened(self) -> None:
        """Write to SQL, before anything else, what nobody else writes.

        A regular activity on purpose: it starts only when the server has kept the steps it writes. A local one would
        run within the workflow task, and a task that is lost or refused would leave steps in SQL that never happened.
        """
        while self.owes_record():
            entries = list(self.case.outbox)
            all_told = await self._write(entries)
            outbox.forget_shown(self.case, entries[-1].version)
            with_notices = [entry.version for entry in entries if entry.notices]
            if with_notices:
                self.case.undelivered |= not all_told
                self._last_with_notices = with_notices[-1]

    async def _write(self, entries: list[Entry]) -> bool:
        """Project entries and standing in one transaction. True where the inboxes have been told, too."""
        all_told = await workflow.execute_activity_method(
            Recording.record,
            Record(standing=self.case.standing, entries=entries),
            start_to_close_timeout=RECORD_SECONDS,
            retry_policy=AT_ONCE,
        )
        return not any(entry.notices for entry in entries) or (self._record_tells() and all_told)

    def _record_tells(self) -> bool:
        """Runs from before `record` told the inboxes itself have sent a courier after each.

        What a run began with says it for nothing; the patch, which marks a run with two events, is asked in older ones.
        """
        return self.case.schema_version >= CASE_SCHEMA or workflow.patched(names.RECORD_TELLS)

    def owes_record(self) -> bool:
        return outbox.owes_record(self.case) or (bool(self.case.outbox) and self.sets_in_motion())

    async def wait_for_something(self) -> None:
        """A command, news, what is due next, or the courier's return."""
        seen, delivering, at = self._taken, self.is_delivering(), self.next_at()
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._taken != seen or (delivering and not self.is_delivering()),
                timeout=max((at - workflow.now()).total_seconds(), 1) if at is not None else None,
            )

    async def farewell(self) -> bool:
        """The case has ended. True when all is written and delivered, and nobody asks anything any more."""
        await workflow.wait_condition(lambda: self.sets_in_motion() or not self.is_delivering())
        # Nobody will be here any more to be reminded of it.
        outbox.take_back(self.case)
        return not (self.case.outbox or self.case.undelivered or self.sets_in_motion())

    def start_delivery(self) -> None:
        """What was not told to the inboxes goes out beside the loop, for as long as it takes."""
        if self.case.undelivered and not self.is_delivering():
            self._delivery = asyncio.create_task(self._deliver())

    def is_delivering(self) -> bool:
        return self._delivery is not None and not self._delivery.done()

    def should_renew(self) -> bool:
        info = workflow.info()
        return (
            self._taken >= self.case.rulebook.renew_after_steps
            or info.is_continue_as_new_suggested()
            or is_newer_version_there()
        )

    async def _deliver(self) -> None:
        knows = self._last_with_notices
        await workflow.execute_activity_method(
            Delivery.deliver_notices,
            self.case.standing.idea_id,
            start_to_close_timeout=DELIVER_SECONDS,
            retry_policy=AT_ONCE,
        )
        # What was recorded meanwhile waits for another round; so does everything if this run ends before.
        self.case.undelivered = knows != self._last_with_notices
