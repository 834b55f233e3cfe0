"""The page behind the link that asks somebody to work here: who asks, for what, and an answer."""

from fastapi import APIRouter, Request, Response

from api.pages.kit.fields import Field, tell_wrong
from api.pages.kit.rendering import private, render, texts_for
from api.pages.kit.visitors import AnyVisitor, Visitor
from api.pages.sign_in.entrance import welcome
from api.runtime.services import Services
from api.sign_in.mail_proofs import Proof
from api.use_cases.staff.inviting import Fate, Invited, NotJoined, accept, decline, find_invited
from api.web.callers import caller_of
from api.web.dependencies import ServicesHere
from api.web.rate_limits import Limited, limit_rate
from models.lines import is_name
from models.region_names import RegionNames
from models.vocabulary import Role, SignInMethod

router = APIRouter()


@router.get("/mitarbeit/{secret}")
async def show_question(request: Request, services: ServicesHere, visitor: AnyVisitor, secret: str) -> Response:
    """A look changes nothing, since mail scanners follow links."""
    async with services.database.reading() as session:
        invited = await find_invited(session, secret)
    if invited is None or invited.fate is not Fate.OPEN:
        return await tell_fate(request, services, visitor, invited.fate if invited else Fate.UNKNOWN)
    return ask(request, services, visitor, invited, secret)


@router.post("/mitarbeit/{secret}")
async def answer(request: Request, services: ServicesHere, visitor: AnyVisitor, secret: str) -> Response:
    sent, t = await request.form(), texts_for(request, visitor)
    async with services.database.reading() as session:
        invited = await find_invited(session, secret)
    if invited is None or invited.fate is not Fate.OPEN:
        return await tell_fate(request, services, visitor, invited.fate if invited else Fate.UNKNOWN)
    caller, name = caller_of(services, request), " ".join(str(sent.get("name") or "").split())
    try:
        if sent.get("antwort") == "nein":
            await decline(services, secret, caller)
            return await tell_fate(request, services, visitor, Fate.DECLINED, status=200)
        if invited.account is None and not is_name(name):
            return ask(request, services, visitor, invited, secret, name, tell_wrong(t, "name"))
        account = await accept(services, secret, name, caller)
    except NotJoined as over:
        return await tell_fate(request, services, visitor, over.fate)
    proof = Proof(account, "/erste-schritte" if invited.asked.role == Role.COACH else "/leitung")
    return await welcome(request, services, visitor, proof, SignInMethod.INVITED)


def ask(
    request: Request,
    services: Services,
    visitor: Visitor,
    invited: Invited,
    secret: str,
    name: str | None = None,
    wrong: str = "",
) -> Response:
    """Who asks, and what for; and which account it will be."""
    t, asked, account = texts_for(request, visitor), invited.asked, invited.account
    typed = asked.name if name is None else name
    field = Field(
        "name", "line", t("field.name"), t("page.join.name.help"), True, value=typed, error=wrong, autocomplete="name"
    )
    page = render(
        request,
        visitor,
        "staff/join.html",
        422 if wrong else 200,
        secret=secret,
        inviter=invited.inviter,
        greeting=asked.greeting,
        role=asked.role,
        office=RegionNames(services.policy.region, t).office(asked.office) if asked.office else "",
        email=asked.email,
        has_account=account is not None,
        is_other=visitor.account is not None and (account is None or visitor.id != account.id),
        field=field if account is None else None,
        wrong=wrong,
        last_day=t.day(asked.expires_at.astimezone(services.policy.zone).date()),
    )
    return private(page)


async def tell_fate(
    request: Request, services: Services, visitor: Visitor, fate: Fate, *, status: int = 410
) -> Response:
    """Why a link leads nowhere, and where it goes on."""
    if fate is Fate.UNKNOWN and request.method == "POST":
        await limit_rate(request, services, Limited.WRONG_PROOF)
    return private(render(request, visitor, "staff/join_over.html", status, fate=fate))
