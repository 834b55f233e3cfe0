"""The question for the second factor: its field, and what becomes of an answer."""

from typing import Literal

from fastapi import Response

from api.pages.kit.fields import Field
from api.pages.kit.forms import one_time_code
from api.pages.kit.page import AnyPage, OwnerPage
from api.sign_in.sessions import count_try, end_session, renew_session
from api.use_cases.audit import audit
from api.use_cases.second_factor import try_second
from api.web.cookies import session_of
from models.i18n import Texts
from models.vocabulary import AuditEvent, SecondFactor


async def take_password(page: OwnerPage, typed: str, event: AuditEvent) -> SecondFactor | Literal[False] | None:
    """Try a password in the session of whoever asks, which is renewed if it is right.

    None: it is wrong. False: there is no try left.
    """
    row = session_of(page.request)
    if row is None or not await count_try(page.services, row):
        return False
    async with page.services.database.transaction() as session:
        shown = await try_second(session, page.services.signing_key, page.person.id, typed)
        if shown is None:
            await audit(session, page.caller, event, "wrong")
    if shown is not None:
        await renew_session(page.request, page.services, row, event, second=shown)
    return shown


async def render_end(page: AnyPage) -> Response:
    """After too many wrong passwords: the sign-in begins anew."""
    answer = page.render("sign_in/dead_link.html", 410, of="second")
    await end_session(page.request, answer, page.services)
    return answer


def password_field(t: Texts, *, wrong: bool = False) -> Field:
    error = t("page.second.wrong") if wrong else ""
    return one_time_code("kennwort", t("page.second.field"), t("page.second.help"), error)
