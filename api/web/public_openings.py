"""An idea on its way by the address of its card, for every page that shows it to everybody."""

from sqlmodel.ext.asyncio.session import AsyncSession

from api.web.problems import ProblemError
from models.queries.openings import PublicOpening, find_opening, was_opening


async def open_opening(session: AsyncSession, opening_id: str) -> PublicOpening:
    """410 where it was there for everybody and is not any more."""
    opening = await find_opening(session, opening_id)
    if opening is not None:
        return opening
    raise ProblemError(410, "gone") if await was_opening(session, opening_id) else ProblemError(404, "not_found")
