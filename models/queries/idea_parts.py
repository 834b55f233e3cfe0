"""What an idea may have and often has not, for its page: offers, sessions, files, invitations: in one statement."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import func
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.account_names import person
from models.queries.attachments import FileLine, told_files
from models.queries.offers import OfferLine, line_of, told_offers
from models.queries.session_log import LoggedSession, SessionLog, SessionSum, told_sessions
from models.queries.team import told_invitations
from models.tables import Attachment, Idea, Invitation, Offer, SessionLogRow

OFFERS, SESSIONS, FILES, INVITATIONS = (
    str(part.__tablename__) for part in (Offer, SessionLogRow, Attachment, Invitation)
)


@dataclass(frozen=True)
class IdeaParts:
    """Empty where an idea has none, and where they were not wanted."""

    offers: Sequence[OfferLine]
    log: SessionLog
    files: Sequence[FileLine]
    invitations: Sequence[Invitation]


async def read_parts(
    session: AsyncSession, idea: Idea, wanted: Collection[str], *, with_internal: bool, sessions: int
) -> IdeaParts:
    """`wanted`: the names of their tables; where it is empty, nobody is asked. `sessions`: so many of the latest."""
    if not wanted:
        return IdeaParts((), SessionLog(), (), ())
    statement = _told(frozenset(wanted), with_internal=with_internal, sessions=sessions)
    found: Mapping[str, Any] = (await session.exec(statement, params={"idea_id": idea.id})).one()
    offers, logged, files, asked = (found.get(name) or [] for name in (OFFERS, SESSIONS, FILES, INVITATIONS))
    log = [LoggedSession(SessionLogRow.model_validate(row), person(row["coach_id"], row["who"])) for row in logged]
    return IdeaParts(
        offers=[line_of(Offer.model_validate(row), idea, row["who"]) for row in offers],
        log=SessionLog(log, SessionSum(logged[0]["count"], logged[0]["minutes_of_all"]) if logged else SessionSum()),
        files=[FileLine.model_validate(row) for row in files],
        invitations=[Invitation.model_validate(row) for row in asked],
    )


@cache
def _told(wanted: frozenset[str], *, with_internal: bool, sessions: int) -> Any:
    """Built once for each choice."""
    statements = {
        OFFERS: told_offers(),
        SESSIONS: told_sessions(sessions),
        FILES: told_files(with_internal=with_internal),
        INVITATIONS: told_invitations(),
    }
    parts = (part for name in sorted(wanted) for part in (name, _as_one_value(statements[name])))
    return select(func.jsonb_build_object(*parts))


def _as_one_value(statement: Any) -> Any:
    """All rows, in their order."""
    rows = statement.subquery()
    return select(func.jsonb_agg(func.to_jsonb(rows.table_valued()))).scalar_subquery()
