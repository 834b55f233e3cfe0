"""Concept and story of an idea: what is being written, and the versions that were handed in."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from api.sign_in.dependencies import ApiAccount
from api.use_cases.documents import ConceptWords, SeenDocument, pack, save_document, see_document
from api.use_cases.stories import show_story_again, take_down_story
from api.web.dependencies import ServicesHere
from api.web.parameters import IdeaId
from api.web.problems import responses
from api.web.routers import api_router
from models.messages.story import StoryParts, StoryWords
from models.queries.documents import Versions
from models.tables import Document
from models.typed_text import Text
from models.vocabulary import DocumentKind

router = api_router("/ideas/{idea_id}", "ideas")


class _Written(BaseModel):
    version: int | None = Field(description="null as long as nothing was written.")
    updated_at: datetime | None
    handed_in_at: datetime | None = Field(description="null for a draft.")
    may_write: bool


class ConceptResource(_Written):
    """What is handed in next: the draft, the last version, or what the idea itself says."""

    words: ConceptWords


class StoryResource(_Written):
    """What is handed in next: the draft, the last version, or what concept, idea and check-ins say."""

    words: StoryWords
    parts: StoryParts


class _Version(BaseModel):
    id: str
    version: int
    digest: str
    author_id: str | None
    handed_in_at: datetime


class DocumentResource(_Version):
    """One version of the concept as it was handed in."""

    words: ConceptWords


class StoryVersionResource(_Version):
    """One version of the story as it was handed in, or as a lead has approved it."""

    words: StoryWords
    parts: StoryParts


StoryChanges = create_model("StoryChanges", __base__=(StoryWords, StoryParts), __doc__="What is written of a story.")


@router.get("/concept", summary="The concept as it is now", responses=responses(404))
async def get_concept(idea_id: IdeaId, services: ServicesHere, account: ApiAccount) -> ConceptResource:
    seen = await _see(services, account, str(idea_id), DocumentKind.CONCEPT)
    return ConceptResource(words=ConceptWords(**seen.words), **_written(seen))


@router.put(
    "/concept",
    summary="Write fields of the concept; what is left out stays as it is. It is handed in by `submit_work`",
    responses=responses(403, 404, 413, 422),
)
async def put_concept(
    idea_id: IdeaId, words: ConceptWords, services: ServicesHere, account: ApiAccount
) -> ConceptResource:
    typed = words.model_dump(exclude_unset=True)
    await save_document(services, account, str(idea_id), DocumentKind.CONCEPT, typed)
    return await get_concept(idea_id, services, account)


@router.get("/documents", summary="The versions that were handed in, the latest first", responses=responses(404))
async def get_documents(idea_id: IdeaId, services: ServicesHere, account: ApiAccount) -> list[DocumentResource]:
    versions = await _list(services, account, str(idea_id), DocumentKind.CONCEPT)
    return [DocumentResource.model_validate(one, from_attributes=True) for one in versions]


@router.get("/story", summary="The story as it is now", responses=responses(404))
async def get_story(idea_id: IdeaId, services: ServicesHere, account: ApiAccount) -> StoryResource:
    seen = await _see(services, account, str(idea_id), DocumentKind.STORY)
    return StoryResource(words=StoryWords(**seen.words), parts=seen.parts, **_written(seen))


@router.put(
    "/story",
    summary="Write fields of the story; what is left out stays as it is. It is handed in by `submit_story`",
    responses=responses(403, 404, 413, 422),
)
async def put_story(idea_id: IdeaId, told: StoryChanges, services: ServicesHere, account: ApiAccount) -> StoryResource:
    sent = told.model_dump(mode="json", exclude_unset=True)
    typed = {name: text for name, text in sent.items() if name in StoryWords.model_fields}
    parts = {name: text for name, text in pack(sent).items() if name in sent}
    await save_document(services, account, str(idea_id), DocumentKind.STORY, typed | parts)
    return await get_story(idea_id, services, account)


@router.get("/story/versions", summary="The versions of the story, the latest first", responses=responses(404))
async def get_story_versions(
    idea_id: IdeaId, services: ServicesHere, account: ApiAccount
) -> list[StoryVersionResource]:
    versions = await _list(services, account, str(idea_id), DocumentKind.STORY)
    return [StoryVersionResource.model_validate(one, from_attributes=True) for one in versions]


class TakeDown(BaseModel):
    """Why a story is taken down; a lead has to say so."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: Text = Field(default="", max_length=2000)


@router.post(
    "/story/take-down",
    status_code=204,
    summary="Nobody reads the story any more, at once; for its owner, and for leads with a reason",
    responses=responses(404, 413, 422),
)
async def take_down(idea_id: IdeaId, told: TakeDown, services: ServicesHere, account: ApiAccount) -> None:
    await take_down_story(services, account, str(idea_id), told.reason)


@router.post(
    "/story/show-again",
    status_code=204,
    summary="The story is public again; for whoever has taken it down",
    responses=responses(404),
)
async def show_again(idea_id: IdeaId, services: ServicesHere, account: ApiAccount) -> None:
    await show_story_again(services, account, str(idea_id))


async def _see(services: Any, account: Any, idea_id: str, kind: DocumentKind) -> SeenDocument:
    async with services.database.reading() as session:
        return await see_document(session, account, idea_id, kind)


async def _list(services: Any, account: Any, idea_id: str, kind: DocumentKind) -> list[Document]:
    versions: Versions = (await _see(services, account, idea_id, kind)).versions
    return versions.handed_in


def _written(seen: SeenDocument) -> dict[str, Any]:
    latest: Document | None = seen.versions.latest
    return {
        "version": latest.version if latest else None,
        "updated_at": latest.updated_at if latest else None,
        "handed_in_at": latest.handed_in_at if latest else None,
        "may_write": seen.may_write,
    }
