"""Before a draft goes, whoever has it is told: by the address of their account, or by the one that they typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Protocol

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.secret_mails import resume_draft
from activities.secret_mails.posting import Order, is_held_back, write_secret_mail
from models.database import Database
from models.tables import Account, Draft, DraftLink, MailRow
from models.vocabulary import SecretMailKind


class Postbox(Protocol):
    """Takes mails that are written."""

    async def start_secret_mail(self, mail_id: str) -> None: ...


@dataclass(frozen=True)
class Warner:
    """Writes to everybody whose draft goes within two weeks, once. `key` is `Settings.signing_key`."""

    database: Database
    postbox: Postbox
    key: str

    async def warn(self, now: datetime) -> int:
        """Returns of how many drafts. Safe to repeat. One that should have gone meanwhile stays for these two weeks."""
        async with self.database.transaction() as session:
            typed, count = await self._warn_of_typed(session, now)
            kept = await self._find_kept(session, now)
            mails = [*typed, *(await self._write_to_accounts(session, kept))]
        for mail_id in mails:
            await self.postbox.start_secret_mail(mail_id)
        return count + len(kept)

    async def _warn_of_typed(self, session: AsyncSession, now: datetime) -> tuple[list[str], int]:
        """Drafts of visitors who told us an address: one mail for all of an address, whose link opens all of them.

        Returns the mails and of how many drafts. What is held back is tried again tomorrow, and stays until then.
        """
        due = self._due(now, col(Draft.account_id).is_(None), col(Draft.email).is_not(None))
        found = sorted((await session.exec(due)).all(), key=lambda draft: draft.email or "")
        mails, count = [], 0
        for email, group in groupby(found, key=lambda draft: draft.email or ""):
            drafts = sorted(group, key=lambda draft: draft.expires_at)
            until = max(drafts[0].expires_at, now + resume_draft.WARNED_BEFORE)
            link = DraftLink(draft_id=drafts[-1].id, expires_at=until)
            session.add(link)
            mail = await self._write(session, SecretMailKind.DRAFT_ENDS, email, drafts[-1].language, until, link.id)
            if is_held_back(mail):
                continue
            for draft in drafts:
                _mark(draft, now)
            session.add_all(drafts)
            mails.append(mail.id)
            count += len(drafts)
        return mails, count

    async def _find_kept(self, session: AsyncSession, now: datetime) -> Sequence[Draft]:
        """Drafts that belong to an account."""
        kept: Sequence[Draft] = (await session.exec(self._due(now, col(Draft.account_id).is_not(None)))).all()
        for draft in kept:
            _mark(draft, now)
        session.add_all(kept)
        return kept

    async def _write_to_accounts(self, session: AsyncSession, kept: Sequence[Draft]) -> list[str]:
        """One mail for all drafts of somebody, with the day on which the first of them goes."""
        there = (col(Account.erased_at).is_(None), col(Account.blocked_at).is_(None))
        wanted = {draft.account_id for draft in kept}
        readers = (await session.exec(select(Account).where(col(Account.id).in_(wanted), *there))).all()
        mails = []
        for reader in sorted(readers, key=lambda reader: reader.id):
            until = min(draft.expires_at for draft in kept if draft.account_id == reader.id)
            kind = SecretMailKind.OWN_DRAFTS_END
            mail = await self._write(session, kind, reader.email, reader.language, until, account_id=reader.id)
            mails.append(mail.id)
        return mails

    def _due(self, now: datetime, *which: ColumnElement[bool]) -> Any:
        due = select(Draft).where(
            col(Draft.idea_id).is_(None),
            col(Draft.waits_since).is_(None),
            col(Draft.expires_at) <= now + resume_draft.WARNED_BEFORE,
            col(Draft.warned_at).is_(None),
            *which,
        )
        return due.order_by(col(Draft.id)).with_for_update()

    async def _write(
        self,
        session: AsyncSession,
        kind: SecretMailKind,
        email: str,
        language: str,
        until: datetime,
        subject_id: str | None = None,
        account_id: str | None = None,
    ) -> MailRow:
        return await write_secret_mail(session, self.key, Order(kind, email, account_id, subject_id, language, until))


def _mark(draft: Draft, now: datetime) -> None:
    draft.warned_at = now
    draft.expires_at = max(draft.expires_at, now + resume_draft.WARNED_BEFORE)
