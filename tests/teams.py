"""Somebody in a team, and what goes by mail until they are."""

import re
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.secret_mails.team import LASTS
from models.database import Database
from models.messages.commands import ENGINE
from models.secrets import hash_secret
from models.tables import Account, Invitation, MailboxMessage, OwnerRequest
from models.tables.columns import new_id, utc_now
from models.vocabulary import Role, Share
from tests.factories import ALMA, account_id, command
from workflows.client import EngineClient

NORA, OTTO = account_id("nora"), account_id("otto")


async def gather_team(database: Database, ideas: EngineClient, idea_id: str) -> None:
    """Nora works on the idea, and Otto looks on."""
    async with database.transaction() as session:
        for its_id, name in ((NORA, "nora"), (OTTO, "otto")):
            if await session.get(Account, its_id) is None:
                session.add(new_innovator(its_id, name))
    for member, share in ((NORA, Share.COLLABORATOR), (OTTO, Share.OBSERVER)):
        await ideas.command(idea_id, command("join_team", ENGINE, member_id=member, share=share))


def new_innovator(its_id: str, name: str) -> Account:
    return Account(id=its_id, email=f"{name}@example.org", name=name.title(), roles=[str(Role.INNOVATOR)])


async def write_invitation(database: Database, idea_id: str, email: str, **fields: Any) -> str:
    """Alma has asked somebody, and the mail is there; returns the secret in its link."""
    secret, now = new_id(), utc_now()
    values: dict[str, Any] = {
        "share": Share.COLLABORATOR,
        "inviter_id": ALMA,
        "asked_at": now,
        "expires_at": now + LASTS,
    } | fields
    async with database.transaction() as session:
        session.add(Invitation(idea_id=idea_id, email=email, hashes=[hash_secret(secret)], **values))
    return secret


async def write_question(database: Database, idea_id: str, account_id: str = NORA) -> str:
    """Alma has asked somebody in her team whether they take the idea over; what she asked before is withdrawn."""
    asked = OwnerRequest(id=new_id(), idea_id=idea_id, account_id=account_id, expires_at=utc_now() + LASTS)
    asked.asked_by = ALMA
    async with database.transaction() as session:
        before = update(OwnerRequest).where(col(OwnerRequest.idea_id) == idea_id)
        await session.exec(before.values(withdrawn_at=utc_now()))
        session.add(asked)
    return asked.id


async def find_invitation(session: AsyncSession, idea_id: str) -> Invitation:
    """The latest one of an idea."""
    those = select(Invitation).where(Invitation.idea_id == idea_id).order_by(col(Invitation.created_at).desc())
    return (await session.exec(those.limit(1))).one()


def link_in(mail: MailboxMessage) -> str:
    """The path that a mail leads to."""
    found = re.search(r"http://[^/]+(/einladung/[A-Za-z0-9_-]+)", mail.body)
    assert found is not None, mail.body
    return found[1]
