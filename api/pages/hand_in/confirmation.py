"""After handing in without an account: the address is still to be confirmed, here and by the link in the mail."""

from uuid import UUID

from fastapi import Response

from api.pages.hand_in.drafts import holder_of, kindly, show_elsewhere
from api.pages.hand_in.unconfirmed import show_waiting
from api.pages.kit.address_typo import read_address
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import private, see_other
from api.pages.sign_in.entrance import let_in
from api.sign_in.mail_proofs import Proof
from api.use_cases.confirmation import Confirmation, confirm, find_confirmation, refuse, take_back, write_again
from api.use_cases.drafts import open_draft, typed_words
from api.web.rate_limits import Limited, limit_rate
from api.web.request_caller import digest_network
from api.web.routers import page_router
from models.addresses import is_address
from models.vocabulary import SignInMethod

router = page_router()

NOT_MINE = "nein"


@router.get("/einreichen/bestaetigen/{secret}")
async def show_confirmation(page: AnyPage, secret: str) -> Response:
    """A look confirms nothing, since mail scanners follow links."""
    async with page.services.database.reading() as session:
        found = await find_confirmation(session, secret)
    if found is None:
        return private(show_elsewhere(page, "confirmed", 410))
    return private(show_question(page, found, secret))


@router.post("/einreichen/bestaetigen/{secret}")
async def use_confirmation(page: AnyPage, secret: str) -> Response:
    """The address is proved: the idea is handed in, and its owner is signed in."""
    if (await page.form()).get("antwort") == NOT_MINE:
        gone = await refuse(page.services, secret)
        return private(show_elsewhere(page, "refused" if gone else "confirmed", 200 if gone else 410))
    confirmed = await confirm(page.services, secret)
    if confirmed is None:
        await limit_rate(page.request, page.services, Limited.WRONG_PROOF)
        return await show_confirmation(page, secret)
    account, path = confirmed
    if account.id == page.visitor.id:
        return see_other(path)
    return await let_in(page, Proof(account, path), SignInMethod.CONFIRMED)


@router.post("/einreichen/{draft_id}/bestaetigung")
@kindly
async def send_again(page: AnyPage, draft_id: UUID) -> Response:
    """The mail once more, to the same address or to a corrected one."""
    holder, given = holder_of(page), read_address(await page.form())
    if given.is_open or not is_address(given.email):
        async with page.services.database.reading() as session:
            draft = await open_draft(session, holder, str(draft_id))
        return show_waiting(page, draft, given)
    await limit_rate(page.request, page.services, Limited.HAND_IN)
    await write_again(page.services, holder, str(draft_id), digest_network(page.services, page.request), given.email)
    return see_other(f"/einreichen/{draft_id}/danke", meldung="mail_again")


@router.post("/einreichen/{draft_id}/zurueck")
@kindly
async def write_on(page: AnyPage, draft_id: UUID) -> Response:
    await take_back(page.services, holder_of(page), str(draft_id))
    return see_other(f"/einreichen/{draft_id}/pruefen")


def show_question(page: AnyPage, found: Confirmation, secret: str) -> Response:
    """What was handed in, for the eyes of whoever reads the mail to this address."""
    return page.render(
        "hand_in/confirm.html",
        typed=typed_words(found.draft),
        draft=found.draft,
        secret=secret,
        is_closed=found.is_closed,
        email=found.link.email,
    )
