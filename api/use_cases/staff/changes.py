"""Changing somebody among the staff: role, office, block, sign-out; and the second lead's yes where it needs one."""

from contextlib import suppress
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.credentials import change_of_proof
from activities.notice_courier import dispatch_notices
from activities.projection import notice_values
from activities.staff_changes import hold_people, take_role
from api.runtime.services import Services
from api.use_cases.audit import Caller
from api.use_cases.second_factor import reset_second_factor
from api.use_cases.staff.history import note_change, write_down
from models.queries.staff import find_leads, find_offers, read_staff
from models.rules.staff_roles import PROPOSAL_LASTS, STAFF_ROLES, Way, WhyNot, Wish, judge_answer, judge_change
from models.tables import Account, NoticeRow, PersonChange, StaffInvitation
from models.tables.columns import utc_now
from models.vocabulary import NoticeKind, PersonChangeKind, Role
from workflows.client import EngineAway

ENDS_PROOFS = frozenset(
    {
        PersonChangeKind.ROLE_GIVEN,
        PersonChangeKind.ROLE_TAKEN,
        PersonChangeKind.BLOCKED,
        PersonChangeKind.SIGNED_OUT,
    }
)
"""After these, whatever was issued to somebody earlier counts no more."""


class NotChanged(Exception):
    """Nobody was changed, and why."""

    def __init__(self, why: WhyNot) -> None:
        self.why = why
        super().__init__(why)


class PersonNotFound(Exception):
    """There is no such account, or it was erased."""


async def change_person(
    services: Services,
    caller: Caller,
    account_id: str,
    kind: PersonChangeKind,
    *,
    role: Role | None = None,
    confirmed: bool = False,
) -> Way:
    """Give or take a role, block, let in again, sign out everywhere, reset proofs; or propose it to the other leads.

    Raises PersonNotFound, NotChanged.
    """
    async with services.database.transaction() as session:
        leads = await hold_leads(session, caller)
        account = await load_person(session, account_id)
        way = judge_change(Wish(kind, caller.account_id, role, confirmed), await read_staff(session, account), leads)
        if isinstance(way, WhyNot):
            raise NotChanged(way)
        facts: dict[str, Any] = {"role": str(role)} if role is not None else {}
        if way is Way.PROPOSED:
            await _refuse_twice(session, account_id, kind)
            until = utc_now() + PROPOSAL_LASTS
            change = await note_change(session, caller, kind, account_id, facts, proposed_until=until)
            await tell_other_leads(session, change, leads)
        else:
            await _carry_out(session, account, kind, role)
            await note_change(session, caller, kind, account_id, facts)
    if way is Way.PROPOSED:
        await pass_on(services)
    elif kind == PersonChangeKind.BLOCKED:
        await _withdraw_offers(services, account_id)
    return way


async def change_office(services: Services, caller: Caller, account_id: str, office: str | None) -> None:
    """Ideas stay where they are. Raises PersonNotFound, NotChanged."""
    async with services.database.transaction() as session:
        await hold_leads(session, caller)
        account = await load_person(session, account_id)
        if account.office == office:
            raise NotChanged(WhyNot.NO_CHANGE)
        was, account.office = account.office, office
        await note_change(session, caller, PersonChangeKind.OFFICE, account_id, {"was": was, "office": office})


async def answer_proposal(services: Services, caller: Caller, change_id: str, *, agrees: bool) -> PersonChange:
    """A second lead's yes or no; the no of who has proposed it takes it back. Raises NotChanged.

    What is agreed to is judged once more: the world has moved on since it was proposed.
    """
    assert caller.account_id is not None
    async with services.database.transaction() as session:
        leads = await hold_leads(session, caller)
        change = await _load_proposal(session, change_id)
        is_own = change.by_id == caller.account_id
        why = judge_answer(caller.account_id, change.by_id, change.account_id)
        if why is not None and not (is_own and not agrees):
            raise NotChanged(why)
        change.status = "agreed" if agrees else "withdrawn" if is_own else "refused"
        change.decided_by_id, change.decided_at = caller.account_id, utc_now()
        if agrees and change.account_id is not None:
            account = await load_person(session, change.account_id)
            kind, role = PersonChangeKind(change.kind), _role_of(change)
            verdict = judge_change(Wish(kind, None, role), await read_staff(session, account), leads)
            if isinstance(verdict, WhyNot):
                raise NotChanged(verdict)
            await _carry_out(session, account, kind, role)
        if not agrees and change.invitation_id is not None:
            asked = await session.get_one(StaffInvitation, change.invitation_id)
            asked.withdrawn_at, asked.email = utc_now(), ""
        await write_down(session, caller, change)
    if agrees and change.kind == PersonChangeKind.BLOCKED and change.account_id is not None:
        await _withdraw_offers(services, change.account_id)
    return change


