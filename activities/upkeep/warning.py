"""Before a draft goes, whoever has it is told: by the address of their account, or by the one that they typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.letters import resume_draft
from models.database import Database
from models.secrets import keyed_hash
from models.tables import Account, Draft, DraftLink, Idea, LetterRow, StandingRow
from models.vocabulary import LetterKind


class Postbox(Protocol):
    """Takes letters that are written."""

    async def start_letter(self, letter_id: str) -> None: ...


@dataclass(frozen=True)
class Warner:
    """Writes to everybody whose draft goes within two weeks, once. `key` is `Settings.signing_key`."""

    database: Database
    postbox: Postbox
    key: str
    draft_days: int

    async def warn(self, now: datetime) -> int:
        """Returns of how many drafts. Safe to repeat. One that should have gone meanwhile stays for these two weeks."""
        async with self.database.transaction() as session:
            typed = await self._warn_of_typed(session, now)
            kept = await self._find_kept(session, now)
            letters = [*typed, *(await self._write_to_accounts(session, kept))]
        for letter_id in letters:
            await self.postbox.start_letter(letter_id)
        return len(typed) + len(kept)

    async def _warn_of_typed(self, session: AsyncSession, now: datetime) -> list[str]:
        """Drafts of visitors who told us an address: each has a link of its own, since nobody signs in for it."""
        found = (
            await session.exec(self._due(now, col(Draft.account_id).is_(None), col(Draft.email).is_not(None)))
        ).all()
        letters = []
        for draft in found:
            _mark(draft, now)
            link = DraftLink(draft_id=draft.id, expires_at=draft.expires_at)
            letter = self._write(LetterKind.DRAFT_ENDS, draft.email or "", draft.language, draft.expires_at)
            letter.subject_id = link.id
            session.add_all([draft, link, letter])
            letters.append(letter.id)
        return letters

    async def _find_kept(self, session: AsyncSession, now: datetime) -> list[tuple[str, datetime]]:
        """Whose drafts with an account go, and when: those that were begun here, and those that were imported."""
        begun = (await session.exec(self._due(now, col(Draft.account_id).is_not(None)))).all()
        for draft in begun:
            _mark(draft, now)
        ideas = (await session.exec(_ideas_to_warn_of(now, self.draft_days))).all()
        for idea in ideas:
            idea.warned_at = now
        session.add_all([*begun, *ideas])
        end = timedelta(days=self.draft_days)
        soonest = now + resume_draft.WARNED_BEFORE
        own = [(draft.account_id or "", draft.expires_at) for draft in begun]
        return own + [(idea.owner_id, max(idea.updated_at + end, soonest)) for idea in ideas]

    async def _write_to_accounts(self, session: AsyncSession, kept: Sequence[tuple[str, datetime]]) -> list[str]:
        """One letter for all drafts of somebody, with the day on which the first of them goes."""
        there = (col(Account.erased_at).is_(None), col(Account.blocked_at).is_(None))
        wanted = {account_id for account_id, _ in kept}
        readers = (await session.exec(select(Account).where(col(Account.id).in_(wanted), *there))).all()
        letters = []
        for reader in sorted(readers, key=lambda reader: reader.id):
            until = min(end for account_id, end in kept if account_id == reader.id)
            letter = self._write(LetterKind.OWN_DRAFTS_END, reader.email, reader.language, until)
            letter.account_id = reader.id
            session.add(letter)
            letters.append(letter.id)
        return letters

    def _due(self, now: datetime, *which: ColumnElement[bool]) -> Any:
        due = select(Draft).where(
            col(Draft.idea_id).is_(None),
            col(Draft.expires_at) <= now + resume_draft.WARNED_BEFORE,
            col(Draft.warned_at).is_(None),
            *which,
        )
        return due.order_by(col(Draft.id)).with_for_update()

    def _write(self, kind: LetterKind, email: str, language: str, expires_at: datetime) -> LetterRow:
        address_hash = keyed_hash(self.key, "letter", email)
        return LetterRow(kind=kind, email=email, address_hash=address_hash, language=language, expires_at=expires_at)


def _mark(draft: Draft, now: datetime) -> None:
    draft.warned_at = now
    draft.expires_at = max(draft.expires_at, now + resume_draft.WARNED_BEFORE)


def _ideas_to_warn_of(now: datetime, draft_days: int) -> Any:
    untouched = now - timedelta(days=draft_days) + resume_draft.WARNED_BEFORE
    is_draft = select(StandingRow.idea_id).where(col(StandingRow.idea_id) == col(Idea.id), StandingRow.version == 0)
    due = select(Idea).where(is_draft.exists(), Idea.updated_at <= untouched, ~was_warned())
    return due.order_by(col(Idea.id)).with_for_update()


def was_warned() -> ColumnElement[bool]:
    """Their owner was told of it, and has saved nothing since."""
    return and_(col(Idea.warned_at).is_not(None), col(Idea.warned_at) >= col(Idea.updated_at))
