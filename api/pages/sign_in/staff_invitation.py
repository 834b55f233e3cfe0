"""The page behind the link that asks somebody to work here: who asks, for what, and an answer."""

from fastapi import Response

from api.pages.kit.fields import Field, tell_wrong
from api.pages.kit.forms import read_text
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import private
from api.pages.sign_in.entrance import welcome
from api.sign_in.mail_proofs import Proof
from api.use_cases.invitations import Fate, NotJoined
from api.use_cases.staff.inviting import Invited, accept, decline, find_invited
from api.web.rate_limits import Limited, limit_rate
from api.web.routers import page_router
from models.region_names import RegionNames
from models.single_line import is_name, read_line
from models.vocabulary import Role, SignInMethod

router = page_router()


@router.get("/mitarbeit/{secret}")
async def show_question(page: AnyPage, secret: str) -> Response:
    """A look changes nothing, since mail scanners follow links."""
    async with page.services.database.reading() as session:
        invited = await find_invited(session, secret)
    if invited is None or invited.fate is not Fate.OPEN:
        return await tell_fate(page, invited.fate if invited else Fate.UNKNOWN)
    return ask(page, invited, secret)


@router.post("/mitarbeit/{secret}")
async def answer(page: AnyPage, secret: str) -> Response:
    sent = await page.form()
    async with page.services.database.reading() as session:
        invited = await find_invited(session, secret)
    if invited is None or invited.fate is not Fate.OPEN:
        return await tell_fate(page, invited.fate if invited else Fate.UNKNOWN)
    caller, name = page.caller, read_line(read_text(sent, "name"))
    try:
        if sent.get("antwort") == "nein":
            await decline(page.services, secret, caller)
            return await tell_fate(page, Fate.DECLINED, status=200)
        if invited.account is None and not is_name(name):
            return ask(page, invited, secret, name, tell_wrong(page.t, "name"))
        account = await accept(page.services, secret, name, caller)
    except NotJoined as over:
        return await tell_fate(page, over.fate)
    proof = Proof(account, "/erste-schritte" if invited.asked.role == Role.COACH else "/heute")
    return await welcome(page, proof, SignInMethod.INVITED)


def ask(page: AnyPage, invited: Invited, secret: str, name: str | None = None, wrong: str = "") -> Response:
    """Who asks, and what for; and which account it will be."""
    t, asked, account = page.t, invited.asked, invited.account
    typed = asked.name if name is None else name
    field = Field(
        "name", "line", t("field.name"), t("page.join.name.help"), True, value=typed, error=wrong, autocomplete="name"
    )
    answer = page.render(
        "staff/join.html",
        422 if wrong else 200,
        secret=secret,
        inviter=invited.inviter,
        greeting=asked.greeting,
        role=asked.role,
        office=RegionNames(page.services.policy.region, t).office(asked.office) if asked.office else "",
        email=asked.email,
        has_account=account is not None,
        is_other=page.visitor.account is not None and (account is None or page.visitor.id != account.id),
        field=field if account is None else None,
        wrong=wrong,
        last_day=t.day(asked.expires_at.astimezone(page.services.policy.zone).date()),
    )
    return private(answer)


async def tell_fate(page: AnyPage, fate: Fate, *, status: int = 410) -> Response:
    """Why a link leads nowhere, and where it goes on."""
    if fate is Fate.UNKNOWN and page.request.method == "POST":
        await limit_rate(page.request, page.services, Limited.WRONG_PROOF)
    return private(page.render("staff/join_over.html", status, fate=fate))
