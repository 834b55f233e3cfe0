"""Before a draft goes: whoever told us an address is told, with a link by which it goes on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlmodel import col, select

from activities.letters import resume_draft
from models.database import Database
from models.secrets import keyed_hash
from models.tables import Draft, DraftLink, LetterRow
from models.vocabulary import LetterKind


class Postbox(Protocol):
    """Takes letters that are written."""

    async def start_letter(self, letter_id: str) -> None: ...


async def warn_of_ends(database: Database, postbox: Postbox, key: str, now: datetime) -> int:
    """Write to everybody whose draft goes within two weeks, once; returns to how many. Safe to repeat.

    One that should have gone meanwhile stays for these two weeks. `key` is `Settings.signing_key`.
    """
    soon = now + resume_draft.WARNED_BEFORE
    due = select(Draft.id).where(
        col(Draft.email).is_not(None),
        col(Draft.idea_id).is_(None),
        col(Draft.expires_at) <= soon,
        col(Draft.warned_at).is_(None),
    )
    async with database.session() as session:
        ids = (await session.exec(due.order_by(col(Draft.id)))).all()
    for letter_id in await _write_letters(database, ids, key, now):
        await postbox.start_letter(letter_id)
    return len(ids)


async def _write_letters(database: Database, draft_ids: Sequence[str], key: str, now: datetime) -> list[str]:
    letters = []
    async with database.transaction() as session:
        found = select(Draft).where(col(Draft.id).in_(draft_ids), col(Draft.email).is_not(None)).with_for_update()
        for draft in (await session.exec(found)).all():
            draft.warned_at = now
            draft.expires_at = max(draft.expires_at, now + resume_draft.WARNED_BEFORE)
            link = DraftLink(draft_id=draft.id, expires_at=draft.expires_at)
            email = draft.email or ""
            letter = LetterRow(
                kind=LetterKind.DRAFT_ENDS,
                email=email,
                address_hash=keyed_hash(key, "letter", email),
                subject_id=link.id,
                language=draft.language,
                expires_at=draft.expires_at,
            )
            session.add_all([draft, link, letter])
            letters.append(letter.id)
    return letters
