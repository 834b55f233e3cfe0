"""The local mailbox: what the platform has sent to the demo accounts, and what is still to come. In demo mode only."""

from base64 import b64decode
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import HEADERS
from api.sign_in.bearer import may_sign_in_by_click
from api.use_cases.deliveries import read_notices
from api.web.dependencies import ServicesHere
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.queries.deliveries import Fate
from models.queries.mailbox import list_boxes, list_mails, list_mails_elsewhere, read_mail
from models.tables import MailboxMessage

router = page_router()

AS_A_MAIL = HEADERS | {
    # A mail brings its styles along, and nothing else.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
}

ELSEWHERE = "andere"
"""The box of addresses that are no demo account's."""

TO_COME = frozenset({Fate.WAITING, Fate.ON_ITS_WAY})


@router.get("/mailbox")
async def show_mailbox(
    page: AnyPage, account_id: Annotated[UUID | Literal["andere"] | None, Query(alias="konto")] = None
) -> Response:
    """The mails of one account, or to addresses that are no demo account's.

    Without a choice, those of whoever looks, or of the first box.
    """
    if not may_sign_in_by_click(page.request, page.services.settings):
        raise ProblemError(404, "not_found")
    async with page.services.database.reading() as session:
        boxes = await list_boxes(session)
        known = {account.id: account for account, _ in boxes}
        wanted = str(account_id) if account_id else page.visitor.id
        chosen = wanted if account_id or wanted in known else next(iter(known), None)
        mails = await list_mails_elsewhere(session) if account_id == ELSEWHERE else []
        if chosen and account_id != ELSEWHERE:
            mails = await list_mails(session, chosen)
    notices = await read_notices(page.services, known[chosen]) if chosen in known else []
    return page.render(
        "mailbox/mailbox.html",
        boxes=boxes,
        chosen=chosen,
        elsewhere=ELSEWHERE,
        mails=mails,
        to_come=[notice for notice in notices if notice.fate in TO_COME],
        zone=page.services.policy.zone,
    )


async def find_mail(request: Request, services: ServicesHere, mail_id: UUID) -> MailboxMessage:
    """A mail in the box. Raises a problem with status 404 outside of demo mode."""
    if may_sign_in_by_click(request, services.settings):
        async with services.database.reading() as session:
            if mail := await read_mail(session, str(mail_id)):
                return mail
    raise ProblemError(404, "not_found")


MailInTheBox = Annotated[MailboxMessage, Depends(find_mail)]


@router.get("/mailbox/{mail_id}")
async def show_mail(mail: MailInTheBox) -> Response:
    """A mail as a mail program shows it."""
    if not mail.html:
        raise ProblemError(404, "not_found")
    return HTMLResponse(mail.html, headers=AS_A_MAIL)


@router.get("/mailbox/{mail_id}/{number}")
async def open_attachment(mail: MailInTheBox, number: int) -> Response:
    if not 0 <= number < len(mail.attachments):
        raise ProblemError(404, "not_found")
    file = mail.attachments[number]
    headers = AS_A_MAIL | {"Content-Disposition": f'attachment; filename="{file["name"]}"'}
    return Response(b64decode(file["content"]), media_type=file["media_type"], headers=headers)
