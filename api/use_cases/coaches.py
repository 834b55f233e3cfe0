"""What is set down about coaches: profile, absence, departure.

SQL first, then the workflow that hands their ideas on. All of it can be asked again.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.credentials import change_of_proof
from activities.ports.ideas import CommandRefused
from activities.projection import notice_values
from activities.staff_changes import hold_people
from api.runtime.services import Services
from api.use_cases.audit import Caller
from api.use_cases.commands import CommandForm, send_command
from api.use_cases.errors import Conflict, Invalid, NotFound
from api.use_cases.idea_text import IdeaNotFound
from api.use_cases.staff.changes import give_role, pass_on
from api.use_cases.staff.history import note_change
from models.messages.coaching import Leave
from models.messages.commands import RefusalCode
from models.queries.staff import find_leads
from models.tables import Account, CoachProfile, NoticeRow, StandingRow
from models.tables.columns import utc_now
from models.typed_text import Text
from models.vocabulary import NoticeKind, PersonChangeKind, Role

EARLIEST_START = timedelta(days=365)
"""An absence that is written down afterwards may have begun this long ago."""

FARTHEST_START = timedelta(days=730)
LARGEST_CAPACITY = 100
LONGEST_ABOUT = 1000


class ProfileForm(BaseModel):
    """What a coach offers. It replaces what was there; ideas they have already are not touched."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    districts: list[str] = Field(max_length=100)
    themes: list[str] = Field(max_length=100)
    languages: list[str] = Field(min_length=1, max_length=20)
    capacity: int = Field(ge=0, le=LARGEST_CAPACITY)
    about: Text | None = Field(default=None, max_length=LONGEST_ABOUT)
    """What they say of themselves; left as it is where nothing is said of it."""


async def write_profile(services: Services, coach_id: str, form: ProfileForm) -> None:
    """Raises NotFound, Invalid."""
    region = services.policy.region
    found = {
        "districts": [region.find_district(text) for text in form.districts],
        "themes": [region.find_theme(text) for text in form.themes],
        "languages": [text if text in region.languages else None for text in form.languages],
    }
    for field, keys in found.items():
        if None in keys:
            raise Invalid(field, "names something that this region does not have")
    async with services.database.transaction() as session:
        await _require_coach(session, coach_id)
        profile = await session.get(CoachProfile, coach_id, with_for_update=True)
        if profile is None:
            profile = CoachProfile(account_id=coach_id)
        for field, keys in found.items():
            setattr(profile, field, list(dict.fromkeys(keys)))
        profile.capacity = form.capacity
        if form.about is not None:
            profile.about = form.about
        session.add(profile)


async def start_absence(
    services: Services, caller: Caller, coach_id: str, first_day: date, last_day: date, cover_id: str | None = None
) -> None:
    """Write an absence down and give each open idea cover from its first day on; the same absence again is one.

    One that overlaps with what is written down is a change of it: another last day, another stand-in. Raises
    NotFound, Conflict, Invalid, EngineAway.
    """
    today = services.today()
    _check_days(services, first_day, last_day, today)
    async with services.database.transaction() as session:
        profile = await _lock_profile(session, coach_id)
        _refuse_departed(profile, last_day)
        asked = (first_day, last_day, cover_id)
        known = (profile.absent_from, profile.absent_until, profile.cover_id)
        before = profile.absence_n
        if asked != known:
            is_change = _refuse_second_absence(profile, first_day, last_day, today)
            if cover_id is not None:
                await _check_stand_in(session, coach_id, cover_id, (first_day, last_day), "cover_id")
            profile.absent_from, profile.absent_until, profile.cover_id = asked
            profile.absence_n = _count_on(profile)
            days = {"from": first_day.isoformat(), "until": last_day.isoformat(), "changed": is_change}
            await note_change(session, caller, PersonChangeKind.ABSENCE, coach_id, days)
            if cover_id is not None:
                await _tell(session, profile, NoticeKind.STAND_IN_ASKED, {cover_id} - {caller.account_id or ""})
        n = profile.absence_n or profile.leaves
    await _hand_on(
        services,
        Leave(coach_id=coach_id, n=n, start=first_day, until=last_day, cover_id=cover_id, rulebook=services.rulebook()),
        before,
    )


