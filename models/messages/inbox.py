"""What an inbox and its activities say to each other: ids, counts and times."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class InboxState(BaseModel):
    """Whose inbox it is. What waits in it is in SQL."""

    schema_version: int = 1
    account_id: str


class InboxLook(BaseModel):
    """A look into an inbox at a moment of its workflow's time."""

    model_config = ConfigDict(frozen=True)

    account_id: str
    now: datetime


class InboxPlan(BaseModel):
    """What is to be done next."""

    model_config = ConfigDict(frozen=True)

    mails: tuple[str, ...] = ()
    """Mails that are written down and not sent, the oldest first."""
    next_at: datetime | None = None
    """When notices are due for the next mail; None where nothing waits."""
    gather_seconds: int = 0
    """So long before they are due, no newer notice can be due earlier."""


class MailOrder(BaseModel):
    """Notices that are due go into one mail under this id."""

    model_config = ConfigDict(frozen=True)

    account_id: str
    mail_id: str
    now: datetime
