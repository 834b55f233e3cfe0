"""What the public reads follows from the consents in the timeline: the latest counts."""

from collections.abc import Collection, Sequence

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models import slugs
from models.lifecycles.events import CONSENT
from models.messages.cases import Entry
from models.messages.idea import Standing
from models.messages.story import StoryParts, digest_of
from models.queries.stories import digest_slug, is_closed
from models.tables import Account, Document, GoneStory, Idea, PublishedStory, TimelineEntry
from models.tables.columns import utc_now
from models.vocabulary import Shown, StoryField


def may_change_story(entry: Entry) -> bool:
    return entry.event == CONSENT


async def project_story(session: AsyncSession, standing: Standing, _entries: Sequence[Entry] = ()) -> None:
    """Show what its owner has agreed to, under the address that it has. A story that was taken down stays down until
    they agree anew."""
    consents = await _read_consents(session, standing.idea_id)
    row = await session.get(PublishedStory, standing.idea_id, with_for_update=True, populate_existing=True)
    if not consents:
        return
    first, latest = consents[0], consents[-1]
    document = await session.get(Document, latest.facts["document"])
    if document is None:
        return
    title = document.words.get(StoryField.TITLE, "")
    row = row or await _begin(session, standing.idea_id, document.id, title)
    idea, owner = await session.get_one(Idea, row.idea_id), await session.get(Account, latest.actor_id)
    shown = str(latest.facts.get("shows", "")).split()
    row.document_id, row.digest = document.id, document.digest or digest_of(document.words, document.parts)
    row.name = owner.name if owner is not None and Shown.NAME in shown else ""
    row.contact = Shown.CONTACT in shown
    row.district = idea.district if Shown.DISTRICT in shown else None
    row.licence = latest.facts.get("licence")
    row.themes, row.effort = list(idea.themes), StoryParts.model_validate(document.parts).effort
    row.published_at, row.revised_at = first.at, latest.at if latest is not first else None
    if row.taken_down_at is not None and row.taken_down_at < latest.at:
        row.taken_down_at = row.taken_down_by = None
        row.reason = ""


async def _read_consents(session: AsyncSession, idea_id: str) -> list[TimelineEntry]:
    told = select(TimelineEntry).where(TimelineEntry.case_id == idea_id, TimelineEntry.event == CONSENT)
    entries = (await session.exec(told.order_by(col(TimelineEntry.version)))).all()
    return [entry for entry in entries if "document" in entry.facts]


async def _begin(session: AsyncSession, idea_id: str, document_id: str, title: str) -> PublishedStory:
    """Two that are called the same, and published at the same moment, get two addresses."""
    for slug in slugs.candidates(title):
        if await is_closed(session, slug):
            continue
        values = PublishedStory(idea_id=idea_id, slug=slug, document_id=document_id, digest="").model_dump()
        kept = insert(PublishedStory).values(values).on_conflict_do_nothing(index_elements=["slug"])
        if (await session.exec(kept.returning(col(PublishedStory.slug)))).first() is not None:
            break
    return await session.get_one(PublishedStory, idea_id)


async def close_addresses(session: AsyncSession, idea_ids: Collection[str]) -> None:
    """Before their words are erased. Whoever kept one hears that it is gone, and finds no other story there."""
    slugs_of = select(PublishedStory.slug).where(col(PublishedStory.idea_id).in_(idea_ids))
    rows = [{"digest": digest_slug(slug), "gone_at": utc_now()} for slug in (await session.exec(slugs_of)).all()]
    if rows:
        await session.exec(insert(GoneStory).values(rows).on_conflict_do_nothing())
