"""Ending messages of a kind, behind a signed link. A mail program may send the form itself (RFC 8058).

Neither a cookie nor our own page is needed: the token is the proof.
"""

from fastapi import Response

from activities.mails.links import LinkBroken, Refused
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import private
from api.runtime.services import Services
from api.use_cases.check_in_replies import links_of
from api.use_cases.unsubscribe import NotRefusable, find_rhythm, turn_off
from api.web.problems import ProblemError
from api.web.routers import signed_router
from models.i18n import texts_in
from models.vocabulary import Rhythm

router = signed_router()


@router.get("/abbestellen/{token}")
async def ask_for_sure(page: AnyPage, token: str) -> Response:
    """A look switches nothing off, since mail scanners follow links."""
    return await show_choice(page, read_link(page.services, token))


@router.post("/abbestellen/{token}")
async def unsubscribe(page: AnyPage, token: str) -> Response:
    """Answered with the page itself and no redirect: the programs that send this follow none."""
    refused = read_link(page.services, token)
    try:
        await find_rhythm(page.services, refused)
    except NotRefusable:
        raise ProblemError(404, "link_broken") from None
    await turn_off(page.services, refused)
    return await show_choice(page, refused)


async def show_choice(page: AnyPage, refused: Refused) -> Response:
    try:
        account, rhythm = await find_rhythm(page.services, refused)
    except NotRefusable:
        raise ProblemError(404, "link_broken") from None
    answer = page.render(
        "answers/unsubscribe.html",
        t=texts_in(account.language),
        account=account,
        group=refused.group,
        is_off=rhythm is Rhythm.OFF,
    )
    return private(answer)


def read_link(services: Services, token: str) -> Refused:
    try:
        return links_of(services).read_refused(token)
    except LinkBroken:
        raise ProblemError(404, "link_broken") from None
