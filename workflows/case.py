"""The loop of a durable case, whatever its kind: it records what happened, tells who has to know, and goes on.

Update handlers are synchronous: check, take the step, return the receipt. Only `run` does I/O, so a case is never half
done, and continue-as-new never meets an unfinished handler.
"""

import asyncio
from datetime import timedelta
from typing import Any, Generic, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Delivery
    from models.messages.commands import Refusal
    from workflows import names
    from workflows.versions import is_newer_version_there

FOR_EVER = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), backoff_coefficient=2, maximum_interval=timedelta(seconds=20)
)
RECORD_SECONDS = timedelta(seconds=20)
DELIVER_SECONDS = timedelta(minutes=2)

S = TypeVar("S")


class CaseWorkflow(Generic[S]):
    """What every kind of case is as a workflow. `S` is what travels of it, with its outbox and its rulebook."""

    def begin_to_live(self) -> None:
        """Called from `@workflow.init`: an update may come before `run` has begun."""
        self._taken = 0
        self._delivery: asyncio.Task[None] | None = None
        self._last_with_notices = 0

    @workflow.signal(name=names.NUDGE)
    def nudge(self) -> None:
        """Look again: a newer worker may be there to go on with. Nothing else happens."""
        self._taken += 1

    # -- what a kind answers ---------------------------------------------------------------------------------

    @property
    def case(self) -> Any:
        """What travels of the case."""
        raise NotImplementedError

    async def write(self, entries: list[Any]) -> bool:
        """Project entries and standing in one transaction. True where it has told the inboxes, too."""
        raise NotImplementedError

    # -- the story -------------------------------------------------------------------------------------------

    async def record_what_happened(self) -> None:
        """Write to SQL, before anything else, what has not been written yet.

        A regular activity on purpose: it starts only when the server has kept the steps it writes. A local one would
        run within the workflow task, and a task that is lost or refused would leave steps in SQL that never happened.
        """
        while self.case.outbox:
            entries = list(self.case.outbox)
            all_told = await self.write(entries)
            self.case.outbox = self.case.outbox[len(entries) :]
            with_notices = [entry.version for entry in entries if entry.notices]
            if with_notices:
                self.case.undelivered |= not all_told
                self._last_with_notices = with_notices[-1]

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
            retry_policy=FOR_EVER,
        )
        # What was recorded meanwhile waits for another round; so does everything if this run ends before.
        self.case.undelivered = knows != self._last_with_notices


def raise_refusal(refusal: Refusal | None) -> None:
    """How a validator says no: nothing of it enters the history."""
    if refusal is not None:
        raise ApplicationError(refusal.detail, refusal.model_dump(mode="json"), type=names.REFUSED)
