"""What coaches note of their sessions: add, correct, take out, bring back. Facts of SQL; no workflow waits for them."""

from dataclasses import dataclass
from datetime import date
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from api.runtime.services import Services
from api.use_cases.errors import Conflict, Forbidden, NotFound
from api.use_cases.idea_text import IdeaNotFound
from models.queries.idea import IdeaView, read_idea
from models.rules.permissions import may_correct_session, may_see_sessions
from models.tables import Account, SessionLogRow, roles_of
from models.tables.columns import utc_now
from models.vocabulary import SessionKind


@dataclass(frozen=True)
class SessionWords:
    """One session as it is noted."""

    day: date
    minutes: int
    kind: SessionKind
    note: str = ""


async def open_session_log(session: AsyncSession, account: Account, idea_id: str) -> IdeaView:
    """The idea whose sessions somebody may read and write. Raises IdeaNotFound, for its innovator too."""
    view = await read_idea(session, idea_id)
    if view is None or not may_see_sessions(view.row.standing(), account.id, roles_of(account)):
        raise IdeaNotFound(hidden=view is not None)
    return view


async def log_session(services: Services, account: Account, idea_id: str, words: SessionWords, key: str) -> None:
    """Note a session; the same `key` again notes it once. Raises IdeaNotFound."""
    session_id = str(uuid5(NAMESPACE_URL, f"session/{account.id}/{idea_id}/{key}"))
    values = {"id": session_id, "idea_id": idea_id, "coach_id": account.id, "version": 1, "created_at": utc_now()}
    async with services.database.transaction() as session:
        await open_session_log(session, account, idea_id)
        written = insert(SessionLogRow).values(**values, **vars(words))
        await session.exec(written.on_conflict_do_nothing())


async def correct_session(
    services: Services, account: Account, idea_id: str, session_id: str, words: SessionWords, version: int
) -> None:
    """Write it anew. Raises IdeaNotFound, Forbidden, NotFound, Conflict (where somebody has corrected it meanwhile)."""
    async with services.database.transaction() as session:
        row = await _lock_session(session, account, idea_id, session_id)
        if row.removed_at is not None or row.version != version:
            raise Conflict("it was changed meanwhile", code="stale")
        for name, value in vars(words).items():
            setattr(row, name, value)
        row.version += 1


async def remove_session(services: Services, account: Account, idea_id: str, session_id: str) -> None:
    """Take it out of all sums; asked again, nothing changes. Raises IdeaNotFound, Forbidden, NotFound."""
    async with services.database.transaction() as session:
        row = await _lock_session(session, account, idea_id, session_id)
        row.removed_at = row.removed_at or utc_now()


async def restore_session(services: Services, account: Account, idea_id: str, session_id: str) -> None:
    """It counts again. Raises IdeaNotFound, Forbidden, NotFound."""
    async with services.database.transaction() as session:
        (await _lock_session(session, account, idea_id, session_id)).removed_at = None


async def _lock_session(session: AsyncSession, account: Account, idea_id: str, session_id: str) -> SessionLogRow:
    await open_session_log(session, account, idea_id)
    row = await session.get(SessionLogRow, session_id, with_for_update=True)
    if row is None or row.idea_id != idea_id:
        raise NotFound("there is no such session")
    if not may_correct_session(account.id, roles_of(account), row.coach_id):
        raise Forbidden("somebody else has noted it")
    return row
