"""People who try elsewhere what a story tells of, and ask everything of the replication that it allows."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.replications import begin_replications
from models.database import UNREACHABLE, Database
from models.policy import load_policy
from models.tables.columns import new_id
from models.vocabulary import Answer, CarryOver, Ingredient, Role
from models.workflow_ids import REPLICATION, case
from tests.chaos.checker import Call
from tests.chaos.fundraisers import Fundraisers
from tests.chaos.people import API, STEADY, STUBBORN, Asking, Body, People
from tests.chaos.town import KEY, Person
from workflows.client import EngineAway, EngineClient
from workflows.signing import Signing

COPIES = 2
"""That are on their way before the trouble begins."""

TO_A_STORY: dict[str, tuple[Role, str, Body]] = {
    "assessing": (Role.COACH, "no_support_needed", {}),
    "piloting": (Role.INNOVATOR, "check_in", {"answer": Answer.DONE}),
    "concluding": (Role.COACH, "conclude", {}),
    "drafting": (Role.INNOVATOR, "submit_story", {}),
    "editing": (Role.LEAD, "approve_story", {}),
    "consenting": (Role.INNOVATOR, "consent", {"contact": True}),
}
"""State → who takes which step, on the way that begins as that of `fundraisers` does."""

LIKELY = {"withdraw": 0.1, "check_in": 3.0}
"""Everything else has 1."""

EVERY = 0.5
"""Seconds between two looks for ideas whose replication is to begin: here no schedule does it."""


class Neighbours:
    """They look after ideas of their own, which nobody else decides about."""

    def __init__(self, people: People, fundraisers: Fundraisers, seed: int) -> None:
        self.people = people
        self.town = people.town
        self._paths = fundraisers
        self._dice = random.Random(f"{seed}-neighbours")
        self._calls: list[tuple[Call, Asking]] = []
        self._teller: Person
        self._slug = ""
        self._copies: list[tuple[str, Person]] = []

    @property
    def calls(self) -> list[Call]:
        """What was asked of replications."""
        return [replace(call, tries=tuple(asking.tries)) for call, asking in self._calls if asking.tries]

    async def set_out(self) -> None:
        """A story is told, and two begin to copy it."""
        idea_id, self._teller = await self.people.write_idea(self._dice)
        while not self._slug:
            await self._paths.go_on(idea_id, self._teller, TO_A_STORY)
            found = Asking(self._teller, f"{API}/stories", {}, {})
            self.people.reads.append(await self.people.request(self._dice, found, "GET"))
            self._slug = next((story["slug"] for story in found.answer.get("items", ())), "")
        for _ in range(COPIES):
            await self._copy()
        async with self._upkeep():
            while not all([await self._look(idea_id, owner) for idea_id, owner in self._copies]):
                await asyncio.sleep(EVERY)

    async def live(self) -> None:
        async with self._upkeep():
            while not self.people.are_home():
                if self._dice.random() < 0.05:
                    await self._copy()
                await self._go_on(*self._dice.choice(self._copies))
                await self.people.pause(self._dice.uniform(0.05, 0.5))

    async def _copy(self) -> None:
        self._copies.append(await self.people.write_idea(self._dice, after=self._slug))

    async def _go_on(self, idea_id: str, owner: Person) -> None:
        """One step, of one of those whom it concerns."""
        person = self._dice.choice([owner, self._teller, *self.town.those_who_are(Role.LEAD)])
        seen = await self._look(idea_id, person)
        allowed = seen.get("allowed_events")
        if allowed:
            (event,) = self._dice.choices(allowed, [LIKELY.get(one, 1.0) for one in allowed])
            await self._ask(person, idea_id, event)

    async def _look(self, idea_id: str, person: Person) -> Body:
        looking = Asking(person, f"{API}/ideas/{idea_id}/replication", {}, {})
        self.people.reads.append(await self.people.request(self._dice, looking, "GET"))
        return looking.answer if "state" in looking.answer else {}

    async def _ask(self, person: Person, idea_id: str, event: str) -> None:
        body: dict[str, Any] = {"event": event}
        match event:
            case "check_in":
                body["answer"] = self._dice.choice((Answer.ON_TRACK, Answer.DONE))
            case "report":
                body["carried"] = {Ingredient.STEPS: self._dice.choice(list(CarryOver))}
            case "snooze":
                body["until"] = self.people.day(self._dice.randint(1, 3))
            case "extend_deadline":
                body["days"] = self._dice.randint(1, 3)
        key, subject = new_id(), case(REPLICATION, idea_id)
        asking = Asking(person, f"{API}/ideas/{idea_id}/replication/commands", body, {"Idempotency-Key": key})
        self._calls.append(
            (Call(person.id, subject, str(uuid5(NAMESPACE_URL, f"{person.id}/{subject}/{key}")), event), asking)
        )
        patience = self._dice.choice((STEADY, STUBBORN))
        await self.people.ask(self._dice, asking, patience=patience, copies=self._dice.choice((1, 1, 2)))

    @asynccontextmanager
    async def _upkeep(self) -> AsyncIterator[None]:
        """What the schedule does elsewhere, straight at the servers."""
        address, signing = self.town.temporal.address, [Signing(KEY)]
        client = await Client.connect(address, data_converter=pydantic_data_converter, interceptors=signing)
        database, policy = Database(self.town.postgres.url, pool_size=1), load_policy(self.town.pipeline)

        async def begin() -> None:
            while True:
                with suppress(EngineAway, *UNREACHABLE):
                    await begin_replications(database, EngineClient(client), policy)
                await asyncio.sleep(EVERY)

        beginning = asyncio.create_task(begin())
        try:
            yield
        finally:
            beginning.cancel()
            await asyncio.gather(beginning, return_exceptions=True)
            await database.dispose()
