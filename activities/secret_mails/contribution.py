"""The mails to whoever writes to a story, or reports what stands there. They hold no word of anybody: those stand on
the page behind the link. Names and addresses are told where both sides have said yes, and have proved theirs."""

from datetime import timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import Block, Link, Message
from activities.secret_mails.spec import Desk, SecretMailSpec, Written
from models.case_names import page_of
from models.queries.contributions import list_contributions
from models.secrets import hash_secret, new_secret
from models.tables import Account, Contribution, ContributionReport
from models.workflow_ids import CONTRIBUTION

LASTS = timedelta(days=7)
"""So long a contribution waits for its address to be proved; then it goes."""


async def write_confirmation(session: AsyncSession, desk: Desk) -> Written | None:
    """Nothing where it is proved, or gone."""
    words = await session.get(Contribution, desk.row.subject_id, with_for_update=True)
    return None if words is None or words.number is not None else _write(desk, "confirm_contribution", words)


async def write_news(session: AsyncSession, desk: Desk) -> Written | None:
    """How it stands now, be it further on than when the mail was asked for."""
    views = await list_contributions(session, Contribution.id == desk.row.subject_id)
    words = await session.get(Contribution, desk.row.subject_id, with_for_update=True)
    return None if not views or words is None or not words.email else _write(desk, views[0].news, words)


async def write_contact(session: AsyncSession, desk: Desk) -> Written | None:
    """To either side, how the other is reached: both have said yes. Nothing where one of them is gone meanwhile."""
    views = await list_contributions(session, Contribution.id == desk.row.subject_id)
    words, contact_id = (views[0].words, views[0].standing.contact_id) if views else (None, None)
    account = await session.get(Account, contact_id) if contact_id is not None else None
    if words is None or not words.email or not words.may_contact or account is None or account.erased_at is not None:
        return None
    t, is_team = desk.texts, desk.row.account_id is not None
    is_proved = desk.is_proved if is_team else desk.row.email == words.email
    name, address = (words.name, words.email) if is_team else (account.name, account.email)
    text = t("secret_mail.contribution.contact.text")
    if is_proved:
        text += "\n" + t("secret_mail.contribution.contact.reach", who=", ".join(filter(None, (name, address))))
    link = Link(desk.address(page_of(CONTRIBUTION, words.idea_id)), t("mail.open.contributions")) if is_team else None
    message = Message(t("secret_mail.contribution.contact"), text)
    return Written(t("secret_mail.contribution.contact.subject"), (Block("", (message,), link=link),))


async def write_decision(session: AsyncSession, desk: Desk) -> Written | None:
    """To whoever has reported something, at an address that nobody has proved."""
    decided = select(ContributionReport.took_away).where(col(ContributionReport.id) == desk.row.subject_id)
    took_away = (await session.exec(decided)).one_or_none()
    return None if took_away is None else _write(desk, "report_upheld" if took_away else "report_refused")


def _write(desk: Desk, what: str, words: Contribution | None = None) -> Written:
    t, link = desk.texts, None
    if words is not None:
        secret = new_secret()
        words.hash = hash_secret(secret)
        link = Link(desk.address(f"mitreden/{secret}"), t("secret_mail.contribution.open"))
    message = Message(t(f"secret_mail.contribution.{what}"), t(f"secret_mail.contribution.{what}.text"))
    is_asked = what == "confirm_contribution"
    about = "report" if words is None else what if is_asked else "news"
    return Written(
        t(f"secret_mail.contribution.{about}.subject"), (Block("", (message,), link=link, on_turn=is_asked),)
    )


CONFIRM = SecretMailSpec(LASTS, write_confirmation)
NEWS = SecretMailSpec(LASTS, write_news, most=50)
CONTACT = SecretMailSpec(LASTS, write_contact, most=50)
DECISION = SecretMailSpec(LASTS, write_decision)
