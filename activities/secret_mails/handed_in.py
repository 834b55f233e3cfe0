"""The mail after handing in: what happens next, who reads it until when, and how one comes back."""

from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.content import Block, Fact, Link, Message, Section
from activities.secret_mails.spec import Desk, SecretMailSpec, Written
from models.queries.staff import has_lead
from models.region_names import RegionNames
from models.tables import Idea, StandingRow
from models.vocabulary import Role

LASTS = timedelta(days=7)


async def write_handed_in(session: AsyncSession, desk: Desk) -> Written | None:
    """It carries no secret: whoever comes back signs in by mail. The title is for who has proved the address."""
    idea = await session.get(Idea, desk.row.subject_id)
    row = await session.get(StandingRow, desk.row.subject_id)
    if idea is None or row is None or idea.erased_at is not None:
        return None
    t = desk.texts
    reader = t("role.lead")
    if await has_lead(session, row.office):
        reader += f" ({RegionNames(desk.letterhead.policy.region, t).office(row.office)})"
    facts = [Fact(t("mail.fact.reference"), idea.reference)] if idea.reference else []
    facts.append(Fact(t("secret_mail.handed_in.reader"), reader))
    if row.holder_role == Role.LEAD and row.holder_until is not None:
        facts.append(Fact(t("secret_mail.handed_in.until"), t.day(row.holder_until)))
    message = Message(t("secret_mail.handed_in.headline"), t("secret_mail.handed_in.text"), Section("handed_in"))
    link = Link(desk.address(f"ideen/{idea.id}"), t("secret_mail.handed_in.open"))
    title = idea.title if desk.is_proved else ""
    return Written(t("secret_mail.handed_in.subject"), (Block(title, (message,), tuple(facts), link, on_turn=False),))


SPEC = SecretMailSpec(LASTS, write_handed_in)
