"""Mails that did not arrive: why, and sending them again. For leads."""

from uuid import UUID

from fastapi import Response

from api.pages.kit.page import LeadPage
from api.pages.kit.rendering import see_other
from api.use_cases.deliveries import send_again
from api.use_cases.errors import Conflict
from api.web.routers import page_router
from models.i18n import Texts
from models.queries.deliveries import UNDELIVERED, list_undelivered

router = page_router()

SAID = frozenset({"mail_resent", "mail_under_way"})


@router.get("/zustellung")
async def show_undelivered(page: LeadPage) -> Response:
    async with page.services.database.reading() as session:
        mails = await list_undelivered(session)
    return page.render(
        "notices/undelivered.html",
        told=page.flash(SAID),
        given_up=[mail for mail in mails if mail.state in UNDELIVERED and mail.secret_kind is None],
        secret=[mail for mail in mails if mail.state in UNDELIVERED and mail.secret_kind is not None],
        under_way=[mail for mail in mails if mail.state not in UNDELIVERED],
        explain=lambda cause: explain_cause(page.t, cause),
        zone=page.services.policy.zone,
    )


@router.post("/zustellung/{mail_id}/noch-einmal")
async def resend(page: LeadPage, mail_id: UUID) -> Response:
    try:
        await send_again(page.services, str(mail_id))
    except Conflict:
        return see_other("/zustellung", meldung="mail_under_way")
    return see_other("/zustellung", meldung="mail_resent")


def explain_cause(t: Texts, cause: str | None) -> str:
    """A short word or a reply code, in words. What we have no words for is shown as it is."""
    if t.has(f"delivery.cause.{cause}"):
        return t(f"delivery.cause.{cause}")
    return t("delivery.cause.code" if (cause or "").isdigit() else "delivery.cause.other", cause=cause or "–")
