"""The question for the second factor: its field, and what becomes of an answer."""

from typing import Literal

from fastapi import Request, Response

from api.pages.kit.fields import Field
from api.pages.kit.rendering import render
from api.pages.kit.visitors import Visitor
from api.runtime.services import Services
from api.sign_in.sessions import count_try, end_session, renew_session
from api.use_cases.audit import audit
from api.use_cases.second_factor import try_second
from api.web.callers import caller_of
from api.web.cookies import session_of
from models.i18n import Texts
from models.vocabulary import AuditEvent, SecondFactor


async def take_password(
    request: Request, services: Services, account_id: str, typed: str, event: AuditEvent
) -> SecondFactor | Literal[False] | None:
    """Try a password in the session of whoever asks, which is renewed if it is right.

    None: it is wrong. False: there is no try left.
    """
    row = session_of(request)
    if row is None or not await count_try(services, row):
        return False
    async with services.database.transaction() as session:
        shown = await try_second(session, services.signing_key, account_id, typed)
        if shown is None:
            await audit(session, caller_of(services, request), event, "wrong")
    if shown is not None:
        await renew_session(request, services, row, event, second=shown)
    return shown


async def render_end(request: Request, services: Services, visitor: Visitor) -> Response:
    """After too many wrong passwords: the sign-in begins anew."""
    page = render(request, visitor, "sign_in/dead.html", 410, of="second")
    await end_session(request, page, services)
    return page


def password_field(t: Texts, *, wrong: bool = False) -> Field:
    return Field(
        name="kennwort",
        kind="line",
        label=t("page.second.field"),
        help=t("page.second.help"),
        required=True,
        error=t("page.second.wrong") if wrong else "",
        longest=20,
        autocomplete="one-time-code",
    )
