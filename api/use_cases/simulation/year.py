"""Day after day: people hear what is new, ideas come in, and everybody does what they meant to do.

Nothing here decides anything of an idea. `models.rules.steps` takes its steps, `models.rules.deadlines` says when it
wakes, `models.rules.coach_search` what its search does, `models.rules.ranking` whom that asks; here are the clock and
the order in which workflows carry it out. `tests/api/use_cases/simulation/test_differential.py` holds it against them.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import count

from activities.coach_leave import StandIn, back_on, find_present, relieve_with
from activities.coaching import offer_id_of
from api.use_cases.simulation.books import Books, Offered
from api.use_cases.simulation.deeds import find_vain, hand_in, take_turn, takes_idea
from api.use_cases.simulation.people import OpenCase, People
from api.use_cases.simulation.population import Change, Population, Question, Turn
from api.use_cases.simulation.scenario import Scenario
from api.use_cases.simulation.timeline import Diary, Line
from models.cases.calendar import calendar_of
from models.cases.kind import ALONE
from models.messages.coaching import Leave, OfferAnswer, OfferMade, OfferVerdict, SearchState
from models.messages.commands import Command
from models.messages.idea import CampaignChore, Chore, IdeaState, Standing
from models.messages.rulebook import Rulebook
from models.policy import Policy
from models.rules import coach_search, deadlines, steps
from models.rules.coach_search import Deed, Wait
from models.rules.permissions import coaches_of
from models.rules.steps import IDEAS
from models.vocabulary import OfferStatus, SearchNews

WORKING_HOUR = time(10)
"""When people look at their messages and act, after the reminders of the day."""

Ring = Callable[[int, datetime], None]


class Alarms:
    """What happens by itself: when, what, and to which idea. A later alarm takes the place of one for the same."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Ring, int]] = []
        self._valid: dict[tuple[Ring, int], datetime] = {}
        self._numbers = count()

    def set(self, ring: Ring, idea: int, at: datetime | None) -> None:
        if at is None:
            self._valid.pop((ring, idea), None)
        elif self._valid.get((ring, idea)) != at:
            self._valid[ring, idea] = at
            heapq.heappush(self._heap, (at, next(self._numbers), ring, idea))

    def pass_until(self, instant: datetime) -> None:
        while self._heap and self._heap[0][0] <= instant:
            at, _, ring, idea = heapq.heappop(self._heap)
            if self._valid.get((ring, idea)) == at:
                del self._valid[ring, idea]
                ring(idea, at)


def pass_over(idea: IdeaState, now: datetime) -> bool:
    """Messages of the clock as if they had been sent. False where there is more to do than to tell somebody."""
    rung = IDEAS.due(idea, now)
    if any(wake_up.kind in ALONE or wake_up.task_id is not None for wake_up in rung):
        return False
    clock = idea.standing.clock
    assert clock is not None
    clock.rung = sorted({*clock.rung, *(wake_up.key for wake_up in rung)})
    return True


@dataclass
class Search:
    """A coach search that is running."""

    n: int
    state: SearchState
    rulebook: Rulebook
    wait: Wait | None = None


