"""What all stages of an idea share: it waits, is asked, starts and stops what helps it along, and goes on."""

import asyncio
import contextlib
from datetime import datetime
from typing import ClassVar, NoReturn

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import FailureError, WorkflowAlreadyStartedError

from models import workflow_ids

with workflow.unsafe.imports_passed_through():
    from models.cases import outbox
    from models.messages.cases import CASE_SCHEMA, Taken
    from models.messages.coaching import SearchRequest
    from models.messages.commands import Command, News
    from models.messages.crowdfunding import CampaignRequest
    from models.messages.idea import CampaignChore, CampaignNews, Chore, IdeaNews, IdeaState
    from models.rules import steps
    from models.rules.steps import IDEAS
    from models.vocabulary import IdeaNewsKind, Stage
    from workflows import names
    from workflows.case import CaseWorkflow
    from workflows.search_attributes import attributes_of_next
    from workflows.signing import refuse_unless_signed
    from workflows.versions import newest_version


class StageWorkflow(CaseWorkflow[IdeaState]):
    """An idea in one stage. Subclasses name the stage and give `@workflow.init` and `@workflow.run`."""

    kind = IDEAS
    stage: ClassVar[Stage]

    def arrive(self, idea: IdeaState | None) -> None:
        """Called from `@workflow.init`: an update may come before `run` has begun."""
        refuse_unless_signed(idea)
        super().arrive(idea)
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at: datetime | None = None

    # -- what others may ask ---------------------------------------------------------------------------------

    @workflow.update(name=names.COMMAND)
    def command(self, command: Command) -> Taken:
        return self.take(command)

    @command.validator
    def refuse_what_is_not_allowed(self, command: Command) -> None:
        self.refuse(command)

    @workflow.signal(name=names.NEWS)
    def news(self, news: News) -> None:
        self._taken += steps.hear(self.idea, news, workflow.now())

    @workflow.signal(name=names.CAMPAIGN_NEWS)
    def campaign_news(self, news: CampaignNews) -> None:
        self._taken += steps.hear_campaign(self.idea, news, workflow.now())

    # -- the story -------------------------------------------------------------------------------------------

    @property
    def idea(self) -> IdeaState:
        return self.case

    def has_ended(self) -> bool:
        return self.idea.standing.outcome is not None

    def is_over(self) -> bool:
        return not self.has_ended() and self.idea.standing.stage != self.stage

    def sets_in_motion(self) -> bool:
        return self._next_chore() is not None

    async def set_in_motion(self) -> None:
        """Start and stop what helps along, in the order in which steps asked for it, and never before their record."""
        while (chore := self._next_chore()) is not None and not self.owes_record():
            self.idea.chores.remove(chore)
            if isinstance(chore, CampaignChore):
                await self._serve_campaign(chore)
            elif chore.start:
                await self._start_search(chore)
            else:
                await self._stop_search(chore)

    async def wait_for_something(self) -> None:
        """A command, news, the next wake-up, or the courier's return.

        A stage that is over sends no courier any more and is handed over when its last one is back, so that no
        delivery is torn off; meanwhile the idea takes commands as ever, by the rules of the stage it is in.
        """
        self._set_alarm()
        seen = self._taken
        delivering = self.is_delivering()
        await workflow.wait_condition(
            lambda: self._taken != seen or self._alarm_has_rung() or (delivering and not self.is_delivering())
        )

    async def farewell(self) -> bool:
        """The path has ended. True when all is delivered; False when there is more to do, or somebody reopened it."""
        seen = self._taken
        await self._wait_for_second_thoughts()
        await workflow.wait_condition(lambda: self._taken != seen or not self.is_delivering())
        if self._taken == seen and self.idea.outbox:
            outbox.take_back(self.idea)
            return False
        if self._taken == seen and not self.idea.undelivered:
            await self._part_from_campaign()
            return self._taken == seen
        return False

    def renew(self) -> NoReturn:
        """Continue as the stage that the idea is in now, by the newest schema."""
        self.idea.schema_version = CASE_SCHEMA
        workflow.continue_as_new(
            args=[self.idea],
            workflow=names.STAGE_WORKFLOWS[self.idea.standing.stage],
            search_attributes=attributes_of_next("idea", self.idea.standing.office, self.idea.standing.stage),
            initial_versioning_behavior=newest_version(),
        )

    # -- how -------------------------------------------------------------------------------------------------

    async def _wait_for_second_thoughts(self) -> None:
        """As long as the end can be undone, somebody has to be there to hear it."""
        undo, seen = self.idea.standing.undo, self._taken
        left = (undo.until - workflow.now()).total_seconds() if undo else 0
        if left > 0:
            with contextlib.suppress(TimeoutError):
                await workflow.wait_condition(lambda: self._taken != seen, timeout=left)

    def _next_chore(self) -> Chore | CampaignChore | None:
        """The first that does not wait for a step to become final."""
        now = workflow.now()
        due = (chore for chore in self.idea.chores if isinstance(chore, CampaignChore) or _is_due(chore, now))
        return next(due, None)

    def _set_alarm(self) -> None:
        """Sleep until the next wake-up. A timer that rings too early is harmless, so a later one reuses it."""
        if self._alarm is not None and self._alarm.done():
            self._alarm = None
        coming = [chore.not_before for chore in self.idea.chores if isinstance(chore, Chore) and chore.not_before]
        if (rings_at := self.next_at()) is not None:
            coming.append(rings_at)
        if not coming:
            return
        at = min(coming)
        if self._alarm is not None:
            if self._alarm_at is not None and self._alarm_at <= at:
                return
            self._alarm.cancel()
        self._alarm_at = at
        seconds = max((at - workflow.now()).total_seconds(), 1)
        self._alarm = asyncio.create_task(workflow.sleep(seconds))

    def _alarm_has_rung(self) -> bool:
        return self._alarm is not None and self._alarm.done()

    async def _start_search(self, chore: Chore) -> None:
        standing = self.idea.standing
        request = SearchRequest(
            idea_id=standing.idea_id,
            n=chore.search,
            exclude=list(standing.former_coaches),
            rulebook=self.idea.rulebook,
        )
        await workflow.start_child_workflow(
            names.COACH_SEARCH,
            request,
            id=workflow_ids.coach_search(standing.idea_id, chore.search),
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
        )

    async def _stop_search(self, chore: Chore) -> None:
        search = workflow.get_external_workflow_handle(
            workflow_ids.coach_search(self.idea.standing.idea_id, chore.search)
        )
        try:
            await search.signal(names.STOP)
        except FailureError:
            # It has come to its own end: there is nothing to stop.
            workflow.logger.debug("search %s had ended", chore.search)

    async def _serve_campaign(self, chore: CampaignChore) -> None:
        if chore.news is None and await self._start_campaign(chore):
            return
        # One that was started under this number before is there already; if it has ended, that is all there is to know.
        news = chore.news or IdeaNews(kind=IdeaNewsKind.REOPENED)
        if not await self._tell_campaign(chore.attempt, news):
            over = CampaignNews(attempt=chore.attempt, over=True)
            self._taken += steps.hear_campaign(self.idea, over, workflow.now())

    async def _start_campaign(self, chore: CampaignChore) -> bool:
        standing = self.idea.standing
        request = CampaignRequest(
            idea_id=standing.idea_id,
            attempt=chore.attempt,
            owner_id=standing.owner_id,
            office=standing.office,
            actor=chore.actor,
        )
        try:
            await workflow.start_child_workflow(
                names.CROWDFUNDING,
                request,
                id=workflow_ids.crowdfunding(standing.idea_id, chore.attempt),
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                search_attributes=attributes_of_next("crowdfunding", standing.office, "crowdfunding"),
            )
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def _tell_campaign(self, attempt: int, news: IdeaNews) -> bool:
        """False where the hand-off has come to its own end."""
        campaign = workflow.get_external_workflow_handle(workflow_ids.crowdfunding(self.idea.standing.idea_id, attempt))
        try:
            await campaign.signal(names.IDEA_NEWS, news)
        except FailureError:
            return False
        return True

    async def _part_from_campaign(self) -> None:
        """Told last, when nobody can take the end back any more: what is not on its platform yet ends with the idea."""
        attempt = self.idea.standing.crowdfunding
        if attempt is not None:
            await self._tell_campaign(attempt, IdeaNews(kind=IdeaNewsKind.ENDED))


def _is_due(chore: Chore, now: datetime) -> bool:
    return chore.not_before is None or chore.not_before <= now
