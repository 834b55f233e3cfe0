"""Crowdfunding: the hand-off of one idea to a platform, from the first word of the package to the campaign's end.

The same shape as a stage: handlers are synchronous, only `run` does I/O, and what goes on outside (the platform, mails)
goes on beside the loop and holds nothing up.
"""

import asyncio
import contextlib
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import FailureError

from models import workflow_ids

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Crowdfunding as Activities
    from models.cases.calendar import calendar_of
    from models.messages.cases import Taken
    from models.messages.crowdfunding import (
        CampaignCommand,
        CampaignRequest,
        CampaignState,
        DraftOutcome,
        DraftToSubmit,
        ReadingOutcome,
        ReadingToTake,
    )
    from models.messages.idea import IdeaNews
    from models.rules import crowdfunding, crowdfunding_times
    from models.rules.crowdfunding import HAND_OFFS
    from models.vocabulary import CrowdfundingState
    from workflows import names
    from workflows.case import RECORD_SECONDS, CaseWorkflow
    from workflows.retries import AT_ONCE, FOR_PLATFORMS
    from workflows.signing import refuse_unless_signed

PLATFORM_SECONDS = timedelta(minutes=2)
HAND_OVER_WITHIN = timedelta(hours=6)
"""A platform that cannot be reached for so long leaves its part to a person."""
OUT_OF_REACH = "unavailable"


@workflow.defn(name=names.CROWDFUNDING)
class Crowdfunding(CaseWorkflow[CampaignState]):
    """One attempt. The states are in `models.lifecycles.crowdfunding`, what a step changes in `models.rules`."""

    kind = HAND_OFFS

    @workflow.init
    def __init__(self, request: CampaignRequest) -> None:
        refuse_unless_signed(request)
        self.request = request
        self._early: list[IdeaNews] = []
        self._errand: asyncio.Task[None] | None = None
        self.arrive(request.carried)

    # -- what others may ask ---------------------------------------------------------------------------------

    @workflow.update(name=names.COMMAND)
    def command(self, command: CampaignCommand) -> Taken:
        return self.take(command)

    @command.validator
    def refuse_what_is_not_allowed(self, command: CampaignCommand) -> None:
        self.refuse(command)

    @workflow.signal(name=names.IDEA_NEWS)
    def idea_news(self, news: IdeaNews) -> None:
        if self._case is None:
            self._early.append(news)
        else:
            self._taken += crowdfunding.hear_idea(self.case, news, workflow.now())

    # -- the story -------------------------------------------------------------------------------------------

    @workflow.run
    async def run(self, request: CampaignRequest) -> CampaignState:
        if self._case is None:
            await self.begin()
        return await self.live()

    async def begin(self) -> None:
        """Lay out the package; then the hand-off is there, and hears what its idea has said meanwhile."""
        opening = await workflow.execute_activity_method(
            Activities.open_package,
            args=[self.request.idea_id, self.request.attempt],
            start_to_close_timeout=RECORD_SECONDS,
            retry_policy=AT_ONCE,
        )
        self._case = crowdfunding.begin(self.request, opening, workflow.now())
        for news in self._early:
            crowdfunding.hear_idea(self.case, news, workflow.now())

    def next_at(self) -> datetime | None:
        coming = super().next_at()
        reading = None if self._is_asking() else crowdfunding_times.next_reading(self.case)
        return min([at for at in (coming, reading) if at is not None], default=None)

    def owes_record(self) -> bool:
        """The platform is not given what SQL does not show yet."""
        is_handed_over = self.case.standing.state is CrowdfundingState.CONFIRMED
        return super().owes_record() or (is_handed_over and bool(self.case.outbox))

    def sets_in_motion(self) -> bool:
        return bool(self.case.news)

    async def set_in_motion(self) -> None:
        """A result moves the idea. One that has ended asks for it when it is opened again."""
        idea = workflow.get_external_workflow_handle(workflow_ids.idea_workflow(self.request.idea_id))
        while self.case.news and not self.owes_record():
            news = self.case.news.pop(0)
            with contextlib.suppress(FailureError):
                await idea.signal(names.CAMPAIGN_NEWS, news)

    def run_errands(self) -> None:
        """Hand the package over, or look how the campaign stands."""
        campaign = self.case
        if self._is_asking():
            return
        if campaign.standing.state is CrowdfundingState.CONFIRMED:
            self._run_errand(self._submit_draft(campaign))
        elif crowdfunding_times.reads_now(campaign, workflow.now()):
            self._run_errand(self._read_status(campaign))

    def carry(self) -> CampaignRequest:
        """What the platform was just being asked is asked again, which does no harm."""
        return self.request.model_copy(update={"carried": self.case})

    # -- how -------------------------------------------------------------------------------------------------

    def _is_asking(self) -> bool:
        return self._errand is not None and not self._errand.done()

    def _run_errand(self, errand: Coroutine[Any, Any, None]) -> None:
        self._errand = asyncio.create_task(errand)

    async def _submit_draft(self, campaign: CampaignState) -> None:
        standing = campaign.standing
        draft = DraftToSubmit(idea_id=standing.idea_id, attempt=standing.attempt, package=standing.package)
        try:
            outcome = await workflow.execute_activity_method(
                Activities.submit_draft,
                draft,
                start_to_close_timeout=PLATFORM_SECONDS,
                schedule_to_close_timeout=HAND_OVER_WITHIN,
                retry_policy=FOR_PLATFORMS,
            )
        except FailureError:
            outcome = DraftOutcome(package=standing.package, trouble=OUT_OF_REACH)
        crowdfunding.take_draft_outcome(campaign, draft, outcome, workflow.now())
        self._taken += 1

    async def _read_status(self, campaign: CampaignState) -> None:
        standing = campaign.standing
        assert standing.link is not None
        link_id = standing.link.link_id
        reading = ReadingToTake(
            idea_id=standing.idea_id, attempt=standing.attempt, link_id=link_id, n=campaign.readings.taken + 1
        )
        try:
            outcome = await workflow.execute_activity_method(
                Activities.read_campaign,
                reading,
                start_to_close_timeout=PLATFORM_SECONDS,
                schedule_to_close_timeout=PLATFORM_SECONDS,
                retry_policy=FOR_PLATFORMS,
            )
        except FailureError:
            outcome = ReadingOutcome(cause=OUT_OF_REACH, retryable=True)
        now = workflow.now()
        crowdfunding.take_reading(campaign, link_id, outcome, now)
        chance = workflow.random().random()
        crowdfunding_times.plan_reading(campaign, outcome, chance, calendar_of(campaign.rulebook), now)
        self._taken += 1
