"""What the nouns of plain cases have in common: what is told of one, and the route that asks one of its events."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, Field

from api.sign_in.dependencies import ApiAccount
from api.use_cases.command_sender import Done
from api.use_cases.plain_case_sender import Send
from api.web.dependencies import ServicesHere
from api.web.parameters import IdeaId, IdempotencyKey, IfMatch, etag, read_if_match
from api.web.problems import responses
from models.messages.cases import CaseStanding
from models.vocabulary import Role

Number = Annotated[int, Path(ge=1, le=10_000, description="Which one of the idea, counted from 1.")]


class CaseResource(BaseModel):
    """Where a case stands, and what the caller may do. A noun adds what is its own."""

    version: int
    state: str
    on_turn: Role | None
    until: date | None
    allowed_events: list[str]


class NumberedResource(CaseResource):
    number: int


class CaseReceiptResource(BaseModel):
    """The step is taken, durably."""

    idea_id: str
    version: int
    state: str
    shown: bool = Field(description="false: lists and pages show the step in a moment.")


class NumberedReceiptResource(CaseReceiptResource):
    number: int


def tell_case(standing: CaseStanding, allowed: list[str]) -> dict[str, Any]:
    """The fields of a `CaseResource`, with those of the standing itself."""
    until = standing.holder.until if standing.holder is not None else None
    own = {name: getattr(standing, name) for name in type(standing).model_fields}
    told = {"number": standing.number, "on_turn": standing.turn, "until": until, "allowed_events": allowed}
    return own | told


def tell_receipt(response: Response, idea_id: str, done: Done) -> Any:
    response.headers.update(etag(done.receipt.version))
    told = done.receipt.model_dump(include={"version", "state"}) | {"idea_id": idea_id, "shown": done.shown}
    return NumberedReceiptResource(**told, number=done.number) if done.number else CaseReceiptResource(**told)


def add_commands(router: APIRouter, name: str, form_of_kind: type[BaseModel], send: Send, *, numbered: bool) -> None:
    """The route that asks one event. `name`: as in "Ask one event of a replication"."""
    # FastAPI reads the body by this type: it finds it where a type stands.
    form_type: Any = form_of_kind
    which = read_number if numbered else the_only_one

    async def post_case_command(
        idea_id: IdeaId,
        number: Annotated[int, Depends(which)],
        form: form_type,
        services: ServicesHere,
        account: ApiAccount,
        response: Response,
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
    ) -> Any:
        expected = read_if_match(if_match)
        done = await send(services, account, str(idea_id), form, number, idempotency_key, expected)
        return tell_receipt(response, str(idea_id), done)

    router.add_api_route(
        "/{number}/commands" if numbered else "/commands",
        post_case_command,
        methods=["POST"],
        name=f"post_{router.tags[0]}_command",
        summary=f"Ask one event of {name}",
        response_model=NumberedReceiptResource if numbered else CaseReceiptResource,
        responses=responses(403, 404, 409, 412, 413, 422),
    )


async def read_number(number: Number) -> int:
    return number


async def the_only_one() -> int:
    return 0
