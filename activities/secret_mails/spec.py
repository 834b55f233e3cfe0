"""What the kinds of secret mails have in common."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import Block
from activities.mails.letterhead import Letterhead
from models.i18n import Texts
from models.tables import Account, MailRow


@dataclass(frozen=True)
class Desk:
    """Where a secret mail is written: whom it is for, in which language, and on whose paper."""

    row: MailRow
    letterhead: Letterhead
    texts: Texts
    reader: Account | None = None
    """Whose account it goes to; None where nobody's, or where nobody knows that."""

    @property
    def is_proved(self) -> bool:
        """Whether its reader is known to read this address. Anybody may have typed any other, so what goes there holds
        no word that somebody typed: no name, no title, no note."""
        return self.reader is not None and self.reader.proved_at is not None and self.reader.email == self.row.email

    @property
    def expires_at(self) -> datetime:
        """Every secret mail has an end."""
        return cast(datetime, self.row.expires_at)

    def address(self, path: str) -> str:
        """The address of a page, such as "anmelden/link/…"."""
        return self.letterhead.links.page(path)


@dataclass(frozen=True)
class Written:
    """What a mail says. The subject carries no name, no title and no secret: it stands in logs of mail servers."""

    subject: str
    blocks: tuple[Block, ...]


SecretMailWriter = Callable[[AsyncSession, Desk], Awaitable[Written | None]]
"""Makes the secret and the words, in one transaction with its digest. None: there is nothing to say any more."""


@dataclass(frozen=True)
class SecretMailSpec:
    """One kind of secret mail."""

    lasts: timedelta
    """As long as its secret. A mail that could not be sent by then is given up."""
    write: SecretMailWriter
    most: int = 3
    within: timedelta = timedelta(hours=1)
    """So many go to one address within this time, whoever asks for them."""
    greets: bool = False
    """By name, and only where the reader has proved who they are. Most mails go where anybody may have sent them."""
