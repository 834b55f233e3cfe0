"""Loads the demo: people, ideas with their stories, then the workflows of the open ideas.

Each idea is written in one transaction and looked for first, so that a load that was cut off is completed by the next,
and a load of what is there changes nothing. Workflows start from what SQL says.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities import crowdfunding
from activities.record import append_entries, give_reference, project_tasks, settle_places, show_standing, write_notices
from activities.secret_mails.team import LASTS
from activities.upkeep.projection import campaign_ledger_of, read_campaign_rows
from api.operations.demo.accounts import BY_KEY, DEMO, PEOPLE, account_row, demo_id, profile_row
from api.operations.demo.campaigns import CampaignTold
from api.operations.demo.packages import draw_picture
from api.operations.demo.playback import PlayedStory, idea_id_of, tell
from api.operations.demo.script import Story
from api.operations.demo.stories import STORIES
from api.use_cases.idea_text import IdeaWords, write_draft
from api.use_cases.packages import image_row
from models.cases.ledger import LEDGER_LENGTH
from models.database import Database
from models.messages.crowdfunding import CampaignRecord, CampaignState, Readings
from models.messages.idea import Chore, IdeaState, LedgerLine, Record
from models.policy import Policy
from models.tables import Account, CampaignRow, Invitation, NoticeRow, StandingRow, TimelineEntry
from models.vocabulary import CrowdfundingState, Stage


class Starter(Protocol):
    """What lets an idea go on from where it stands; `workflows.client.IdeaClient` does."""

    async def start_from(self, idea: IdeaState) -> None: ...

    async def start_campaign_from(self, campaign: CampaignState) -> None: ...


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
        if await session.get(StandingRow, idea_id) is not None:
            return False
        told = tell(story, policy, now) if story.steps else None
        written_at = told.entries[0].at if told else now - timedelta(days=story.written)
        await _write_words(session, policy, story, written_at)
        if told is not None:
            await _write_history(session, told)
        _write_invitations(session, story, now)
    return True


async def start_ideas(database: Database, policy: Policy, ideas: Starter, now: datetime) -> AsyncIterator[str]:
    """Start the workflow of every open idea of the demo; one that runs is left alone."""
    for story in STORIES:
        async with database.session() as session:
            idea = await read_idea(session, policy, idea_id_of(story), now)
            campaign = await read_campaign(session, policy, idea_id_of(story), now)
        if idea is not None:
            await ideas.start_from(idea)
        if campaign is not None:
            await ideas.start_campaign_from(campaign)
        yield story.key


async def read_idea(session: AsyncSession, policy: Policy, idea_id: str, now: datetime) -> IdeaState | None:
    """The state from which an idea goes on, as SQL knows it; None for a draft and for a path that has ended."""
    row = await session.get(StandingRow, idea_id)
    if row is None or row.version == 0 or row.outcome is not None:
        return None
    standing = row.standing()
    waiting = select(NoticeRow.id).where(NoticeRow.idea_id == idea_id, col(NoticeRow.handed_over_at).is_(None)).limit(1)
    return IdeaState(
        standing=standing,
        rulebook=policy.rulebook(now.astimezone(policy.zone).date().replace(month=1, day=1)),
        ledger=await _read_ledger(session, idea_id),
        chores=[Chore(search=standing.search, start=True)] if standing.search is not None else [],
        undelivered=(await session.exec(waiting)).first() is not None,
    )


async def read_campaign(session: AsyncSession, policy: Policy, idea_id: str, now: datetime) -> CampaignState | None:
    """The state from which the running hand-off of an idea goes on; None where none is running."""
    running = select(CampaignRow).where(CampaignRow.idea_id == idea_id, col(CampaignRow.holder_role).is_not(None))
    row = (await session.exec(running)).one_or_none()
    if row is None:
        return None
    standing = row.standing()
    entries = await read_campaign_rows(session, idea_id, row.attempt, up_to=row.version)
    return CampaignState(
        standing=standing,
        rulebook=policy.campaign_rulebook(now.astimezone(policy.zone).date().replace(month=1, day=1)),
        ledger=campaign_ledger_of(entries),
        readings=Readings(next_at=now if standing.state is CrowdfundingState.LINKED else None),
        undelivered=True,
    )


async def _write_words(session: AsyncSession, policy: Policy, story: Story, at: datetime) -> None:
    owner = await session.get_one(Account, BY_KEY[story.owner].id)
    words = IdeaWords(
        title=story.title,
        summary=story.summary,
        problem=story.problem,
        solution=story.solution,
        target_group=story.target_group,
        district=story.district,
        themes=list(story.themes),
    )
    idea = await write_draft(session, policy, owner, words, idea_id=idea_id_of(story))
    idea.created_at = idea.updated_at = at
    draft = await session.get_one(StandingRow, idea.id)
    draft.entered_at = draft.last_entry_at = draft.holder_since = at
    await session.flush()


async def _write_history(session: AsyncSession, told: PlayedStory) -> None:
    session.add_all([*told.notes, *told.tasks, *told.offers])
    for campaign in told.campaigns:
        session.add_all([campaign.package_row, *campaign.notes, *campaign.addresses, *campaign.observations])
    await session.flush()
    record = Record(standing=told.standing, entries=told.entries)
    fresh = await append_entries(session, record)
    await give_reference(session, record.standing.idea_id, fresh)
    await show_standing(session, record)
    await settle_places(session, record)
    await project_tasks(session, record)
    await write_notices(session, record.standing, fresh)
    if told.campaigns:
        await _write_picture(session, told)
    for campaign in told.campaigns:
        await _write_campaign(session, campaign)


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


async def _write_picture(session: AsyncSession, told: PlayedStory) -> None:
    """All attempts of an idea show the same one."""
    first = told.campaigns[0]
    row = image_row(told.standing.idea_id, 1, draw_picture(told.story))
    row.id, row.created_at = first.picture_id, first.saved_at
    session.add(row)
    await session.flush()


async def _write_campaign(session: AsyncSession, told: CampaignTold) -> None:
    record = CampaignRecord(standing=told.campaign.standing, entries=told.entries)
    fresh = await crowdfunding.append_entries(session, record)
    await crowdfunding.show_campaign(session, record)
    await crowdfunding.settle_addresses(session, record.standing, fresh)
    await crowdfunding.write_notices(session, record.standing, fresh)


async def _read_ledger(session: AsyncSession, idea_id: str) -> list[LedgerLine]:
    newest = (
        select(TimelineEntry)
        .where(TimelineEntry.idea_id == idea_id)
        .order_by(col(TimelineEntry.version).desc())
        .limit(LEDGER_LENGTH)
    )
    lines = [
        LedgerLine(
            command_id=entry.command_id,
            fingerprint=entry.fingerprint,
            version=entry.version,
            stage=Stage(entry.stage),
            state=entry.state,
        )
        for entry in (await session.exec(newest)).all()
    ]
    return lines[::-1]


async def _insert_missing(session: AsyncSession, rows: Iterable[SQLModel]) -> None:
    for row in rows:
        await session.exec(insert(type(row)).values(row.model_dump()).on_conflict_do_nothing())
