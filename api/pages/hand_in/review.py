"""The last look at an idea before it is sent, and what happens then."""

from uuid import UUID

from fastapi import Response

from api.pages.hand_in.drafts import find_inspiration, holder_of, kindly, load, name_steps, neighbour, show_words
from api.pages.hand_in.similar import Look, find_alike
from api.pages.hand_in.topics import REVIEW, topics_for
from api.pages.hand_in.unconfirmed import show_waiting
from api.pages.kit.dates import read_until
from api.pages.kit.fields import tell_wrong
from api.pages.kit.honeypot import TRAP, check_trap
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import see_other
from api.use_cases.confirmation import hand_in_by_mail
from api.use_cases.drafts import DraftIncomplete, OnItsWay, find_gaps, open_draft, send_draft, throw_away, typed_words
from api.use_cases.three_way_merge import FIELD as SEEN
from api.use_cases.three_way_merge import Window
from api.web.dependencies import Led
from api.web.rate_limits import Limited, limit_rate
from api.web.request_caller import digest_network
from api.web.routers import page_router
from models.queries.staff import has_lead
from models.region_names import RegionNames
from models.tables import Draft, Idea

router = page_router(dependencies=[Led])


@router.get("/einreichen/{draft_id}/pruefen")
@kindly
async def show_review(page: AnyPage, draft_id: UUID) -> Response:
    draft = await load(page, draft_id)
    return await render_review(page, draft)


@router.post("/einreichen/{draft_id}/pruefen")
@kindly
async def send(page: AnyPage, draft_id: UUID) -> Response:
    """Hand it in. Pressed twice, it is one idea."""
    holder = holder_of(page)
    sent = await page.form()
    check_trap(sent)
    await limit_rate(page.request, page.services, Limited.HAND_IN, page.visitor.id)
    if (window := Window.read(sent.get(SEEN))).seen:
        draft = await load(page, draft_id)
        if window.has_missed(typed_words(draft).model_dump()):
            return await render_review(page, draft, has_changed=True, status=409)
    try:
        if page.visitor.account is not None:
            await send_draft(page.services, holder, page.visitor.account, str(draft_id))
        else:
            await hand_in_by_mail(page.services, holder, str(draft_id), digest_network(page.services, page.request))
    except DraftIncomplete as gaps:
        draft = await load(page, draft_id)
        return await render_review(page, draft, gaps=gaps.fields, status=422)
    except OnItsWay:
        return page.render("hand_in/waiting.html", 503, draft_id=draft_id, trap=TRAP)
    return see_other(f"/einreichen/{draft_id}/danke")


@router.get("/einreichen/{draft_id}/danke")
@kindly
async def show_thanks(page: AnyPage, draft_id: UUID) -> Response:
    """What happens next and until when; where the engine was away, the button that tries again."""
    async with page.services.database.reading() as session:
        draft = await open_draft(session, holder_of(page), str(draft_id))
        idea = await session.get(Idea, draft.idea_id) if draft.idea_id else None
        is_led = idea is not None and await has_lead(session, idea.office)
    if draft.waits_since is not None:
        return show_waiting(page, draft)
    if idea is None:
        return see_other(f"/einreichen/{draft_id}")
    if draft.sent_at is None:
        return page.render("hand_in/waiting.html", draft_id=draft_id, trap=TRAP)
    look = Look(idea.title, idea.district, idea.id, idea.after_id)
    return page.render(
        "hand_in/thanks.html",
        idea=idea,
        email=draft.email,
        is_owner=page.visitor.id == idea.owner_id,
        office=RegionNames(page.services.policy.region, page.t).office(idea.office) if is_led else "",
        read_until=read_until(page, draft.sent_at.astimezone(page.services.policy.zone).date()),
        alike=await find_alike(page, draft, look),
    )


@router.post("/einreichen/{draft_id}/verwerfen")
@kindly
async def discard(page: AnyPage, draft_id: UUID) -> Response:
    await throw_away(page.services, holder_of(page), str(draft_id))
    return see_other("/einreichen", meldung="draft_gone")


async def render_review(
    page: AnyPage, draft: Draft, *, gaps: list[str] | None = None, has_changed: bool = False, status: int = 200
) -> Response:
    """Everything once more, each topic with a way back to it, and what is still missing."""
    t, signed_in = page.t, page.visitor.account is not None
    shown = show_words(page, draft)
    missing = gaps if gaps is not None else find_gaps(page.services.policy, draft, signed_in=signed_in)
    topics = [topic for topic in topics_for(signed_in=signed_in) if topic.fields]
    place_of = {name: topic.slug for topic in topics for name in topic.fields}
    return page.render(
        "hand_in/review.html",
        status,
        draft=draft,
        after=await find_inspiration(page, draft),
        steps=name_steps(page, REVIEW),
        topics=[
            (topic, t(f"page.topic.{topic.slug}"), [(name, t(f"field.{name}"), shown[name]) for name in topic.fields])
            for topic in topics
        ],
        missing=[(place_of[name], tell_wrong(t, name)) for name in missing],
        refused=gaps is not None,
        has_changed=has_changed,
        back=neighbour(page.visitor, REVIEW, -1),
        window=Window.of(typed_words(draft).model_dump()).write(),
        read_until=read_until(page),
        trap=TRAP,
    )
