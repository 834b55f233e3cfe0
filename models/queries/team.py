"""The team of an idea: who is in it since when, and who was asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, and_, bindparam
from sqlmodel import SQLModel, col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.lifecycles.events import JOIN_TEAM
from models.queries.account_names import Person, read_names
from models.tables import Invitation, OwnerRequest, StandingRow, TimelineEntry
from models.vocabulary import Share


class TeamMember(BaseModel):
    """Somebody in a team beside the owner."""

    person: Person
    share: Share
    since: datetime | None


async def list_members(session: AsyncSession, row: StandingRow) -> list[TeamMember]:
    """Who is in the team of an idea: those who work on it first, then those who look on, in order of their time."""
    if not row.team:
        return []
    since = (await session.exec(select(told_joined()).where(StandingRow.case_id == row.idea_id))).one()
    return members_of(row, await read_names(session, set(row.team)), since or {})


def members_of(row: StandingRow, people: Mapping[str, Person], since: Mapping[str, str]) -> list[TeamMember]:
    """The same from what was read along with the idea."""
    found = [
        TeamMember(
            person=people.get(its_id) or Person(id=its_id, name=""),
            share=Share(share),
            since=datetime.fromisoformat(since[its_id]) if its_id in since else None,
        )
        for its_id, share in row.team.items()
    ]
    return sorted(found, key=lambda one: (list(Share).index(one.share), str(one.since), one.person.id))


def told_joined() -> Any:
    """Beside an idea: who has joined its team, each with the latest time they did."""
    member = TimelineEntry.facts["member"].astext.label("member")
    joined = (
        select(member, func.max(TimelineEntry.at).label("at"))
        .where(TimelineEntry.case_id == StandingRow.case_id, TimelineEntry.event == JOIN_TEAM)
        .group_by(member)
        .correlate(StandingRow)
        .lateral()
    )
    return select(func.jsonb_object_agg(joined.c.member, joined.c.at)).select_from(joined).scalar_subquery()


def told_invited() -> Any:
    """Beside an idea: how many who were asked into its team have not answered yet."""
    return _open_invitations(col(StandingRow.case_id)).correlate(StandingRow).scalar_subquery()


def asks_for_an_owner() -> ColumnElement[bool]:
    """Somebody is asked to take an idea over, and can still answer."""
    return and_(asks_or_asked_in_vain(), col(OwnerRequest.expires_at) > func.now())


def asks_or_asked_in_vain() -> ColumnElement[bool]:
    """The same, also where the time to answer is over. An idea has one such question at most."""
    answers = (OwnerRequest.accepted_at, OwnerRequest.declined_at, OwnerRequest.withdrawn_at)
    return and_(*(col(answer).is_(None) for answer in answers))


async def list_invitations(session: AsyncSession, idea_id: str) -> Sequence[Invitation]:
    """Those that wait for an answer, were declined, or have run out; the latest first."""
    found = await session.exec(_list_shown(select(Invitation)), params={"idea_id": idea_id})
    return list(found.all())


def told_invitations() -> Any:
    """The same of the idea `idea_id`, as values."""
    columns: list[Any] = [*SQLModel.metadata.tables["invitation"].columns]
    return _list_shown(select(*columns))


def _list_shown(invitations: Any) -> Any:
    is_shown = (col(Invitation.accepted_at).is_(None), col(Invitation.withdrawn_at).is_(None))
    invitations = invitations.where(Invitation.idea_id == bindparam("idea_id"), *is_shown)
    return invitations.order_by(col(Invitation.asked_at).desc(), col(Invitation.id))


async def count_open_invitations(session: AsyncSession, idea_id: str) -> int:
    return int((await session.exec(_open_invitations(idea_id))).one())


def _open_invitations(idea_id: Any) -> Any:
    return select(func.count()).where(
        col(Invitation.idea_id) == idea_id,
        Invitation.is_unanswered(),
        Invitation.expires_at > func.now(),
    )
