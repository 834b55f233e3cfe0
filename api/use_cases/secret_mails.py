"""Posting a secret mail: a row and a workflow. What it says is made when it is sent."""

from activities.secret_mails.posting import Order, is_held_back, write_secret_mail
from api.runtime.services import Services
from models.tables import MailRow


async def post_secret_mail(services: Services, order: Order) -> None:
    """Write a secret mail and send it on its way, or hold it back. Raises EngineAway; it is not sent then.

    What it is about has to be in SQL already: it may be sent at once. Nobody is told what was held back. Whoever writes
    one together with its subject does so last, with `write_secret_mail`, and starts it afterwards.
    """
    async with services.database.transaction() as session:
        mail = await write_secret_mail(session, services.signing_key, order)
    await start_secret_mail(services, mail)


async def start_secret_mail(services: Services, mail: MailRow) -> None:
    """Send a written one on its way, unless it is held back. Raises EngineAway."""
    if not is_held_back(mail):
        await services.engine.start_secret_mail(mail.id)
