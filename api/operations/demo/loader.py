"""Loads the demo: people, ideas with their stories, then the workflows of the open ideas.

Each idea is written in one transaction and looked for first, so that a load that was cut off is completed by the next,
and a load of what is there changes nothing. Workflows start from what SQL says.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.ports.engine import Engine
from activities.record import projection_of
from activities.secret_mails.team import LASTS
from activities.upkeep.reconcile_targets import Target, is_open
from api.operations.demo.accounts import BY_KEY, DEMO, PEOPLE, account_row, demo_id, profile_row
from api.operations.demo.packages import draw_picture
from api.operations.demo.pictures import draw_row
from api.operations.demo.plain_cases import CaseTold
from api.operations.demo.playback import PlayedStory, idea_id_of, tell
from api.operations.demo.script import Story
from api.operations.demo.stories import STORIES
from api.use_cases.drafts import new_draft
from api.use_cases.idea_text import IdeaWords, new_idea
from api.use_cases.packages import image_row
from models.database import Database
from models.messages.cases import Record
from models.policy import Policy
from models.tables import Account, Draft, Idea, Invitation, Opening, StandingRow
from models.workflow_ids import CROWDFUNDING, IDEA


class RealPeopleHere(Exception):
    """The database holds people who are not made up."""


async def refuse_beside_real_people(database: Database) -> None:
    """Raises RealPeopleHere where made-up ideas would mix with real ones."""
    async with database.session() as session:
        if (await session.exec(select(Account.id).where(col(Account.demo).is_(False)).limit(1))).first() is not None:
            raise RealPeopleHere


async def load_people(database: Database, policy: Policy, now: datetime) -> None:
    """Write the accounts and the coaches' profiles that are not there yet."""
    today = now.astimezone(policy.zone).date()
    profiles = filter(None, (profile_row(person, today) for person in PEOPLE))
    async with database.transaction() as session:
        await _insert_missing(session, (account_row(person) for person in PEOPLE))
        await _insert_missing(session, profiles)


async def load_ideas(database: Database, policy: Policy, now: datetime) -> AsyncIterator[bool]:
    """Write one idea after the other; says of each whether it was missing."""
    for story in STORIES:
        yield await load_idea(database, policy, story, now)


async def load_idea(database: Database, policy: Policy, story: Story, now: datetime) -> bool:
    """Write an idea with everything that happened to it. False where it is there already."""
    idea_id = idea_id_of(story)
    async with database.transaction() as session:
        # Two loads at the same time: the second waits here and then finds the idea.
        await session.exec(select(func.pg_advisory_xact_lock(DEMO.int % 2**62)))
        if await session.get(Idea if story.steps else Draft, idea_id) is not None:
            return False
        owner = await session.get_one(Account, BY_KEY[story.owner].id)
        words = IdeaWords.model_validate(story, from_attributes=True)
        if not story.steps:
            session.add(new_draft(policy, words, id=idea_id, account_id=owner.id))
            return True
        original = next((one for one in STORIES if one.key == story.after), None)
        told = tell(story, policy, now, original)
        at = told.entries[0].at
        idea = new_idea(policy, owner, words, id=idea_id, created_at=at, updated_at=at)
        idea.after_id = idea_id_of(original) if original is not None else None
        session.add(idea)
        await session.flush()
        await _write_history(session, told)
        for case in told.beside:
            await _write_beside(session, case)
        _write_invitations(session, story, now)
        _write_opening(session, story, now)
    return True


async def start_ideas(database: Database, policy: Policy, engine: Engine) -> AsyncIterator[str]:
    """Start the workflow of every open case of the demo; one that runs is left alone."""
    for story in STORIES:
        of_story = select(StandingRow).where(StandingRow.idea_id == idea_id_of(story))
        async with database.session() as session:
            rows = (await session.exec(of_story)).all()
        for row in filter(is_open, rows):
            await Target(row.workflow_id, database, engine, policy).restart(replace=False)
        yield story.key


async def _write_history(session: AsyncSession, told: PlayedStory) -> None:
    session.add_all([*told.documents, *told.notes, *told.tasks, *told.offers])
    if any(one.parts.get("pictures") for one in told.documents):
        session.add(draw_row(told.story.key, told.standing.idea_id, told.documents[-1].created_at))
    for campaign in told.campaigns:
        session.add_all([campaign.package_row, *campaign.notes, *campaign.addresses, *campaign.observations])
    await session.flush()
    await projection_of(IDEA).record(session, Record(standing=told.standing, entries=told.entries))
    if told.campaigns:
        await _write_picture(session, told)
    for campaign in told.campaigns:
        await projection_of(CROWDFUNDING).record(
            session, Record(standing=campaign.campaign.standing, entries=campaign.entries)
        )


async def _write_beside(session: AsyncSession, told: CaseTold) -> None:
    session.add_all(filter(None, [*told.notes, told.words]))
    await session.flush()
    standing = told.case.standing
    await projection_of(standing.kind).record(session, Record(standing=standing, entries=told.entries))


def _write_invitations(session: AsyncSession, story: Story, now: datetime) -> None:
    """Nobody has written to them: no mail arrives there, and a link is made when one is sent again."""
    for ago, email, share in story.invited:
        asked_at = now - timedelta(days=ago)
        session.add(
            Invitation(
                id=demo_id(idea_id_of(story), "invitation", email),
                idea_id=idea_id_of(story),
                email=email,
                share=share,
                inviter_id=BY_KEY[story.owner].id,
                created_at=asked_at,
                asked_at=asked_at,
                expires_at=asked_at + LASTS,
            )
        )


def _write_opening(session: AsyncSession, story: Story, now: datetime) -> None:
    if story.opening is None:
        return
    ago, teaser, seeks = story.opening
    opening = Opening(idea_id=idea_id_of(story), title=story.title, teaser=teaser, seeks=seeks)
    opening.id, opening.district = demo_id(opening.idea_id, "opening"), story.district
    opening.opened_by, opening.opened_at = BY_KEY[story.owner].id, now - timedelta(days=ago)
    session.add(opening)


async def _write_picture(session: AsyncSession, told: PlayedStory) -> None:
    """All attempts of an idea show the same one."""
    first = told.campaigns[0]
    row = image_row(told.standing.idea_id, 1, draw_picture(told.story))
    row.id, row.created_at = first.picture_id, first.saved_at
    session.add(row)
    await session.flush()


async def _insert_missing(session: AsyncSession, rows: Iterable[SQLModel]) -> None:
    for row in rows:
        await session.exec(insert(type(row)).values(row.model_dump()).on_conflict_do_nothing())
