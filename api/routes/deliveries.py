"""Mails that did not arrive."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from api.routes.idea_representation import Listing
from api.sign_in.dependencies import ApiLead
from api.use_cases.deliveries import send_again
from api.web.dependencies import ServicesHere
from api.web.problems import responses
from api.web.routers import api_router
from models.queries.deliveries import MailLine, list_undelivered

router = api_router("/deliveries", "leads")


@router.get("", summary="Mails that did not arrive, or may not have, for leads", responses=responses(403))
async def get_undelivered(services: ServicesHere, _lead: ApiLead) -> Listing[MailLine]:
    async with services.database.reading() as session:
        return Listing(items=await list_undelivered(session))


@router.post(
    "/{mail_id}/resend",
    status_code=202,
    summary="Have a mail sent again; one that may have arrived can then arrive twice",
    responses=responses(403, 404, 409, 413),
)
async def post_resend(
    services: ServicesHere, _lead: ApiLead, mail_id: Annotated[UUID, Path(description="The id of a mail.")]
) -> None:
    await send_again(services, str(mail_id))
