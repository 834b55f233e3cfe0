"""Asking people into the team of an idea, on its page."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import Response

from api.pages.idea.case_view import render_team
from api.pages.kit.address_typo import MEANT, read_address, tell_open
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.team import NoInvitation, NotInvited, WhyNot, ask_again, invite, withdraw
from api.web.problems import ProblemError
from api.web.rate_limits import Limited, limit_rate
from api.web.routers import page_router
from models.vocabulary import Share
from workflows.client import EngineAway

router = page_router()

STATUS_OF = {WhyNot.NOT_YOURS: 403, WhyNot.NOT_NOW: 409, WhyNot.TOO_OFTEN: 429}


@router.post("/ideen/{idea_id}/team")
async def ask(page: SignedInPage, idea_id: UUID) -> Response:
    """Ask an address into the team. The answer is the same, whoever has it."""
    sent, t = await page.form(), page.t
    email, is_open = read_address(sent)
    values = {"email": email, "share": str(sent.get("share") or "").strip()}
    try:
        if values["share"] not in list(Share):
            errors = {"share": t("page.team.share.missing")}
            return await render_team(page, idea_id, values, errors, 422)
        if is_open:
            return await render_team(page, idea_id, values, {MEANT: tell_open(t)}, 422)
        await limit_rate(page.request, page.services, Limited.INVITE, page.visitor.id)
        await invite(page.services, page.person, str(idea_id), values["email"], Share(values["share"]), t.language)
    except NotInvited as refused:
        return await render_refusal(page, idea_id, values, refused.why)
    except EngineAway:
        errors = {"email": t("page.team.no_mail")}
        return await render_team(page, idea_id, values, errors, 503)
    return see_other(f"/ideen/{idea_id}", meldung="team_asked")


@router.post("/ideen/{idea_id}/team/{invitation_id}/erneut")
async def send_again(page: SignedInPage, idea_id: UUID, invitation_id: UUID) -> Response:
    await limit_rate(page.request, page.services, Limited.INVITE, page.visitor.id)
    try:
        await ask_again(page.services, page.person, str(idea_id), str(invitation_id))
    except NoInvitation as missing:
        raise ProblemError(404, "not_found") from missing
    except NotInvited as refused:
        return await render_refusal(page, idea_id, {}, refused.why)
    except EngineAway:
        errors = {"email": page.t("page.team.no_mail")}
        return await render_team(page, idea_id, {}, errors, 503)
    return see_other(f"/ideen/{idea_id}", meldung="team_asked")


@router.post("/ideen/{idea_id}/team/{invitation_id}/zurueckziehen")
async def take_back(page: SignedInPage, idea_id: UUID, invitation_id: UUID) -> Response:
    try:
        await withdraw(page.services, page.person, str(idea_id), str(invitation_id))
    except NoInvitation as missing:
        raise ProblemError(404, "not_found") from missing
    except NotInvited as refused:
        return await render_refusal(page, idea_id, {}, refused.why)
    return see_other(f"/ideen/{idea_id}", meldung="team_withdrawn")


async def render_refusal(page: SignedInPage, idea_id: UUID, values: Mapping[str, str], why: WhyNot) -> Response:
    if why is WhyNot.NOT_YOURS:
        raise ProblemError(403, "forbidden")
    errors = {"email": page.t(f"page.team.not.{why}")}
    return await render_team(page, idea_id, values, errors, STATUS_OF.get(why, 422))
