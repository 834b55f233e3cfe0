"""Day after day: people hear what is new, ideas come in, and everybody does what they meant to do."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from sqlalchemy import func
from sqlmodel import col, select

from activities.ports.ideas import CommandRefused, IdeaGone
from api.operations.embedded.process import PartFailed
from api.operations.simulation.behaviour import choose
from api.operations.simulation.environment import Town
from api.operations.simulation.people import People, SimulatedIdea
from api.operations.simulation.population import Change, Population, Question, Turn
from api.operations.simulation.scenario import Scenario
from models.cases.calendar import calendar_of
from models.lifecycles.events import EVENTS
from models.messages.coaching import OfferAnswer, OfferVerdict
from models.messages.commands import Actor, Command
from models.messages.idea import IdeaState, Standing
from models.policy import Policy
from models.tables import NoticeRow, Offer, Place, StandingRow, TimelineEntry
from models.vocabulary import DeclineReason, NoticeKind, OfferStatus, Role, Stage
from workflows.client import EngineAway, OfferClosed

T = TypeVar("T")

UNMATCHED = (Stage.IDENTIFY, "unmatched")

WORKING_HOUR = time(10)
"""When people look at their messages and act, after the reminders of the day."""

IN_FLIGHT = 16
PATIENCE = 12
"""How often a busy engine is asked again."""

LATE_RECORDS = timedelta(days=2)
"""What happened so long before the last look is surely shown by now."""


class Year:
    """One scenario that is being lived."""

    def __init__(self, town: Town, scenario: Scenario, policy: Policy, people: People) -> None:
        self._town = town
        self._scenario = scenario
        self._policy = policy
        self._people = people
        self._rulebook = policy.rulebook(date(scenario.first_day.year, 1, 1))
        self._crowd = Population(scenario, calendar_of(self._rulebook))
        self._numbers = {idea.id: idea.number for idea in people.ideas}
        self._heard: Counter[str] = Counter()
        """Idea → the version up to which its people know it."""
        self._arrivals = scenario.arrivals()
        self._shown: dict[int, StandingRow] = {}
        self._in_flight = asyncio.Semaphore(IN_FLIGHT)
        self.steps = 0
        """What people have done."""
        self.refused: Counter[str] = Counter()
        """What was refused to them, by event."""

    async def live(self) -> AsyncIterator[date]:
        """Yields every day that has passed. Raises PartFailed."""
        for day in self._scenario.days():
            await self._town.time.pass_until(self._morning(day))
            self._renew_rules(day)
            await self.hear_news(day)
            await self.hear_offers(day)
            await self.act(day)
            yield day
        await self._town.time.pass_until(self._morning(self._scenario.end))

    # -- what people hear --------------------------------------------------------------------------------------

    async def hear_news(self, today: date) -> None:
        """Everybody hears what has happened since they last looked."""
        since = self._morning(today) - LATE_RECORDS
        entry = TimelineEntry
        columns: Any = (
            entry.idea_id,
            entry.version,
            entry.at,
            entry.event,
            entry.stage,
            entry.state,
            entry.holder_role,
        )
        recent = (
            select(*columns)
            .join(StandingRow, col(StandingRow.idea_id) == col(entry.idea_id))
            .where(col(StandingRow.last_entry_at) >= since, col(entry.at) >= since)
            .order_by(col(entry.idea_id), col(entry.version))
        )
        async with self._town.database.session() as session:
            found = (await session.exec(recent)).all()
        for idea_id, version, at, event, stage, state, holder in found:
            if version > self._heard[idea_id]:
                self._heard[idea_id] = version
                day, role = at.astimezone(self._policy.zone).date(), Role(holder) if holder else None
                self._crowd.hear(Change(day, self._numbers[idea_id], event, Stage(stage), state, role), today)

    async def hear_offers(self, today: date) -> None:
        """Coaches hear what is offered to them, and that an offer is about to expire."""
        open_offers = select(Offer).where(Offer.status == OfferStatus.OPEN)
        reminders = (
            select(NoticeRow.key)
            .join(Offer, col(Offer.idea_id) == col(NoticeRow.idea_id))
            .where(Offer.status == OfferStatus.OPEN, NoticeRow.kind == NoticeKind.OFFER_REMINDER)
        )
        async with self._town.database.session() as session:
            offers = (await session.exec(open_offers)).all()
            reminded = set((await session.exec(reminders)).all())
        for offer in offers:
            was_reminded = f"{NoticeKind.OFFER_REMINDER}-{offer.id}" in reminded
            self._crowd.hear_offer(self._numbers[offer.idea_id], offer.id, reminded=was_reminded, today=today)

    # -- what people do ----------------------------------------------------------------------------------------

    async def act(self, today: date) -> None:
        """Ideas come in, and everybody does what they meant to do today."""
        due = self._crowd.take_due(today)
        await self._read_shown(due)
        deeds: list[Awaitable[None]] = [
            self._hand_in(self._people.ideas[n], today) for n in self._arrivals.get(today, ())
        ]
        for deed in await self._leave_out_vain(due, today):
            deeds.append(self._answer(deed) if isinstance(deed, Question) else self._take_turn(deed))
        await asyncio.gather(*map(self._with_others, deeds))

    async def _hand_in(self, idea: SimulatedIdea, today: date) -> None:
        owner = Actor(role=Role.INNOVATOR, account_id=idea.owner_id)
        now = self._morning(today)
        standing = Standing(idea_id=idea.id, owner_id=idea.owner_id, office=idea.office, entered_at=now)
        state = IdeaState(standing=standing, rulebook=self._rulebook)
        submitted = Command(id=self._scenario.id_of("submit", idea.number), event="submit", actor=owner)
        await patiently(lambda: self._town.ideas.submit(state, submitted))
        self.steps += 1

    async def _take_turn(self, turn: Turn) -> None:
        """Somebody does one of the things that are done in this state."""
        idea, shown = self._people.ideas[turn.idea], self._shown[turn.idea]
        habit = choose(turn.place, self._scenario, self._scenario.chance("deed", turn.idea, *turn.place, turn.visit))
        name = ("deed", turn.idea, *turn.place, turn.visit)
        asked = Command(
            id=self._scenario.id_of(*name),
            event=habit.event,
            actor=Actor(role=turn.role, account_id=self._who(turn, shown)),
            answer=habit.answer,
            note_id=self._scenario.id_of("note", *name) if EVENTS[habit.event].needs_words else None,
            rulebook=self._rulebook if shown.rulebook_digest != self._rulebook.digest else None,
        )
        try:
            await patiently(lambda: self._town.ideas.command(idea.id, asked))
        except (CommandRefused, IdeaGone):
            self.refused[habit.event] += 1
        else:
            self.steps += 1

    async def _answer(self, question: Question) -> None:
        """A coach takes the idea that is offered, or does not."""
        async with self._town.database.session() as session:
            offer = await session.get_one(Offer, question.offer_id)
        if offer.status != OfferStatus.OPEN:
            return
        takes_it = self._scenario.chance("answer", question.offer_id).random() >= self._scenario.refuse_rate
        if not takes_it or await self._say(offer, accepted=True) is OfferVerdict.NO_PLACE:
            await self._say(offer, accepted=False)

    async def _say(self, offer: Offer, *, accepted: bool) -> OfferVerdict:
        reason = None if accepted else DeclineReason.NO_TIME
        answer = OfferAnswer(offer_id=offer.id, coach_id=offer.coach_id, accepted=accepted, reason=reason)
        try:
            verdict = await patiently(lambda: self._town.ideas.answer_offer(offer.idea_id, offer.search, answer))
        except OfferClosed:
            return OfferVerdict.TOO_LATE
        self.steps += 1
        return verdict

    # -- how ---------------------------------------------------------------------------------------------------

    async def _with_others(self, deed: Awaitable[None]) -> None:
        async with self._in_flight:
            await deed

    def _who(self, turn: Turn, shown: StandingRow) -> str | None:
        """Who acts in a role toward an idea."""
        people = {
            Role.INNOVATOR: shown.owner_id,
            Role.COACH: shown.coach_id,
            Role.LEAD: self._people.leads[shown.office],
        }
        return people[turn.role]

    async def _read_shown(self, due: Iterable[Turn | Question]) -> None:
        wanted = [self._people.ideas[deed.idea].id for deed in due]
        async with self._town.database.session() as session:
            rows = (await session.exec(select(StandingRow).where(col(StandingRow.idea_id).in_(wanted)))).all()
        self._shown = {self._numbers[row.idea_id]: row for row in rows}

    async def _leave_out_vain(self, due: list[Turn | Question], today: date) -> list[Turn | Question]:
        """A lead does not search for a coach again while nobody has a free place, and looks again another day."""
        searches = [deed for deed in due if isinstance(deed, Turn) and deed.place == UNMATCHED]
        vain = searches[max(await self._count_free_places(), 0) :] if searches else []
        for turn in vain:
            self._crowd.put_off(turn, today)
        return [deed for deed in due if deed not in vain]

    async def _count_free_places(self) -> int:
        """Places that are neither taken nor offered."""
        async with self._town.database.session() as session:
            taken = (await session.exec(select(func.count()).select_from(Place))).one()
            offered = select(func.count()).select_from(Offer).where(Offer.status == OfferStatus.OPEN)
            return sum(c.capacity for c in self._people.coaches) - taken - (await session.exec(offered)).one()

    def _renew_rules(self, today: date) -> None:
        """The closed days move on with the year."""
        if (today.month, today.day) == (1, 1):
            self._rulebook = self._policy.rulebook(today)

    def _morning(self, day: date) -> datetime:
        return datetime.combine(day, WORKING_HOUR, tzinfo=self._policy.zone)


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask again while the engine is busy; every command has an id, so it is taken once. Raises PartFailed."""
    for _ in range(PATIENCE):
        try:
            return await ask()
        except EngineAway:
            await asyncio.sleep(0.2)
    raise PartFailed("The engine of the simulation does not answer any more.")
