"""The mail that asks somebody to work here. It names nobody and holds no typed word: the address is not proved."""

from datetime import date, timedelta
from typing import NamedTuple

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import Block, Link, Message
from activities.secret_mails.spec import Desk, SecretMailSpec, Written
from models.i18n import Texts
from models.tables import PersonChange, StaffInvitation

LASTS = timedelta(days=14)


class Wording(NamedTuple):
    """What the mail says; the page that previews it shows the same."""

    subject: str
    headline: str
    text: str
    button: str


def word_invitation(t: Texts, role: str, platform: str, until: date) -> Wording:
    return Wording(
        t("secret_mail.staff_invitation.subject"),
        t("secret_mail.staff_invitation.headline"),
        t(f"secret_mail.staff_invitation.text.{role}", platform=platform, until=t.day(until)),
        t("secret_mail.staff_invitation.open"),
    )


async def write_staff_invitation(session: AsyncSession, desk: Desk) -> Written | None:
    asked = await session.get(StaffInvitation, desk.row.subject_id, with_for_update=True)
    if asked is None or not asked.is_open or await waits_for_second(session, asked.id):
        return None
    secret, policy = asked.new_link(), desk.letterhead.policy
    until = asked.expires_at.astimezone(policy.zone).date()
    words = word_invitation(desk.texts, asked.role, policy.region.platform, until)
    link = Link(desk.address(path_of(secret)), words.button)
    return Written(words.subject, (Block("", (Message(words.headline, words.text),), link=link, on_turn=True),))


def path_of(secret: str) -> str:
    return f"mitarbeit/{secret}"


async def waits_for_second(session: AsyncSession, invitation_id: str) -> bool:
    """Whether a second lead has not agreed to it yet: nobody is asked before."""
    waits = select(PersonChange.id).where(
        col(PersonChange.invitation_id) == invitation_id, PersonChange.status == "proposed"
    )
    return (await session.exec(waits.limit(1))).first() is not None


SPEC = SecretMailSpec(LASTS, write_staff_invitation)
