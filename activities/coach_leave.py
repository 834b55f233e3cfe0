"""A coach is away or gone: no open idea stays without a responsible person."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity

from activities.coaching import is_absent, is_left, take_place
from activities.credentials import change_of_proof
from activities.ports.ideas import CommandRefused, IdeaGone, Ideas
from activities.signatures import Leaving
from activities.staff_changes import retire_coach
from models.cases.calendar import calendar_of
from models.database import Database
from models.messages.coaching import Leave
from models.messages.commands import ENGINE, Command, RefusalCode
from models.messages.idea import Standing
from models.tables import CoachProfile, Offer, Place, StandingRow, TimelineEntry
from models.tables.columns import utc_now
from models.vocabulary import OfferStatus

ONE_DAY = timedelta(days=1)


class StandIn(NamedTuple):
    """Who takes an idea over, or nobody, so that the leads or a search do; the version this was decided on, and the day
    on which its coach is back, where there is one."""

    account_id: str | None
    version: int
    until: date | None


class LeavingActivities(Leaving):
    """Finds what a coach leaves behind and hands it on, one idea at a time. `zone` tells which day it is."""

    def __init__(self, database: Database, ideas: Ideas, zone: ZoneInfo) -> None:
        self._database = database
        self._ideas = ideas
        self._zone = zone

    @activity.defn(name="find_ideas_of_coach")
    async def find_ideas_of_coach(self, coach_id: str) -> list[str]:
        async with self._database.reading() as session:
            touched = or_(col(StandingRow.coach_id) == coach_id, col(StandingRow.cover_id) == coach_id)
            has_coach = select(StandingRow.case_id).where(touched, col(StandingRow.outcome).is_(None))
            has_place = select(Place.idea_id).where(Place.coach_id == coach_id)
            ideas = sorted({*(await session.exec(has_coach)).all(), *(await session.exec(has_place)).all()})
        if not ideas:
            await self._say_goodbye(coach_id)
        return ideas

    @activity.defn(name="relieve_coach")
    async def relieve_coach(self, idea_id: str, leave: Leave) -> None:
        stand_in = await self._find_stand_in(idea_id, leave)
        if stand_in is None:
            return
        try:
            await self._ideas.command(idea_id, relieve_with(leave, stand_in))
        except CommandRefused as refused:
            if refused.refusal.code in (RefusalCode.STALE, RefusalCode.UNSURE):
                raise  # the idea has moved on since it was read, perhaps to another coach: look again
            activity.logger.info("not relieved: %s", refused.refusal.code)
        except IdeaGone:
            activity.logger.info("not relieved: the path has ended")

    @activity.defn(name="withdraw_offers_to")
    async def withdraw_offers_to(self, coach_id: str) -> int:
        async with self._database.transaction() as session:
            if await self._has_left(session, coach_id):
                await change_of_proof(session, coach_id)
        async with self._database.reading() as session:
            offers = await session.exec(
                select(Offer).where(Offer.coach_id == coach_id, Offer.status == OfferStatus.OPEN)
            )
            waiting = offers.all()
        for offer in waiting:
            await self._ideas.skip_coach(offer.idea_id, offer.search, coach_id)
        return len(waiting)

    async def _say_goodbye(self, coach_id: str) -> None:
        """Whoever has left and has no idea any more is a coach no more."""
        async with self._database.transaction() as session:
            if await self._has_left(session, coach_id):
                await retire_coach(session, coach_id)

    async def _has_left(self, session: AsyncSession, coach_id: str) -> bool:
        profile = await session.get(CoachProfile, coach_id)
        return profile is not None and is_left(profile, datetime.now(self._zone).date())

    async def _find_stand_in(self, idea_id: str, leave: Leave) -> StandIn | None:
        """Who takes the idea. None where somebody else acts as its coach, or it was relieved already: whoever asks
        again may do so when the idea does not remember any more.

        What somebody stands in for goes on with them, for as long as its own coach is away.
        """
        async with self._database.transaction() as session:
            row = await session.get(StandingRow, idea_id)
            if row is None or row.snapshot is None or leave.coach_id not in (row.coach_id, row.cover_id):
                return None
            if await _is_called_off(session, leave) or await _is_relieved(session, idea_id, leave):
                return None
            today, standing = calendar_of(leave.rulebook).today(utc_now()), Standing.model_validate(row.snapshot)
            until = back_on(leave, standing, today)
            found = find_present(leave, standing, await _read_chain(session, leave), today)
            if until is None and found is not None and not await take_place(session, idea_id, found, today):
                found = None
            return StandIn(found, row.version, until)


def relieve_with(leave: Leave, stand_in: StandIn) -> Command:
    return Command(
        id=_command_id(leave),
        event="change_coach" if stand_in.until is None else "cover_coach",
        actor=ENGINE,
        until=stand_in.until,
        coach_id=stand_in.account_id,
        expected_version=stand_in.version,
        searched_to=stand_in.version,
        rulebook=leave.rulebook,
    )


def back_on(leave: Leave, standing: Standing, today: date) -> date | None:
    """The day on which the coach of an idea is there again; None: never."""
    if standing.coach_id != leave.coach_id and standing.cover is not None:
        # One that ends today ends by itself; asked for a day that has passed, it would be refused.
        return max(standing.cover.until, today + ONE_DAY)
    return None if leave.until is None else leave.until + ONE_DAY


def find_present(leave: Leave, standing: Standing, profiles: Mapping[str, CoachProfile], today: date) -> str | None:
    """Whoever is asked to stand in, or who stands in for them, if they are there and not on the other side of the idea.

    None: the leads do, or a search begins.
    """
    passed_over = {leave.coach_id, standing.coach_id, standing.owner_id, *standing.team}
    wanted = leave.cover_id
    while wanted is not None and wanted not in passed_over:
        profile = profiles.get(wanted)
        if profile is None or is_left(profile, today):
            return None
        if not is_absent(profile, today):
            return wanted
        passed_over.add(wanted)
        wanted = profile.cover_id
    return None


async def _read_chain(session: AsyncSession, leave: Leave) -> dict[str, CoachProfile]:
    """Whoever is asked to stand in, who stands in for them, and so on."""
    chain: dict[str, CoachProfile] = {}
    wanted = leave.cover_id
    while wanted is not None and wanted not in chain and (profile := await session.get(CoachProfile, wanted)):
        chain[wanted] = profile
        wanted = profile.cover_id
    return chain


async def _is_relieved(session: AsyncSession, idea_id: str, leave: Leave) -> bool:
    done = select(TimelineEntry.version).where(
        TimelineEntry.case_id == idea_id, TimelineEntry.command_id == _command_id(leave)
    )
    return (await session.exec(done)).first() is not None


async def _is_called_off(session: AsyncSession, leave: Leave) -> bool:
    """Whether another absence, another day of departure, or none has taken its place."""
    profile = await session.get(CoachProfile, leave.coach_id)
    if profile is None:
        return False
    counts = profile.departure_n if leave.until is None else profile.absence_n
    return counts is not None and counts != leave.n


def _command_id(leave: Leave) -> str:
    """One command an idea and leave, however often it is asked."""
    return f"leave-{leave.coach_id}-{leave.n}"
