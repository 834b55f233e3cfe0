"""The replication of an idea that was handed in after a story: whether help comes, how it goes, what carried over."""

from datetime import date

from fastapi import Response
from pydantic import BaseModel, Field

from api.sign_in.dependencies import ApiAccount
from api.use_cases.replications import ReplicationForm, see_replication, send_replication_command
from api.web.dependencies import ServicesHere
from api.web.parameters import IdeaId, IdempotencyKey, IfMatch, etag, read_if_match
from api.web.problems import responses
from api.web.routers import api_router
from models.vocabulary import CarryOver, Help, Ingredient, Role

router = api_router("/ideas/{idea_id}/replication", "replications")


class ReplicationResource(BaseModel):
    """A replication with what the caller may know and do. Neither side is named."""

    version: int
    state: str
    on_turn: Role | None
    until: date | None
    help: Help = Field(description="What the team of the story does for it.")
    carried: dict[Ingredient, CarryOver] = Field(description="What became of each ingredient, once it was reported.")
    allowed_events: list[str]


class ReplicationReceiptResource(BaseModel):
    """The step is taken, durably."""

    idea_id: str
    version: int
    state: str
    shown: bool = Field(description="false: lists and pages show the step in a moment.")


@router.get("", summary="How an idea that came after a story goes on", responses=responses(404, 422))
async def get_replication(idea_id: IdeaId, services: ServicesHere, account: ApiAccount) -> ReplicationResource:
    async with services.database.reading() as session:
        seen = await see_replication(session, account, str(idea_id))
    return ReplicationResource(
        **seen.standing.model_dump(include={"version", "state", "help", "carried"}),
        on_turn=seen.standing.turn,
        until=seen.row.holder_until,
        allowed_events=seen.allowed,
    )


@router.post("/commands", summary="Ask one event of a replication", responses=responses(403, 404, 409, 412, 413, 422))
async def post_replication_command(
    idea_id: IdeaId,
    form: ReplicationForm,
    services: ServicesHere,
    account: ApiAccount,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> ReplicationReceiptResource:
    expected = read_if_match(if_match)
    done = await send_replication_command(services, account, str(idea_id), form, idempotency_key, expected)
    response.headers.update(etag(done.receipt.version))
    told = done.receipt.model_dump(include={"version", "state"})
    return ReplicationReceiptResource(idea_id=str(idea_id), **told, shown=done.shown)
