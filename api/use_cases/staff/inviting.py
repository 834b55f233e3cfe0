"""Asking somebody by mail to work here, and their answer."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.credentials import change_of_proof
from activities.secret_mails import staff
from activities.secret_mails.posting import Order, write_secret_mail
from activities.secret_mails.staff import path_of, waits_for_second
from activities.staff_changes import hold_people
from api.runtime.services import Services
from api.use_cases.audit import Caller
from api.use_cases.invitations import Fate, NotJoined, fate_of, has_mails_enough
from api.use_cases.staff.changes import NotChanged, give_role, hold_leads, pass_on, tell_other_leads
from api.use_cases.staff.history import note_change, write_down
from models.rules.staff_roles import PROPOSAL_LASTS, STAFF_ROLES, Way, WhyNot, judge_invitation
from models.tables import Account, MailRow, PersonChange, StaffInvitation
from models.tables.columns import new_id, utc_now
from models.vocabulary import PersonChangeKind, Role, SecretMailKind
from workflows.client import EngineAway


@dataclass(frozen=True)
class NewStaff:
    """Whom to ask, and for what. The address is canonical."""

    email: str
    name: str
    role: Role
    office: str | None
    greeting: str = ""
    language: str = "de"


@dataclass(frozen=True)
class Asked:
    """An invitation that was written down. `link` is for who has no mail server; `sent`: a mail is on its way."""

    id: str
    way: Way
    sent: bool
    link: str = ""


@dataclass(frozen=True)
class Invited:
    """An invitation as whoever has its link may see it."""

    asked: StaffInvitation
    inviter: str
    account: Account | None
    """Who has the address that was asked; None where nobody has an account under it yet."""

    @property
    def fate(self) -> Fate:
        return fate_of(self.asked)


# -- asking ------------------------------------------------------------------------------------------------------


async def invite(services: Services, caller: Caller, form: NewStaff, *, with_link: bool = False) -> Asked:
    """Ask somebody, once a second lead has agreed where that is needed. Raises NotChanged."""
    now, link = utc_now(), ""
    async with services.database.transaction() as session:
        leads = await hold_leads(session, caller)
        await _check_address(session, form)
        asked = StaffInvitation(
            id=new_id(),
            email=form.email,
            name=form.name,
            role=form.role,
            office=form.office,
            greeting=form.greeting,
            inviter_id=caller.account_id,
            language=form.language,
            created_at=now,
            asked_at=now,
            expires_at=now + staff.LASTS,
        )
        session.add(asked)
        if with_link:
            link = f"{services.settings.base_url}/{path_of(asked.new_link())}"
        await session.flush()
        way = judge_invitation(form.role, caller.account_id, leads)
        change = await note_change(
            session,
            caller,
            PersonChangeKind.INVITED,
            None,
            {"role": str(form.role), "office": form.office},
            invitation_id=asked.id,
            proposed_until=now + PROPOSAL_LASTS if way is Way.PROPOSED else None,
        )
        if way is Way.PROPOSED:
            await tell_other_leads(session, change, leads)
        its_id, mail_id = asked.id, None if way is Way.PROPOSED else (await _write(session, services, asked)).id
    if mail_id is None:
        await pass_on(services)
        return Asked(its_id, way, sent=False)
    return Asked(its_id, way, await _send(services, mail_id), link)


async def ask_again(services: Services, caller: Caller, invitation_id: str) -> bool:
    """Another mail, and its time begins anew; returns whether it is on its way. Raises NotChanged."""
    async with services.database.transaction() as session:
        await hold_leads(session, caller)
        asked = await _find_unanswered(session, invitation_id)
        if await waits_for_second(session, asked.id):
            raise NotChanged(WhyNot.WAITS)
        if await has_mails_enough(session, asked):
            raise NotChanged(WhyNot.TOO_OFTEN)
        asked.ask_for(staff.LASTS)
        mail_id = (await _write(session, services, asked)).id
    return await _send(services, mail_id)


async def withdraw_invitation(services: Services, caller: Caller, invitation_id: str) -> None:
    """Its links lead nowhere from now on, and its address is forgotten. Raises NotChanged."""
    async with services.database.transaction() as session:
        await hold_leads(session, caller)
        asked = await _find_unanswered(session, invitation_id)
        asked.withdraw()
        change = await _change_of(session, asked.id)
        change.status, change.decided_by_id, change.decided_at = "withdrawn", caller.account_id, utc_now()
        await write_down(session, caller, change)


async def send_agreed(services: Services, change: PersonChange) -> None:
    """The mail of an invitation to which a second lead has just agreed."""
    if change.invitation_id is None or change.status != "agreed":
        return
    async with services.database.transaction() as session:
        asked = await session.get_one(StaffInvitation, change.invitation_id)
        asked.ask_for(staff.LASTS)
        mail_id = (await _write(session, services, asked)).id
    await _send(services, mail_id)


async def _check_address(session: AsyncSession, form: NewStaff) -> None:
    """Raises NotChanged where the person is here already, is blocked, or was asked."""
    account = (await session.exec(select(Account).where(Account.email == form.email))).one_or_none()
    if account is not None and account.blocked_at is not None:
        raise NotChanged(WhyNot.BLOCKED)
    if account is not None and set(STAFF_ROLES) & set(account.roles):
        raise NotChanged(WhyNot.IS_STAFF)
    earlier = (
        select(StaffInvitation)
        .where(StaffInvitation.email == form.email, StaffInvitation.is_unanswered())
        .with_for_update()
    )
    asked = (await session.exec(earlier)).one_or_none()
    if asked is None:
        return
    if asked.is_open:
        raise NotChanged(WhyNot.INVITED)
    asked.withdraw()
    await session.flush()


async def _find_unanswered(session: AsyncSession, invitation_id: str) -> StaffInvitation:
    """One that nobody has answered; its time may be over. Raises NotChanged."""
    those = select(StaffInvitation).where(StaffInvitation.id == invitation_id, StaffInvitation.is_unanswered())
    asked = (await session.exec(those.with_for_update())).one_or_none()
    if asked is None:
        raise NotChanged(WhyNot.OVER)
    return asked


async def _write(session: AsyncSession, services: Services, asked: StaffInvitation) -> MailRow:
    order = Order(SecretMailKind.STAFF_INVITATION, asked.email, subject_id=asked.id, language=asked.language)
    return await write_secret_mail(session, services.signing_key, order)


async def _send(services: Services, mail_id: str) -> bool:
    with suppress(EngineAway):
        await services.engine.start_secret_mail(mail_id)
        return True
    return False


async def _change_of(session: AsyncSession, invitation_id: str) -> PersonChange:
    those = select(PersonChange).where(col(PersonChange.invitation_id) == invitation_id)
    return (await session.exec(those.with_for_update())).one()


# -- answering ---------------------------------------------------------------------------------------------------


async def find_invited(session: AsyncSession, secret: str) -> Invited | None:
    """What a link leads to, without using it; None where it never was one, or is forgotten."""
    those = select(StaffInvitation, Account.name).outerjoin(Account, col(Account.id) == col(StaffInvitation.inviter_id))
    found = (await session.exec(those.where(StaffInvitation.has_link(secret)))).one_or_none()
    if found is None or await waits_for_second(session, found[0].id):
        return None
    asked, inviter = found
    known = select(Account).where(Account.email == asked.email, col(Account.erased_at).is_(None))
    return Invited(asked, inviter or "", (await session.exec(known)).one_or_none())


async def accept(services: Services, secret: str, name: str, caller: Caller) -> Account:
    """Make the account that was asked, or give it the role. Once: the link leads nowhere then. Raises NotJoined."""
    async with services.database.transaction() as session:
        asked = await _hold(session, secret)
        account = (await session.exec(select(Account).where(Account.email == asked.email))).one_or_none()
        if account is None:
            account = Account(id=new_id(), email=asked.email, name=name, language=asked.language)
        elif account.blocked_at is not None:
            raise NotJoined(Fate.BLOCKED)
        else:
            await change_of_proof(session, account.id)
        give_role(account, Role(asked.role))
        account.office = asked.office or account.office
        session.add(account)
        await session.flush()
        asked.accepted_at, asked.email = utc_now(), ""
        change = await _change_of(session, asked.id)
        change.account_id, change.invitation_id = account.id, None
        theirs = replace(caller, account_id=account.id)
        facts: dict[str, Any] = {"role": asked.role, "office": asked.office, "invitation": asked.id}
        await note_change(session, theirs, PersonChangeKind.CAME, account.id, facts)
    return account


async def decline(services: Services, secret: str, caller: Caller) -> None:
    """Say no; the address is forgotten. Raises NotJoined."""
    async with services.database.transaction() as session:
        asked = await _hold(session, secret)
        asked.declined_at, asked.email = utc_now(), ""
        change = await _change_of(session, asked.id)
        change.status, change.decided_at = "refused", utc_now()
        await write_down(session, caller, change)


async def _hold(session: AsyncSession, secret: str) -> StaffInvitation:
    """An open invitation, held: two answers at the same moment stand in line, and the second finds the first."""
    await hold_people(session)
    asked = (
        await session.exec(select(StaffInvitation).where(StaffInvitation.has_link(secret)).with_for_update())
    ).one_or_none()
    if asked is None or await waits_for_second(session, asked.id):
        raise NotJoined(Fate.UNKNOWN)
    if (fate := fate_of(asked)) is not Fate.OPEN:
        raise NotJoined(fate)
    return asked
