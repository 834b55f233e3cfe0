"""From notices to one mail: what has happened, who is on turn until when, and where it goes on.

Ids come in, words are read from SQL at the moment of sending. So a mail tells where an idea stands now, and nobody's
words are kept between its writing and its sending.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import Block, Link, MailContent, Message, Reader
from activities.mails.idea_block import subject_of, write_block
from activities.mails.letterhead import Letterhead
from activities.mails.links import Refused
from activities.mails.rendering import render_mail
from activities.ports.mailer import Mail
from models.i18n import texts_in
from models.rules.notice_timing import CHOICES, group_of
from models.tables import Account, NoticeRow
from models.vocabulary import NoticeGroup, Rhythm

SETTINGS_PAGE = "einstellungen"


async def compose_mail(
    session: AsyncSession, mail_id: str, recipient: Account, notices: Sequence[NoticeRow], letterhead: Letterhead
) -> Mail:
    """The mail that tells `recipient` of some notices: their own, or those of people whose deputy they are."""
    today = datetime.now(letterhead.policy.zone).date()
    reader = Reader(recipient, letterhead, texts_in(recipient.language), today)
    content = await write_mail(session, reader, notices)
    return render_mail(mail_id, recipient.id, recipient.email, content, reader.texts, letterhead.policy)


async def write_mail(session: AsyncSession, reader: Reader, notices: Sequence[NoticeRow]) -> MailContent:
    texts, links = reader.texts, reader.letterhead.links
    is_proved = reader.account.proved_at is not None
    in_order = sorted(notices, key=lambda notice: (notice.created_at, notice.version or 0, notice.id))
    groups = gather(in_order)
    blocks = [await write_block(session, reader, group) for group in groups] if is_proved else [write_nothing(reader)]
    refused = find_refused(reader.account, notices)
    return MailContent(
        subject=write_subject(reader, in_order),
        greeting=texts("mail.greeting", name=reader.account.name) if is_proved else texts("secret_mail.greeting"),
        blocks=tuple(sorted(blocks, key=_urgency)),
        settings_url=links.way(reader.account.id, SETTINGS_PAGE),
        unsubscribe_url=links.unsubscribe(refused) if refused else None,
    )


def write_nothing(reader: Reader) -> Block:
    """For an address that nobody has proved: that there is something, and where one signs in. Names, titles and notes
    were typed by somebody, and whoever reads this may have nothing to do with them."""
    t = reader.texts
    message = Message(t("mail.unproved.headline"), t("mail.unproved.text"))
    return Block("", (message,), link=Link(reader.letterhead.links.page("anmelden"), t("mail.unproved.open")))


def write_subject(reader: Reader, notices: Sequence[NoticeRow]) -> str:
    """What waits for an answer comes first. It names no person and no idea, since it stands in servers' logs."""
    texts = reader.texts
    pressing = [notice for notice in notices if group_of(notice.kind) in (NoticeGroup.TURN, NoticeGroup.LEAD)]
    first, others = (pressing or notices)[0], len(notices) - 1
    subject = texts(f"notice.{first.kind}.subject")
    if others and not pressing:
        subject = texts("mail.subject.news", count=len(notices))
    elif others:
        subject = texts("mail.subject.and_more", first=subject, count=others)
    is_own = any(notice.account_id == reader.account.id for notice in notices)
    return subject if is_own else texts("mail.subject.deputy", subject=subject)


def gather(notices: Sequence[NoticeRow]) -> list[list[NoticeRow]]:
    """Notices to one person about the same belong together."""
    groups: dict[tuple[str, str], list[NoticeRow]] = {}
    for notice in notices:
        groups.setdefault((notice.account_id, subject_of(notice)), []).append(notice)
    return list(groups.values())


def find_refused(account: Account, notices: Sequence[NoticeRow]) -> Refused | None:
    """What can be switched off with one click: only where the whole mail is of one group that may be off."""
    groups = {group_of(notice.kind) for notice in notices}
    group = groups.pop()
    own = all(notice.account_id == account.id for notice in notices)
    return Refused(account.id, group) if own and not groups and Rhythm.OFF in CHOICES[group] else None


def _urgency(block: Block) -> tuple[bool, bool, date]:
    """First where the reader is on turn, by deadline; the others stay in the order in which things happened."""
    day = block.deadline.day if block.deadline else date.min
    return not block.on_turn, block.on_behalf_of is not None, day if block.on_turn else date.min
