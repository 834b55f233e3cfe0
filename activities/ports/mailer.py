"""Sending a mail."""

from typing import Protocol

from pydantic import BaseModel


class Mail(BaseModel):
    """One mail to one person. `id` is the notice's: a mailer that is asked twice sends once where it can."""

    id: str
    account_id: str
    recipient: str
    subject: str
    body: str


class Mailer(Protocol):
    """Takes a mail to its recipient, or raises; the activity is then tried again."""

    async def send(self, mail: Mail) -> None: ...
