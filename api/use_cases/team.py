"""Asking people into the team of an idea by mail, and their answers.

Whoever asks gets the same answer whether somebody here has the address or not. Who is in the team is part of the idea's
standing and changes by its workflow alone; here it is only made sure that they were asked and have said yes.
"""

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.notice_courier import dispatch_notices
from activities.ports.ideas import CommandRefused, IdeaGone
from activities.projection import notice_values
from activities.secret_mails import team
from activities.secret_mails.posting import Order, write_secret_mail
from api.runtime.services import Services
from api.use_cases.command_sender import show
from api.use_cases.drafts import find_or_make_account
from api.use_cases.engine_commands import ask_case
from api.use_cases.idea_text import IdeaNotFound
from api.use_cases.invitations import Fate, NotJoined, fate_of, has_mails_enough
from api.use_cases.secret_mails import start_secret_mail
from models.addresses import WrongAddress, canonical_address
from models.lifecycles.events import JOIN_TEAM
from models.messages.cases import Taken
from models.messages.commands import ENGINE, Command, RefusalCode
from models.queries.team import count_open_invitations
from models.rules.idea_refusals import MOST_MEMBERS
from models.rules.permissions import coaches_of, may_manage_team, may_view
from models.tables import Account, Idea, Invitation, MailRow, NoticeRow, StandingRow
from models.tables.columns import new_id, utc_now
from models.vocabulary import NoticeKind, Role, SecretMailKind, Share
from workflows.client import EngineAway

MOST_OPEN = 10
"""Invitations of one idea that wait for an answer."""


class WhyNot(StrEnum):
    """Why somebody cannot be asked into a team. Pages have words for each: `page.team.not.…`."""

    NOT_YOURS = "not_yours"
    NOT_NOW = "not_now"
    WRONG_ADDRESS = "wrong_address"
    OWN_ADDRESS = "own_address"
    COACH = "coach"
    IN_TEAM = "in_team"
    DECLINED = "declined"
    FULL = "full"
    TOO_OFTEN = "too_often"


class NotInvited(Exception):
    """Nobody was asked, and nothing has changed."""

    def __init__(self, why: WhyNot) -> None:
        self.why = why
        super().__init__(why)


class NoInvitation(Exception):
    """The idea has no such invitation that waits."""


@dataclass(frozen=True)
class Invited:
    """An invitation as whoever has its link may see it."""

    asked: Invitation
    idea: Idea
    row: StandingRow
    inviter: str
    account: Account | None
    """Who has the address that was asked; None where nobody has an account under it yet."""

    @property
    def fate(self) -> Fate:
        return fate_in_team(self.asked, self.row)

    @property
    def may_join(self) -> bool:
        return may_join(self.asked, self.row)


# -- asking ------------------------------------------------------------------------------------------------------


async def invite(
    services: Services, account: Account, idea_id: str, email: str, share: Share, language: str
) -> Invitation:
    """Ask an address into the team. The same address again is the same invitation, with a new mail and a new time.

    Raises IdeaNotFound, NotInvited, EngineAway.
    """
    now = utc_now()
    async with services.database.transaction() as session:
        row = await _manage(session, account, idea_id)
        try:
            email = canonical_address(email)
        except WrongAddress:
            raise NotInvited(WhyNot.WRONG_ADDRESS) from None
        await _check_address(session, account, row, email, share)
        if await _is_one_too_many(session, row, email):
            raise NotInvited(WhyNot.FULL)
        asked = Invitation(
            id=new_id(),
            idea_id=idea_id,
            email=email,
            share=share,
            inviter_id=account.id,
            language=language,
            created_at=now,
            asked_at=now,
            expires_at=now + team.LASTS,
        )
        again = {name: getattr(asked, name) for name in ("share", "inviter_id", "language", "asked_at", "expires_at")}
        written = insert(Invitation).values(asked.model_dump())
        written = written.on_conflict_do_update(
            index_elements=["idea_id", "email"],
            index_where=Invitation.is_unanswered(),
            set_=again,
        )
        its_id = (await session.exec(written.returning(col(Invitation.id)))).scalar_one()
        asked = await session.get_one(Invitation, its_id, populate_existing=True)
        mail = await _write(session, services, asked)
    await start_secret_mail(services, mail)
    return asked


