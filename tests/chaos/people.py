"""The people of the town: many at once, in a hurry, in doubt, in conflict. They remember every answer."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import httpx

from api.use_cases.commands import command_id_of
from models.lifecycles.events import SUBMIT, SUBMIT_STORY, SUBMIT_WORK
from models.tables.columns import new_id
from models.vocabulary import Role, Stage
from tests.chaos.checker import Call, Reply, Try
from tests.chaos.town import DISTRICTS, THEMES, WORD, Person, Town

API = "/api/v1"
LONGEST_WAIT = 45.0
"""Seconds after which a caller hangs up: later than any answer may come."""

STEADY, IMPATIENT, STUBBORN = 6, 1, 40
"""How often somebody asks who gets no answer."""

OWN_EVENTS = 10.0
"""How much likelier the events of a state are than most of those that every state knows."""

LIKELY: dict[str, float] = {
    "write_note": 4,
    "ask": 1.5,
    "submit": 4,
    "undo": 6,
    "resume": 4,
    "reopen": 1.5,
    "plan": 1.5,
    "finish_task": 1.5,
    "assign_coach": 1,
    "search_again": 2,
    "end_cover": 1,
    "decline": 0.4,
    "refer": 0.2,
    "withdraw": 0.25,
    "close": 0.2,
    "send_back": 0.4,
    "change_coach": 0.5,
    "cover_coach": 0.4,
    "pause": 0.6,
}
"""Everything else that every state knows has 0.6."""

NEVER = frozenset({"start_crowdfunding"})
"""A hand-off is a life of its own, which `fundraisers` look after."""

Body = dict[str, Any]

WRITTEN_BEFORE: dict[str, tuple[str, Body]] = {
    SUBMIT_WORK: ("concept", {"costs": f"400 Euro {WORD}"}),
    SUBMIT_STORY: ("story", {"changed": f"So war es {WORD}"}),
}
"""Event → what is written before it, and its words."""


@dataclass
class Asking:
    """A call or a reply that may still be going on."""

    person: Person
    path: str
    body: Body
    headers: dict[str, str]
    method: str = "POST"
    image: bytes | None = None
    """Sent as a file; then the body is the other fields of its form."""
    tries: list[Try] = field(default_factory=list)
    answer: Body = field(default_factory=dict)
    """The latest body that came back."""


class People:
    """Everybody who asks, and what they were told."""

    def __init__(self, town: Town, seed: int, *, most_ideas: int) -> None:
        self.town = town
        self.seed = seed
        self.most_ideas = most_ideas
        self.ideas: dict[str, Person] = {}
        """Idea → who handed it in."""
        self.reads: list[Try] = []
        self._calls: list[tuple[Call, Asking]] = []
        self._replies: list[tuple[Reply, Asking]] = []
        self._coaches: dict[str, Person] = {}
        """Idea → the coach it was last seen with."""
        self._gone_home = asyncio.Event()
        self._zone = ZoneInfo(town.zone)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        self._clients = [
            httpx.AsyncClient(base_url=door, timeout=LONGEST_WAIT, limits=limits, trust_env=False)
            for door in town.doors
        ]

    @property
    def calls(self) -> list[Call]:
        return [replace(call, tries=tuple(asking.tries)) for call, asking in self._calls if asking.tries]

    @property
    def replies(self) -> list[Reply]:
        return [replace(reply, tries=tuple(asking.tries)) for reply, asking in self._replies if asking.tries]

    async def live(self, clients: int) -> None:
        """Until they are sent home; then each finishes what they are at."""
        async with asyncio.TaskGroup() as group:
            for n in range(clients):
                group.create_task(self._live(random.Random(f"{self.seed}-{n}")))

    def go_home(self) -> None:
        self._gone_home.set()

    def are_home(self) -> bool:
        return self._gone_home.is_set()

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()

    # -- what one of them does -------------------------------------------------------------------------------

    async def _live(self, dice: random.Random) -> None:
        scenes: Sequence[Callable[[random.Random], Awaitable[None]]] = (
            self.hand_in,
            self.go_on,
            self.ask_twice,
            self.quarrel,
            self.crowd,
            self.answer_offers,
            self.look_around,
            self.go_away,
        )
        weights = (1, 10, 3, 3, 0.5, 4, 2, 0.1)
        while not self._gone_home.is_set():
            (scene,) = dice.choices(scenes, weights) if self.ideas else (self.hand_in,)
            await scene(dice)
            await self.pause(dice.expovariate(8))

    async def hand_in(self, dice: random.Random) -> None:
        """A new idea, often by somebody who clicks twice."""
        if len(self.ideas) < self.most_ideas:
            idea_id, person = await self.write_idea(dice)
            self.ideas[idea_id] = person

    async def write_idea(self, dice: random.Random, after: str | None = None) -> tuple[str, Person]:
        """Whatever they are told, they look after it: it may be there, or be kept as a draft. `after`: a story."""
        person, key = dice.choice(self.town.those_who_are(Role.INNOVATOR)), new_id()
        idea_id = str(uuid5(NAMESPACE_URL, f"{person.id}/idea/{key}"))
        words = {
            "title": f"Idee {key[:8]}",
            "summary": f"{WORD} singt für alle.",
            "district": dice.choice(list(DISTRICTS.values())),
            "themes": [dice.choice(THEMES)],
        }
        path = f"{API}/ideas?after={after}" if after else f"{API}/ideas"
        asking = Asking(person, path, words, {"Idempotency-Key": key})
        self._calls.append((Call(person.id, idea_id, command_id_of(person.id, idea_id, SUBMIT), SUBMIT), asking))
        await self.ask(dice, asking, patience=STEADY, copies=dice.choice((1, 1, 2, 3)), tells_version=False)
        return idea_id, person

    async def go_on(self, dice: random.Random) -> None:
        await self._step(dice, copies=1, patience=dice.choice((IMPATIENT, STEADY, STEADY, STUBBORN)))

    async def ask_twice(self, dice: random.Random) -> None:
        """The same command several times at the same moment."""
        await self._step(dice, copies=dice.choice((2, 3, 5)), patience=STEADY)

    async def quarrel(self, dice: random.Random) -> None:
        """Two people decide at once, each on what they have seen."""
        idea_id = dice.choice(list(self.ideas))
        seen = [await self.look(dice, person, idea_id) for person in self._concerned(dice, idea_id)[:2]]
        await asyncio.gather(
            *(
                self._decide(dice, view, copies=1, patience=STEADY, careful=dice.random() < 0.8)
                for view in seen
                if view is not None
            )
        )

    async def crowd(self, dice: random.Random) -> None:
        """Very many at once about one idea, while somebody moves it on; some ask again when it is long gone on."""
        idea_id = dice.choice(list(self.ideas))
        view = await self.look(dice, self.town.those_who_are(Role.LEAD)[0], idea_id)
        if view is None:
            return
        notes = [
            self.command(
                dice,
                view,
                "write_note",
                {},
                copies=dice.choice((1, 1, 2)),
                patience=STEADY,
                again_after=dice.uniform(0.5, 6) if dice.random() < 0.2 else None,
            )
            for _ in range(dice.choice((10, 20, 40)))
        ]
        await asyncio.gather(self._step(dice, copies=2, patience=STEADY, idea_id=idea_id), *notes)

    async def answer_offers(self, dice: random.Random) -> None:
        """A coach looks at the offers and says yes or no, or both."""
        coach = dice.choice(self.town.those_who_are(Role.COACH))
        asking = Asking(coach, f"{API}/offers?status=open", {}, {})
        self.reads.append(await self.request(dice, asking, "GET"))
        offers = asking.answer.get("items", [])
        if not offers:
            return
        offer = dice.choice(offers)
        answers = [dice.random() < 0.75]
        if dice.random() < 0.2:
            answers.append(not answers[0])
        await asyncio.gather(*(self._reply(dice, coach, offer["id"], accepted) for accepted in answers))

    async def look_around(self, dice: random.Random) -> None:
        person = dice.choice(self.town.people)
        paths = [
            "/ideas?limit=20",
            "/ideas?limit=20&sort=due",
            "/me",
            f"/ideas/{dice.choice(list(self.ideas))}/timeline",
        ]
        if person.role is Role.LEAD:
            # Not /stuck: it asks PostgreSQL for local days, which does not know our zone.
            paths += ["/coaches", "/offers?all=true"]
        self.reads.append(await self.request(dice, Asking(person, API + dice.choice(paths), {}, {}), "GET"))

    async def go_away(self, dice: random.Random) -> None:
        """A coach is absent for a few days, or back early; one leaves for good."""
        coaches = self.town.those_who_are(Role.COACH)
        lead, coach = dice.choice(self.town.those_who_are(Role.LEAD)), dice.choice(coaches)
        kind = dice.random()
        if kind < 0.2:
            leaver = coaches[-1]
            asking = Asking(lead, f"{API}/coaches/{leaver.id}/departure", {}, {})
            self.reads.append(await self.request(dice, asking, "POST"))
        elif kind < 0.6:
            days = {"from": self.day(0), "until": self.day(dice.randint(0, 3))}
            asking = Asking(lead, f"{API}/coaches/{coach.id}/absence", days, {})
            self.reads.append(await self.request(dice, asking, "POST"))
        else:
            asking = Asking(lead, f"{API}/coaches/{coach.id}/absence", {}, {})
            self.reads.append(await self.request(dice, asking, "DELETE"))

    # -- commands --------------------------------------------------------------------------------------------

    async def _step(self, dice: random.Random, *, copies: int, patience: int, idea_id: str | None = None) -> None:
        idea_id = idea_id or dice.choice(list(self.ideas))
        view = await self.look(dice, self._concerned(dice, idea_id)[0], idea_id)
        if view is not None:
            await self._decide(dice, view, copies=copies, patience=patience, careful=dice.random() < 0.3)

    async def _decide(self, dice: random.Random, view: "View", *, copies: int, patience: int, careful: bool) -> None:
        """One of the things that they may do now. `careful`: only if the idea has not moved on."""
        events = [event for event in view.idea["events"] if event["event"] not in NEVER]
        if not events:
            return
        weights = [LIKELY.get(event["event"], 0.6 if event["common"] else OWN_EVENTS) for event in events]
        (event,) = dice.choices(events, weights)
        fields = {
            name: self._field(dice, name, view.idea) for name in event["required"] if name not in ("note", "reason")
        }
        expected = view.idea["version"] if careful else None
        await self.command(
            dice,
            view,
            event["event"],
            fields,
            copies=copies,
            patience=patience,
            expected=expected,
            text="reason" if "reason" in event["required"] else "note" if dice.random() < 0.3 else None,
        )

    async def command(
        self,
        dice: random.Random,
        view: "View",
        event: str,
        fields: Body,
        *,
        copies: int,
        patience: int,
        expected: int | None = None,
        text: str | None = "note",
        again_after: float | None = None,
    ) -> None:
        person, idea_id, key = view.person, view.idea["id"], new_id()
        if event in WRITTEN_BEFORE:
            await self._write(dice, self.ideas.get(idea_id, person), idea_id, *WRITTEN_BEFORE[event])
        words = f"{WORD} {key}" if text or event in ("write_note", "ask") else None
        body = {"event": event, **fields} | ({text or "note": words} if words else {})
        headers = {"Idempotency-Key": key} | ({"If-Match": f'"{expected}"'} if expected is not None else {})
        asking = Asking(person, f"{API}/ideas/{idea_id}/commands", body, headers)
        command_id = command_id_of(person.id, idea_id, key)
        self._calls.append((Call(person.id, idea_id, command_id, event, (), expected, words), asking))
        await self.ask(dice, asking, patience=patience, copies=copies)
        if again_after is not None:
            await self.pause(again_after)
            await self.ask(dice, asking, patience=1, copies=1)

    async def _write(self, dice: random.Random, owner: Person, idea_id: str, what: str, words: Body) -> None:
        """An empty one is not handed in. Where the idea has moved on, nobody writes it any more."""
        writing = Asking(owner, f"{API}/ideas/{idea_id}/{what}", words, {}, method="PUT")
        await self.ask(dice, writing, patience=1, copies=1, tells_version=False)

    def _field(self, dice: random.Random, name: str, idea: Body) -> object:
        match name:
            case "until":
                return self.day(dice.randint(1, 3))
            case "days":
                return dice.randint(1, 3)
            case "outcome":
                return "closed"
            case "stage":
                return str(list(Stage)[dice.randint(0, Stage(idea["stage"]).position)])
            case "coach_id":
                return dice.choice(self.town.those_who_are(Role.COACH)).id
            case "assignee":
                return dice.choice(("innovator", "coach", "lead"))
            case "partner":
                return "caritas"
            case "answer":
                return dice.choice(("on_track", "needs_help", "done", "done"))
            case "task_id":
                tasks = [task["id"] for task in idea["tasks"] if not task["done_at"]]
                return dice.choice(tasks) if tasks else new_id()
            case "tasks":
                kept = [task for task in idea["tasks"] if task["open"] and not task["asks"] and dice.random() < 0.8]
                dice.shuffle(kept)
                told = [{"task_id": task["id"], "title": task["title"], "until": task["due"]} for task in kept[:6]]
                return [*told, {"title": f"Aufgabe {WORD}", "until": self.day(dice.randint(1, 3))}]
        raise AssertionError(f"nobody here knows what to say for {name}")

    def _concerned(self, dice: random.Random, idea_id: str) -> list[Person]:
        """The people of an idea in any order; coaches ask about any idea, and are told that it is not theirs."""
        some = [self.ideas[idea_id], dice.choice(self.town.those_who_are(Role.LEAD))]
        some.append(self._coaches.get(idea_id) or dice.choice(self.town.those_who_are(Role.COACH)))
        dice.shuffle(some)
        return some

    async def look(self, dice: random.Random, person: Person, idea_id: str) -> "View | None":
        asking = Asking(person, f"{API}/ideas/{idea_id}", {}, {})
        self.reads.append(await self.request(dice, asking, "GET"))
        idea = asking.answer
        if "events" not in idea:
            return None
        if idea["coach"] is not None:
            known = {coach.id: coach for coach in self.town.those_who_are(Role.COACH)}
            self._coaches[idea_id] = known[idea["coach"]["id"]]
        return View(person, idea)

    async def _reply(self, dice: random.Random, coach: Person, offer_id: str, accepted: bool) -> None:
        path = f"{API}/offers/{offer_id}/{'accept' if accepted else 'decline'}"
        asking = Asking(coach, path, {} if accepted else {"reason": "no_time"}, {})
        self._replies.append((Reply(coach.id, offer_id, accepted), asking))
        copies = dice.choice((1, 1, 2))
        await self.ask(dice, asking, patience=STEADY, copies=copies, tells_version=False)

    # -- requests --------------------------------------------------------------------------------------------

    async def ask(
        self, dice: random.Random, asking: Asking, *, patience: int, copies: int, tells_version: bool = True
    ) -> None:
        """Until somebody says yes or no, or patience is over; `copies` do so at the same time."""

        async def insist() -> None:
            for _ in range(patience):
                one = await self.request(dice, asking, asking.method, tells_version=tells_version)
                asking.tries.append(one)
                if not one.is_open or self._gone_home.is_set():
                    return
                await self.pause(dice.uniform(0.2, 2.0))

        await asyncio.gather(*(insist() for _ in range(copies)))

    async def request(self, dice: random.Random, asking: Asking, method: str, *, tells_version: bool = False) -> Try:
        client = dice.choice(self._clients)
        headers = {"Authorization": f"Bearer {asking.person.token}", **asking.headers}
        began = self.town.now
        try:
            if asking.image is not None:
                file = {"file": ("bild.jpg", asking.image, "image/jpeg")}
                answer = await client.post(asking.path, data=asking.body, files=file, headers=headers)
            else:
                body = asking.body if method in ("POST", "PUT") else None
                answer = await client.request(method, asking.path, json=body, headers=headers)
        except httpx.HTTPError as error:
            return Try(began, self.town.now, None, why=type(error).__name__)
        # What the server itself refuses, before anything of ours has seen it, is told in plain words.
        is_json = "json" in answer.headers.get("content-type", "")
        told: dict[str, Any] = {} if not answer.content else answer.json() if is_json else {"code": answer.text[:60]}
        asking.answer = told
        return Try(
            began,
            self.town.now,
            answer.status_code,
            code=told.get("code"),
            version=told.get("version") if tells_version else None,
            says_when="retry-after" in answer.headers,
            why=f"{method} {asking.path.split('?')[0]}",
        )

    async def pause(self, seconds: float) -> None:
        """A pause that ends early where everybody goes home."""
        try:
            async with asyncio.timeout(seconds):
                await self._gone_home.wait()
        except TimeoutError:
            return

    def day(self, days: int) -> str:
        """A local date, counted from today."""
        return (datetime.now(self._zone).date() + timedelta(days=days)).isoformat()


@dataclass(frozen=True)
class View:
    """An idea as one person sees it."""

    person: Person
    idea: Body
