"""People who bring an idea all the way to its crowdfunding, and then ask everything of the hand-off that it allows."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from models.messages.package import Package
from models.tables.columns import new_id
from models.vocabulary import Role
from models.workflow_ids import CROWDFUNDING, case
from tests.api.campaigns import picture
from tests.chaos.checker import Call
from tests.chaos.people import API, STEADY, STUBBORN, Asking, Body, People, View
from tests.chaos.town import Person
from tests.factories import good_package

FORWARD: dict[str, tuple[Role, str, Body]] = {
    "screening": (Role.LEAD, "shortlist", {}),
    "unmatched": (Role.LEAD, "search_again", {}),
    "planning": (Role.COACH, "agree_plan", {}),
    "working": (Role.INNOVATOR, "submit_work", {}),
    "reviewing": (Role.COACH, "approve_concept", {}),
    "assessing": (Role.INNOVATOR, "start_crowdfunding", {}),
}
"""State → who takes which step toward the crowdfunding."""

IDEAS = 3
"""Whose packages are ready before the trouble begins: amid it, a search for a coach takes longer than a whole run."""

LIKELY = {"withdraw": 0.15, "reject_link": 0.3, "observe": 2.0}
"""Everything else has 1."""


class Fundraisers:
    """They look after ideas of their own, which nobody else decides about."""

    def __init__(self, people: People, seed: int) -> None:
        self.people = people
        self.town = people.town
        self._dice = random.Random(f"{seed}-fundraisers")
        self._calls: list[tuple[Call, Asking]] = []
        self._ideas: list[tuple[str, Person]] = []

    @property
    def calls(self) -> list[Call]:
        """What was asked of hand-offs."""
        return [replace(call, tries=tuple(asking.tries)) for call, asking in self._calls if asking.tries]

    async def set_out(self) -> None:
        self._ideas = [await self.people.write_idea(self._dice) for _ in range(IDEAS)]
        for idea_id, owner in self._ideas:
            while await self._hand_off_of(idea_id, owner) != "ready":
                await self.go_on(idea_id, owner)

    async def live(self) -> None:
        async with asyncio.TaskGroup() as group:
            for idea_id, owner in self._ideas:
                group.create_task(self.look_after(idea_id, owner))

    async def look_after(self, idea_id: str, owner: Person) -> None:
        while not self.people.are_home():
            if not await self.go_on(idea_id, owner):
                idea_id, owner = await self.people.write_idea(self._dice)
            await self.people.pause(self._dice.uniform(0.05, 0.5))

    async def go_on(self, idea_id: str, owner: Person, way: Mapping[str, tuple[Role, str, Body]] = FORWARD) -> bool:
        """One step; False where the idea is no use to them any more. `way`: another one than toward a crowdfunding."""
        seen = await self.people.look(self._dice, owner, idea_id)
        if seen is None:
            return True
        idea = seen.idea
        can_start = any(event["event"] == "start_crowdfunding" for event in idea["events"])
        if idea["state"] == "assessing" and way is FORWARD and not can_start:
            await self.go_on_with_hand_off(idea_id, owner, self._coach_of(idea))
        elif idea["state"] == "matching":
            await self.people.answer_offers(self._dice)
        elif step := way.get(idea["state"], FORWARD.get(idea["state"])):
            role, event, fields = step
            person = {Role.INNOVATOR: owner, Role.COACH: self._coach_of(idea), Role.LEAD: self._lead}[role]
            if person is not None:
                view, copies = View(person, idea), self._copies()
                await self.people.command(self._dice, view, event, fields, copies=copies, patience=STEADY, text=None)
        return idea["outcome"] is None

    async def go_on_with_hand_off(self, idea_id: str, owner: Person, coach: Person | None) -> None:
        person = self._dice.choice([each for each in (owner, coach) if each is not None])
        seen = await self._look(idea_id, person)
        if "allowed_events" not in seen:
            return
        allowed = [event for event in seen["allowed_events"] if event != "edit"]
        if seen["state"] == "not_ready" or self._dice.random() < 0.1:
            await self.write_package(person, idea_id, seen)
        elif allowed:
            (event,) = self._dice.choices(allowed, [LIKELY.get(event, 1.0) for event in allowed])
            await self.ask(person, idea_id, seen, event)

    async def _hand_off_of(self, idea_id: str, owner: Person) -> str | None:
        seen = await self._look(idea_id, owner)
        state: str | None = seen.get("state")
        return state

    async def _look(self, idea_id: str, person: Person) -> Body:
        looking = Asking(person, f"{API}/ideas/{idea_id}/crowdfunding", {}, {})
        self.people.reads.append(await self.people.request(self._dice, looking, "GET"))
        return looking.answer

    async def write_package(self, person: Person, idea_id: str, seen: Body) -> None:
        path = f"{API}/ideas/{idea_id}/crowdfunding"
        if not seen["package"]["images"]:
            words = {"alt": "Zwei am Tisch", "credit": "Alma", "rights_confirmed": "true"}
            upload = Asking(person, f"{path}/images", words, {"Idempotency-Key": new_id()}, image=picture())
            await self.people.ask(self._dice, upload, patience=STEADY, copies=1, tells_version=False)
            self.people.reads += upload.tries
            return
        package: Package = good_package(images=seen["package"]["images"], start_on=self.people.day(90))
        writing = Asking(person, f"{path}/package", package.model_dump(mode="json"), {}, method="PUT")
        await self.people.ask(self._dice, writing, patience=STEADY, copies=self._copies(), tells_version=False)
        self.people.reads += writing.tries

    async def ask(self, person: Person, idea_id: str, seen: Body, event: str) -> None:
        body: dict[str, Any] = {"event": event}
        match event:
            case "confirm" | "pack":
                body["digest"] = seen["digest"]
            case "link":
                body["address"] = f"https://www.startnext.com/{idea_id}"
            case "observe":
                body["status"] = self._dice.choice(("funding", "funding", "funding", "ended_successful", "cancelled"))
        key, attempt = new_id(), seen["attempt"]
        headers = {"Idempotency-Key": key}
        asking = Asking(person, f"{API}/ideas/{idea_id}/crowdfunding/commands", body, headers)
        command_id = str(uuid5(NAMESPACE_URL, f"{person.id}/{idea_id}/crowdfunding/{key}"))
        self._calls.append((Call(person.id, case(CROWDFUNDING, idea_id, attempt), command_id, event), asking))
        patience = self._dice.choice((STEADY, STUBBORN))
        await self.people.ask(self._dice, asking, patience=patience, copies=self._copies())

    @property
    def _lead(self) -> Person:
        return self._dice.choice(self.town.those_who_are(Role.LEAD))

    def _coach_of(self, idea: Body) -> Person | None:
        coach_id = (idea["coach"] or {}).get("id")
        return next((coach for coach in self.town.those_who_are(Role.COACH) if coach.id == coach_id), None)

    def _copies(self) -> int:
        return self._dice.choice((1, 1, 2))
