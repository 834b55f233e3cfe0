"""Beginning to hand in: what it takes, and drafts that were begun before."""

from fastapi import APIRouter, Request, Response

from api.pages.hand_in.drafts import (
    SAID,
    SHARED,
    browser_of,
    holder_of,
    keep_cookie,
    name_steps,
)
from api.pages.hand_in.topics import (
    topics_for,
)
from api.pages.kit.dates import read_until
from api.pages.kit.honeypot import TRAP, check_trap
from api.pages.kit.rendering import render, see_other, texts_for
from api.pages.kit.visitors import AnyVisitor
from api.use_cases.drafts import (
    Holder,
    begin_draft,
    list_open_drafts,
    typed_words,
)
from api.web.dependencies import Led, ServicesHere
from api.web.rate_limits import Limited, limit_rate
from models.secrets import hash_secret

router = APIRouter(dependencies=[Led])


@router.get("/einreichen")
async def show_start(request: Request, services: ServicesHere, visitor: AnyVisitor) -> Response:
    async with services.database.reading() as session:
        begun = await list_open_drafts(session, holder_of(request, services, visitor))
    t, said = texts_for(request, visitor), request.query_params.get("meldung")
    return render(
        request,
        visitor,
        "hand_in/start.html",
        told=t(f"page.said.{said}") if said in SAID else None,
        begun=[
            (draft.id, typed_words(draft).title, t.instant(draft.updated_at, services.policy.zone)) for draft in begun
        ],
        steps=name_steps(t, visitor, None),
        read_until=read_until(services, t),
        days=services.policy.retention.draft_days,
        trap=TRAP,
    )


@router.post("/einreichen")
async def begin(request: Request, services: ServicesHere, visitor: AnyVisitor) -> Response:
    sent = await request.form()
    check_trap(sent)
    await limit_rate(request, services, Limited.HAND_IN)
    secret = browser_of(request, services, sent)
    holder = Holder(visitor.account, hash_secret(secret))
    draft = await begin_draft(services, holder, texts_for(request, visitor).language)
    answer = see_other(f"/einreichen/{draft.id}/{topics_for(signed_in=False)[0].slug}")
    if visitor.account is None:
        keep_cookie(answer, services, secret, is_shared=SHARED in sent)
    return answer