async def ask_again(services: Services, account: Account, idea_id: str, invitation_id: str) -> None:
    """Send another mail, and begin its time anew. Raises IdeaNotFound, NoInvitation, NotInvited, EngineAway."""
    async with services.database.transaction() as session:
        row = await _manage(session, account, idea_id)
        asked = await _find_waiting(session, idea_id, invitation_id)
        await _check_address(session, account, row, asked.email, Share(asked.share))
        asked.ask_for(team.LASTS)
        mail = await _write(session, services, asked)
    await start_secret_mail(services, mail)


async def withdraw(services: Services, account: Account, idea_id: str, invitation_id: str) -> None:
    """Its links lead nowhere from now on, and its address is forgotten.

    Raises IdeaNotFound, NoInvitation, NotInvited.
    """
    async with services.database.transaction() as session:
        await _manage(session, account, idea_id)
        asked = await _find_waiting(session, idea_id, invitation_id)
        asked.withdraw()


async def _manage(session: AsyncSession, account: Account, idea_id: str) -> StandingRow:
    """The idea, held until the end, so that its invitations are counted rightly. Raises IdeaNotFound, NotInvited."""
    held = select(StandingRow).join(Idea, col(Idea.id) == col(StandingRow.case_id)).where(Idea.id == idea_id)
    row = (await session.exec(held.with_for_update(key_share=True, of=Idea))).one_or_none()
    if row is None or not may_view(row.standing(), account.id, [Role(role) for role in account.roles]):
        raise IdeaNotFound(hidden=row is not None)
    if row.owner_id != account.id:
        raise NotInvited(WhyNot.NOT_YOURS)
    if not may_manage_team(row.standing(), account.id):
        raise NotInvited(WhyNot.NOT_NOW)
    return row


async def _check_address(session: AsyncSession, account: Account, row: StandingRow, email: str, share: Share) -> None:
    """Of people whom the owner knows from this very page it is said that they are here; of nobody else."""
    if email == account.email:
        raise NotInvited(WhyNot.OWN_ADDRESS)
    known = (await session.exec(select(Account.id).where(Account.email == email))).one_or_none()
    if known in coaches_of(row.standing()):
        raise NotInvited(WhyNot.COACH)
    if known is not None and row.team.get(known) == share:
        raise NotInvited(WhyNot.IN_TEAM)
    declined = select(Invitation.id).where(
        Invitation.idea_id == row.idea_id, Invitation.email == email, col(Invitation.declined_at).is_not(None)
    )
    if (await session.exec(declined.limit(1))).first() is not None:
        raise NotInvited(WhyNot.DECLINED)


async def _is_one_too_many(session: AsyncSession, row: StandingRow, email: str) -> bool:
    waiting = select(Invitation.id).where(
        Invitation.idea_id == row.idea_id, Invitation.email == email, Invitation.is_unanswered()
    )
    if (await session.exec(waiting.limit(1))).first() is not None:
        return False
    return len(row.team) >= MOST_MEMBERS or await count_open_invitations(session, row.idea_id) >= MOST_OPEN


async def _find_waiting(session: AsyncSession, idea_id: str, invitation_id: str) -> Invitation:
    """One that nobody has answered; its time may be over."""
    those = select(Invitation).where(
        Invitation.id == invitation_id, Invitation.idea_id == idea_id, Invitation.is_unanswered()
    )
    asked = (await session.exec(those.with_for_update())).one_or_none()
    if asked is None:
        raise NoInvitation
    return asked


async def _write(session: AsyncSession, services: Services, asked: Invitation) -> MailRow:
    """The mail; held back where others have written to this address often enough. Raises NotInvited."""
    if await has_mails_enough(session, asked):
        raise NotInvited(WhyNot.TOO_OFTEN)
    order = Order(SecretMailKind.TEAM_INVITATION, asked.email, subject_id=asked.id, language=asked.language)
    return await write_secret_mail(session, services.signing_key, order)


# -- answering ---------------------------------------------------------------------------------------------------


def fate_in_team(asked: Invitation, row: StandingRow) -> Fate:
    """An invitation ends with the idea's path."""
    fate = fate_of(asked)
    return Fate.ENDED if fate is Fate.OPEN and row.outcome is not None else fate


def may_join(asked: Invitation, row: StandingRow) -> bool:
    """Also whoever has said no, perhaps by mistake, for as long as they could have said yes."""
    if fate_in_team(asked, row) is not Fate.DECLINED:
        return fate_in_team(asked, row) is Fate.OPEN
    return asked.withdrawn_at is None and utc_now() < asked.expires_at and row.outcome is None


async def find_invited(session: AsyncSession, secret: str) -> Invited | None:
    """What a link leads to, without using it; None where it never was one, or is forgotten."""
    return await _read_invited(session, Invitation.has_link(secret))


