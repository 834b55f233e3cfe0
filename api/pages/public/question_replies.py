"""The page behind the link in a mail with a question of the conversation: what is asked, and a field for the answer."""

from fastapi import Response
from pydantic import ValidationError

from activities.ports.ideas import CommandRefused
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import private, see_other
from api.use_cases.idea_text import IdeaNotFound
from api.use_cases.question_replies import Asked, answer_question
from models.i18n import texts_in
from models.typed_text import clean
from workflows.client import EngineAway


async def take_reply(page: AnyPage, asked: Asked, note: str, *, expired: bool) -> Response:
    """The answer is sent once, or the page says why not, with nothing lost."""
    words = clean(note)
    if expired or not asked.is_open or asked.given:
        return reply_page(page, asked, expired=expired)
    if not words:
        return reply_page(page, asked, is_empty=True)
    try:
        done = await answer_question(page.services, asked, words)
    except EngineAway:
        return reply_page(page, asked, away=True, note=note)
    except (CommandRefused, IdeaNotFound, ValidationError):
        # The idea has moved on since the look: the page then says how it stands.
        return private(see_other(page.request.url.path))
    return private(see_other(page.request.url.path)) if done.shown else reply_page(page, asked, saved=True)


def reply_page(
    page: AnyPage,
    asked: Asked,
    *,
    expired: bool = False,
    away: bool = False,
    saved: bool = False,
    is_empty: bool = False,
    note: str = "",
) -> Response:
    """One page for everything that can become of a link, in the language of whom it was sent to."""
    state, status = "open", 503 if away else 422 if is_empty else 200
    if asked.given or saved:
        state = "saved"
    elif expired:
        state, status = "expired", 410
    elif not asked.is_open:
        state, status = "outdated", 410
    t = texts_in(asked.account.language)
    who = asked.line.actor.name if asked.line.actor is not None else ""
    wrong = t("refusal.engine_away") if away else t("refusal.field.note") if is_empty else ""
    answer = page.render(
        "answers/conversation.html",
        status,
        t=t,
        state=state,
        asked=asked,
        who=who or t(f"role.{asked.line.actor_role}"),
        wrong=wrong,
        note=note,
    )
    return private(answer)
