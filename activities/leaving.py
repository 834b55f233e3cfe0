"""A coach is away or gone: no open idea stays without a responsible person."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity

from activities.coaching import is_left, take_place
from activities.people import retire_coach
from activities.ports.ideas import CommandRefused, IdeaGone, Ideas
from activities.proofs import change_of_proof
from activities.signatures import Leaving
from models.database import Database
from models.messages.coaching import Leave
from models.messages.commands import ENGINE, Command, RefusalCode
from models.rules.calendar import calendar_of
from models.tables import CoachProfile, Offer, Place, StandingRow, TimelineEntry
from models.tables.columns import utc_now
from models.vocabulary import OfferStatus


class StandIn(NamedTuple):
    """Who takes an idea over, or nobody, so that the leads or a search do; and the version this was decided on."""

    account_id: str | None
    version: int


class LeavingActivities(Leaving):
    """Finds what a coach leaves behind and hands it on, one idea at a time. `zone` tells which day it is."""

    def __init__(self, database: Database, ideas: Ideas, zone: ZoneInfo) -> None:
        self._database = database
        self._ideas = ideas
        self._zone = zone

    @activity.defn(name="find_ideas_of_coach")
    async def find_ideas_of_coach(self, coach_id: str) -> list[str]:
        async with self._database.reading() as session:
            has_coach = select(StandingRow.idea_id).where(
                StandingRow.coach_id == coach_id, col(StandingRow.outcome).is_(None)
            )
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
        command = Command(
            id=_command_id(leave),
            event="change_coach" if leave.until is None else "cover_coach",
            actor=ENGINE,
            until=leave.until + timedelta(days=1) if leave.until else None,
            coach_id=stand_in.account_id,
            expected_version=stand_in.version,
            searched_to=stand_in.version,
            rulebook=leave.rulebook,
        )
        try:
            await self._ideas.command(idea_id, command)
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
            covers = select(StandingRow.idea_id).where(
                StandingRow.cover_id == coach_id, col(StandingRow.outcome).is_(None)
            )
            if await self._has_left(session, coach_id) and (await session.exec(covers.limit(1))).first() is None:
                await retire_coach(session, coach_id)

    async def _has_left(self, session: AsyncSession, coach_id: str) -> bool:
        profile = await session.get(CoachProfile, coach_id)
        return profile is not None and is_left(profile, datetime.now(self._zone).date())

    async def _find_stand_in(self, idea_id: str, leave: Leave) -> StandIn | None:
        """Who takes the idea. None where it has another coach, or was relieved already: whoever asks again may do so
        when the idea does not remember any more.

        Nobody coaches an idea of their own or of their team, and a successor without a free place is passed over.
        """
        async with self._database.transaction() as session:
            row = await session.get(StandingRow, idea_id)
            if row is None or row.coach_id != leave.coach_id or await _is_called_off(session, leave):
                return None
            done = select(TimelineEntry.version).where(
                TimelineEntry.idea_id == idea_id, TimelineEntry.command_id == _command_id(leave)
            )
            if (await session.exec(done)).first() is not None:
                return None
            if leave.cover_id is None or leave.cover_id == row.owner_id or leave.cover_id in row.team:
                return StandIn(None, row.version)
            today = calendar_of(leave.rulebook).today(utc_now())
            if leave.until is None and not await take_place(session, idea_id, leave.cover_id, today):
                return StandIn(None, row.version)
            return StandIn(leave.cover_id, row.version)


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
