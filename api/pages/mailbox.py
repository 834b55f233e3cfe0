"""The local mailbox: what the platform has sent to the demo accounts. In demo mode only."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.auth import may_sign_in_by_click
from api.dependencies import ServicesHere
from api.pages.rendering import render
from api.pages.visitors import AnyVisitor
from api.problems import ProblemError
from models.queries.mailbox import list_boxes, list_mails

router = APIRouter()


@router.get("/mailbox")
async def show_mailbox(
    request: Request, services: ServicesHere, visitor: AnyVisitor, konto: UUID | None = None
) -> Response:
    """The mails of one account; without a choice, those of whoever looks, or of the first box."""
    if not may_sign_in_by_click(request, services.settings):
        raise ProblemError(404, "not_found")
    async with services.database.session() as session:
        boxes = await list_boxes(session)
        known = [account.id for account, _ in boxes]
        wanted = str(konto) if konto else visitor.id
        chosen = wanted if konto or wanted in known else next(iter(known), None)
        mails = await list_mails(session, chosen) if chosen else []
    return render(
        request, visitor, "mailbox/mailbox.html", boxes=boxes, chosen=chosen, mails=mails, zone=services.policy.zone
    )
