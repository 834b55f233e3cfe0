"""What the pages of drafts have in common: whose they are, the browser's secret, and the way back to one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, cast
from uuid import UUID

from fastapi import Request, Response
from starlette.datastructures import FormData

from api.pages.hand_in.topics import Topic, topics_for
from api.pages.kit.address_typo import ask_back
from api.pages.kit.fields import Field
from api.pages.kit.forms_to_keep import keep_sent, way_in
from api.pages.kit.honeypot import TRAP
from api.pages.kit.idea_fields import name_values
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import is_fragment, see_other
from api.pages.kit.visitors import Visitor
from api.runtime.services import Services
from api.use_cases.drafts import FIELDS, DraftExpired, DraftNotFound, DraftSent, Holder, open_draft, typed_words
from api.web.cookies import name_of, read_cookie
from api.web.problems import ProblemError
from models.i18n import Texts
from models.queries.stories import find_story_of
from models.secrets import hash_secret, new_secret
from models.tables import Draft

SAID = frozenset({"draft_gone", "draft_resumed"})

SHARED = "fremd"
"""The box of somebody at a library's computer."""

COOKIE = "ideenweg_entwurf"
"""Proves that a draft was begun in this browser. It is set when somebody begins, and says nothing of them."""

UNSAVED: dict[type[Exception], tuple[int, str]] = {
    DraftNotFound: (404, "draft_elsewhere"),
    DraftExpired: (410, "draft_expired"),
    DraftSent: (409, "draft_sent"),
}
"""Why what is typed cannot be kept in a draft: the status and the code of the problem."""

P = ParamSpec("P")


@dataclass(frozen=True)
class Step:
    """One topic in the row of all."""

    topic: Topic
    number: int
    name: str
    is_here: bool
    is_done: bool


def kindly(handler: Callable[P, Awaitable[Response]]) -> Callable[P, Awaitable[Response]]:
    """A draft that is not here, or not any more, is told with a way to go on."""

    @wraps(handler)
    async def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
        page = cast(AnyPage, kwargs["page"])
        try:
            return await handler(*args, **kwargs)
        except (DraftNotFound, DraftExpired, DraftSent) as problem:
            if is_fragment(page.request):
                # What is on the page is all that there is of these words: it is told beside them, and they stay.
                raise ProblemError(*UNSAVED[type(problem)]) from problem
            if isinstance(problem, DraftSent):
                return see_other(f"/einreichen/{problem.draft_id}/danke")
            kept = await keep_sent(page.request, page.services)
            state = "expired" if isinstance(problem, DraftExpired) else "elsewhere"
            if kept and page.visitor.account is None and state == "elsewhere":
                state = "signed_out"
            return show_elsewhere(page, state, UNSAVED[type(problem)][0], kept=kept)

    return answer


def holder_of(page: AnyPage) -> Holder:
    secret = read_cookie(page.request, page.services.settings, COOKIE)
    return Holder(page.visitor.account, hash_secret(secret) if secret else None)


def keep_cookie(answer: Response, services: Services, secret: str, *, is_shared: bool = False) -> None:
    """It lasts as long as what was begun with it; on a device that others use, until the browser is closed."""
    settings = services.settings
    seconds = None if is_shared else services.policy.retention.draft_days * 24 * 3600
    answer.set_cookie(
        name_of(settings, COOKIE), secret, seconds, path="/", secure=settings.is_https, httponly=True, samesite="lax"
    )


def show_elsewhere(
    page: AnyPage,
    state: str,
    status: int,
    *,
    email: str = "",
    error: str = "",
    is_open: bool = False,
    kept: str | None = None,
) -> Response:
    """Where a draft cannot be opened: why, and how one comes back to it. `kept`: where to find what was sent to it."""
    return page.render(
        "hand_in/elsewhere.html",
        status,
        state=state,
        field=address_field(page.t, email, error),
        question=ask_back(page.t, email) if is_open else None,
        email=email,
        trap=TRAP,
        way_in=way_in(page.request, kept),
        kept=kept,
    )


def address_field(t: Texts, value: str, error: str) -> Field:
    label, help_ = t("field.email"), t("page.draft.later.email")
    return Field("email", "email", label, help_, True, value=value, error=error, longest=254, autocomplete="email")


def browser_of(request: Request, services: Services, sent: FormData) -> str:
    """What this browser is known by. At a device that others use, nothing of what was begun before is this person's."""
    known = None if SHARED in sent else read_cookie(request, services.settings, COOKIE)
    return known or new_secret()


async def load(page: AnyPage, draft_id: UUID) -> Draft:
    """A draft that is still being written. Raises DraftNotFound, DraftExpired, DraftSent."""
    async with page.services.database.reading() as session:
        draft = await open_draft(session, holder_of(page), str(draft_id))
    if draft.idea_id is not None or draft.waits_since is not None:
        raise DraftSent(draft.id)
    return draft


async def find_inspiration(page: AnyPage, draft: Draft) -> tuple[str, str] | None:
    """Slug and title of the story from which somebody has begun, where everybody may still read it."""
    if draft.after_id is None:
        return None
    async with page.services.database.reading() as session:
        return await find_story_of(session, draft.after_id)


def name_steps(page: AnyPage, here: Topic | None) -> list[Step]:
    """All topics with their names, and where somebody stands among them."""
    topics = topics_for(signed_in=page.visitor.account is not None)
    now = topics.index(here) if here is not None else -1
    return [
        Step(topic, number + 1, page.t(f"page.topic.{topic.slug}"), number == now, number < now)
        for number, topic in enumerate(topics)
    ]


def neighbour(visitor: Visitor, topic: Topic, step: int) -> str:
    topics = topics_for(signed_in=visitor.account is not None)
    return topics[max(topics.index(topic) + step, 0)].slug


def tell_time(page: AnyPage, draft: Draft) -> str:
    """ "14:32" today, else the day as well."""
    at = draft.updated_at.astimezone(page.services.policy.zone)
    return at.strftime("%H:%M") if at.date() == page.services.today() else page.t.instant(at, page.services.policy.zone)


def show_words(page: AnyPage, draft: Draft) -> dict[str, Any]:
    """What a draft holds as somebody reads it."""
    return name_values(page.t, page.services.policy, typed_words(draft).model_dump(include=set(FIELDS)))