async def refuse_to_stand_in(services: Services, caller: Caller, account_id: str, coach_id: str) -> None:
    """Whoever was asked to stand in says no, also later: the leads do it, and decide. Said again, it is one.

    Raises NotFound, EngineAway.
    """
    async with services.database.transaction() as session:
        profile = await _lock_profile(session, coach_id)
        if profile.cover_id != account_id or profile.absent_from is None:
            raise NotFound("nobody asks you to stand in for this coach")
        before, profile.cover_id, profile.absence_n = profile.absence_n, None, _count_on(profile)
        await note_change(session, caller, PersonChangeKind.ABSENCE, coach_id, {"refused_by": account_id})
        asked = {coach_id, *await find_leads(session)} - {account_id}
        await _tell(session, profile, NoticeKind.STAND_IN_REFUSED, asked)
        leave = Leave(
            coach_id=coach_id,
            n=profile.absence_n,
            start=profile.absent_from,
            until=profile.absent_until,
            rulebook=services.rulebook(),
        )
    await _hand_on(services, leave, before)


async def _hand_on(services: Services, leave: Leave, before: int | None) -> None:
    """Begin a leave in place of the one it changes, and tell whoever is asked."""
    await services.engine.start_leave(leave)
    if before is not None and before != leave.n:
        await services.engine.stop_leave(leave.coach_id, before)
    await pass_on(services)


async def _tell(session: AsyncSession, profile: CoachProfile, kind: NoticeKind, readers: Iterable[str]) -> None:
    key = f"{kind}-{profile.account_id}-{profile.absence_n}"
    rows = [notice_values(None, key, reader, kind) for reader in sorted(readers)]
    if rows:
        await session.exec(insert(NoticeRow).values(rows).on_conflict_do_nothing())


async def end_absence(services: Services, caller: Caller, account: Account, coach_id: str) -> int:
    """Call an absence off, or back from it early: the ideas return to their coach. Returns how many did.

    Safe to ask again, also where an earlier try came half way. Raises NotFound, EngineAway.
    """
    async with services.database.reading() as session:
        there = await session.get(CoachProfile, coach_id)
        if there is None:
            raise NotFound("there is no such coach")
    if there.absence_n is not None:
        await services.engine.stop_leave(coach_id, there.absence_n)
    async with services.database.transaction() as session:
        profile = await _lock_profile(session, coach_id)
        if profile.absent_from is not None:
            profile.absent_from = profile.absent_until = profile.cover_id = None
            profile.absence_n = _count_on(profile)
            await note_change(session, caller, PersonChangeKind.ABSENCE, coach_id, {"ended": True})
    ideas = await _covered_ideas(services, coach_id)
    for idea_id in ideas:
        await _end_cover(services, account, idea_id)
    return len(ideas)


async def depart(
    services: Services, caller: Caller, coach_id: str, on: date | None = None, successor: str | None = None
) -> None:
    """A coach leaves for good: each open idea goes to the successor, or a search begins. Asked again, it is one.

    Until the day has come it can be another one, or another successor; who was planned stays where nobody is named.
    Raises NotFound, Conflict, Invalid, EngineAway.
    """
    today = services.today()
    async with services.database.transaction() as session:
        await _refuse_last_lead(session, coach_id)
        profile = await _lock_profile(session, coach_id)
        was, before = profile.left_on, profile.departure_n
        last, takes_over = on or was or today, successor or profile.successor_id
        if abs(last - today) > FARTHEST_START:
            raise Invalid("on", f"must be within {FARTHEST_START.days} days")
        if was is not None and was <= today and was != last:
            raise Conflict("this coach has left already; let them return first")
        if (was, profile.successor_id) != (last, takes_over):
            if successor is not None:
                await _check_stand_in(session, coach_id, successor, (max(last, today), max(last, today)), "successor")
            profile.left_on, profile.successor_id = last, takes_over
            profile.departure_n = _count_on(profile)
            days = {"on": last.isoformat(), "was": was.isoformat() if was is not None else None}
            await note_change(session, caller, PersonChangeKind.DEPARTURE, coach_id, days)
        n = profile.departure_n or profile.leaves
    leave = Leave(coach_id=coach_id, n=n, start=last, cover_id=takes_over, rulebook=services.rulebook())
    await _hand_on(services, leave, before)


