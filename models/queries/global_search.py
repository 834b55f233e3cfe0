"""What one search finds: ideas, people and stories, each within what the searcher may see, in one statement each."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, cast, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.queries.board import Card, is_visible, read_cards
from models.queries.moment import Moment
from models.queries.paging import MOST_COUNTED, at_most
from models.queries.search_conditions import Terms, has_title, ideas_with, people_with
from models.queries.stories import StoryFilters, list_stories
from models.rules.permissions import may_see_board
from models.tables import Account, Idea, StandingRow, is_idea, is_own
from models.tables.columns import UUID_TYPE
from models.tables.folded import PERSON_NAME
from models.vocabulary import STAFF, Role

IDEAS_SHOWN, PEOPLE_SHOWN, STORIES_SHOWN, IDEAS_OF_A_PERSON = 25, 10, 5, 3


@dataclass(frozen=True)
class FoundIdeas:
    """The first of them as cards, and how many there are; one more than MOST_COUNTED stands for many."""

    cards: tuple[Card, ...] = ()
    count: int = 0


@dataclass(frozen=True)
class FoundPerson:
    """Somebody with their latest ideas. The address is for leads."""

    id: str
    name: str
    email: str
    roles: tuple[str, ...]
    ideas: tuple[dict[str, Any], ...]
    """Id, title and reference of each."""
    count: int


@dataclass(frozen=True)
class Found:
    """All that a search finds."""

    ideas: FoundIdeas = FoundIdeas()
    people: tuple[FoundPerson, ...] = ()
    stories: tuple[tuple[str, str], ...] = ()
    """Slug and title."""

    @property
    def is_empty(self) -> bool:
        return not (self.ideas.count or self.people or self.stories)


async def find_all(
    session: AsyncSession, account_id: str, roles: Collection[Role], moment: Moment, typed: str
) -> Found:
    """Nothing where nothing is looked for. Only staff find people."""
    if not Terms.of(typed).patterns:
        return Found()
    is_staff = not STAFF.isdisjoint(roles)
    return Found(
        ideas=await find_ideas(session, account_id, roles, moment, typed),
        people=await find_people(session, account_id, roles, typed) if is_staff else (),
        stories=await find_stories(session, typed),
    )


async def find_ideas(
    session: AsyncSession, account_id: str, roles: Collection[Role], moment: Moment, typed: str
) -> FoundIdeas:
    """By number first, then by title, the latest moved first."""
    found, terms = ideas_with(typed, roles, moment.places), Terms.of(typed)
    ids: Any = select(StandingRow.case_id).join(Idea, col(Idea.id) == col(StandingRow.case_id))
    if may_see_board(roles):
        # Looked for in the words alone, and no further than is counted: whatever is asked, it ends soon.
        some = select(Idea.id).where(found).limit(at_most(MOST_COUNTED + 1))
        ids = ids.where(col(StandingRow.case_id).in_(some))
    else:
        ids = ids.where(found)
    is_theirs = or_(col(StandingRow.version) > 0, is_own(account_id))
    nearest = (
        (col(Idea.reference) == (terms.reference or "")).desc().nulls_last(),
        has_title(terms).desc(),
        col(StandingRow.last_entry_at).desc(),
        col(StandingRow.case_id),
    )
    ids = ids.where(is_visible(account_id, roles), is_theirs).order_by(*nearest)
    listed = (await session.exec(ids.limit(at_most(MOST_COUNTED + 1)))).all()
    return FoundIdeas(tuple(await read_cards(session, listed[:IDEAS_SHOWN])), len(listed))


async def find_people(
    session: AsyncSession, account_id: str, roles: Collection[Role], typed: str
) -> tuple[FoundPerson, ...]:
    """Leads find everybody, coaches whoever has an idea that they coach, or is in its team, by name."""
    leads = may_see_board(roles)
    theirs = (
        col(StandingRow.owner_id) == col(Account.id),
        is_visible(account_id, roles),
        is_idea(),
    )
    latest = (
        select(func.jsonb_build_object("id", Idea.id, "title", Idea.title, "reference", Idea.reference).label("told"))
        .join(StandingRow, col(StandingRow.case_id) == col(Idea.id))
        .where(*theirs)
        .order_by(col(StandingRow.last_entry_at).desc())
        .limit(IDEAS_OF_A_PERSON)
        .correlate(Account)
        .subquery()
    )
    ideas = select(func.jsonb_agg(latest.c.told)).scalar_subquery()
    count = select(func.count()).select_from(StandingRow).where(*theirs).correlate(Account).scalar_subquery()
    columns: list[Any] = [Account.id, Account.name, Account.email, Account.roles, ideas, count]
    wanted: Any = select(*columns).where(people_with(typed, by_address=leads))
    if not leads:
        wanted = wanted.where(_is_around(account_id, roles))
    rows = (await session.exec(wanted.order_by(PERSON_NAME, col(Account.id)).limit(at_most(PEOPLE_SHOWN + 1)))).all()
    return tuple(
        FoundPerson(id_, name, email if leads else "", tuple(has), tuple(told or ()), many)
        for id_, name, email, has, told, many in rows
    )


async def find_stories(session: AsyncSession, typed: str) -> tuple[tuple[str, str], ...]:
    found = await list_stories(session, StoryFilters(typed), limit=at_most(STORIES_SHOWN + 1))
    return tuple((story.slug, story.title) for story in found)


def _is_around(account_id: str, roles: Collection[Role]) -> ColumnElement[bool]:
    """The accounts that have to do with ideas that somebody may see."""
    seen = is_visible(account_id, roles)
    owners = select(StandingRow.owner_id).where(seen)
    members = select(cast(func.jsonb_object_keys(StandingRow.team), UUID_TYPE)).where(seen)
    return or_(col(Account.id).in_(owners), col(Account.id).in_(members))
