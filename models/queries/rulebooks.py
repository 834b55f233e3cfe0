"""The rules of the path since they are noted, and the open cases that live by them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.database import Database
from models.lifecycles import BESIDE
from models.messages.cases import CaseStanding
from models.messages.rulebook import Rulebook
from models.policy import Policy
from models.tables import Idea, RulebookRow, StandingRow
from models.workflow_ids import IDEA

KINDS = (IDEA, *BESIDE)


class OpenCase(NamedTuple):
    """A case that has not ended, with the title of its idea."""

    standing: CaseStanding
    title: str


async def note_rules(database: Database, policy: Policy, now: datetime) -> None:
    """Keep the rules of each kind where they are others than before."""
    today = now.astimezone(policy.zone).date()
    async with database.transaction() as session:
        for kind in KINDS:
            rulebook = policy.rulebook(today, kind)
            latest = (
                select(RulebookRow.digest).where(RulebookRow.kind == kind).order_by(col(RulebookRow.seen_at).desc())
            )
            if (await session.exec(latest.limit(1))).first() != rulebook.digest:
                content = rulebook.model_dump(mode="json")
                session.add(RulebookRow(kind=kind, seen_at=now, digest=rulebook.digest, content=content))


async def list_rules(session: AsyncSession) -> list[RulebookRow]:
    """The latest first."""
    return list((await session.exec(select(RulebookRow).order_by(col(RulebookRow.seen_at).desc()))).all())


def held_since(
    rows: Sequence[tuple[datetime, Rulebook]], now: Rulebook, read: Callable[[Rulebook], Any]
) -> datetime | None:
    """Since when a rule is as it is now, as far as it was noted. `rows` of its kind, the latest first; None where the
    rules of now are not noted yet."""
    since = None
    for seen_at, rulebook in rows:
        if read(rulebook) != read(now):
            break
        since = seen_at
    return since


async def list_open_cases(session: AsyncSession) -> list[OpenCase]:
    """Of all kinds, in one statement."""
    columns: Any = (StandingRow.kind, StandingRow.snapshot, Idea.title)
    statement = select(*columns).join(Idea, col(Idea.id) == col(StandingRow.idea_id))
    is_open = (col(StandingRow.outcome).is_(None), col(StandingRow.version) > 0)
    found = await session.exec(statement.where(*is_open).order_by(col(Idea.id), col(StandingRow.case_id)))
    return [OpenCase(CaseStanding.kinds[kind].model_validate(snapshot), title) for kind, snapshot, title in found]
