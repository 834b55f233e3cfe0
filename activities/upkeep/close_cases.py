"""Ending what somebody has open before they are erased: ideas are withdrawn, coached ones look for somebody else."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.owner_changes import tell_new_owners
from activities.polling import wait_until
from activities.ports.ideas import Cases, CommandRefused, IdeaGone, Ideas
from models.cases.refusals import GIVE_UP
from models.database import Database
from models.lifecycles.events import CHANGE_OWNER, LEAVE_TEAM
from models.messages.commands import ENGINE, Actor, CaseCommand, Command, RefusalCode
from models.queries.team import TeamMember, list_members
from models.tables import (
    Account,
    CoachProfile,
    Offer,
    StandingRow,
    TimelineEntry,
    has_role,
    is_idea,
    is_in_team,
    is_open_idea,
)
from models.tables.columns import utc_now
from models.tables.standing import TEAMED
from models.vocabulary import OfferStatus, Role, Share, Stage
from models.workflow_ids import IDEA

SHOWN_WITHIN_SECONDS = 20.0
"""How long to wait until everybody can see that the open cases have ended."""


class CannotErase(Exception):
    """The person cannot be erased yet. Its text says why, and what to do; it names nobody."""


@dataclass
class Plan:
    """What an erasure meets."""

    account_id: str
    owned: list[str] = field(default_factory=list)
    """Open ideas that will be withdrawn."""
    handed: list[str] = field(default_factory=list)
    """Open ideas of a team, which somebody in it will have."""
    coached: list[str] = field(default_factory=list)
    """Open ideas that will look for another coach."""
    covered: list[str] = field(default_factory=list)
    """Open ideas that they stand in for."""
    teams: list[str] = field(default_factory=list)
    """Open ideas of others that lose them from their team."""
    evidence: list[str] = field(default_factory=list)
    """Ideas that have to be kept as they are for a time."""


async def plan_erasure(session: AsyncSession, account: Account, today: date, evidence_until: date | None) -> Plan:
    """What has to happen before the words can go. Raises CannotErase where nobody would be left to lead."""
    await refuse_last_lead(session, account)

    async def find(*which: object) -> list[str]:
        rows = select(StandingRow.case_id).where(*which).order_by(col(StandingRow.case_id))  # type: ignore[arg-type]
        return list((await session.exec(rows)).all())

    heirs = await find_heirs(session, account.id)
    plan = Plan(
        account_id=account.id,
        owned=await find(StandingRow.owner_id == account.id, col(StandingRow.case_id).not_in(heirs), is_open_idea()),
        handed=sorted(heirs),
        coached=await find(StandingRow.coach_id == account.id, is_open_idea()),
        covered=await find(StandingRow.cover_id == account.id, is_open_idea()),
        teams=await find(is_in_team(account.id), is_open_idea()),
    )
    if evidence_until is not None and today <= evidence_until:
        plan.evidence = await find_evidence(session, StandingRow.owner_id == account.id, is_idea())
    return plan


async def refuse_last_lead(session: AsyncSession, account: Account) -> None:
    """Raises CannotErase. Two at once are told apart only by who holds the people, see `hold_people`."""
    if Role.LEAD in account.roles:
        others = select(Account.id).where(has_role(Role.LEAD), Account.id != account.id)
        if (await session.exec(others.limit(1))).first() is None:
            raise CannotErase("This is the only lead. Give another account the role first.")


async def find_evidence(session: AsyncSession, *which: object) -> list[str]:
    """The ideas that were accepted and coached: what was done for them was paid for, and has to be shown."""
    coached = select(TimelineEntry.case_id).where(
        col(TimelineEntry.case_id) == col(StandingRow.case_id), TimelineEntry.stage != Stage.IDENTIFY
    )
    rows = select(StandingRow.case_id).where(*which, coached.exists())  # type: ignore[arg-type]
    return sorted((await session.exec(rows)).all())


async def end_open_cases(database: Database, cases: Cases, account_id: str) -> None:
    """Withdraw what somebody has handed in, let what they coach look for somebody else, take them out of teams. Safe to
    repeat.

    Raises CannotErase where a case does not end, and NoAnswer.
    """
    await _take_no_more(database, account_id)
    await _hand_to_teams(database, cases, account_id)
    for idea_id, search in await _open_offers(database, account_id):
        await cases.skip_coach(idea_id, search, account_id)
    await _give_up_others(database, cases, account_id)
    actor = Actor(role=Role.INNOVATOR, account_id=account_id)
    for theirs, event, who in (
        (col(StandingRow.owner_id) == account_id, "withdraw", actor),
        (col(StandingRow.coach_id) == account_id, "change_coach", ENGINE),
        (col(StandingRow.cover_id) == account_id, "end_cover", ENGINE),
        (is_in_team(account_id), LEAVE_TEAM, ENGINE),
    ):
        member = account_id if event == LEAVE_TEAM else None
        for idea_id in await _open_ideas(database, theirs):
            asked = Command(id=f"erase-{event}-{account_id}", event=event, actor=who, member_id=member)
            await _ask(cases, idea_id, asked)
        await _until_none_is_left(database, theirs)


async def find_unfinished(session: AsyncSession) -> list[str]:
    """Erased accounts that have an open case: they came back with a backup."""
    theirs = or_(
        col(StandingRow.owner_id) == col(Account.id),
        col(StandingRow.coach_id) == col(Account.id),
        col(StandingRow.cover_id) == col(Account.id),
        is_in_team(col(Account.id)),
    )
    is_open = select(StandingRow.case_id).where(theirs, is_open_idea())
    return list(
        (await session.exec(select(Account.id).where(col(Account.erased_at).is_not(None), is_open.exists()))).all()
    )


async def find_heirs(session: AsyncSession, account_id: str) -> dict[str, str]:
    """Open ideas of somebody with the collaborator who has been in the team for longest: it is the team's idea, too.

    Only people who can still be reached: not erased, not blocked.
    """
    theirs = (col(StandingRow.owner_id) == account_id, is_open_idea())
    heirs: dict[str, str] = {}
    for row in (await session.exec(select(StandingRow).where(*theirs, TEAMED))).all():
        there = {*(await session.exec(select(Account.id).where(col(Account.id).in_(row.team), _is_there()))).all()}
        heir = next((one for one in await list_members(session, row) if _may_inherit(one, there)), None)
        if heir is not None:
            heirs[row.idea_id] = heir.person.id
    return heirs


def _may_inherit(member: TeamMember, there: Collection[str]) -> bool:
    return member.share is Share.COLLABORATOR and member.person.id in there


def _is_there() -> ColumnElement[bool]:
    return and_(col(Account.erased_at).is_(None), col(Account.blocked_at).is_(None))


async def _hand_to_teams(database: Database, cases: Cases, account_id: str) -> None:
    """Their word in a crowdfunding that has not begun goes with them: the new owner gives their own."""
    async with database.session() as session:
        heirs = await find_heirs(session, account_id)
    for idea_id, heir in heirs.items():
        command_id = f"erase-{CHANGE_OWNER}-{account_id}"
        await _ask(cases, idea_id, Command(id=command_id, event=CHANGE_OWNER, actor=ENGINE, member_id=heir))
    await _until_none_is_left(
        database, and_(col(StandingRow.owner_id) == account_id, col(StandingRow.case_id).in_(heirs))
    )
    if heirs:
        await tell_new_owners(database, cases, *heirs)


async def _take_no_more(database: Database, account_id: str) -> None:
    """From now on no search asks them."""
    async with database.transaction() as session:
        profile = await session.get(CoachProfile, account_id, with_for_update=True)
        if profile is not None and profile.left_on is None:
            profile.left_on = utc_now().date()
            profile.leaves += 1
            session.add(profile)


async def _open_offers(database: Database, account_id: str) -> list[tuple[str, int]]:
    async with database.session() as session:
        offers = select(Offer.idea_id, Offer.search).where(
            Offer.coach_id == account_id, Offer.status == OfferStatus.OPEN
        )
        return list((await session.exec(offers)).all())


async def _open_ideas(database: Database, theirs: ColumnElement[bool]) -> list[str]:
    async with database.session() as session:
        rows = select(StandingRow.case_id).where(theirs, is_open_idea())
        return list((await session.exec(rows.order_by(col(StandingRow.case_id)))).all())


async def _ask(ideas: Ideas, idea_id: str, command: Command) -> None:
    try:
        await ideas.command(idea_id, command)
    except IdeaGone:
        # Ended a moment ago, or lost: what SQL shows in the end decides.
        return
    except CommandRefused as refused:
        if refused.refusal.code is not RefusalCode.NOT_ALLOWED:
            raise CannotErase(f"The idea {idea_id} refuses to {command.event}: {refused.refusal.detail}.") from refused


async def _give_up_others(database: Database, cases: Cases, account_id: str) -> None:
    """What belongs to their ideas. A funded campaign cannot be taken back: its hand-off goes on without words until the
    money was paid."""
    async with database.session() as session:
        owned = select(StandingRow.case_id).where(StandingRow.owner_id == account_id, StandingRow.kind == IDEA)
        running = select(StandingRow).where(
            StandingRow.kind != IDEA, col(StandingRow.idea_id).in_(owned), col(StandingRow.outcome).is_(None)
        )
        found = [row.workflow_id for row in (await session.exec(running)).all()]
    actor = Actor(role=Role.INNOVATOR, account_id=account_id)
    for workflow_id in found:
        command = CaseCommand(id=f"erase-{account_id}", event=GIVE_UP, actor=actor)
        with suppress(IdeaGone, CommandRefused):
            await cases.case_command(workflow_id, command)


async def _until_none_is_left(database: Database, theirs: ColumnElement[bool]) -> None:
    left: list[str] = []

    async def is_none_left() -> bool:
        left[:] = await _open_ideas(database, theirs)
        return not left

    if await wait_until(is_none_left, SHOWN_WITHIN_SECONDS):
        return
    raise CannotErase(
        f"{len(left)} open case(s) did not end, the first is {left[0]}. "
        "Run `ideenweg reconcile --fix`, then this again."
    )
