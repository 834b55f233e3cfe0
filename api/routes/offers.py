"""Offers to coaches and their answers."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, field_validator

from api.routes.idea_representation import Listing
from api.sign_in.dependencies import ApiAccount
from api.use_cases.offers import Answered, accept_offer, decline_offer
from api.web.dependencies import ServicesHere
from api.web.parameters import Cursor, Limit
from api.web.problems import ProblemError, invalid, responses
from api.web.routers import api_router
from models.queries.offers import OfferLine, list_offers
from models.queries.paging import InvalidCursor
from models.rules.permissions import may_see_board
from models.tables import roles_of
from models.typed_text import LONGEST_TEXT, Text
from models.vocabulary import DeclineReason, OfferStatus, Stage

router = api_router("/offers", "offers")

OfferId = Annotated[UUID, Path(description="The id of an offer.")]


class DeclineForm(BaseModel):
    """Why a coach does not take an idea. The note is for the leads, never for the innovator."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: DeclineReason
    note: Text | None = Field(default=None, max_length=LONGEST_TEXT)

    @field_validator("note")
    @classmethod
    def _or_none(cls, value: str | None) -> str | None:
        return value or None


class AnswerResource(BaseModel):
    """The offer after the answer; for an accepted one also where the idea stands."""

    offer: OfferLine
    stage: Stage | None
    state: str | None
    version: int | None
    shown: bool = Field(description="false: the answer is saved, and the idea shows it in a moment.")


@router.get("", summary="The caller's offers; for leads all, where asked for", responses=responses(403, 422))
async def get_offers(
    services: ServicesHere,
    account: ApiAccount,
    status: OfferStatus | None = None,
    all: Annotated[bool, Query(description="Everybody's offers, for leads.")] = False,
    idea: Annotated[UUID | None, Query(description="The offers of one idea.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listing[OfferLine]:
    if all and not may_see_board(roles_of(account)):
        raise ProblemError(403, "forbidden", "only leads see everybody's offers")
    async with services.database.reading() as session:
        try:
            page = await list_offers(
                session,
                coach_id=None if all else account.id,
                idea_id=str(idea) if idea is not None else None,
                status=status,
                reader=account.id,
                cursor=cursor,
                limit=limit,
            )
        except InvalidCursor as error:
            raise invalid("cursor", str(error)) from error
    return Listing(items=page.items, next_cursor=page.next_cursor)


@router.post("/{offer_id}/accept", summary="Take an idea on", responses=responses(403, 404, 409, 413))
async def post_accept(offer_id: OfferId, services: ServicesHere, account: ApiAccount) -> AnswerResource:
    return _show(await accept_offer(services, account, str(offer_id)))


@router.post(
    "/{offer_id}/decline",
    summary="Let the idea pass to the next coach",
    responses=responses(403, 404, 409, 413, 422),
)
async def post_decline(
    offer_id: OfferId, form: DeclineForm, services: ServicesHere, account: ApiAccount
) -> AnswerResource:
    return _show(await decline_offer(services, account, str(offer_id), form.reason, form.note))


def _show(answered: Answered) -> AnswerResource:
    return AnswerResource(
        offer=answered.offer,
        stage=answered.stage,
        state=answered.state,
        version=answered.version,
        shown=answered.shown,
    )
