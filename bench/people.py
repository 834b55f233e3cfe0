"""Who and what a bench needs to begin with: accounts with tokens, ideas, those that were handed in."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from typing import TypeVar

from api.runtime.services import Services
from api.sign_in.bearer import issue_token
from api.use_cases.commands import submit_idea
from api.use_cases.idea_text import IdeaWords, new_idea
from models.tables import Account, CoachProfile
from models.tables.columns import utc_now
from models.vocabulary import Role
from workflows.client import EngineAway

OFFICE, DISTRICT, THEME = "dresden", "DED21", "care"
WORDS = IdeaWords(
    title="Reparaturcafé im Gemeindehaus",
    summary="Nachbarn reparieren gemeinsam, was sonst weggeworfen würde.",
    problem="Vieles wird weggeworfen, weil niemand weiß, wie man es repariert.",
    solution="Einmal im Monat helfen Ehrenamtliche mit Werkzeug und Wissen.",
    target_group="Alle im Ort",
    district=DISTRICT,
    themes=[THEME],
)

T = TypeVar("T")


@dataclass(frozen=True)
class People:
    """Everybody with a token: one lead, one coach with room for all, and innovators."""

    lead: Account
    coach: Account
    innovators: list[Account]
    tokens: dict[str, str]


async def settle(services: Services, innovators: int) -> People:
    lead = _account("lead", Role.LEAD, OFFICE)
    coach = _account("coach", Role.COACH, OFFICE)
    others = [_account(f"innovator{n}", Role.INNOVATOR, None) for n in range(innovators)]
    tokens = {}
    async with services.database.transaction() as session:
        for account in (lead, coach, *others):
            session.add(account)
            await session.flush()
            tokens[account.id] = await issue_token(session, account)
        session.add(
            CoachProfile(
                account_id=coach.id, districts=[DISTRICT], themes=[THEME], languages=["de"], capacity=1_000_000
            )
        )
    return People(lead, coach, others, tokens)


def _account(name: str, role: Role, office: str | None) -> Account:
    return Account(
        email=f"{name}@example.org", name=name.title(), roles=[str(role)], office=office, proved_at=utc_now()
    )


async def write_ideas(services: Services, owners: list[Account], count: int) -> list[tuple[str, Account]]:
    """Ideas whose path can begin, shared out among their owners; idea and owner of each."""
    written = [(owner, new_idea(services.policy, owner, WORDS)) for owner in islice(cycle(owners), count)]
    async with services.database.transaction() as session:
        session.add_all(idea for _, idea in written)
    return [(idea.id, owner) for owner, idea in written]


async def hand_in_ideas(services: Services, owners: list[Account], count: int) -> list[tuple[str, Account]]:
    """Ideas in screening; idea and owner of each."""
    written = await write_ideas(services, owners, count)
    await in_flight(16, (partial(hand_in, services, owner, idea_id) for idea_id, owner in written))
    return written


async def hand_in(services: Services, owner: Account, idea_id: str) -> None:
    """Asked again while a worker that has only just started is out of breath."""
    for _ in range(5):
        with contextlib.suppress(EngineAway):
            await submit_idea(services, owner, idea_id)
            return
    raise EngineAway("no idea can be handed in")


async def in_flight(many: int, jobs: Iterable[Callable[[], Awaitable[T]]]) -> list[T]:
    """Do all jobs, so many at a time; what they returned, in the order in which they ended."""
    waiting, done = iter(jobs), []

    async def work() -> None:
        for job in waiting:
            done.append(await job())

    async with asyncio.TaskGroup() as group:
        for _ in range(many):
            group.create_task(work())
    return done
