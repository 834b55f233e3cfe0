"""Handing in an idea in one request that can be repeated."""

import hashlib
import json
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.exc import IntegrityError

from activities.ports.ideas import CommandRefused
from api.runtime.services import Services
from api.use_cases.command_sender import Done
from api.use_cases.commands import submit_idea
from api.use_cases.idea_text import IdeaWords, check_words, is_complete, write_draft
from models.messages.commands import Refusal, RefusalCode
from models.tables import Account, Idea, StandingRow
from models.tables.columns import new_id
from models.vocabulary import DRAFT
from workflows.client import EngineAway

SOURCE = "api"
"""With the digest of what was asked, it marks an idea that was written under an Idempotency-Key."""


class SavedAsDraft(Exception):
    """The words are kept, but the engine is away, so the idea is not handed in yet."""

    def __init__(self, idea_id: str) -> None:
        self.idea_id = idea_id
        super().__init__(idea_id)


@dataclass(frozen=True)
class HandedIn:
    """An idea that is written down; `done` None where it stays a draft."""

    idea_id: str
    done: Done | None


async def hand_in(
    services: Services, account: Account, words: IdeaWords, *, key: str | None = None, draft: bool = False
) -> HandedIn:
    """Write an idea down and hand it in, or keep it a draft. The same key again finds the same idea.

    Raises WrongWords, CommandRefused, SavedAsDraft.
    """
    words = check_words(services.policy, words)
    if not draft and not is_complete(words):
        raise CommandRefused(
            Refusal(code=RefusalCode.INVALID, field="summary", detail="an idea needs a summary to be handed in")
        )
    idea_id = str(uuid5(NAMESPACE_URL, f"{account.id}/idea/{key}")) if key is not None else new_id()
    await write_once(services, account, words, idea_id, mark=_mark(idea_id, words, draft) if key is not None else None)
    if draft:
        return HandedIn(idea_id, None)
    try:
        return HandedIn(idea_id, await submit_idea(services, account, idea_id))
    except EngineAway as away:
        raise SavedAsDraft(idea_id) from away
    except CommandRefused as refused:
        if refused.refusal.code is not RefusalCode.NOT_ALLOWED:
            raise
        # It was kept as a draft at first, and handed in by another way meanwhile.
        return HandedIn(idea_id, None)


async def write_once(services: Services, account: Account, words: IdeaWords, idea_id: str, mark: str | None) -> None:
    """Write the idea unless it is there already. Raises CommandRefused where it was written from another request."""
    if mark is not None and await _was_written(services, idea_id, mark):
        return
    try:
        async with services.database.transaction() as session:
            source = SOURCE if mark is not None else None
            await write_draft(session, services.policy, account, words, idea_id=idea_id, source=source, source_ref=mark)
    except IntegrityError:
        # The same request at the same moment: the other one has written it.
        if mark is None or not await _was_written(services, idea_id, mark):
            raise


async def _was_written(services: Services, idea_id: str, mark: str) -> bool:
    async with services.database.reading() as session:
        idea = await session.get(Idea, idea_id)
        if idea is None:
            return False
        if idea.source_ref != mark:
            row = await session.get_one(StandingRow, idea_id)
            raise CommandRefused(
                Refusal(
                    code=RefusalCode.ID_REUSED,
                    detail="this Idempotency-Key was used for another request",
                    version=row.version,
                    allowed_events=[] if row.state != DRAFT else ["submit"],
                )
            )
        return True


def _mark(idea_id: str, words: IdeaWords, draft: bool) -> str:
    """Tells a repeated request from another one, also after its words have been corrected."""
    asked = json.dumps([words.model_dump(mode="json"), draft], sort_keys=True)
    return f"{idea_id}/{hashlib.sha256(asked.encode()).hexdigest()[:32]}"
