"""A coach is away for a time, or gone for good: each of their open ideas gets cover, or a search for another coach."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Leaving
    from models.cases.calendar import calendar_of
    from models.messages.coaching import Leave
    from workflows import names
    from workflows.retries import PATIENT
    from workflows.signing import refuse_unless_signed
    from workflows.versions import is_newer_version_there, move_over

SECONDS = timedelta(seconds=30)
SECOND_LOOK = timedelta(minutes=2)
"""An acceptance that was on its way when the leave began is visible by then."""


@workflow.defn(name=names.COACH_LEAVE)
class CoachLeave:
    """One absence or one departure of one coach. The ideas come back by themselves when their cover ends."""

    @workflow.init
    def __init__(self, leave: Leave) -> None:
        refuse_unless_signed(leave)
        self.leave = leave
        self._cancelled = False

    @workflow.run
    async def run(self, leave: Leave) -> int:
        if not await self.wait_for_start():
            return 0
        await self.withdraw_offers()
        relieved = await self.relieve_all()
        await workflow.sleep(SECOND_LOOK)
        if not self._cancelled:
            relieved |= await self.relieve_all()
        return len(relieved)

    @workflow.signal(name=names.STOP)
    def stop(self) -> None:
        """The leave was called off, or is over early: what is not relieved yet stays as it is."""
        self._cancelled = True

    @workflow.signal(name=names.NUDGE)
    def nudge(self) -> None:
        """Look again: a newer worker may be there to go on with. Nothing else happens."""

    async def wait_for_start(self) -> bool:
        start = calendar_of(self.leave.rulebook).start_of(self.leave.start)
        left = (start - workflow.now()).total_seconds()
        if left <= 0:
            return True
        try:
            await workflow.wait_condition(lambda: self._cancelled or is_newer_version_there(), timeout=left)
        except TimeoutError:
            return True
        self._move_if_newer()
        return False

    async def withdraw_offers(self) -> None:
        await workflow.execute_activity_method(
            Leaving.withdraw_offers_to,
            self.leave.coach_id,
            start_to_close_timeout=SECONDS,
            retry_policy=PATIENT,
        )

    async def relieve_all(self) -> set[str]:
        ideas = await workflow.execute_activity_method(
            Leaving.find_ideas_of_coach,
            self.leave.coach_id,
            start_to_close_timeout=SECONDS,
            retry_policy=PATIENT,
        )
        for idea_id in ideas:
            self._move_if_newer()
            if self._cancelled:
                break
            await workflow.execute_activity_method(
                Leaving.relieve_coach,
                args=[idea_id, self.leave],
                start_to_close_timeout=SECONDS,
                retry_policy=PATIENT,
            )
        return set(ideas)

    def _move_if_newer(self) -> None:
        """Before it begins, and between two ideas: what was relieved already is not relieved again."""
        if is_newer_version_there() and not self._cancelled:
            move_over(self.leave)
