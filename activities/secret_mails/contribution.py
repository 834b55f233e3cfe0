"""The mails to whoever writes to a story, or reports what stands there. They hold no word of anybody: those stand on
the page behind the link."""

from datetime import timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import Block, Link, Message
from activities.secret_mails.spec import Desk, SecretMailSpec, Written
from models.queries.contributions import list_contributions
from models.secrets import hash_secret, new_secret
from models.tables import Contribution, ContributionReport

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
    subject = t(f"secret_mail.contribution.{'confirm_contribution' if is_asked else 'news'}.subject")
    return Written(subject, (Block("", (message,), link=link, on_turn=is_asked),))


CONFIRM = SecretMailSpec(LASTS, write_confirmation)
NEWS = SecretMailSpec(LASTS, write_news, most=50)
DECISION = SecretMailSpec(LASTS, write_decision)
