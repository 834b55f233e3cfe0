"""Credentials, taken together: what lets somebody in, or acts in their name, and what becomes of it."""

from sqlalchemy import delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.tables import AccessToken, AddressChange, CalendarAddress, Challenge, DraftLink, SessionRow, SignIn
from models.tables.columns import utc_now
from models.tables.draft import Draft


async def change_of_proof(session: AsyncSession, account_id: str, *, but_session: str | None = None) -> None:
    """End whatever was issued to somebody on an earlier proof: sessions, sign-ins and links under way, tokens, the
    calendar address. The one mechanism for whatever changes who somebody is here, or takes them out.

    `but_session` is the session in which they have just proved who they are. The caller commits.
    """
    others = delete(SessionRow).where(col(SessionRow.account_id) == account_id)
    if but_session is not None:
        others = others.where(col(SessionRow.id) != but_session)
    await session.exec(others)
    for table in (SignIn, CalendarAddress, Challenge, AddressChange):
        await session.exec(delete(table).where(col(table.account_id) == account_id))
    theirs = select(Draft.id).where(Draft.account_id == account_id)
    await session.exec(delete(DraftLink).where(col(DraftLink.draft_id).in_(theirs)))
    ended = update(AccessToken).where(col(AccessToken.account_id) == account_id, col(AccessToken.revoked_at).is_(None))
    await session.exec(ended.values(revoked_at=utc_now()))
