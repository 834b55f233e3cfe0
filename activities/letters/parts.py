"""What the kinds of letters have in common."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.letterhead import Letterhead
from activities.mails.parts import Block
from models.i18n import Texts
from models.tables import LetterRow


@dataclass(frozen=True)
class Desk:
    """Where a letter is written: whom it is for, in which language, and on whose paper."""

    row: LetterRow
    letterhead: Letterhead
    texts: Texts

    def address(self, path: str) -> str:
        """The address of a page, such as "anmelden/link/…"."""
        return self.letterhead.links.page(path)


@dataclass(frozen=True)
class Written:
    """What a letter says. The subject carries no name, no title and no secret: it stands in logs of mail servers."""

    subject: str
    blocks: tuple[Block, ...]


LetterWriter = Callable[[AsyncSession, Desk], Awaitable[Written | None]]
"""Makes the secret and the words, in one transaction with its digest. None: there is nothing to say any more."""


@dataclass(frozen=True)
class LetterSpec:
    """One kind of letter."""

    lasts: timedelta
    """As long as its secret. A letter that could not be sent by then is given up."""
    write: LetterWriter
