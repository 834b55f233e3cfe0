"""Offers to a coach: everything needed to decide, and a yes or no."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Form, Response

from api.pages.kit.page import CoachPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.turn_presenter import TurnPresenter
from api.use_cases.errors import Conflict
from api.use_cases.offers import accept_offer, decline_offer
from api.use_cases.read_marks import read_notices_of_offers
from api.web.routers import page_router
from models.i18n import Texts
from models.queries.coaches import read_coach
from models.queries.my_work import find_still_mine
from models.queries.offers import OfferLine, list_offers
from models.typed_text import clean
from models.vocabulary import DeclineReason, OfferStatus
from workflows.client import EngineAway, OfferClosed

router = page_router()

ANSWERED_SHOWN = 10
LONGEST_NOTE = 10_000


@router.get("/angebote")
async def show_offers(page: CoachPage) -> Response:
    declined = page.said == "declined"
    told = page.t("verdict.declined") if declined else None
    return await render_offers(page, told=told)


@router.post("/angebote/{offer_id}/annehmen")
async def accept(page: CoachPage, offer_id: UUID) -> Response:
    try:
        answered = await accept_offer(page.services, page.person, str(offer_id))
    except (Conflict, OfferClosed, EngineAway) as refused:
        return await _refuse(page, refused, str(offer_id))
    version = answered.version or 0
    # Where the idea is not shown as theirs yet, its page may not be theirs to see either.
    if not answered.shown:
        return see_other("/arbeit")
    return see_other(f"/ideen/{answered.offer.idea.id}", meldung="coach_found", v=version)


@router.post("/angebote/{offer_id}/absagen")
async def decline(
    page: CoachPage,
    offer_id: UUID,
    reason: Annotated[str, Form(alias="grund")] = "",
    message: Annotated[str, Form(alias="nachricht")] = "",
) -> Response:
    note = clean(message)
    errors = {} if reason in set(DeclineReason) else {"grund": page.t("refusal.field.decline_reason")}
    if len(note) > LONGEST_NOTE:
        errors["nachricht"] = page.t("page.too_long")
    if errors:
        entered = {"id": str(offer_id), "note": note, "reason": reason}
        return await render_offers(page, entered=entered, errors=errors, status=422)
    try:
        await decline_offer(page.services, page.person, str(offer_id), DeclineReason(reason), note or None)
    except (Conflict, OfferClosed, EngineAway) as refused:
        return await _refuse(page, refused, str(offer_id), {"note": note, "reason": reason})
    return see_other("/angebote", meldung="declined")


async def render_offers(
    page: SignedInPage,
    *,
    told: str | None = None,
    wrong: str | None = None,
    entered: dict[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    if page.visitor.waiting.notices:
        page = page.having_read(await read_notices_of_offers(page.services, page.person.id))
    async with page.services.database.reading() as session:
        found = (await list_offers(session, coach_id=page.visitor.id, limit=200)).items
        me = await read_coach(session, page.person.id, page.services.today())
        mine = await find_still_mine(session, page.person.id, {offer.idea.id for offer in found})
    answered = sorted((o for o in found if o.status != OfferStatus.OPEN), key=lambda o: o.offered_at, reverse=True)
    return page.render(
        "offers/offers.html",
        status,
        offers=[describe(page.speaker, offer) for offer in found if offer.status == OfferStatus.OPEN],
        answered=answered[:ANSWERED_SHOWN],
        mine=mine,
        me=me,
        reasons=list(DeclineReason),
        told=told,
        wrong=wrong,
        entered=entered or {},
        errors=errors or {},
        anchors={name: f"{name}-{entered['id']}" for name in errors or {}} if entered else {},
    )


def describe(speaker: TurnPresenter, offer: OfferLine) -> dict[str, Any]:
    """An open offer with the region's own names."""
    names, idea = speaker.names, offer.idea
    return {
        "id": offer.id,
        "idea": idea,
        "due": speaker.due(offer.expires_on),
        "until": speaker.t.day(offer.expires_on),
        "district": names.district(idea.district) if idea.district else "",
        "themes": names.themes(idea.themes),
        "reasons": [speaker.t(f"rank.{reason}") for reason in offer.reasons],
    }


async def _refuse(
    page: SignedInPage, refused: Exception, offer_id: str, entered: dict[str, str] | None = None
) -> Response:
    """Say why beside the list; what was written stays."""
    status, words = _explain(refused, page.t)
    return await render_offers(page, wrong=words, entered={"id": offer_id, **(entered or {})}, status=status)


def _explain(refused: Exception, t: Texts) -> tuple[int, str]:
    if isinstance(refused, EngineAway):
        return 503, t("refusal.engine_away")
    if isinstance(refused, OfferClosed):
        return 409, t("verdict.too_late")
    if isinstance(refused, Conflict) and refused.code == "no_place":
        return 409, t("verdict.no_place")
    raise refused
