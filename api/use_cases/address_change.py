"""Another address: asked for in a session, proved by a mail, confirmed in a session of the same account.

Where the address has an account of its own, the mail and the page offer to bring both together, see
`api.use_cases.account_merge`; who asked sees the same in both cases.
"""

from contextlib import suppress

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.credentials import change_of_proof
from activities.secret_mails import new_address
from activities.secret_mails.posting import Order
from api.runtime.services import Services
from api.use_cases.audit import Caller, audit
from api.use_cases.secret_mails import post_secret_mail
from models.addresses import canonical_address
from models.secrets import hash_secret
from models.tables import Account, AddressChange, SessionRow
from models.tables.columns import utc_now
from models.vocabulary import AuditEvent, SecretMailKind
from workflows.client import EngineAway


async def ask_for_address(services: Services, caller: Caller, account: Account, email: str) -> None:
    """Write to another address, so that it proves to be theirs. Raises EngineAway.

    It ends with the session in which it was asked: whoever had that open and should not have leaves nothing behind.
    """
    email = canonical_address(email)
    async with services.database.transaction() as session:
        wanted = AddressChange(
            account_id=account.id,
            session_id=caller.session_id,
            email=email,
            expires_at=utc_now() + new_address.LASTS,
        )
        session.add(wanted)
    await post_secret_mail(
        services,
        Order(
            SecretMailKind.NEW_ADDRESS,
            email,
            account_id=account.id,
            subject_id=wanted.id,
            language=account.language,
            network=caller.network_hash,
        ),
    )


async def find_address_change(
    session: AsyncSession, services: Services, secret: str, *, lock: bool = False
) -> AddressChange | None:
    """What a link was sent for; None where it was used, has expired, its session has ended, or it never was one."""
    now = utc_now()
    asked_in = select(SessionRow.id).where(
        SessionRow.id == col(AddressChange.session_id),
        SessionRow.expires_at > now,
        SessionRow.seen_at > now - services.settings.session_idle,
    )
    statement = select(AddressChange).where(
        AddressChange.hash == hash_secret(secret),
        col(AddressChange.used_at).is_(None),
        AddressChange.expires_at > now,
        or_(col(AddressChange.session_id).is_(None), asked_in.exists()),
    )
    found: AddressChange | None = (
        await session.exec(statement.with_for_update(of=AddressChange) if lock else statement)
    ).one_or_none()
    return found


async def find_holder_of(session: AsyncSession, email: str) -> Account | None:
    """Who has an address here."""
    return (await session.exec(select(Account).where(Account.email == email))).one_or_none()


async def confirm_address(services: Services, caller: Caller, account_id: str, secret: str) -> bool:
    """The address counts from now on; whatever else was issued on the old one ends, and the old one is told.

    False where the link does not do that any more, or is not theirs, or somebody else has the address.
    """
    try:
        async with services.database.transaction() as session:
            wanted = await find_address_change(session, services, secret, lock=True)
            if wanted is None or wanted.account_id != account_id:
                return False
            account = await session.get_one(Account, account_id, with_for_update=True)
            old, account.email, account.proved_at = account.email, wanted.email, utc_now()
            # Who has an address of their own reads it themselves.
            account.held, account.post = False, ""
            await session.flush()
            await change_of_proof(session, account_id, but_session=caller.session_id)
            await audit(session, caller, AuditEvent.ADDRESS_CHANGED, account_id=account_id)
    except IntegrityError:
        # Somebody else has got it meanwhile.
        return False
    with suppress(EngineAway):
        await post_secret_mail(
            services, Order(SecretMailKind.ADDRESS_CHANGED, old, account_id=account.id, language=account.language)
        )
    return True
