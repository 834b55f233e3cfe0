"""Keeping or handing in an idea in one request that can be repeated."""

import hashlib
from contextlib import suppress
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from api.runtime.services import Services
from api.use_cases.command_sender import Done, reused
from api.use_cases.drafts import DraftExpired, DraftNotFound, Holder, new_draft, send_draft
from api.use_cases.idea_text import IdeaWords, UnfinishedWords, WrongWords, check_words
from models.queries.stories import find_story
from models.tables import Account, Draft, Idea
from models.tables.columns import new_id

SOURCE = "api"
"""With the digest of what was asked, it marks what was written under an Idempotency-Key."""


async def hand_in(
    services: Services, account: Account, words: IdeaWords, key: str | None = None, after: str | None = None
) -> tuple[str, Done | None]:
    """Write an idea down and let its path begin; returns its id, and None where an earlier request has begun it. The
    same key again finds the same idea. `after`: the slug of the story that it tries elsewhere.

    Raises WrongWords, CommandRefused, OnItsWay.
    """
    idea_id = await _keep(services, account, words, "idea", key, after)
    # Its draft may have had its time.
    with suppress(DraftNotFound, DraftExpired):
        return idea_id, await send_draft(services, Holder(account), account, idea_id)
    return idea_id, None


async def keep_draft(
    services: Services, account: Account, words: UnfinishedWords, key: str | None = None, after: str | None = None
) -> str:
    """Write a draft of the account, once for each key; returns its id. Raises WrongWords, CommandRefused."""
    return await _keep(services, account, words, "draft", key, after)


async def _keep(
    services: Services, account: Account, words: UnfinishedWords, what: str, key: str | None, after: str | None
) -> str:
    """Write it unless it is there already. Raises WrongWords; CommandRefused where it was written from other words."""
    words, its_id, mark = check_words(services.policy, words), new_id(), None
    if key is not None:
        its_id = str(uuid5(NAMESPACE_URL, f"{account.id}/{what}/{key}"))
        # Tells a repeated request from another one, also after its words have been corrected.
        asked = words.model_dump_json() + (after or "")
        mark = f"{its_id}/{hashlib.sha256(asked.encode()).hexdigest()[:32]}"
    draft = new_draft(services.policy, words, id=its_id, account_id=account.id, source=SOURCE, source_ref=mark)
    async with services.database.transaction() as session:
        written: Idea | Draft | None = await session.get(Idea, its_id) or await session.get(Draft, its_id)
        if written is None:
            draft.after_id = await _find_original(session, after)
            # The same request at the same moment waits for the other one here.
            await session.exec(insert(Draft).values(draft.model_dump()).on_conflict_do_nothing())
            written = await session.get_one(Draft, its_id)
        if written.source_ref != mark:
            raise reused()
    return its_id


async def _find_original(session: AsyncSession, slug: str | None) -> str | None:
    """The idea of a story. Raises WrongWords where nobody reads one under this address."""
    if slug is None:
        return None
    story = await find_story(session, slug)
    if story is None:
        raise WrongWords("after", f'"{slug}" is no published story')
    return story.idea_id
