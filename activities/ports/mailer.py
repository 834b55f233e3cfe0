"""Sending a mail."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from pydantic import BaseModel


class Attachment(BaseModel):
    """A small file beside the text."""

    name: str
    media_type: str
    content: bytes


class Mail(BaseModel):
    """One mail to one person. `id` is its row's: it is the Message-ID too, so a mail has one identity for ever."""

    id: str
    account_id: str | None
    """None for somebody who has no account."""
    recipient: str
    language: str = "de"
    subject: str
    """Without personal data: subjects stand in logs of mail servers."""
    text: str
    html: str = ""
    unsubscribe_url: str | None = None
    """Only where the mail may be refused; answers a one-click POST (RFC 8058)."""
    attachments: list[Attachment] = []


class MailNotTaken(Exception):
    """The mail was certainly not delivered. `permanent`: trying again is of no use."""

    def __init__(self, cause: str, *, permanent: bool) -> None:
        """`cause` is a short word or an SMTP reply code without its text, which may quote an address."""
        self.cause = cause
        self.permanent = permanent
        super().__init__(cause)


class MailUncertain(Exception):
    """The server was given the whole mail and did not say whether it took it."""


class Mailer(Protocol):
    """Takes a mail to its recipient."""

    async def send(self, mail: Mail, giving: Callable[[], Awaitable[None]]) -> None:
        """Awaits `giving` at the last moment before the mail may be taken, so that a repeat can tell.

        Raises MailNotTaken before or instead of, MailUncertain after that moment.
        """
