"""From the row of a secret mail to the mail itself. Its secret is made here, a new one with each attempt."""

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import MailContent
from activities.mails.letterhead import Letterhead
from activities.mails.rendering import render_mail
from activities.ports.mailer import Mail
from activities.secret_mails.kinds import KINDS
from activities.secret_mails.spec import Desk
from models.i18n import texts_in
from models.tables import Account, MailRow


async def compose_secret_mail(
    session: AsyncSession, row: MailRow, kind: str, reader: Account | None, letterhead: Letterhead
) -> Mail | None:
    """None where there is nothing to say any more. The caller commits, and with it the digest of the secret."""
    desk = Desk(row, letterhead, texts_in(row.language), reader)
    written = await KINDS[kind].write(session, desk)
    if written is None:
        return None
    # By name only in a mail about who somebody is: the new address is proved by then, or the old one was.
    name = reader.name if KINDS[kind].greets and reader is not None and reader.proved_at is not None else ""
    greeting = desk.texts("mail.greeting", name=name) if name else desk.texts("secret_mail.greeting")
    content = MailContent(written.subject, greeting, written.blocks)
    return render_mail(row.id, row.recipient_id, row.email, content, desk.texts, letterhead.policy)
