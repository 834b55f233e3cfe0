"""After handing in without an account: the address is still to be confirmed, here and by the link in the letter."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.pages.hand_in.drafts import holder_of, kindly, show_elsewhere
from api.pages.hand_in.waiting import show_waiting
from api.pages.kit.near_miss import read_address
from api.pages.kit.rendering import private, render, see_other
from api.pages.kit.visitors import AnyVisitor, Visitor
from api.pages.sign_in.entrance import let_in
from api.sign_in.mail_proofs import Proof
from api.use_cases.confirmation import Confirmation, confirm, find_confirmation, refuse, take_back, write_again
from api.use_cases.drafts import open_draft, typed_words
from api.web.callers import digest_network
from api.web.dependencies import ServicesHere
from api.web.rate_limits import Limited, limit_rate
from models.addresses import is_address
from models.vocabulary import SignInMethod

router = APIRouter()

NOT_MINE = "nein"


@router.get("/einreichen/bestaetigen/{secret}")
async def show_confirmation(request: Request, services: ServicesHere, visitor: AnyVisitor, secret: str) -> Response:
    """A look confirms nothing, since mail scanners follow links."""
    async with services.database.reading() as session:
        found = await find_confirmation(session, secret)
    if found is None:
        return private(show_elsewhere(request, visitor, "confirmed", 410))
    return private(show_question(request, visitor, found, secret))


@router.post("/einreichen/bestaetigen/{secret}")
async def use_confirmation(request: Request, services: ServicesHere, visitor: AnyVisitor, secret: str) -> Response:
    """The address is proved: the idea is handed in, and its owner is signed in."""
    if (await request.form()).get("antwort") == NOT_MINE:
        gone = await refuse(services, secret)
        return private(show_elsewhere(request, visitor, "refused" if gone else "confirmed", 200 if gone else 410))
    confirmed = await confirm(services, secret)
    if confirmed is None:
        await limit_rate(request, services, Limited.WRONG_PROOF)
        return await show_confirmation(request, services, visitor, secret)
    account, path = confirmed
    if account.id == visitor.id:
        return see_other(path)
    return await let_in(request, services, visitor, Proof(account, path), SignInMethod.CONFIRMED)


@router.post("/einreichen/{draft_id}/bestaetigung")
@kindly
async def send_again(request: Request, services: ServicesHere, visitor: AnyVisitor, draft_id: UUID) -> Response:
    """The letter once more, to the same address or to a corrected one."""
    holder, given = holder_of(request, services, visitor), read_address(await request.form())
    if given.is_open or not is_address(given.email):
        async with services.database.reading() as session:
            draft = await open_draft(session, holder, str(draft_id))
        return show_waiting(request, services, visitor, draft, given)
    await limit_rate(request, services, Limited.HAND_IN)
    await write_again(services, holder, str(draft_id), digest_network(services, request), given.email)
    return see_other(f"/einreichen/{draft_id}/danke", meldung="letter_again")


@router.post("/einreichen/{draft_id}/zurueck")
@kindly
async def write_on(request: Request, services: ServicesHere, visitor: AnyVisitor, draft_id: UUID) -> Response:
    await take_back(services, holder_of(request, services, visitor), str(draft_id))
    return see_other(f"/einreichen/{draft_id}/pruefen")


def show_question(request: Request, visitor: Visitor, found: Confirmation, secret: str) -> Response:
    """What was handed in, for the eyes of whoever reads the mail to this address."""
    return render(
        request,
        visitor,
        "hand_in/confirm.html",
        typed=typed_words(found.draft),
        draft=found.draft,
        secret=secret,
        is_closed=found.is_closed,
        email=found.link.email,
    )
