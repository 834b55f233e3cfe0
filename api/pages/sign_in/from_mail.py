"""From a notice in the mailbox to the page that it is about: straight on, or by one button that sends a mail.

The link proves nothing. It names its reader by an id, so that nobody types an address and none stands in a URL.
"""

from datetime import timedelta
from typing import NamedTuple

from fastapi import Response

from activities.mails.links import LinkBroken, Way
from api.pages.kit.fields import mask
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import private, see_other
from api.pages.kit.visitors import Halfway, Member
from api.pages.sign_in.entrance import send_sign_in_mail, way_on
from api.runtime.services import Services
from api.use_cases.check_in_replies import links_of
from api.use_cases.return_path import own_path
from api.web.problems import ProblemError
from api.web.rate_limits import Limited, limit_address, limit_rate
from api.web.routers import page_router
from models.tables import Account, is_staff
from models.tables.columns import utc_now

router = page_router()

LASTS = timedelta(days=60)
"""Afterwards, and after a change of address, it leads to its page alone, where one signs in as ever."""


class Reader(NamedTuple):
    """Whom a mail went to, and where its link leads."""

    account: Account | None
    """None where the link does not tell any more."""
    path: str


@router.get("/aus-der-mail/{token}")
async def come(page: AnyPage, token: str) -> Response:
    account, path = await read_link(page.services, token)
    if account is None or page.visitor.id == account.id:
        return private(see_other(path))
    if isinstance(page.visitor, Halfway) and page.visitor.person.id == account.id:
        return private(see_other(way_on(page.visitor.lacking, path)))
    return show_door(page, account, path, token)


@router.post("/aus-der-mail/{token}")
async def ask_for_mail(page: AnyPage, token: str) -> Response:
    account, path = await read_link(page.services, token)
    if account is None or isinstance(page.visitor, Member):
        return private(see_other(path))
    await limit_rate(page.request, page.services, Limited.SIGN_IN)
    await limit_address(page.request, page.services, account.email)
    return private(await send_sign_in_mail(page, account.email, path))


async def read_link(services: Services, token: str) -> Reader:
    """Raises a problem with status 404 for what is no link of ours."""
    try:
        way, at = links_of(services).read_way(token)
    except LinkBroken:
        raise ProblemError(404, "link_broken") from None
    async with services.database.reading() as session:
        account = await session.get(Account, way.account_id)
    is_good = account is not None and account.can_come_in and utc_now() - at < LASTS
    since = account.proofs_from if account is not None else None
    return Reader(account if is_good and (since is None or at >= since) else None, path_of(way))


def path_of(way: Way) -> str:
    return own_path(way.path) or "/"


def show_door(page: AnyPage, account: Account, path: str, token: str) -> Response:
    """To whom the mail went, masked: it may have been passed on."""
    settings = page.services.settings
    answer = page.render(
        "sign_in/from_mail.html",
        masked=mask(account.email),
        token=token,
        wanted=path,
        passkeys=settings.passkey_host is not None,
        provider=settings.oidc_name if settings.has_oidc and is_staff(account) else None,
        by_mail=not (is_staff(account) and settings.staff_need_provider),
    )
    return private(answer)
