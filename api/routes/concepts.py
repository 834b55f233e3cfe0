"""The concept of an idea: what is being written, and the versions that were handed in."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.sign_in.dependencies import ApiAccount
from api.use_cases.concepts import ConceptWords, SeenConcept, save_concept, see_concept
from api.web.dependencies import ServicesHere
from api.web.parameters import IdeaId
from api.web.problems import responses
from api.web.routers import api_router
from models.tables import Document

router = api_router("/ideas/{idea_id}", "ideas")


class ConceptResource(BaseModel):
    """What is handed in next: the draft, the last version, or what the idea itself says."""

    words: ConceptWords
    version: int | None = Field(description="null as long as nothing was written.")
    updated_at: datetime | None
    handed_in_at: datetime | None = Field(description="null for a draft.")
    may_write: bool


class DocumentResource(BaseModel):
    """One version as it was handed in."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    version: int
    words: ConceptWords
    digest: str
    author_id: str | None
    handed_in_at: datetime


@router.get("/concept", summary="The concept as it is now", responses=responses(404))
async def get_concept(idea_id: IdeaId, services: ServicesHere, account: ApiAccount) -> ConceptResource:
    async with services.database.reading() as session:
        return show(await see_concept(session, account, str(idea_id)))


@router.put(
    "/concept",
    summary="Write fields of the concept; what is left out stays as it is. It is handed in by `submit_work`",
    responses=responses(403, 404, 413, 422),
)
async def put_concept(
    idea_id: IdeaId, words: ConceptWords, services: ServicesHere, account: ApiAccount
) -> ConceptResource:
    await save_concept(services, account, str(idea_id), words.model_dump(exclude_unset=True))
    async with services.database.reading() as session:
        return show(await see_concept(session, account, str(idea_id)))


@router.get("/documents", summary="The versions that were handed in, the latest first", responses=responses(404))
async def get_documents(idea_id: IdeaId, services: ServicesHere, account: ApiAccount) -> list[DocumentResource]:
    async with services.database.reading() as session:
        seen = await see_concept(session, account, str(idea_id))
    return [DocumentResource.model_validate(version) for version in seen.concept.versions]


def show(seen: SeenConcept) -> ConceptResource:
    latest: Document | None = seen.concept.latest
    return ConceptResource(
        words=ConceptWords(**seen.words),
        version=latest.version if latest else None,
        updated_at=latest.updated_at if latest else None,
        handed_in_at=latest.handed_in_at if latest else None,
        may_write=seen.may_write,
    )