async def hold_leads(session: AsyncSession, caller: Caller) -> frozenset[str]:
    """All leads, until the end of the transaction; whoever changes somebody is still one of them. Raises NotChanged."""
    await hold_people(session)
    leads = await find_leads(session)
    if caller.account_id is not None and caller.account_id not in leads:
        raise NotChanged(WhyNot.NOT_A_LEAD)
    return leads


async def load_person(session: AsyncSession, account_id: str) -> Account:
    """Raises PersonNotFound."""
    account = await session.get(Account, account_id, with_for_update=True)
    if account is None or account.erased_at is not None:
        raise PersonNotFound
    return account


async def tell_other_leads(session: AsyncSession, change: PersonChange, leads: frozenset[str]) -> None:
    """A notice for each who can agree."""
    kind, key = NoticeKind.PERSON_PROPOSED, f"person-{change.id}"
    rows = [notice_values(None, key, lead, kind) for lead in sorted(leads - {change.by_id, change.account_id})]
    if rows:
        await session.exec(insert(NoticeRow).values(rows).on_conflict_do_nothing())


async def pass_on(services: Services) -> None:
    """What is not handed over now is found by the next notice, or over night."""
    with suppress(EngineAway):
        await dispatch_notices(services.database, services.engine, None)


def give_role(account: Account, role: Role) -> None:
    """In their order, so that who has several reads them alike everywhere."""
    account.roles = [str(one) for one in (Role.INNOVATOR, *STAFF_ROLES) if one in (*account.roles, role)]


async def _carry_out(session: AsyncSession, account: Account, kind: PersonChangeKind, role: Role | None) -> None:
    if kind == PersonChangeKind.ROLE_GIVEN and role is not None:
        give_role(account, role)
    elif kind == PersonChangeKind.ROLE_TAKEN and role is not None:
        take_role(account, role)
    elif kind == PersonChangeKind.BLOCKED:
        account.blocked_at = utc_now()
    elif kind == PersonChangeKind.UNBLOCKED:
        account.blocked_at = None
    elif kind == PersonChangeKind.PROOFS_RESET:
        await reset_second_factor(session, account)
    session.add(account)
    if kind in ENDS_PROOFS:
        await change_of_proof(session, account.id)
    if Role.LEAD not in account.roles or account.blocked_at is not None:
        theirs: Any = update(PersonChange).where(col(PersonChange.by_id) == account.id, *is_proposed())
        await session.exec(theirs.values(status="withdrawn", decided_at=utc_now()))
    await session.flush()


async def _withdraw_offers(services: Services, account_id: str) -> None:
    """Their open offers go to the next coach. Where the engine is away, each goes when its time is over."""
    async with services.database.reading() as session:
        offers = await find_offers(session, account_id)
    with suppress(EngineAway):
        for idea_id, search in offers:
            await services.engine.skip_coach(idea_id, search, account_id)


async def _refuse_twice(session: AsyncSession, account_id: str, kind: PersonChangeKind) -> None:
    same = select(PersonChange.id).where(col(PersonChange.account_id) == account_id, PersonChange.kind == kind)
    if (await session.exec(same.where(*is_proposed()).limit(1))).first() is not None:
        raise NotChanged(WhyNot.WAITS)


async def _load_proposal(session: AsyncSession, change_id: str) -> PersonChange:
    those = select(PersonChange).where(PersonChange.id == change_id, *is_proposed()).with_for_update()
    change = (await session.exec(those)).one_or_none()
    if change is None:
        raise NotChanged(WhyNot.OVER)
    return change


def is_proposed() -> tuple[Any, ...]:
    """Waits for a second lead, and has not lapsed."""
    return PersonChange.status == "proposed", col(PersonChange.proposed_until) > utc_now()


def _role_of(change: PersonChange) -> Role | None:
    return Role(change.facts["role"]) if "role" in change.facts else None
