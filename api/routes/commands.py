"""The one way to move an idea: an event and its fields."""

from fastapi import Response
from pydantic import BaseModel, Field

from api.sign_in.dependencies import ApiAccount
from api.use_cases.commands import CommandForm, send_command
from api.web.dependencies import ServicesHere
from api.web.parameters import IdeaId, IdempotencyKey, IfMatch, etag, read_if_match
from api.web.problems import responses
from api.web.routers import api_router
from models.vocabulary import Stage

router = api_router("/ideas", "ideas")


class ReceiptResource(BaseModel):
    """The step is taken, durably."""

    idea_id: str
    version: int
    stage: Stage
    state: str
    shown: bool = Field(description="false: lists and pages show the step in a moment.")


@router.post(
    "/{idea_id}/commands",
    summary="Ask one event of an idea",
    responses=responses(403, 404, 409, 412, 413, 422),
)
async def post_command(
    idea_id: IdeaId,
    form: CommandForm,
    services: ServicesHere,
    account: ApiAccount,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> ReceiptResource:
    done = await send_command(services, account, str(idea_id), form, idempotency_key, read_if_match(if_match))
    response.headers.update(etag(done.receipt.version))
    return ReceiptResource(idea_id=str(idea_id), **done.receipt.model_dump(exclude={"case_id"}), shown=done.shown)
