"""The page behind the link in an invitation: a look at who asks, and an answer."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import Response

from api.pages.kit.fields import Choice, mask, tell_wrong
from api.pages.kit.forms import FormWriter, read_text
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import private, see_other
from api.pages.kit.visitors import Visitor
from api.pages.sign_in.entrance import let_in
from api.sign_in.mail_proofs import Proof
from api.use_cases.invitations import Fate, NotJoined
from api.use_cases.team import (
    Invited,
    NotInvited,
    decline,
    find_asked,
    find_invited,
    join,
    make_account,
    write_once_more,
)
from api.web.rate_limits import Limited, limit_rate
from api.web.routers import page_router
from models.single_line import is_name, read_line
from models.tables import Account, is_staff
from models.vocabulary import SignInMethod
from workflows.client import EngineAway

router = page_router()

HERE, ASKED = "hier", "adresse"
"""Which account joins: that of who is signed in, or that of the address that was asked."""


@router.get("/einladung/{secret}")
async def show_invitation(page: AnyPage, secret: str) -> Response:
    """A look changes nothing, since mail scanners follow links."""
    async with page.services.database.reading() as session:
        invited = await find_invited(session, secret)
    if invited is None or not invited.may_join:
        return tell_fate(page, invited.fate if invited else Fate.UNKNOWN, invited)
    return show_question(page, invited, secret)


@router.post("/einladung/{secret}")
async def answer(page: AnyPage, secret: str) -> Response:
    sent, t = await page.form(), page.t
    async with page.services.database.reading() as session:
        invited = await find_invited(session, secret)
    if invited is None or not invited.may_join:
        await limit_rate(page.request, page.services, Limited.WRONG_PROOF)
        return tell_fate(page, invited.fate if invited else Fate.UNKNOWN, invited)
    try:
        if sent.get("antwort") == "nein":
            await decline(page.services, secret)
            return tell_fate(page, Fate.DECLINED, invited, secret, status=200)
        name = read_line(read_text(sent, "name"))
        account = choose_account(page.visitor, invited, read_text(sent, "konto"))
        if isinstance(account, str):
            return show_question(page, invited, secret, name, {account: t(f"page.invited.wrong.{account}")})
        if account is None:
            if not is_name(name):
                return show_question(page, invited, secret, name, {"name": tell_wrong(t, "name")})
            account = await make_account(page.services, invited, name)
        if account.id != page.visitor.id and must_sign_in(account):
            return show_question(page, invited, secret)
        idea_id = await join(page.services, secret, account)
    except NotJoined as over:
        return tell_fate(page, over.fate, invited)
    except EngineAway:
        wrong = {"form": t("page.invited.away")}
        return show_question(page, invited, secret, wrong=wrong, status=503)
    path = f"/ideen/{idea_id}?meldung=team_joined"
    if account.id == page.visitor.id:
        return see_other(path)
    return await let_in(page, Proof(account, path), SignInMethod.INVITED)


@router.get("/eingeladen/{invitation_id}")
async def show_sender(page: AnyPage, invitation_id: UUID) -> Response:
    """What an owner sends to somebody themselves: who it is from, and that the mail is no trap. It opens nothing."""
    return await render_sender(page, str(invitation_id))


@router.post("/eingeladen/{invitation_id}")
async def send_once_more(page: AnyPage, invitation_id: UUID) -> Response:
    await limit_rate(page.request, page.services, Limited.INVITE)
    t = page.t
    try:
        await write_once_more(page.services, str(invitation_id))
    except NotJoined as over:
        return tell_fate(page, over.fate, None)
    except NotInvited as refused:
        wrong = t(f"page.team.not.{refused.why}")
        return await render_sender(page, str(invitation_id), wrong=wrong, status=429)
    except EngineAway:
        wrong = t("page.invited.away")
        return await render_sender(page, str(invitation_id), wrong=wrong, status=503)
    return await render_sender(page, str(invitation_id), told=t("page.knock.sent"))


async def render_sender(
    page: AnyPage, invitation_id: str, *, told: str = "", wrong: str = "", status: int = 200
) -> Response:
    async with page.services.database.reading() as session:
        invited = await find_asked(session, invitation_id)
    if invited is None or invited.fate is not Fate.OPEN:
        return tell_fate(page, invited.fate if invited else Fate.UNKNOWN, invited)
    inviter = invited.inviter.partition(" ")[0] or page.t("page.somebody")
    known = {"inviter": inviter, "masked": mask(invited.asked.email), "invitation_id": invitation_id}
    return private(page.render("team/invitation_again.html", status, told=told, wrong=wrong, **known))


def choose_account(visitor: Visitor, invited: Invited, wish: str) -> Account | str | None:
    """Which account joins. None: one that has to be made; a word: the field in which something is missing."""
    is_same = visitor.id is not None and invited.account is not None and visitor.id == invited.account.id
    if is_same or visitor.account is None:
        return invited.account
    if wish not in (HERE, ASKED):
        return "konto"
    return visitor.account if wish == HERE else invited.account


def must_sign_in(account: Account) -> bool:
    """A mail that may be weeks old opens no account with rights over the ideas of others."""
    return is_staff(account)


def show_question(
    page: AnyPage,
    invited: Invited,
    secret: str,
    name: str = "",
    wrong: Mapping[str, str] | None = None,
    *,
    status: int | None = None,
) -> Response:
    """Who asks, into which idea and what for; and which account would join."""
    t, wrong = page.t, wrong or {}
    asked, account = invited.asked, invited.account
    is_same = page.visitor.id is not None and account is not None and page.visitor.id == account.id
    is_other = page.visitor.account is not None and not is_same
    form, fields = FormWriter(t, {"name": name}, wrong), []
    if is_other and page.visitor.account is not None:
        here = Choice(HERE, t("page.invited.here", name=page.visitor.account.name), page.visitor.account.email)
        there = Choice(ASKED, t("page.invited.there" if account else "page.invited.new"), asked.email)
        choices = (here,) if account is not None and must_sign_in(account) else (here, there)
        which, help_ = t("page.invited.which"), t("page.invited.which.help")
        fields.append(form.write("konto", "radio", which, help_, True, choices))
    if account is None:
        help_ = t("page.invited.name.help_other" if is_other else "page.invited.name.help")
        fields.append(form.write("name", "line", help_=help_, required=not is_other, autocomplete="name"))
    answer = page.render(
        "team/invitation.html",
        status or (422 if wrong else 200),
        secret=secret,
        title=invited.idea.title,
        inviter=invited.inviter or t("page.somebody"),
        share=asked.share,
        email=asked.email,
        is_same=is_same,
        is_other=is_other,
        must_sign_in=account is not None and must_sign_in(account) and not is_same and not is_other,
        has_account=account is not None,
        declined=invited.fate is Fate.DECLINED,
        fields=fields,
        wrong=wrong,
        anchors={one.name: f"feld-{one.name}" for one in fields},
        last_day=t.day(asked.expires_at.astimezone(page.services.policy.zone).date()),
    )
    return private(answer)


def tell_fate(page: AnyPage, fate: Fate, invited: Invited | None, secret: str = "", *, status: int = 410) -> Response:
    """Why a link leads nowhere, and where it goes on. With its `secret` it still leads to a yes."""
    row = invited.row if invited is not None else None
    may_look = row is not None and (page.visitor.id == row.owner_id or page.visitor.id in row.team)
    idea_id = row.idea_id if row is not None and may_look else None
    return private(page.render("team/over.html", status, fate=fate, idea_id=idea_id, secret=secret))