async def find_asked(session: AsyncSession, invitation_id: str) -> Invited | None:
    """What the owner passes on themselves. It proves nothing: it leads to the mail."""
    return await _read_invited(session, col(Invitation.id) == invitation_id)


async def write_once_more(services: Services, invitation_id: str) -> None:
    """Another mail to whoever was asked, as they wish. Raises NotJoined, NotInvited, EngineAway."""
    async with services.database.transaction() as session:
        invited = await find_asked(session, invitation_id)
        if invited is None or invited.fate is not Fate.OPEN:
            raise NotJoined(invited.fate if invited else Fate.UNKNOWN)
        mail = await _write(session, services, invited.asked)
    await start_secret_mail(services, mail)


async def _read_invited(session: AsyncSession, which: ColumnElement[bool]) -> Invited | None:
    those = (
        select(Invitation, Idea, StandingRow, Account.name)
        .join(Idea, col(Idea.id) == col(Invitation.idea_id))
        .join(StandingRow, col(StandingRow.case_id) == col(Idea.id))
        .outerjoin(Account, col(Account.id) == col(Invitation.inviter_id))
    )
    found = (await session.exec(those.where(which))).one_or_none()
    if found is None:
        return None
    asked, idea, row, inviter = found
    account = (await session.exec(select(Account).where(Account.email == asked.email))).one_or_none()
    if account is not None and not account.can_come_in:
        return None
    return Invited(asked, idea, row, inviter or "", account)


async def make_account(services: Services, invited: Invited, name: str) -> Account:
    """For whoever was asked and has none yet: the link has proved the address."""
    async with services.database.transaction() as session:
        return await find_or_make_account(session, invited.asked.email, name, invited.asked.language)


async def join(services: Services, secret: str, account: Account) -> str:
    """Take an account into the team for which a link was sent; returns the idea. Once: the link leads nowhere then.

    Raises NotJoined, EngineAway.
    """
    async with services.database.transaction() as session:
        asked, row = await _hold(session, secret, anew=True)
        taken = await _let_in(session, services, asked, account)
        asked.accepted_at, asked.declined_at, asked.email = utc_now(), None, ""
    await show(services, taken)
    return row.idea_id


async def decline(services: Services, secret: str) -> None:
    """Say no. The owner is told. Raises NotJoined."""
    async with services.database.transaction() as session:
        asked, row = await _hold(session, secret)
        asked.declined_at = utc_now()
        told = notice_values(row.idea_id, f"declined-{asked.id}", row.owner_id, NoticeKind.TEAM_DECLINED)
        await session.exec(insert(NoticeRow).values(told).on_conflict_do_nothing())
    with suppress(EngineAway):
        await dispatch_notices(services.database, services.engine, row.idea_id)


async def _hold(session: AsyncSession, secret: str, *, anew: bool = False) -> tuple[Invitation, StandingRow]:
    """An open invitation, held: two answers at the same moment stand in line, and the second finds the first. `anew`:
    a no may become a yes. Raises NotJoined.
    """
    asked = (await session.exec(select(Invitation).where(Invitation.has_link(secret)).with_for_update())).one_or_none()
    if asked is None:
        raise NotJoined(Fate.UNKNOWN)
    row = await session.get_one(StandingRow, asked.idea_id)
    fate = fate_in_team(asked, row)
    if fate is not Fate.OPEN and not (anew and may_join(asked, row)):
        raise NotJoined(fate)
    return asked, row


async def _let_in(session: AsyncSession, services: Services, asked: Invitation, account: Account) -> Taken:
    command = Command(
        id=str(uuid5(NAMESPACE_URL, f"invitation/{asked.id}/{account.id}/{asked.share}")),
        event=JOIN_TEAM,
        actor=ENGINE,
        member_id=account.id,
        share=Share(asked.share),
    )
    try:
        return await ask_case(services, asked.idea_id, command)
    except IdeaGone as gone:
        raise NotJoined(Fate.ENDED) from gone
    except CommandRefused as refused:
        if refused.refusal.code is RefusalCode.NOT_ALLOWED:
            raise NotJoined(Fate.ENDED) from refused
        row = await session.get_one(StandingRow, asked.idea_id, populate_existing=True)
        standing = row.standing()
        on_other_side = account.id == standing.owner_id or account.id in coaches_of(standing)
        raise NotJoined(Fate.CONFLICT if on_other_side else Fate.FULL) from refused
