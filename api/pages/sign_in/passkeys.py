"""Passkeys on pages: signing in and stepping up with one, making one, naming and removing it.

A form carries what the device has said; the script in `templates/static/sign-in.js` asks the device and fills it in.
"""

from typing import Annotated
from uuid import UUID

from fastapi import Form, Request, Response

from api.pages.kit.page import AnyPage, FreshOwnerPage, FreshPage, SignedInPage
from api.pages.kit.redirect_target import DEVICES, wanted_path
from api.pages.kit.rendering import HEADERS, see_other
from api.pages.kit.visitors import Halfway, Member
from api.pages.sign_in.entrance import browser_of, let_in
from api.sign_in.mail_proofs import Proof, opens_by_mail
from api.sign_in.passkeys import (
    PasskeyRefused,
    add_passkey,
    ask_to_make,
    ask_to_sign,
    remove_passkey,
    rename_passkey,
    use_passkey,
)
from api.sign_in.sessions import LastFactor, check_factors_left, hand_over_cookie, renew_session
from api.use_cases.audit import audit
from api.web.cookies import session_of
from api.web.dependencies import ServicesHere
from api.web.problems import ProblemError
from api.web.rate_limits import Limited, limit_rate
from api.web.routers import page_router
from models.vocabulary import AuditEvent, SecondFactor, SignInMethod

router = page_router()

Text = Annotated[str, Form()]


# -- coming in with one ------------------------------------------------------------------------------------------


@router.post("/anmelden/passkey/aufgabe")
async def ask_device(request: Request, services: ServicesHere) -> Response:
    """What the device is asked to sign. The form has brought the field of this browser, so there is a cookie."""
    await limit_rate(request, services, Limited.PASSKEY)
    try:
        return asked(await ask_to_sign(services, browser_of(request, services) or ""))
    except PasskeyRefused:
        raise ProblemError(404, "not_found") from None


@router.post("/anmelden/passkey")
async def come_in(
    page: AnyPage, reply: Annotated[str, Form(alias="antwort")] = "", wanted: Annotated[str, Form(alias="weiter")] = ""
) -> Response:
    try:
        account = await use_passkey(page.services, browser_of(page.request, page.services), reply)
        if isinstance(page.visitor, Member | Halfway) and page.visitor.person.id != account.id:
            raise PasskeyRefused("somebody_else")
        if not opens_by_mail(page.services, account):
            raise PasskeyRefused("provider")
    except PasskeyRefused as refused:
        await limit_rate(page.request, page.services, Limited.WRONG_PROOF)
        return await refuse(page, refused, AuditEvent.SIGN_IN)
    proof = Proof(account, wanted_path(page.request, wanted))
    return await let_in(page, proof, SignInMethod.PASSKEY, SecondFactor.PASSKEY)


# -- having them -------------------------------------------------------------------------------------------------


@router.post("/einstellungen/geraete/passkeys/aufgabe")
async def ask_new_device(page: FreshOwnerPage) -> Response:
    try:
        return asked(await ask_to_make(page.services, browser_of(page.request, page.services) or "", page.person))
    except PasskeyRefused:
        raise ProblemError(404, "not_found") from None


@router.post("/einstellungen/geraete/passkeys")
async def add(
    page: FreshOwnerPage,
    reply: Annotated[str, Form(alias="antwort")] = "",
    name: Text = "",
    wanted: Annotated[str, Form(alias="weiter")] = "",
) -> Response:
    """Whoever had to set up a second factor has it with this."""
    try:
        await add_passkey(page.services, browser_of(page.request, page.services) or "", page.person, reply, name)
    except PasskeyRefused as refused:
        return await refuse(page, refused, AuditEvent.PASSKEY_ADDED)
    async with page.services.database.transaction() as session:
        await audit(session, page.caller, AuditEvent.PASSKEY_ADDED)
    row = session_of(page.request)
    if isinstance(page.visitor, Halfway) and row is not None:
        await renew_session(page.request, page.services, row, AuditEvent.SECOND_FACTOR, second=SecondFactor.PASSKEY)
        answer = see_other(wanted_path(page.request, wanted) or DEVICES)
        hand_over_cookie(page.request, answer, page.services)
        return answer
    return see_other(DEVICES, meldung="passkey_added")


@router.post("/einstellungen/geraete/passkeys/{passkey_id}")
async def rename(page: SignedInPage, passkey_id: UUID, name: Text = "") -> Response:
    async with page.services.database.transaction() as session:
        if not await rename_passkey(session, page.person.id, str(passkey_id), name):
            raise ProblemError(404, "not_found")
    return see_other(DEVICES, meldung="passkey_named")


@router.post("/einstellungen/geraete/passkeys/{passkey_id}/entfernen")
async def remove(page: FreshPage, passkey_id: UUID) -> Response:
    """Staff keep one second factor, so that the mail alone never opens their account."""
    try:
        async with page.services.database.transaction() as session:
            if not await remove_passkey(session, page.person.id, str(passkey_id)):
                raise ProblemError(404, "not_found")
            await check_factors_left(session, page.services, page.person)
            await audit(session, page.caller, AuditEvent.PASSKEY_REMOVED, subject_id=str(passkey_id))
    except LastFactor:
        return see_other(DEVICES, meldung="last_factor")
    return see_other(DEVICES, meldung="passkey_removed")


def asked(options: str) -> Response:
    return Response(options, media_type="application/json", headers=HEADERS)


async def refuse(page: AnyPage, refused: PasskeyRefused, event: AuditEvent) -> Response:
    """The same words whatever the reason, which the audit log knows."""
    async with page.services.database.transaction() as session:
        await audit(session, page.caller, event, refused.why, method=SignInMethod.PASSKEY)
    return page.render("sign_in/dead_link.html", 403, of="passkey")
