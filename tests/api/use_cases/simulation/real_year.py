"""The same scenario through real workflows, activities and PostgreSQL, on the server that skips time.

People are those of the simulation. Only they act one after the other: each waits until the engine has done what comes
of the deed before, so that what the engine settles by itself is all that is left to a race.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from functools import partial
from time import process_time

from sqlmodel import col, select
from temporalio.api.testservice.v1 import UnlockTimeSkippingRequest

from activities.adapters.mailer.mailbox import LocalMailbox
from activities.coaching import gather_coaches
from activities.ports.ideas import CommandRefused
from api.use_cases.simulation.deeds import find_vain, hand_in, take_turn, takes_idea
from api.use_cases.simulation.people import People, SimulatedIdea
from api.use_cases.simulation.population import Change, Population, Question, Turn
from api.use_cases.simulation.scenario import Scenario
from api.use_cases.simulation.year import WORKING_HOUR
from models.cases.calendar import calendar_of
from models.database import Database
from models.messages.coaching import OfferAnswer, OfferVerdict
from models.policy import Policy
from models.tables import Account, Idea, NoticeRow, Offer, StandingRow, TimelineEntry
from models.vocabulary import DeclineReason, NoticeKind, OfferStatus, Role, Stage
from tests.fakes import Doors
from tests.workflows.conftest import LETTERHEAD, World, patiently, start_server
from workflows.client import EngineClient
from workflows.worker import build_activities, build_worker

STANDSTILL_SECONDS = 2.0
AT_WORK = 0.05
"""Seconds of processor time in as long; a worker that only asks for work needs less."""


@asynccontextmanager
async def open_hamlet(database: Database, policy: Policy) -> AsyncIterator[World]:
    """As production, but for inboxes: people of a simulation see by themselves what is new."""
    async with await start_server() as environment:
        ideas = EngineClient(environment.client, now=environment.get_current_time)
        activities = build_activities(database, ideas, LocalMailbox(database), policy, LETTERHEAD, inboxes=Doors())
        async with build_worker(environment.client, ideas.task_queue, activities):
            yield World(environment, database, ideas)


async def settle(database: Database, people: People) -> None:
    """Write accounts, coaches and ideas."""
    leads = [_account(its_id, Role.LEAD, office) for office, its_id in people.leads.items()]
    coaches = [_account(coach.id, Role.COACH, coach.office) for coach in people.coaches]
    owners = [_account(idea.facts.owner_id, Role.INNOVATOR) for idea in people.ideas]
    async with database.transaction() as session:
        session.add_all([*leads, *coaches, *owners])
        await session.flush()
        session.add_all([coach.profile for coach in people.coaches])
        session.add_all([_idea(idea) for idea in people.ideas])


def _idea(idea: SimulatedIdea) -> Idea:
    facts = idea.facts
    row = Idea(id=idea.id, owner_id=facts.owner_id, office=facts.office, title="Idee", summary="simuliert")
    row.district, row.themes, row.language = facts.district, list(facts.themes), facts.language
    return row


def _account(its_id: str, role: Role, office: str | None = None) -> Account:
    return Account(id=its_id, email=f"{its_id}@example.org", name=role, roles=[str(role)], office=office)


class RealYear:
    """One scenario that is being lived through the engine."""

    def __init__(self, world: World, scenario: Scenario, policy: Policy, people: People) -> None:
        self._world, self._scenario, self._policy, self._people = world, scenario, policy, people
        self._rulebook = policy.rulebook(scenario.first_day)
        self._crowd = Population(scenario, calendar_of(self._rulebook))
        self._numbers = {idea.id: number for number, idea in enumerate(people.ideas)}
        self._heard: Counter[str] = Counter()
        self._arrivals = scenario.arrivals()
        self.refused: Counter[str] = Counter()

    async def live(self) -> None:
        for day in self._scenario.days():
            await self._pass_until(self._morning(day))
            if (day.month, day.day) == (1, 1):
                self._rulebook = self._policy.rulebook(day)
            await self._hear(day)
            await self._act(day)
        await self._pass_until(self._morning(self._scenario.end))

    async def _hear(self, today: date) -> None:
        entry, since = TimelineEntry, self._morning(today) - timedelta(days=2)
        recent = select(entry).where(col(entry.at) >= since).order_by(col(entry.idea_id), col(entry.version))
        async with self._world.database.session() as session:
            entries = (await session.exec(recent)).all()
            offers = (await session.exec(select(Offer).where(Offer.status == OfferStatus.OPEN))).all()
            reminders = select(NoticeRow.key).where(NoticeRow.kind == NoticeKind.OFFER_REMINDER)
            reminded = set((await session.exec(reminders)).all())
        for one in entries:
            if one.version > self._heard[one.idea_id]:
                self._heard[one.idea_id] = one.version
                day, role = (
                    one.at.astimezone(self._policy.zone).date(),
                    Role(one.holder_role) if one.holder_role else None,
                )
                change = Change(day, self._numbers[one.idea_id], one.event, Stage(one.stage), one.state, role)
                self._crowd.hear(change, today)
        for offer in offers:
            was = f"{NoticeKind.OFFER_REMINDER}-{offer.id}" in reminded
            self._crowd.hear_offer(self._numbers[offer.idea_id], offer.id, reminded=was, today=today)

    async def _act(self, today: date) -> None:
        due = self._crowd.take_due(today)
        vain = find_vain(due, await self._count_free(today)) if due else []
        for turn in vain:
            self._crowd.put_off(turn, today)
        for number in self._arrivals.get(today, ()):
            await self._hand_in(number, self._morning(today))
        for deed in due:
            if isinstance(deed, Question):
                await self._answer(deed)
            elif deed not in vain:
                await self._take_turn(deed)

    async def _hand_in(self, number: int, now: datetime) -> None:
        idea = self._people.ideas[number]
        state, submitted = hand_in(self._scenario, number, idea, self._rulebook, now)
        await patiently(lambda: self._world.ideas.submit(state, submitted))
        await self._world.until(partial(self._is_there, idea.id))
        await self._until_quiet(idea.id)

    async def _is_there(self, idea_id: str) -> bool:
        """An idea has no standing before its first step is recorded."""
        async with self._world.database.session() as session:
            return await session.get(StandingRow, idea_id) is not None

    async def _take_turn(self, turn: Turn) -> None:
        idea_id = self._people.ideas[turn.idea].id
        shown = await self._world.shown(idea_id)
        who = shown.holder_id or self._people.leads[shown.office]
        asked = take_turn(self._scenario, turn, who, shown, self._rulebook)
        try:
            await patiently(lambda: self._world.take(idea_id, asked))
        except CommandRefused:
            self.refused[asked.event] += 1
        await self._until_quiet(idea_id)

    async def _answer(self, question: Question) -> None:
        async with self._world.database.session() as session:
            offer = await session.get_one(Offer, question.offer_id)
        if offer.status != OfferStatus.OPEN:
            return
        takes_it = takes_idea(self._scenario, offer.id)
        if not takes_it or await self._say(offer, accepted=True) is OfferVerdict.NO_PLACE:
            await self._say(offer, accepted=False)
        await self._until_quiet(offer.idea_id)

    async def _say(self, offer: Offer, *, accepted: bool) -> OfferVerdict:
        reason = None if accepted else DeclineReason.NO_TIME
        answer = OfferAnswer(offer_id=offer.id, coach_id=offer.coach_id, accepted=accepted, reason=reason)
        return await patiently(lambda: self._world.ideas.answer_offer(offer.idea_id, offer.search, answer))

    async def _count_free(self, today: date) -> int:
        async with self._world.database.session() as session:
            return sum(coach.free_places for coach in await gather_coaches(session, today))

    async def _until_quiet(self, idea_id: str) -> None:
        """Until SQL shows all that the idea knows, and its search, where it has one, waits for an answer."""

        async def is_quiet() -> bool:
            shown = await self._world.shown(idea_id)
            if shown.outcome is not None:
                return True
            state = await self._world.state(idea_id)
            standing = state.standing
            if state.chores or standing.version != shown.version:
                return False
            heard = {line.command_id for line in state.ledger}
            return standing.search is None or await self._waits(idea_id, standing.search, heard)

        await self._world.until(is_quiet)

    async def _waits(self, idea_id: str, search: int, heard: set[str]) -> bool:
        offers = [offer for offer in await self._world.offers(idea_id) if offer.search == search]
        is_open = bool(offers) and offers[-1].status == OfferStatus.OPEN
        return is_open and f"search-{search}-offered-{offers[-1].rank}" in heard

    async def _pass_until(self, at: datetime) -> None:
        while (left := at - await self._world.now()) > timedelta(0):
            await self._leap(left)

    async def _leap(self, left: timedelta) -> None:
        """The server loses count of its locks at times, when a run closes with something in flight. Where its clock
        stands and nobody works, one is taken off."""
        leap = asyncio.ensure_future(self._world.sleep(left / timedelta(days=1)))
        while not leap.done():
            seen, spent = await self._world.now(), process_time()
            await asyncio.wait({leap}, timeout=STANDSTILL_SECONDS)
            stands = await self._world.now() - seen < 2 * timedelta(seconds=STANDSTILL_SECONDS)
            if not leap.done() and stands and process_time() - spent < AT_WORK:
                await self._world.client.test_service.unlock_time_skipping(UnlockTimeSkippingRequest())
        await leap

    def _morning(self, day: date) -> datetime:
        return datetime.combine(day, WORKING_HOUR, tzinfo=self._policy.zone)
