"""Posting a letter that carries a secret: a row and a workflow. What it says is made when it is sent."""

from datetime import datetime, timedelta

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.letters.kinds import KINDS
from api.services import Services
from models.secrets import keyed_hash
from models.tables import LetterRow
from models.tables.columns import utc_now
from models.vocabulary import LetterKind


async def post_letter(
    services: Services,
    kind: LetterKind,
    email: str,
    *,
    account_id: str | None = None,
    subject_id: str | None = None,
    language: str = "de",
) -> None:
    """Write a letter to an address and send it on its way. Raises EngineAway; it is not sent then.

    What it is about has to be in SQL already: it may be sent at once.
    """
    async with services.database.transaction() as session:
        letter = write_letter(
            session, services, kind, email, account_id=account_id, subject_id=subject_id, language=language
        )
    await services.ideas.start_letter(letter.id)


def write_letter(
    session: AsyncSession,
    services: Services,
    kind: LetterKind,
    email: str,
    *,
    account_id: str | None = None,
    subject_id: str | None = None,
    language: str = "de",
) -> LetterRow:
    """The row alone, for who writes it together with its subject: `services.ideas.start_letter` sends it afterwards."""
    letter = LetterRow(
        kind=kind,
        email=email,
        address_hash=hash_address(services, email),
        account_id=account_id,
        subject_id=subject_id,
        language=language,
        expires_at=utc_now() + KINDS[kind].lasts,
    )
    session.add(letter)
    return letter


async def count_letters(
    session: AsyncSession, services: Services, email: str, within: timedelta, *kinds: LetterKind
) -> tuple[int, datetime | None]:
    """How many letters of these kinds, or of any, were written to an address lately, and when the first of them was."""
    lately = utc_now() - within
    those = select(func.count(col(LetterRow.id)), func.min(LetterRow.created_at)).where(
        LetterRow.address_hash == hash_address(services, email), LetterRow.created_at > lately
    )
    if kinds:
        those = those.where(col(LetterRow.kind).in_(kinds))
    count, first = (await session.exec(those)).one()
    return count, first


def hash_address(services: Services, email: str) -> str:
    return keyed_hash(services.signing_key, "letter", email)