async def come_back(services: Services, caller: Caller, coach_id: str) -> None:
    """A departure that has not come is taken back; who has left returns as a coach, and searches ask them again.

    Ideas that went to others stay there. Raises NotFound, EngineAway.
    """
    async with services.database.reading() as session:
        there = await session.get(CoachProfile, coach_id)
    if there is not None and there.departure_n is not None:
        await services.engine.stop_leave(coach_id, there.departure_n)
    async with services.database.transaction() as session:
        await hold_people(session)
        profile = await _lock_profile(session, coach_id)
        account = await session.get_one(Account, coach_id, with_for_update=True)
        if profile.left_on is None:
            return
        has_left = profile.left_on <= services.today()
        kind = PersonChangeKind.RETURN if has_left else PersonChangeKind.DEPARTURE
        was = profile.left_on.isoformat()
        profile.left_on, profile.departure_n, profile.successor_id = None, _count_on(profile), None
        if Role.COACH not in account.roles:
            give_role(account, Role.COACH)
            await change_of_proof(session, coach_id)
        await note_change(session, caller, kind, coach_id, {"on": None, "was": was})


async def finish_introduction(services: Services, coach_id: str) -> None:
    """A coach has gone through the first steps. Without a profile there is nothing to remember it by."""
    introduced = update(CoachProfile).where(
        col(CoachProfile.account_id) == coach_id, col(CoachProfile.introduced_at).is_(None)
    )
    async with services.database.transaction() as session:
        await session.exec(introduced.values(introduced_at=utc_now()))


def _count_on(profile: CoachProfile) -> int:
    """A number that no workflow has yet."""
    profile.leaves += 1
    return profile.leaves


def _refuse_second_absence(profile: CoachProfile, first_day: date, last_day: date, today: date) -> bool:
    """Whether it changes the absence that is written down; False where there is none. Raises Conflict."""
    begins, ends = profile.absent_from, profile.absent_until
    if begins is None or ends is None or ends < today:
        return False
    if last_day < begins or ends < first_day or (begins <= today < first_day):
        raise Conflict("there is an absence already; end it first")
    return True


async def _refuse_last_lead(session: AsyncSession, coach_id: str) -> None:
    """Raises Conflict."""
    await hold_people(session)
    if await find_leads(session) == {coach_id}:
        raise Conflict("the only lead cannot leave", code="last_lead")


def _check_days(services: Services, first_day: date, last_day: date, today: date) -> None:
    if last_day < first_day:
        raise Invalid("until", "must not be before from")
    if last_day < today:
        raise Invalid("until", "must not be in the past")
    if not -EARLIEST_START <= first_day - today <= FARTHEST_START:
        raise Invalid("from", f"must be within {FARTHEST_START.days} days")
    longest = services.policy.engine.longest_pause_days
    if (last_day - max(first_day, today)).days >= longest:
        raise Invalid("until", f"must be within {longest} days")


async def _lock_profile(session: AsyncSession, coach_id: str) -> CoachProfile:
    profile = await session.get(CoachProfile, coach_id, with_for_update=True)
    if profile is None:
        raise NotFound("there is no such coach")
    return profile


async def _require_coach(session: AsyncSession, account_id: str) -> Account:
    account = await session.get(Account, account_id)
    if account is None or Role.COACH not in account.roles:
        raise NotFound("there is no such coach")
    return account


def _refuse_departed(profile: CoachProfile, last_day: date) -> None:
    if profile.left_on is not None and profile.left_on < last_day:
        raise Conflict("this coach will have left by then", code="leaves", field="until")


async def _check_stand_in(
    session: AsyncSession, coach_id: str, other_id: str, days: Sequence[date], field: str
) -> None:
    """Somebody else with a profile, who is there on all these days."""
    other = await session.get(CoachProfile, other_id)
    account = await session.get(Account, other_id)
    if other is None or account is None or Role.COACH not in account.roles or other_id == coach_id:
        raise Invalid(field, "must be another coach")
    first_day, last_day = days
    if other.left_on is not None and other.left_on <= last_day:
        raise Invalid(field, "is leaving as well")
    away = other.absent_from is not None and other.absent_until is not None
    if away and other.absent_from <= last_day and first_day <= other.absent_until:  # type: ignore[operator]
        raise Invalid(field, "is away as well")


async def _covered_ideas(services: Services, coach_id: str) -> list[str]:
    async with services.database.reading() as session:
        rows = await session.exec(
            select(StandingRow).where(StandingRow.coach_id == coach_id, col(StandingRow.outcome).is_(None))
        )
        return [row.idea_id for row in rows if (row.snapshot or {}).get("cover") is not None]


async def _end_cover(services: Services, account: Account, idea_id: str) -> None:
    try:
        await send_command(services, account, idea_id, CommandForm(event="end_cover"))
    except CommandRefused as refused:
        # Its cover has ended by itself meanwhile, or the idea has.
        if refused.refusal.code not in (RefusalCode.NOT_ALLOWED, RefusalCode.FORBIDDEN):
            raise
    except IdeaNotFound:
        return
