"""The search for a coach: ask the best one, wait, ask the next; if nobody is left, tell the idea."""

from datetime import date, datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import FailureError

from models import workflow_ids

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Coaching, Delivery
    from models.cases.calendar import calendar_of
    from models.messages.coaching import (
        OfferAnswer,
        OfferClosing,
        OfferMade,
        OfferToMake,
        OfferVerdict,
        SearchRequest,
        SearchState,
    )
    from models.messages.commands import News
    from models.rules.deadlines import reminder_day
    from models.vocabulary import SearchNews
    from workflows import names
    from workflows.signing import refuse_unless_signed
    from workflows.versions import is_newer_version_there, move_over

PATIENT = RetryPolicy(initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=20))
SECONDS = timedelta(seconds=20)


@workflow.defn(name=names.COACH_SEARCH)
class CoachSearch:
    """One search for one idea. It ends when a coach accepts, when nobody is left, or when it is stopped."""

    @workflow.init
    def __init__(self, request: SearchRequest) -> None:
        refuse_unless_signed(request)
        self.request = request
        self._calendar = calendar_of(request.rulebook)
        self._asked: list[str] = list(request.exclude)
        self._offer: OfferMade | None = None
        self._until: date | None = None
        self._found: str | None = None
        self._passed_on = False
        self._stopped = False
        self._rank = 0
        self._unavailable: set[str] = set()
        self._asking = True
        if request.carried is not None:
            self._go_on_from(request.carried)

    @workflow.run
    async def run(self, request: SearchRequest) -> str | None:
        while not self._stopped and (self._has_open_offer() or await self.offer_to_next_coach()):
            await self.wait_for_answer()
            await self.close_offer()
            if self._found is not None and not self._stopped:
                await self.tell_idea(SearchNews.FOUND)
                await workflow.wait_condition(workflow.all_handlers_finished)
                return self._found
        if not self._stopped:
            await self.tell_idea(SearchNews.EXHAUSTED)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return None

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
            retry_policy=PATIENT,
        )
        if verdict is OfferVerdict.ACCEPTED:
            self._found = answer.coach_id
        elif verdict is OfferVerdict.DECLINED:
            self._passed_on = True
        return verdict

    @answer.validator
    def take_what_is_signed(self, answer: OfferAnswer) -> None:
        """With a validator, `workflows.signing` looks at the answer first. Whose offer it is the row knows."""

    @workflow.signal(name=names.STOP)
    def stop(self) -> None:
        self._stopped = True

    @workflow.signal(name=names.SKIP_COACH)
    def skip_coach(self, coach_id: str) -> None:
        self._unavailable.add(coach_id)

    @workflow.signal(name=names.NUDGE)
    def nudge(self) -> None:
        """Look again: a newer worker may be there to go on with. Nothing else happens."""

    # -- the story -------------------------------------------------------------------------------------------

    async def offer_to_next_coach(self) -> bool:
        self._rank += 1
        self._passed_on = False
        self._until = self._calendar.deadline(self._calendar.today(workflow.now()), self.request.rulebook.offer.limit)
        self._asking = True
        self._offer = await workflow.execute_activity_method(
            Coaching.make_offer,
            OfferToMake(
                idea_id=self.request.idea_id,
                n=self.request.n,
                rank=self._rank,
                exclude=[*self._asked, *sorted(self._unavailable)],
                until=self._until,
            ),
            start_to_close_timeout=SECONDS,
            retry_policy=PATIENT,
        )
        self._asking = False
        if self._offer is None:
            return False
        self._asked.append(self._offer.coach_id)
        await self.tell_idea(SearchNews.OFFERED)
        await self.deliver()
        return True

    async def wait_for_answer(self) -> None:
        """Until the coach has answered, cannot answer any more, or the offer has expired; reminded on the way."""
        assert self._until is not None
        for step in self.request.rulebook.offer.remind:
            reminder_at = self._calendar.send_time(reminder_day(self._until, step, self._calendar))
            if reminder_at > workflow.now() and not await self._answered_before(reminder_at):
                await self.remind()
        await self._answered_before(self._calendar.end_of(self._until))

    async def remind(self) -> None:
        assert self._offer is not None
        await workflow.execute_activity_method(
            Coaching.remind_of_offer,
            self._offer.offer_id,
            start_to_close_timeout=SECONDS,
            retry_policy=PATIENT,
        )
        await self.deliver()

    async def close_offer(self) -> None:
        """An offer that was not answered ends, and its coach is told. An answer on its way is in time or too late."""
        assert self._offer is not None
        offer = self._offer
        if self._passed_on or (self._found is not None and not self._stopped):
            return
        closing = OfferClosing(offer_id=offer.offer_id, cancelled=self._stopped or self._coach_is_unavailable(offer))
        await workflow.execute_activity_method(
            Coaching.close_offer,
            closing,
            start_to_close_timeout=SECONDS,
            retry_policy=PATIENT,
        )
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self.deliver()

    async def tell_idea(self, kind: SearchNews) -> None:
        news = News(n=self.request.n, kind=kind, seq=self._rank, coach_id=self._found, until=self._until)
        idea = workflow.get_external_workflow_handle(workflow_ids.idea_workflow(self.request.idea_id))
        try:
            await idea.signal(names.NEWS, news)
        except FailureError:
            # The idea has ended meanwhile; a reserved place lapses by itself.
            self._stopped = True

    async def deliver(self) -> None:
        """Tell the inboxes, for as long as it takes: a coach who does not know of an offer lets it expire."""
        try:
            await workflow.execute_activity_method(
                Delivery.deliver_notices,
                self.request.idea_id,
                start_to_close_timeout=SECONDS,
                retry_policy=PATIENT,
            )
        except FailureError:
            # Histories from when three attempts were all there was.
            workflow.logger.warning("notices of search %s were not delivered yet", workflow.info().workflow_id)

    # -- how -------------------------------------------------------------------------------------------------

    async def _answered_before(self, at: datetime) -> bool:
        left = max((at - workflow.now()).total_seconds(), 0)
        try:
            await workflow.wait_condition(lambda: self._is_settled() or self._may_move(), timeout=left)
        except TimeoutError:
            return False
        if not self._is_settled() and workflow.now() < at:
            move_over(self.request.model_copy(update={"carried": self._state()}))
        return self._is_settled()

    def _is_settled(self) -> bool:
        return (
            self._stopped
            or self._passed_on
            or self._found is not None
            or (self._offer is not None and self._coach_is_unavailable(self._offer))
        )

    def _may_move(self) -> bool:
        """While an offer waits, and nobody's answer is under way."""
        return is_newer_version_there() and workflow.all_handlers_finished()

    def _state(self) -> SearchState:
        assert self._offer is not None
        assert self._until is not None
        return SearchState(
            rank=self._rank,
            asked=self._asked,
            unavailable=sorted(self._unavailable),
            offer=self._offer,
            until=self._until,
        )

    def _go_on_from(self, state: SearchState) -> None:
        self._rank, self._asked, self._unavailable = state.rank, list(state.asked), set(state.unavailable)
        self._offer, self._until = state.offer, state.until
        self._asking = False

    def _has_open_offer(self) -> bool:
        """Once, of the run before."""
        carried, self.request.carried = self.request.carried, None
        return carried is not None

    def _coach_is_unavailable(self, offer: OfferMade) -> bool:
        return offer.coach_id in self._unavailable
