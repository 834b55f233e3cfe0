"""What the pages of drafts have in common: whose they are, the browser's secret, and the way back to one."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, cast

from fastapi import Request, Response

from api.pages.kit.fields import Field
from api.pages.kit.honeypot import TRAP
from api.pages.kit.near_miss import ask_back
from api.pages.kit.rendering import is_fragment, render, see_other, texts_for
from api.pages.kit.sent_forms import keep_sent, way_in
from api.pages.kit.visitors import Visitor
from api.runtime.services import Services
from api.use_cases.drafts import DraftExpired, DraftNotFound, DraftSent, Holder
from api.web.cookies import name_of, read_cookie
from api.web.problems import ProblemError
from models.i18n import Texts
from models.secrets import hash_secret

COOKIE = "ideenweg_entwurf"
"""Proves that a draft was begun in this browser. It is set when somebody begins, and says nothing of them."""

UNSAVED: dict[type[Exception], tuple[int, str]] = {
    DraftNotFound: (404, "draft_elsewhere"),
    DraftExpired: (410, "draft_expired"),
    DraftSent: (409, "draft_sent"),
}
"""Why what is typed cannot be kept in a draft: the status and the code of the problem."""

P = ParamSpec("P")


def kindly(handler: Callable[P, Awaitable[Response]]) -> Callable[P, Awaitable[Response]]:
    """A draft that is not here, or not any more, is told with a way to go on."""

    @wraps(handler)
    async def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
        request, visitor = cast(Request, kwargs["request"]), cast(Visitor, kwargs["visitor"])
        try:
            return await handler(*args, **kwargs)
        except (DraftNotFound, DraftExpired, DraftSent) as problem:
            if is_fragment(request):
                # What is on the page is all that there is of these words: it is told beside them, and they stay.
                raise ProblemError(*UNSAVED[type(problem)]) from problem
            if isinstance(problem, DraftSent):
                return see_other(f"/einreichen/{problem.draft_id}/danke")
            kept = await keep_sent(request, cast(Services, kwargs["services"]))
            state = "expired" if isinstance(problem, DraftExpired) else "elsewhere"
            if kept and visitor.account is None and state == "elsewhere":
                state = "signed_out"
            return show_elsewhere(request, visitor, state, UNSAVED[type(problem)][0], kept=kept)

    return answer


def holder_of(request: Request, services: Services, visitor: Visitor) -> Holder:
    secret = read_cookie(request, services.settings, COOKIE)
    return Holder(visitor.account, hash_secret(secret) if secret else None)


def keep_cookie(answer: Response, services: Services, secret: str, *, is_shared: bool = False) -> None:
    """It lasts as long as what was begun with it; on a device that others use, until the browser is closed."""
    settings = services.settings
    seconds = None if is_shared else services.policy.retention.draft_days * 24 * 3600
    answer.set_cookie(
        name_of(settings, COOKIE), secret, seconds, path="/", secure=settings.is_https, httponly=True, samesite="lax"
    )


def show_elsewhere(
    request: Request,
    visitor: Visitor,
    state: str,
    status: int,
    *,
    email: str = "",
    error: str = "",
    is_open: bool = False,
    kept: str | None = None,
) -> Response:
    """Where a draft cannot be opened: why, and how one comes back to it. `kept`: where to find what was sent to it."""
    t = texts_for(request, visitor)
    return render(
        request,
        visitor,
        "hand_in/elsewhere.html",
        status,
        state=state,
        field=address_field(t, email, error),
        question=ask_back(t, email) if is_open else None,
        email=email,
        trap=TRAP,
        way_in=way_in(request, kept),
        kept=kept,
    )


def address_field(t: Texts, value: str, error: str) -> Field:
    label, help_ = t("field.email"), t("page.draft.later.email")
    return Field("email", "email", label, help_, True, value=value, error=error, longest=254, autocomplete="email")
