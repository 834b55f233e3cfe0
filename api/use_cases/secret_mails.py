"""Posting a letter that carries a secret: a row and a workflow. What it says is made when it is sent."""

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.secret_mails import posting
from activities.secret_mails.posting import Order, is_held_back
from api.runtime.services import Services
from models.tables import SecretMailRow
from models.vocabulary import SecretMailKind


async def post_secret_mail(
    services: Services,
    kind: SecretMailKind,
    email: str,
    *,
    account_id: str | None = None,
    subject_id: str | None = None,
    language: str = "de",
    network: str | None = None,
    is_own: bool = False,
    to_nobody: bool = False,
) -> None:
    """Write a letter to an address and send it on its way, or hold it back. Raises EngineAway; it is not sent then.

    What it is about has to be in SQL already: it may be sent at once. Nobody is told what was held back.
    """
    async with services.database.transaction() as session:
        letter = await write_secret_mail(
            session,
            services,
            kind,
            email,
            account_id=account_id,
            subject_id=subject_id,
            language=language,
            network=network,
            is_own=is_own,
            to_nobody=to_nobody,
        )
    await start_secret_mail(services, letter)


async def write_secret_mail(
    session: AsyncSession,
    services: Services,
    kind: SecretMailKind,
    email: str,
    *,
    account_id: str | None = None,
    subject_id: str | None = None,
    language: str = "de",
    network: str | None = None,
    is_own: bool = False,
    to_nobody: bool = False,
) -> SecretMailRow:
    """The row alone, for who writes it together with its subject, and last: `start_secret_mail` sends it afterwards."""
    order = Order(kind, email, account_id, subject_id, language, None, network, is_own, to_nobody)
    return await posting.write_secret_mail(session, services.signing_key, order)


async def start_secret_mail(services: Services, letter: SecretMailRow) -> None:
    """Send a written letter on its way, unless it is held back. Raises EngineAway."""
    if not is_held_back(letter):
        await services.engine.start_secret_mail(letter.id)
