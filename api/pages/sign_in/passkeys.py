"""Passkeys on pages: signing in and stepping up with one, making one, naming and removing it.

A form carries what the device has said; the script in `templates/static/sign-in.js` asks the device and fills it in.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from api.pages.kit.landing import DEVICES, wanted_path
from api.pages.kit.rendering import HEADERS, render, see_other
from api.pages.kit.visitors import AnyVisitor, Fresh, FreshOwner, Halfway, Member, SignedIn, Visitor
from api.pages.sign_in.entrance import browser_of, let_in
from api.runtime.services import Services
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
from api.web.callers import caller_of
from api.web.cookies import session_of
from api.web.dependencies import ServicesHere
from api.web.problems import ProblemError
from api.web.rate_limits import Limited, limit_rate
from models.vocabulary import AuditEvent, SecondFactor, SignInMethod

router = APIRouter()

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
    request: Request,
    services: ServicesHere,
    visitor: AnyVisitor,
    reply: Annotated[str, Form(alias="antwort")] = "",
    wanted: Annotated[str, Form(alias="weiter")] = "",
) -> Response:
    try:
        account = await use_passkey(services, browser_of(request, services), reply)
        if isinstance(visitor, Member | Halfway) and visitor.person.id != account.id:
            raise PasskeyRefused("somebody_else")
        if not opens_by_mail(services, account):
            raise PasskeyRefused("provider")
    except PasskeyRefused as refused:
        await limit_rate(request, services, Limited.WRONG_PROOF)
        return await refuse(request, services, visitor, refused, AuditEvent.SIGN_IN)
    proof = Proof(account, wanted_path(request, wanted))
    return await let_in(request, services, visitor, proof, SignInMethod.PASSKEY, SecondFactor.PASSKEY)


# -- having them -------------------------------------------------------------------------------------------------


@router.post("/einstellungen/geraete/passkeys/aufgabe")
async def ask_new_device(request: Request, services: ServicesHere, owner: FreshOwner) -> Response:
    try:
        return asked(await ask_to_make(services, browser_of(request, services) or "", owner.person))
    except PasskeyRefused:
        raise ProblemError(404, "not_found") from None


@router.post("/einstellungen/geraete/passkeys")
async def add(
    request: Request,
    services: ServicesHere,
    owner: FreshOwner,
    reply: Annotated[str, Form(alias="antwort")] = "",
    name: Text = "",
    wanted: Annotated[str, Form(alias="weiter")] = "",
) -> Response:
    """Whoever had to set up a second factor has it with this."""
    try:
        await add_passkey(services, browser_of(request, services) or "", owner.person, reply, name)
    except PasskeyRefused as refused:
        return await refuse(request, services, owner, refused, AuditEvent.PASSKEY_ADDED)
    async with services.database.transaction() as session:
        await audit(session, caller_of(services, request), AuditEvent.PASSKEY_ADDED)
    row = session_of(request)
    if isinstance(owner, Halfway) and row is not None:
        await renew_session(request, services, row, AuditEvent.SECOND_FACTOR, second=SecondFactor.PASSKEY)
        answer = see_other(wanted_path(request, wanted) or DEVICES)
        hand_over_cookie(request, answer, services)
        return answer
    return see_other(DEVICES, meldung="passkey_added")


@router.post("/einstellungen/geraete/passkeys/{passkey_id}")
async def rename(services: ServicesHere, member: SignedIn, passkey_id: UUID, name: Text = "") -> Response:
    async with services.database.transaction() as session:
        if not await rename_passkey(session, member.person.id, str(passkey_id), name):
            raise ProblemError(404, "not_found")
    return see_other(DEVICES, meldung="passkey_named")


@router.post("/einstellungen/geraete/passkeys/{passkey_id}/entfernen")
async def remove(request: Request, services: ServicesHere, member: Fresh, passkey_id: UUID) -> Response:
    """Staff keep one second factor, so that the mail alone never opens their account."""
    try:
        async with services.database.transaction() as session:
            if not await remove_passkey(session, member.person.id, str(passkey_id)):
                raise ProblemError(404, "not_found")
            await check_factors_left(session, services, member.person)
            await audit(session, caller_of(services, request), AuditEvent.PASSKEY_REMOVED, subject_id=str(passkey_id))
    except LastFactor:
        return see_other(DEVICES, meldung="last_factor")
    return see_other(DEVICES, meldung="passkey_removed")


def asked(options: str) -> Response:
    return Response(options, media_type="application/json", headers=HEADERS)


async def refuse(
    request: Request, services: Services, visitor: Visitor, refused: PasskeyRefused, event: AuditEvent
) -> Response:
    """The same words whatever the reason, which the audit log knows."""
    async with services.database.transaction() as session:
        await audit(session, caller_of(services, request), event, refused.why, method=SignInMethod.PASSKEY)
    return render(request, visitor, "sign_in/dead.html", 403, of="passkey")
