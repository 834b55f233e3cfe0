"""Pages behind signed links in mails: answering a question. Nobody needs to sign in.

A look changes nothing, since mail scanners follow every link; only a button does. The token is the proof, so there is
no cookie that another site could make use of, and no check where the form comes from: mail programs send it themselves.
"""

from typing import Annotated

from fastapi import Form, Response
from pydantic import ValidationError

from activities.mails.links import LinkBroken, LinkExpired
from activities.ports.ideas import CommandRefused
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import private, see_other
from api.runtime.services import Services
from api.use_cases.check_in_replies import Asked, Reply, find_question, give_reply, later_days, links_of
from api.use_cases.idea_text import LONGEST_TEXT, IdeaNotFound
from api.web.problems import ProblemError
from api.web.routers import signed_router
from models.i18n import texts_in
from models.policy import days_of
from models.typed_text import clean
from workflows.client import EngineAway

router = signed_router()


@router.get("/antwort/{token}")
async def show_question(page: AnyPage, token: str) -> Response:
    asked, expired = await read_link(page.services, token)
    return answer_page(page, asked, expired=expired)


@router.post("/antwort/{token}")
async def take_answer(
    page: AnyPage,
    token: str,
    reply: Annotated[str, Form(alias="antwort")] = "",
    note: Annotated[str, Form(max_length=LONGEST_TEXT)] = "",
) -> Response:
    asked, expired = await read_link(page.services, token)
    if expired or not asked.is_open or asked.given or reply not in list(Reply):
        return answer_page(page, asked, expired=expired)
    try:
        done = await give_reply(page.services, asked, Reply(reply), clean(note) or None)
    except EngineAway:
        return answer_page(page, asked, away=True, note=note)
    except (CommandRefused, IdeaNotFound, ValidationError):
        # The idea has moved on since the look: the page then says how it stands.
        return private(see_other(page.request.url.path))
    if not done.shown:
        return answer_page(page, asked, saved=True)
    return private(see_other(page.request.url.path))


async def read_link(services: Services, token: str) -> tuple[Asked, bool]:
    """The question, and whether its link has expired. Raises a problem with status 404 for what is no link of ours."""
    expired = False
    try:
        question = links_of(services).read_question(token, days_of(services.policy.answers.link_lasts))
    except LinkExpired as late:
        question, expired = late.question, True
    except LinkBroken:
        raise ProblemError(404, "link_broken") from None
    asked = await find_question(services, question)
    if asked is None:
        raise ProblemError(404, "link_broken")
    since = asked.account.proofs_from
    return asked, expired or (since is not None and links_of(services).when_asked(token) < since)


def answer_page(
    page: AnyPage, asked: Asked, *, expired: bool = False, away: bool = False, saved: bool = False, note: str = ""
) -> Response:
    """One page for everything that can become of a link, in the language of whom it was sent to."""
    state, status = "open", 200
    if asked.given:
        state = "given"
    elif saved:
        state = "saved"
    elif expired:
        state, status = "expired", 410
    elif not asked.is_open:
        state, status = "outdated", 410
    elif away:
        status = 503
    answer = page.render(
        "answers/question.html",
        status,
        t=texts_in(asked.account.language),
        state=state,
        asked=asked,
        replies=list(Reply),
        later=later_days(page.services),
        away=away,
        note=note,
    )
    return private(answer)
