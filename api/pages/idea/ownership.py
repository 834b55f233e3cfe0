"""Handing an idea over, on its page: somebody in the team is asked, and says yes or no."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from fastapi import Response

from api.pages.idea.case_view import render_team
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.ownership import (
    NoQuestion,
    NotHandedOver,
    WhyNot,
    answer_question,
    ask_to_take_over,
    withdraw_question,
)
from api.web.problems import ProblemError
from api.web.routers import page_router

router = page_router()

STATUS_OF = {WhyNot.NOT_NOW: 409}


@router.post("/ideen/{idea_id}/team/weitergabe")
async def ask(page: SignedInPage, idea_id: UUID) -> Response:
    sent = await page.form()
    values = {"konto": str(sent.get("konto") or "")}
    try:
        await ask_to_take_over(page.services, page.person, str(idea_id), values["konto"])
    except NotHandedOver as refused:
        if refused.why is WhyNot.NOT_YOURS:
            raise ProblemError(403, "forbidden") from refused
        errors = {"konto": page.t(f"page.owner.not.{refused.why}")}
        status = STATUS_OF.get(refused.why, 422)
        return await render_team(page, idea_id, values, errors, status)
    return see_other(f"/ideen/{idea_id}", meldung="owner_asked")


@router.post("/ideen/{idea_id}/team/weitergabe/{request_id}/zurueckziehen")
async def take_back(page: SignedInPage, idea_id: UUID, request_id: UUID) -> Response:
    with _problems():
        await withdraw_question(page.services, page.person, str(idea_id), str(request_id))
    return see_other(f"/ideen/{idea_id}", meldung="owner_withdrawn")


@router.post("/ideen/{idea_id}/team/weitergabe/{request_id}/antwort")
async def answer(page: SignedInPage, idea_id: UUID, request_id: UUID) -> Response:
    said = str((await page.form()).get("antwort") or "")
    if said not in ("ja", "nein"):
        raise ProblemError(422, "invalid")
    with _problems():
        await answer_question(page.services, page.person, str(idea_id), str(request_id), yes=said == "ja")
    return see_other(f"/ideen/{idea_id}", meldung="owner_taken" if said == "ja" else "owner_declined")


@contextmanager
def _problems() -> Iterator[None]:
    try:
        yield
    except NoQuestion as missing:
        raise ProblemError(404, "not_found") from missing
    except NotHandedOver as refused:
        forbidden = refused.why is WhyNot.NOT_YOURS
        raise (ProblemError(403, "forbidden") if forbidden else ProblemError(409, "not_allowed")) from refused
