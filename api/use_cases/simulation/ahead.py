"""What will come of the open cases as they stand: read once, and only read, then simulated in memory.

Not known are a crowdfunding's end, and whom a search has passed over because they were away.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from math import inf
from time import monotonic
from typing import Any, NamedTuple

from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.use_cases.simulation.people import OpenCase, People, SimulatedCoach, SimulatedIdea, make_people
from api.use_cases.simulation.scenario import Scenario
from api.use_cases.simulation.summary import Summary, summarise
from api.use_cases.simulation.year import Year
from models.database import Database
from models.messages.coaching import Leave, OfferMade, SearchState
from models.messages.idea import IdeaState, Standing
from models.messages.rulebook import Rulebook
from models.policy import Policy
from models.rules.ranking import IdeaFacts
from models.tables import (
    Account,
    CoachProfile,
    Idea,
    Offer,
    StandingRow,
    TimelineEntry,
    has_role,
    is_idea,
    is_open_idea,
)
from models.vocabulary import OfferStatus, Role


class Ahead(NamedTuple):
    """What comes of each policy, over the same time."""

    summaries: list[Summary]
    scenario: Scenario
    """As far as the time has reached."""


async def look_ahead(database: Database, scenario: Scenario, policy: Policy) -> Summary:
    """Beside the event loop, which goes on meanwhile."""
    return (await compare_ahead(database, scenario, [policy])).summaries[0]


async def compare_ahead(
    database: Database, scenario: Scenario, policies: Sequence[Policy], seconds: float = inf
) -> Ahead:
    """The same under several policies, day by day side by side. After `seconds` they end with the week."""
    everybody = [await read_people(database, scenario, policy) for policy in policies]
    return await asyncio.to_thread(_simulate, scenario, policies, everybody, seconds)


def _simulate(scenario: Scenario, policies: Sequence[Policy], everybody: Sequence[People], seconds: float) -> Ahead:
    years = [Year(scenario, policy, people) for policy, people in zip(policies, everybody, strict=True)]
    until = monotonic() + seconds
    for passed, _ in enumerate(zip(*(year.live() for year in years), strict=True), 1):
        if passed % 7 == 0 and monotonic() > until:
            scenario = replace(scenario, weeks=passed // 7)
            break
    summaries = [
        summarise(year.diary(), scenario, people.coaches, policy.zone)
        for year, policy, people in zip(years, policies, everybody, strict=True)
    ]
    return Ahead(summaries, scenario)


async def read_people(database: Database, scenario: Scenario, policy: Policy, at: datetime | None = None) -> People:
    """Who is there, with all open cases; beside them the coaches and ideas of the scenario, who come in addition, from
    where the open ones have come.

    `at`: with the cases as they stood then. Coaches are those of today, and searches ask anew.
    """
    rulebook, more = policy.rulebook(scenario.first_day), make_people(scenario, policy)
    async with database.reading() as session:
        coaches = await _read_coaches(session)
        searches = await _read_searches(session) if at is None else {}
        found = await (_read_ideas(session) if at is None else _read_earlier(session, at))
        leads: Any = select(Account.office, Account.id).where(has_role(Role.LEAD)).order_by(Account.id)
        leads_of = [(office, its_id) for office, its_id in (await session.exec(leads)).all()]
    coming = [
        _come_like(idea, scenario.chance("like", n).choice(found)[1]) if found else idea
        for n, idea in enumerate(more.ideas)
    ]
    ideas = [*coming, *(SimulatedIdea(standing.idea_id, facts) for standing, facts in found)]
    cases = {}
    for number, (standing, _) in enumerate(found, len(more.ideas)):
        search = searches.get(standing.idea_id) or SearchState(asked=list(standing.former_coaches))
        cases[number] = OpenCase(IdeaState(standing=standing, rulebook=rulebook), search)
    offices = {*more.leads, *(standing.office for standing, _ in found)}
    # Where an office has no lead, all of them are asked.
    anybody = dict.fromkeys(offices, leads_of[0][1]) if leads_of else {}
    leads_by_office = more.leads | anybody | {office: its_id for office, its_id in leads_of if office is not None}
    leaves = [leave for coach in coaches for leave in _leaves_of(coach.profile, scenario.first_day, rulebook)]
    return People(ideas, [*coaches, *more.coaches], leads_by_office, cases, leaves)


def _come_like(idea: SimulatedIdea, facts: IdeaFacts) -> SimulatedIdea:
    return idea._replace(facts=replace(facts, owner_id=idea.facts.owner_id, team=()))


async def _read_ideas(session: AsyncSession) -> list[tuple[Standing, IdeaFacts]]:
    columns: Any = (StandingRow.snapshot, Idea.district, Idea.themes, Idea.language)
    statement = select(*columns).join(Idea, col(Idea.id) == col(StandingRow.case_id))
    return [_read_idea(row) for row in await session.exec(statement.where(is_open_idea()).order_by(col(Idea.id)))]


async def _read_earlier(session: AsyncSession, at: datetime) -> list[tuple[Standing, IdeaFacts]]:
    """What was open then, as the timeline tells it: the last word before."""
    row, entry = StandingRow, TimelineEntry
    columns: Any = (entry.snapshot, Idea.district, Idea.themes, Idea.language)
    was_open = or_(col(row.ended_at).is_(None), col(row.ended_at) >= at)
    told = (is_idea(), was_open, col(row.submitted_at) < at, col(entry.at) < at, col(entry.snapshot).is_not(None))
    statement: Any = select(*columns).join(row, col(row.case_id) == col(entry.case_id))
    statement = statement.join(Idea, col(Idea.id) == col(entry.case_id)).where(*told).ext(distinct_on(col(Idea.id)))
    rows = await session.exec(statement.order_by(col(Idea.id), col(entry.version).desc()))
    found = [_read_idea(row) for row in rows]
    return [(standing, facts) for standing, facts in found if standing.holder is not None]


def _read_idea(row: Any) -> tuple[Standing, IdeaFacts]:
    snapshot, district, themes, language = row
    standing = Standing.model_validate(snapshot)
    facts = IdeaFacts(standing.owner_id, standing.office, district, themes, language, tuple(standing.team))
    return standing, facts


async def _read_searches(session: AsyncSession) -> dict[str, SearchState]:
    """Idea → its running search, as its offers tell of it."""
    running = (Offer.idea_id == StandingRow.case_id, Offer.search == StandingRow.search)
    offers: Any = select(Offer, StandingRow.snapshot).where(*running, col(StandingRow.outcome).is_(None))
    searches: dict[str, SearchState] = {}
    for offer, snapshot in await session.exec(offers.order_by(Offer.idea_id, Offer.rank)):
        begun = SearchState(asked=list(snapshot.get("former_coaches", ())))
        search = searches.setdefault(offer.idea_id, begun)
        search.rank, search.until = offer.rank, offer.expires_on
        search.asked.append(offer.coach_id)
        if offer.status == OfferStatus.OPEN:
            search.offer = OfferMade(offer_id=offer.id, coach_id=offer.coach_id)
    return searches


async def _read_coaches(session: AsyncSession) -> list[SimulatedCoach]:
    statement: Any = select(Account.name, Account.office, CoachProfile).where(
        CoachProfile.account_id == Account.id, has_role(Role.COACH)
    )
    return [SimulatedCoach(name, office or "", profile) for name, office, profile in await session.exec(statement)]


def _leaves_of(profile: CoachProfile, first_day: date, rulebook: Rulebook) -> list[Leave]:
    """What has not begun yet."""
    found = []
    if profile.absent_from is not None and profile.absent_from >= first_day:
        absence = {"until": profile.absent_until, "cover_id": profile.cover_id}
        found.append(Leave(coach_id=profile.account_id, n=1, start=profile.absent_from, rulebook=rulebook, **absence))
    if profile.left_on is not None and profile.left_on >= first_day:
        cover = profile.successor_id
        found.append(Leave(coach_id=profile.account_id, n=2, start=profile.left_on, cover_id=cover, rulebook=rulebook))
    return found
