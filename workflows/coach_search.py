"""The search for a coach: ask the best one, wait, ask the next; if nobody is left, tell the idea."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

from models import workflow_ids

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Coaching, Delivery
    from models.messages.coaching import (
        OfferAnswer,
        OfferToMake,
        OfferVerdict,
        SearchRequest,
        SearchState,
    )
    from models.rules import coach_search
    from models.rules.coach_search import Deed
    from models.vocabulary import SearchNews
    from workflows import names
    from workflows.retries import SOON
    from workflows.signing import refuse_unless_signed
    from workflows.versions import is_newer_version_there, move_over

SECONDS = timedelta(seconds=20)


@workflow.defn(name=names.COACH_SEARCH)
class CoachSearch:
    """One search for one idea. It ends when a coach accepts, when nobody is left, or when it is stopped."""

    @workflow.init
    def __init__(self, request: SearchRequest) -> None:
        refuse_unless_signed(request)
        self.request = request
        self.search = request.carried or SearchState(asked=list(request.exclude))
        self._asking = self.search.offer is None

    @workflow.run
    async def run(self, request: SearchRequest) -> str | None:
        while (deed := coach_search.next_deed(self.search)) in (Deed.ASK, Deed.WAIT):
            if deed is Deed.ASK:
                await self.offer_to_next_coach()
            else:
                await self.wait_for_answer()
                await self.close_offer()
        if deed is not Deed.END:
            await self.tell_idea(SearchNews(deed))
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.search.found if deed is Deed.FOUND else None

    @workflow.update(name=names.ANSWER)
    async def answer(self, answer: OfferAnswer) -> OfferVerdict:
        """A coach answers. The place is taken before the coach reads the answer, so it holds what it says.

        Whether the offer is still open is decided by its row, under its lock: an answer and an expiry at the same
        moment stand in line there.
        """
        await workflow.wait_condition(lambda: not self._asking)
        verdict = await workflow.execute_activity_method(
            Coaching.answer_offer,
            answer,
            start_to_close_timeout=SECONDS,
            retry_policy=SOON,
        )
        coach_search.note_answer(self.search, answer, verdict)
        return verdict

    @answer.validator
    def take_what_is_signed(self, answer: OfferAnswer) -> None:
        """With a validator, `workflows.signing` looks at the answer first. Whose offer it is the row knows."""

    @workflow.signal(name=names.STOP)
    def stop(self) -> None:
        self.search.stopped = True

    @workflow.signal(name=names.SKIP_COACH)
    def skip_coach(self, coach_id: str) -> None:
        self.search.unavailable.append(coach_id)

    @workflow.signal(name=names.NUDGE)
    def nudge(self) -> None:
        """Look again: a newer worker may be there to go on with. Nothing else happens."""

    # -- the story -------------------------------------------------------------------------------------------

    async def offer_to_next_coach(self) -> None:
        coach_search.begin_offer(self.search, self.request.rulebook, workflow.now())
        assert self.search.until is not None
        self._asking = True
        made = await workflow.execute_activity_method(
            Coaching.make_offer,
            OfferToMake(
                idea_id=self.request.idea_id,
                n=self.request.n,
                rank=self.search.rank,
                exclude=coach_search.not_to_ask(self.search),
                until=self.search.until,
            ),
            start_to_close_timeout=SECONDS,
            retry_policy=SOON,
        )
        self._asking = False
        coach_search.note_offer(self.search, made)
        if made is not None:
            await self.tell_idea(SearchNews.OFFERED)
            await self.deliver()

    async def wait_for_answer(self) -> None:
        """Until the coach has answered, cannot answer any more, or the offer has expired; reminded on the way."""
        while (wait := self._next_wait()).reminder is not None:
            if not await self._answered_before(wait.at):
                await self.remind()
            self.search.reminded = wait.reminder + 1
        await self._answered_before(wait.at)

    async def remind(self) -> None:
        assert self.search.offer is not None
        await workflow.execute_activity_method(
            Coaching.remind_of_offer,
            self.search.offer.offer_id,
            start_to_close_timeout=SECONDS,
            retry_policy=SOON,
        )
        await self.deliver()

    async def close_offer(self) -> None:
        """An offer that was not answered ends, and its coach is told. An answer on its way is in time or too late."""
        closing = coach_search.end_offer(self.search)
        if closing is None:
            return
        await workflow.execute_activity_method(
            Coaching.close_offer,
            closing,
            start_to_close_timeout=SECONDS,
            retry_policy=SOON,
        )
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self.deliver()

    async def tell_idea(self, kind: SearchNews) -> None:
        news = coach_search.news_of(self.search, self.request.n, kind)
        idea = workflow.get_external_workflow_handle(workflow_ids.idea_workflow(self.request.idea_id))
        try:
            await idea.signal(names.NEWS, news)
        except FailureError:
            # The idea has ended meanwhile; a reserved place lapses by itself.
            self.search.stopped = True

    async def deliver(self) -> None:
        """Tell the inboxes, for as long as it takes: a coach who does not know of an offer lets it expire."""
        try:
            await workflow.execute_activity_method(
                Delivery.deliver_notices,
                self.request.idea_id,
                start_to_close_timeout=SECONDS,
                retry_policy=SOON,
            )
        except FailureError:
            # Histories from when three attempts were all there was.
            workflow.logger.warning("notices of search %s were not delivered yet", workflow.info().workflow_id)

    # -- how -------------------------------------------------------------------------------------------------

    def _next_wait(self) -> coach_search.Wait:
        return coach_search.next_wait(self.search, self.request.rulebook, workflow.now())

    async def _answered_before(self, at: datetime) -> bool:
        left = max((at - workflow.now()).total_seconds(), 0)
        try:
            await workflow.wait_condition(lambda: self._is_settled() or self._may_move(), timeout=left)
        except TimeoutError:
            return False
        if not self._is_settled() and workflow.now() < at:
            move_over(self.request.model_copy(update={"carried": self.search}))
        return self._is_settled()

    def _is_settled(self) -> bool:
        return coach_search.is_settled(self.search)

    def _may_move(self) -> bool:
        """While an offer waits, and nobody's answer is under way."""
        return is_newer_version_there() and workflow.all_handlers_finished()
