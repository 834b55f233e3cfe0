"""What citizens have written to the story of an idea: listed, shown, answered, refused."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Path, Response
from pydantic import BaseModel, Field

from api.sign_in.dependencies import ApiAccount
from api.use_cases.contributions import ContributionForm, allowed, see_contributions, send_contribution_command
from api.web.dependencies import ServicesHere
from api.web.parameters import IdeaId, IdempotencyKey, etag
from api.web.problems import responses
from api.web.routers import api_router
from models.vocabulary import ContributionSort, Role, Unfit

router = api_router("/ideas/{idea_id}/contributions", "contributions")

Number = Annotated[int, Path(ge=1, le=10_000, description="Which contribution of the idea, counted from 1.")]


class ContributionResource(BaseModel):
    """A contribution with everything that the caller may know and do. Its author's address is on no list."""

    number: int
    version: int
    sort: ContributionSort
    state: str
    on_turn: Role | None
    until: date | None
    body: str
    name: str = Field(description="As its author wants to be called; empty: without a name.")
    said: str = Field(description="The answer, or what was said to the reason.")
    reason: Unfit | None
    is_public: bool
    created_at: datetime
    allowed_events: list[str]


class ContributionReceiptResource(BaseModel):
    """The step is taken, durably."""

    idea_id: str
    number: int
    version: int
    state: str
    shown: bool = Field(description="false: lists and pages show the step in a moment.")


@router.get("", summary="The contributions to the story of an idea", responses=responses(404, 422))
async def get_contributions(idea_id: IdeaId, services: ServicesHere, account: ApiAccount) -> list[ContributionResource]:
    async with services.database.reading() as session:
        roles, views = await see_contributions(session, account, str(idea_id))
    return [
        ContributionResource(
            **one.standing.model_dump(include={"version", "sort", "state", "reason"}),
            **one.words.model_dump(include={"body", "name", "created_at"}),
            number=one.row.number,
            on_turn=one.standing.turn,
            until=one.row.holder_until,
            said=one.said,
            is_public=one.is_public,
            allowed_events=allowed(one, account, roles),
        )
        for one in views
    ]


@router.post(
    "/{number}/commands", summary="Ask one event of a contribution", responses=responses(403, 404, 409, 413, 422)
)
async def post_contribution_command(
    idea_id: IdeaId,
    number: Number,
    form: ContributionForm,
    services: ServicesHere,
    account: ApiAccount,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> ContributionReceiptResource:
    done = await send_contribution_command(services, account, str(idea_id), number, form, idempotency_key)
    response.headers.update(etag(done.receipt.version))
    told = done.receipt.model_dump(include={"version", "state"})
    return ContributionReceiptResource(idea_id=str(idea_id), number=number, **told, shown=done.shown)
