"""Ideas without an account wait in their draft until somebody has proved the address: no account, no idea, no workflow.

One mail goes there, without a word that was typed. Its link hands the idea in and signs its reader in. An account
with rights over the ideas of others comes in its own way; its owner finds the draft there, to look through and send.
"""

from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.ports.ideas import CommandRefused
from activities.secret_mails.confirm_draft import LASTS
from activities.secret_mails.posting import Order, write_secret_mail
from api.runtime.services import Services
from api.use_cases.drafts import (
    DraftIncomplete,
    DraftNotFound,
    Holder,
    OnItsWay,
    find_gaps,
    find_or_make_account,
    keep_address,
    open_draft,
    submit_draft,
    turn_into_idea,
)
from api.use_cases.secret_mails import start_secret_mail
from models.secrets import hash_secret
from models.tables import Account, Draft, DraftLink, MailRow, is_staff
from models.tables.columns import utc_now
from models.vocabulary import MailState, SecretMailKind
from workflows.client import EngineAway

AGAIN = timedelta(minutes=1)
"""A link works once; pressed twice, it is once."""

BEFORE_ANOTHER_LOOK = timedelta(minutes=2)
"""So long a mail may take before it is asked for again."""


STARTED_LATER = (
    SecretMailKind.CONFIRM_DRAFT,
    SecretMailKind.IMPORTED,
    SecretMailKind.CONFIRM_CONTRIBUTION,
    SecretMailKind.CONTRIBUTION_NEWS,
    SecretMailKind.CONTRIBUTION_CONTACT,
    SecretMailKind.REPORT_DECIDED,
)


class Confirmation(NamedTuple):
    """A draft whose address is proved by a link. `account`: who has the address already."""

    link: DraftLink
    draft: Draft
    account: Account | None

    @property
    def is_closed(self) -> bool:
        """Whether a mail does not open this account: it has rights over the ideas of others, or is blocked."""
        return self.account is not None and (is_staff(self.account) or not self.account.can_come_in)


async def hand_in_by_mail(services: Services, holder: Holder, draft_id: str, network: str | None) -> Draft:
    """Let a complete draft wait for its address, and write there. Sent twice, it is one mail.

    Raises DraftNotFound, DraftExpired, DraftIncomplete.
    """
    async with services.database.transaction() as session:
        draft = await open_draft(session, holder, draft_id, lock=True)
        if draft.waits_since is not None or draft.idea_id is not None:
            return draft
        gaps = find_gaps(services.policy, draft, signed_in=False)
        if gaps:
            raise DraftIncomplete(gaps)
        now = utc_now()
        draft.waits_since, draft.warned_at, draft.expires_at = now, None, now + LASTS
        mail = await write_confirmation(session, services, draft, network)
    await start_confirmation(services, mail)
    return draft


async def write_again(
    services: Services, holder: Holder, draft_id: str, network: str | None, email: str | None = None
) -> Draft:
    """Another mail, to the same address or to a corrected one: what went to the wrong one leads nowhere then.

    Raises DraftNotFound, DraftExpired.
    """
    async with services.database.transaction() as session:
        draft = await _hold_waiting(session, holder, draft_id)
        mail = await write_another_confirmation(session, services, draft, network, email)
    await start_confirmation(services, mail)
    return draft


async def take_back(services: Services, holder: Holder, draft_id: str) -> None:
    """It is written on, and waits no longer. Raises DraftNotFound, DraftExpired."""
    async with services.database.transaction() as session:
        draft = await _hold_waiting(session, holder, draft_id)
        draft.waits_since, draft.warned_at = None, None
        draft.expires_at = utc_now() + timedelta(days=services.policy.retention.draft_days)


