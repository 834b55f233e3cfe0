"""Pages behind signed links in mails: answering a question. Nobody needs to sign in.

A look changes nothing, since mail scanners follow every link; only a button does. The token is the proof, so there is
no cookie that another site could make use of, and no check where the form comes from: mail programs send it themselves.
"""

from typing import Annotated

from fastapi import Form, Response
from pydantic import ValidationError

from activities.mails.links import LinkBroken, LinkExpired, Question
from activities.ports.ideas import CommandRefused
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import private, see_other
from api.pages.public.appointment_replies import offer_page, take_choice
from api.pages.public.question_replies import reply_page, take_reply
from api.runtime.services import Services
from api.use_cases.appointment_replies import find_offered
from api.use_cases.check_in_replies import Asked, Reply, find_question, give_reply, later_days, links_of
from api.use_cases.idea_text import IdeaNotFound
from api.use_cases.question_replies import find_asked
from api.web.problems import ProblemError
from api.web.routers import signed_router
from models.i18n import texts_in
from models.policy import days_of
from models.tables import Account
from models.typed_text import LONGEST_TEXT, clean
from workflows.client import EngineAway

router = signed_router()


@router.get("/antwort/{token}")
async def show_question(page: AnyPage, token: str) -> Response:
    question, expired = read_token(page.services, token)
    if (offered := await find_offered(page.services, question)) is not None:
        return offer_page(page, offered, expired=expired or is_void(page, offered.account, token))
    if (of_conversation := await find_asked(page.services, question)) is not None:
        return reply_page(page, of_conversation, expired=expired or is_void(page, of_conversation.account, token))
    asked = await read_check_in(page.services, question)
    return answer_page(page, asked, expired=expired or is_void(page, asked.account, token))


@router.post("/antwort/{token}")
async def take_answer(
    page: AnyPage,
    token: str,
    reply: Annotated[str, Form(alias="antwort")] = "",
    note: Annotated[str, Form(max_length=LONGEST_TEXT)] = "",
    start: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    question, expired = read_token(page.services, token)
    if (offered := await find_offered(page.services, question)) is not None:
        expired = expired or is_void(page, offered.account, token)
        return await take_choice(page, offered, start, expired=expired)
    if (of_conversation := await find_asked(page.services, question)) is not None:
        expired = expired or is_void(page, of_conversation.account, token)
        return await take_reply(page, of_conversation, note, expired=expired)
    asked = await read_check_in(page.services, question)
    expired = expired or is_void(page, asked.account, token)
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


def read_token(services: Services, token: str) -> tuple[Question, bool]:
    """What a link asks, and whether it has expired. Raises a problem with status 404 for what is no link of ours."""
    try:
        return links_of(services).read_question(token, days_of(services.policy.answers.link_lasts)), False
    except LinkExpired as late:
        return late.question, True
    except LinkBroken:
        raise ProblemError(404, "link_broken") from None


async def read_check_in(services: Services, question: Question) -> Asked:
    asked = await find_question(services, question)
    if asked is None:
        raise ProblemError(404, "link_broken")
    return asked


def is_void(page: AnyPage, account: Account, token: str) -> bool:
    """Whether all that proved somebody was taken back since the link was written."""
    since = account.proofs_from
    return since is not None and links_of(page.services).when_asked(token) < since


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
