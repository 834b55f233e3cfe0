"""What a mail is made of. `compose` and `notice_details` fill it, the templates in templates/emails/ write it out."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.letterhead import Letterhead
from models.i18n import Texts
from models.tables import Account, NoticeRow


@dataclass(frozen=True)
class Reader:
    """Whom a mail is for, and what all mails share."""

    account: Account
    letterhead: Letterhead
    texts: Texts
    today: date


@dataclass(frozen=True)
class Section:
    """What a kind of notice has to say beyond its two sentences.

    `template` names the pair templates/emails/sections/{template}.html and .txt. They know `t`, `policy` and the
    values by their names.
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)


SectionWriter = Callable[[AsyncSession, NoticeRow, Reader], Awaitable[Section | None]]
"""Reads what it needs of SQL at the moment of sending. None: the generic words are enough."""


@dataclass(frozen=True)
class Message:
    """One notice: a headline, what it means, and perhaps more."""

    headline: str
    text: str
    section: Section | None = None


@dataclass(frozen=True)
class Fact:
    """One line of where an idea stands."""

    label: str
    value: str
    late: bool = False


@dataclass(frozen=True)
class Link:
    url: str
    label: str


@dataclass(frozen=True)
class CalendarEntry:
    """A day on which something is due, for the reader's own calendar. It names nobody and no idea."""

    key: str
    """The same for the same deadline, also when it moves."""
    day: date
    summary: str
    url: str
    sequence: int
    """Grows when the deadline moves, so that a calendar keeps the newest."""
    stamp: datetime
    last_day: date | None = None
    """Where it is a time and not a day."""
    hours: tuple[datetime, datetime] | None = None
    """When it begins and ends, where people meet: then it takes their time."""
    location: str = ""
    cancelled: bool = False
    """It takes place no more, and leaves calendars that have it."""


@dataclass(frozen=True)
class Block:
    """Everything there is to tell of one idea, or of something that is about no idea."""

    title: str
    messages: tuple[Message, ...]
    facts: tuple[Fact, ...] = ()
    link: Link | None = None
    deadline: CalendarEntry | None = None
    on_behalf_of: str | None = None
    """Whose deputy reads this."""
    on_turn: bool = False


@dataclass(frozen=True)
class MailContent:
    """What both forms of a mail are written from, HTML and plain text."""

    subject: str
    greeting: str
    blocks: tuple[Block, ...]
    settings_url: str | None = None
    """None where nobody has chosen to get it, and nobody can choose not to."""
    unsubscribe_url: str | None = None