async def find_confirmation(session: AsyncSession, secret: str, *, lock: bool = False) -> Confirmation | None:
    """What a link confirms; None where it does not do that, or not any more."""
    those = select(DraftLink, Draft).join(Draft, col(Draft.id) == col(DraftLink.draft_id))
    those = those.where(DraftLink.hash == hash_secret(secret), DraftLink.email == col(Draft.email))
    found = (await session.exec(those.with_for_update() if lock else those)).one_or_none()
    if found is None:
        return None
    link, draft = found
    now = utc_now()
    is_used = link.used_at is not None and link.used_at < now - AGAIN
    is_open = draft.waits_since is not None or (draft.idea_id is not None and link.used_at is not None)
    if is_used or not is_open or min(link.expires_at, draft.expires_at) <= now:
        return None
    known = select(Account).where(Account.email == link.email)
    return Confirmation(link, draft, (await session.exec(known)).one_or_none())


async def confirm(services: Services, secret: str) -> tuple[Account, str] | None:
    """Hand a waiting idea in for whoever reads the mail to its address; returns who that is, and where it goes on.

    Repeatable. None where the link does not do that, or not any more. Where the engine is away it is handed in later.
    """
    async with services.database.transaction() as session:
        found = await find_confirmation(session, secret, lock=True)
        if found is None or found.is_closed:
            return None
        link, draft, _ = found
        account = await find_or_make_account(session, link.email, draft.name, draft.language)
        account.proved_at = account.proved_at or utc_now()
        link.used_at = link.used_at or utc_now()
        try:
            if draft.idea_id is None:
                await turn_into_idea(session, services.policy, draft, account)
        except DraftIncomplete:
            # The region's rules have changed meanwhile.
            draft.waits_since = None
            return account, f"/einreichen/{draft.id}/pruefen"
    services.unconfirmed.forget()
    with suppress(OnItsWay, CommandRefused):
        await submit_draft(services, draft)
    return account, f"/einreichen/{draft.id}/danke"


async def refuse(services: Services, secret: str) -> bool:
    """It was not theirs: the words go at once. False where the link does nothing any more."""
    async with services.database.transaction() as session:
        found = await find_confirmation(session, secret, lock=True)
        if found is None or found.draft.idea_id is not None:
            return False
        await session.delete(found.draft)
    return True


async def start_late_secret_mails(services: Services) -> None:
    """Mails that were written while the engine was away. Raises EngineAway."""
    those = select(MailRow).where(
        col(MailRow.secret_kind).in_(STARTED_LATER),
        MailRow.state == MailState.WAITING,
        MailRow.created_at < utc_now() - BEFORE_ANOTHER_LOOK,
        col(MailRow.expires_at) > utc_now(),
    )
    async with services.database.reading() as session:
        late = (await session.exec(those.order_by(col(MailRow.created_at)).limit(50))).all()
    for mail in late:
        await start_secret_mail(services, mail)


async def _hold_waiting(session: AsyncSession, holder: Holder, draft_id: str) -> Draft:
    draft = await open_draft(session, holder, draft_id, lock=True)
    if draft.waits_since is None:
        raise DraftNotFound
    return draft


async def write_confirmation(session: AsyncSession, services: Services, draft: Draft, network: str | None) -> MailRow:
    """The mail to a waiting draft's address. The caller commits, and starts it then."""
    email = draft.email or ""
    link = DraftLink(draft_id=draft.id, email=email, expires_at=draft.expires_at)
    session.add(link)
    await session.flush()
    order = Order(SecretMailKind.CONFIRM_DRAFT, email, subject_id=link.id, language=draft.language, network=network)
    return await write_secret_mail(session, services.signing_key, order)


async def write_another_confirmation(
    session: AsyncSession, services: Services, draft: Draft, network: str | None, email: str | None
) -> MailRow:
    """To the same address or to a corrected one: a link works only for the address to which it went."""
    if email is not None:
        keep_address(draft, email)
    return await write_confirmation(session, services, draft, network)


async def start_confirmation(services: Services, mail: MailRow) -> None:
    """Where the engine is away it is started later, see `start_late_secret_mails`: the page says what is to come."""
    with suppress(EngineAway):
        await start_secret_mail(services, mail)
