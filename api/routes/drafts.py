"""Drafts: ideas that somebody has begun and not handed in, whatever way they came."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Response
from pydantic import Field

from api.routes.idea_representation import IdeaResource, Listing
from api.routes.ideas import answer_handed_in
from api.runtime.services import Services
from api.sign_in.dependencies import ApiAccount, TextsHere
from api.use_cases.drafts import (
    Holder,
    find_gaps,
    list_open_drafts,
    open_draft,
    save_words,
    send_draft,
    throw_away,
    typed_words,
)
from api.use_cases.idea_text import UnfinishedWords, check_words
from api.use_cases.submission import keep_draft
from api.web.dependencies import Led, ServicesHere
from api.web.parameters import IdempotencyKey
from api.web.problems import responses
from api.web.public_stories import AfterStory
from api.web.routers import api_router
from models.tables import Account, Draft

router = api_router("/drafts", "ideas")

DraftId = Annotated[UUID, Path(description="The id of a draft: its idea will have the same.")]


class DraftResource(UnfinishedWords):
    """An idea that is not handed in."""

    id: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime = Field(description="Then it goes, unless somebody saves it before.")
    missing: list[str] = Field(description="The fields without which it cannot be handed in.")
    on_its_way: bool = Field(description="It is handed in, and its path begins as soon as the engine is back.")


@router.post("", status_code=201, summary="Keep a draft", responses=responses(413, 422), dependencies=[Led])
async def post_draft(
    words: UnfinishedWords,
    services: ServicesHere,
    account: ApiAccount,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    after: AfterStory = None,
) -> DraftResource:
    draft_id = await keep_draft(services, account, words, idempotency_key, after)
    response.headers["Location"] = f"/api/v1/drafts/{draft_id}"
    return await load_and_show(services, account, draft_id)


@router.get("", summary="What the caller has begun and not handed in, the latest first")
async def get_drafts(services: ServicesHere, account: ApiAccount) -> Listing[DraftResource]:
    async with services.database.reading() as session:
        found = await list_open_drafts(session, Holder(account))
    return Listing(items=[show_draft(services, draft) for draft in found])


@router.get("/{draft_id}", summary="One draft, and what it lacks", responses=responses(404, 410))
async def get_draft(draft_id: DraftId, services: ServicesHere, account: ApiAccount) -> DraftResource:
    return await load_and_show(services, account, str(draft_id))


@router.patch("/{draft_id}", summary="Go on with a draft", responses=responses(404, 409, 410, 413, 422))
async def patch_draft(
    draft_id: DraftId, words: UnfinishedWords, services: ServicesHere, account: ApiAccount
) -> DraftResource:
    given = {"language": services.policy.region.default_language, **words.model_dump(exclude_unset=True)}
    changes = check_words(services.policy, UnfinishedWords(**given)).model_dump(include=words.model_fields_set)
    return show_draft(services, (await save_words(services, Holder(account), str(draft_id), changes)).draft)


@router.delete(
    "/{draft_id}", status_code=204, summary="Throw a draft away for good", responses=responses(404, 409, 410)
)
async def delete_draft(draft_id: DraftId, services: ServicesHere, account: ApiAccount) -> None:
    await throw_away(services, Holder(account), str(draft_id))


@router.post(
    "/{draft_id}/submit",
    summary="Hand a draft in; asked again, it is the same idea",
    responses=responses(404, 409, 410, 422),
    dependencies=[Led],
)
async def submit_draft(
    draft_id: DraftId, services: ServicesHere, account: ApiAccount, texts: TextsHere, response: Response
) -> IdeaResource:
    done = await send_draft(services, Holder(account), account, str(draft_id))
    return await answer_handed_in(services, account, str(draft_id), texts, response, done)


async def load_and_show(services: Services, account: Account, draft_id: str) -> DraftResource:
    """Raises DraftNotFound, DraftExpired."""
    async with services.database.reading() as session:
        return show_draft(services, await open_draft(session, Holder(account), draft_id))


def show_draft(services: Services, draft: Draft) -> DraftResource:
    """Its words as they are, however long: what came with a table is kept whole."""
    return DraftResource.model_construct(
        **typed_words(draft).model_dump(include=set(UnfinishedWords.model_fields)),
        **draft.model_dump(include={"id", "created_at", "updated_at", "expires_at"}),
        missing=find_gaps(services.policy, draft, signed_in=True),
        on_its_way=draft.idea_id is not None and draft.sent_at is None,
    )
