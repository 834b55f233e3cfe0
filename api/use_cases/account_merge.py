"""Bringing two accounts of one person together, who has proved both: signed in to one, and by a mail to the other.

Everything of the second goes to the first; then the second is closed like an erased one whose words stay. Open ideas
change hands in their workflows, one by one under numbers of their own, so that whoever is interrupted does it again;
the rest is one transaction.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from uuid import NAMESPACE_URL, uuid5

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.credentials import Moment, change_of_proof, end_proofs
from activities.notice_courier import dispatch_notices
from activities.ports.ideas import IdeaGone
from activities.upkeep.account_rows import move_rows
from activities.upkeep.anonymise import delete_mails_to, empty_account, hold_mails
from api.runtime.services import Services
from api.use_cases.address_change import find_address_change, find_holder_of
from api.use_cases.audit import Caller, audit
from api.use_cases.command_sender import show
from api.use_cases.engine_commands import ask_case
from api.use_cases.errors import Unavailable
from api.use_cases.ownership import change_owner
from api.use_cases.second_factor import has_app
from models.lifecycles.events import JOIN_TEAM, LEAVE_TEAM
from models.messages.commands import ENGINE, Command
from models.tables import Account, Draft, Idea, Note, StandingRow, is_in_team, is_open_idea, is_staff
from models.tables.columns import utc_now
from models.vocabulary import AuditEvent, Share
from workflows.client import EngineAway


class WhyNot(StrEnum):
    """Why two accounts stay two."""

    STAFF = "staff"
    """One of them is a coach's or a lead's: a role is given by a lead, and comes with nobody's mail."""
    SECOND = "second"
    """The other one has an app beside its mail: whoever reads the mail alone does not sign in there, either."""


class CannotMerge(Exception):
    def __init__(self, why: WhyNot) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class MergePlan:
    """What would move, for whoever has proved both accounts."""

    why: WhyNot | None
    ideas: Sequence[str] = ()
    """Titles of ideas of their own."""
    teams: Sequence[str] = ()
    """Titles of ideas in whose team they are."""
    drafts: int = 0
    notes: int = 0


async def plan_merge(session: AsyncSession, keep: Account, gone: Account) -> MergePlan:
    if is_staff(keep) or is_staff(gone):
        return MergePlan(WhyNot.STAFF)
    if await has_app(session, gone.id) is not None:
        return MergePlan(WhyNot.SECOND)
    owned = select(Idea.title).where(Idea.owner_id == gone.id).order_by(col(Idea.created_at))
    teams = select(Idea.title).join(StandingRow, col(StandingRow.case_id) == col(Idea.id)).where(is_in_team(gone.id))
    drafts = select(func.count(col(Draft.id))).where(Draft.account_id == gone.id, col(Draft.sent_at).is_(None))
    notes = select(func.count(col(Note.id))).where(Note.author_id == gone.id)
    return MergePlan(
        None,
        (await session.exec(owned)).all(),
        (await session.exec(teams.order_by(col(Idea.created_at)))).all(),
        (await session.exec(drafts)).one(),
        (await session.exec(notes)).one(),
    )


async def merge_accounts(services: Services, caller: Caller, keep_id: str, secret: str, *, takes_address: bool) -> bool:
    """Everything of the account at the address that a link has proved goes to `keep_id`. False where the link does that
    no more, or is not theirs. Raises CannotMerge; and EngineAway, CommandRefused or Unavailable, after which it
    is done again.
    """
    async with services.database.transaction() as session:
        wanted = await find_address_change(session, services, secret)
        gone = await find_holder_of(session, wanted.email) if wanted else None
        if wanted is None or gone is None or wanted.account_id != keep_id or gone.id == keep_id or gone.blocked_at:
            return False
        if (plan := await plan_merge(session, await session.get_one(Account, keep_id), gone)).why:
            raise CannotMerge(plan.why)
        # Nobody hands in as the other one meanwhile.
        await change_of_proof(session, gone.id)
    await _move_open_ideas(services, keep_id, gone.id)
    await _move_teams(services, keep_id, gone.id)
    await _move_the_rest(services, caller, keep_id, gone.id, wanted.email if takes_address else None)
    with suppress(EngineAway):
        # What is not handed over now is found by the next notice, or over night.
        await dispatch_notices(services.database, services.engine, None)
    return True


async def _move_open_ideas(services: Services, keep_id: str, gone_id: str) -> None:
    for idea in await _list_open(services, col(StandingRow.owner_id) == gone_id):
        with suppress(IdeaGone):
            # Ended a moment ago: it goes with the ended ones.
            await change_owner(services, idea.idea_id, keep_id, _number_of(f"owner/{idea.case_id}", keep_id, gone_id))


async def _move_teams(services: Services, keep_id: str, gone_id: str) -> None:
    """In at first and out then: who is interrupted is in the team twice, and not at all out of it."""
    for idea in await _list_open(services, is_in_team(gone_id)):
        number = _number_of(f"leave/{idea.case_id}", keep_id, gone_id)
        commands = [Command(id=number, event=LEAVE_TEAM, actor=ENGINE, member_id=gone_id)]
        if idea.owner_id != keep_id and keep_id not in idea.team:
            number, share = _number_of(f"join/{idea.case_id}", keep_id, gone_id), Share(idea.team[gone_id])
            commands.insert(0, Command(id=number, event=JOIN_TEAM, actor=ENGINE, member_id=keep_id, share=share))
        with suppress(IdeaGone):
            for command in commands:
                await show(services, await ask_case(services, idea.case_id, command))


async def _move_the_rest(services: Services, caller: Caller, keep_id: str, gone_id: str, address: str | None) -> None:
    """`address`: what `keep_id` is written to from now on, where that changes."""
    async with services.database.transaction() as session:
        keep, gone = [
            await session.get_one(Account, one, with_for_update=True, populate_existing=True)
            for one in sorted((keep_id, gone_id), key=lambda one: one != keep_id)
        ]
        if not await hold_mails(session, gone_id) or await _has_open(session, gone_id):
            raise Unavailable("something of the other account is under way just now; asking again is safe")
        await delete_mails_to(session, gone_id)
        counts = await move_rows(session, keep_id, gone_id, gone.email, address or keep.email)
        if not (keep.phone or keep.reach):
            keep.phone, keep.reach = gone.phone, gone.reach
        # Its address is free before its proofs end: whoever is asked into a team there is still asked.
        await empty_account(session, gone)
        await end_proofs(session, Moment.ERASED, gone_id)
        if address is not None:
            keep.email, keep.proved_at = address, utc_now()
            await session.flush()
        await change_of_proof(session, keep_id, but_session=caller.session_id)
        await audit(session, caller, AuditEvent.ACCOUNTS_MERGED, account_id=keep_id, subject_id=gone_id, rows=counts)


async def _list_open(services: Services, theirs: object) -> Sequence[StandingRow]:
    open_ones = select(StandingRow).where(theirs, is_open_idea())  # type: ignore[arg-type]
    async with services.database.reading() as session:
        return (await session.exec(open_ones.order_by(col(StandingRow.case_id)))).all()


async def _has_open(session: AsyncSession, account_id: str) -> bool:
    theirs = (col(StandingRow.owner_id) == account_id) | is_in_team(account_id)
    there = select(StandingRow.case_id).where(theirs, is_open_idea())
    return (await session.exec(there)).first() is not None


def _number_of(what: str, keep_id: str, gone_id: str) -> str:
    """Of a command: the same merging does the same thing once."""
    return str(uuid5(NAMESPACE_URL, f"merge/{what}/{gone_id}/{keep_id}"))