class Year:
    """One scenario that is being lived."""

    def __init__(self, scenario: Scenario, policy: Policy, people: People) -> None:
        self._scenario = scenario
        self._policy = policy
        self._people = people
        self._rulebook = policy.rulebook(scenario.first_day)
        self._crowd = Population(scenario, calendar_of(self._rulebook))
        self._arrivals = scenario.arrivals()
        self._alarms = Alarms()
        self.books = Books(people.coaches)
        self._profiles = {coach.id: coach.profile for coach in people.coaches}
        self._searches: dict[int, Search] = {}
        self._news: list[Change] = []
        self.ideas: dict[int, IdeaState] = {}
        self.lines: list[Line] = []
        self.refused: Counter[str] = Counter()
        """What was refused to people, by event."""
        self.books.turn_to(scenario.first_day)
        for number, case in people.cases.items():
            self._go_on_with(number, case)
        for number, leave in enumerate(people.leaves):
            self._alarms.set(self._begin_leave, number, calendar_of(self._rulebook).start_of(leave.start))

    def live(self) -> Iterator[date]:
        """Yields every day that has passed."""
        for day in self._scenario.days():
            self.books.turn_to(day)
            self._alarms.pass_until(self._morning(day))
            self._renew_rules(day)
            self._hear_news(day)
            self._act(day)
            yield day
        self._alarms.pass_until(self._morning(self._scenario.end))

    def diary(self) -> Diary:
        offers = Counter((offer.coach_id, offer.status) for offer in self.books.offers.values())
        there = {number: case.state.standing for number, case in self._people.cases.items()}
        handed_in = {number: standing.submitted_at or standing.entered_at for number, standing in there.items()}
        return Diary(sorted(self.lines, key=lambda line: line.idea), offers, self.books.told, handed_in)

    # -- what people do ----------------------------------------------------------------------------------------

    def _hear_news(self, today: date) -> None:
        news, self._news = self._news, []
        for change in news:
            self._crowd.hear(change, today)
        for offer in self.books.open_offers.values():
            self._crowd.hear_offer(offer.idea, offer.id, reminded=offer.reminded, today=today)

    def _act(self, today: date) -> None:
        now, due = self._morning(today), self._crowd.take_due(today)
        vain = find_vain(due, self.books.count_free())
        for turn in vain:
            self._crowd.put_off(turn, today)
        for number in self._arrivals.get(today, ()):
            self.ideas[number], submitted = hand_in(
                self._scenario, number, self._people.ideas[number], self._rulebook, now
            )
            self._take(number, submitted, now)
        for deed in due:
            if isinstance(deed, Question):
                self._answer(deed, now)
            elif deed not in vain:
                self._take_turn(deed, now)

    def _take_turn(self, turn: Turn, now: datetime) -> None:
        standing = self.ideas[turn.idea].standing
        assert standing.holder is not None
        who = standing.holder.account_id or self._people.leads[standing.office]
        self._take(turn.idea, take_turn(self._scenario, turn, who, standing, self._rulebook), now)

    def _take(self, number: int, command: Command, now: datetime) -> None:
        if IDEAS.refusal(self.ideas[number], command, now) is not None:
            self.refused[command.event] += 1
            return
        IDEAS.take(self.ideas[number], command, now)
        self._carry_out(number, now)

    def _answer(self, question: Question, now: datetime) -> None:
        """A coach takes the idea that is offered, or does not."""
        offer = self.books.offers[question.offer_id]
        if offer.status is not OfferStatus.OPEN:
            return
        takes_it = takes_idea(self._scenario, offer.id) and self.books.has_place(offer.coach_id)
        verdict = OfferVerdict.ACCEPTED if takes_it else OfferVerdict.DECLINED
        self.books.close(offer.id, OfferStatus(verdict))
        answer = OfferAnswer(offer_id=offer.id, coach_id=offer.coach_id, accepted=takes_it)
        coach_search.note_answer(self._searches[offer.idea].state, answer, verdict)
        self._search_on(offer.idea, now)

    # -- what is there before ----------------------------------------------------------------------------------

    def _go_on_with(self, number: int, case: OpenCase) -> None:
        """Everybody begins anew to think of their turn, unless it was measured how long that takes. A pause first has
        to end."""
        standing, begin = case.state.standing, self._morning(self._scenario.first_day)
        assert standing.holder is not None
        self.ideas[number] = case.state
        line = Line.stand(number, standing)
        self.lines.append(line)
        self.books.settle(number, standing)
        if standing.pause is None:
            day, entered = self._scenario.first_day, standing.entered_at.astimezone(self._policy.zone).date()
            day = min(day, entered) if self._scenario.paces else day
            self._news.append(Change(day, number, line.event, line.stage, line.state, line.holder))
        if standing.search is not None:
            self._searches[number] = Search(standing.search, case.search, case.state.rulebook)
            if case.search.offer is not None:
                self.books.offer(Offered(case.search.offer.offer_id, number, case.search.offer.coach_id))
            self._search_on(number, begin)
        self._set_alarm(number, begin)

    def _begin_leave(self, number: int, now: datetime) -> None:
        """As `CoachLeave`: offers to the coach go to others, and each idea gets cover, or another coach."""
        leave = self._people.leaves[number]
        for idea, search in list(self._searches.items()):
            if search.state.offer is not None and search.state.offer.coach_id == leave.coach_id:
                search.state.unavailable.append(leave.coach_id)
                self._search_on(idea, now)
        for idea, state in self.ideas.items():
            if state.standing.outcome is None and leave.coach_id in coaches_of(state.standing):
                self._take(idea, relieve_with(leave, self._find_stand_in(leave, state.standing, now)), now)

    def _find_stand_in(self, leave: Leave, standing: Standing, now: datetime) -> StandIn:
        today = calendar_of(leave.rulebook).today(now)
        until, found = back_on(leave, standing, today), find_present(leave, standing, self._profiles, today)
        if until is None and found is not None and not self.books.has_place(found):
            found = None
        return StandIn(found, standing.version, until)

    # -- what workflows do -------------------------------------------------------------------------------------

    def _ring(self, number: int, now: datetime) -> None:
        idea = self.ideas[number]
        if not self._scenario.counts_messages and self._crowd.has_in_mind(number) and pass_over(idea, now):
            self._set_alarm(number, now)
        elif IDEAS.ring(idea, now):
            self._carry_out(number, now)

    def _carry_out(self, number: int, now: datetime) -> None:
        """Write what has happened, set in motion what comes of it, and wait for what is next."""
        idea = self.ideas[number]
        entries, idea.outbox = idea.outbox, []
        for entry in entries:
            line = Line.read(number, entry)
            self.lines.append(line)
            day = entry.at.astimezone(self._policy.zone).date()
            self._news.append(Change(day, number, line.event, line.stage, line.state, line.holder))
            self.books.tell(entry)
        self.books.settle(number, idea.standing)
        chores, idea.chores = idea.chores, []
        for chore in chores:
            if not isinstance(chore, CampaignChore):
                self._do_chore(number, chore, now)
        self._set_alarm(number, now)

    def _set_alarm(self, number: int, now: datetime) -> None:
        idea = self.ideas[number]
        at = deadlines.next_at(idea.standing, calendar_of(idea.rulebook))
        self._alarms.set(self._ring, number, max(at, now) if at is not None else None)

    def _do_chore(self, number: int, chore: Chore, now: datetime) -> None:
        idea, search = self.ideas[number], self._searches.get(number)
        if chore.start:
            state = SearchState(asked=list(idea.standing.former_coaches))
            self._searches[number] = Search(chore.search, state, idea.rulebook)
            self._search_on(number, now)
        elif search is not None and search.n == chore.search:
            search.state.stopped = True
            self._search_on(number, now)

    # -- what searches do --------------------------------------------------------------------------------------

    def _search_on(self, number: int, now: datetime) -> None:
        """Until the search waits for somebody, or has ended."""
        search = self._searches[number]
        while (deed := coach_search.next_deed(search.state)) in (Deed.ASK, Deed.WAIT):
            if deed is Deed.ASK:
                self._ask(number, search, now)
            elif coach_search.is_settled(search.state):
                self._end_offer(search)
            else:
                search.wait = coach_search.next_wait(search.state, search.rulebook, now)
                self._alarms.set(self._ring_search, number, max(search.wait.at, now))
                return
        del self._searches[number]
        self._alarms.set(self._ring_search, number, None)
        if deed is not Deed.END:
            self._tell(number, search, SearchNews(deed), now)

    def _ring_search(self, number: int, now: datetime) -> None:
        """The time of a reminder has come, or that of the offer's end."""
        search = self._searches[number]
        assert search.wait is not None
        assert search.state.offer is not None
        if search.wait.reminder is None:
            self._end_offer(search)
        else:
            search.state.reminded = search.wait.reminder + 1
            self.books.remind(search.state.offer.offer_id)
        self._search_on(number, now)

    def _ask(self, number: int, search: Search, now: datetime) -> None:
        coach_search.begin_offer(search.state, search.rulebook, now)
        idea, exclude = self._people.ideas[number], coach_search.not_to_ask(search.state)
        coach_id, made = self.books.find_best(idea.facts, exclude), None
        if coach_id is not None:
            made = OfferMade(offer_id=offer_id_of(idea.id, search.n, search.state.rank), coach_id=coach_id)
            self.books.offer(Offered(made.offer_id, number, coach_id))
        coach_search.note_offer(search.state, made)
        if made is not None:
            self._tell(number, search, SearchNews.OFFERED, now)

    def _end_offer(self, search: Search) -> None:
        closing = coach_search.end_offer(search.state)
        if closing is not None:
            self.books.close(closing.offer_id, OfferStatus.CANCELLED if closing.cancelled else OfferStatus.EXPIRED)

    def _tell(self, number: int, search: Search, kind: SearchNews, now: datetime) -> None:
        if steps.hear(self.ideas[number], coach_search.news_of(search.state, search.n, kind), now):
            self._carry_out(number, now)

    # -- how ---------------------------------------------------------------------------------------------------

    def _renew_rules(self, today: date) -> None:
        """The closed days move on with the year."""
        if (today.month, today.day) == (1, 1):
            self._rulebook = self._policy.rulebook(today)

    def _morning(self, day: date) -> datetime:
        return datetime.combine(day, WORKING_HOUR, tzinfo=self._policy.zone).astimezone(UTC)
