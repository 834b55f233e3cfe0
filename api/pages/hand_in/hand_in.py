"""Handing in without an account: one topic a page, saved with each, resumed elsewhere by a link, sent at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from api.pages.hand_in.drafts import COOKIE, address_field, holder_of, keep_cookie, kindly, show_elsewhere
from api.pages.hand_in.similar import Look, find_alike, find_stories, look_of
from api.pages.hand_in.topics import (
    REVIEW,
    Topic,
    Typed,
    count_characters,
    find_topic,
    first_open,
    read_topic,
    topics_for,
    write_fields,
)
from api.pages.hand_in.waiting import show_waiting
from api.pages.kit.dates import read_until
from api.pages.kit.fields import Field, tell_wrong
from api.pages.kit.honeypot import TRAP, check_trap
from api.pages.kit.near_miss import ask_back, read_address
from api.pages.kit.rendering import TONGUE, is_fragment, private, render, see_other, texts_for
from api.pages.kit.visitors import AnyVisitor, Visitor
from api.runtime.services import Services
from api.use_cases.confirmation import hand_in_by_mail
from api.use_cases.drafts import (
    FIELDS,
    DraftIncomplete,
    DraftSent,
    Holder,
    Saved,
    begin_draft,
    find_gaps,
    find_link,
    list_open_drafts,
    open_draft,
    post_link,
    post_links_to,
    save_words,
    send_draft,
    throw_away,
    typed_words,
    use_link,
)
from api.use_cases.submission import SavedAsDraft
from api.use_cases.three_way_merge import FIELD as SEEN
from api.use_cases.three_way_merge import Window
from api.web.callers import digest_network
from api.web.cookies import read_cookie
from api.web.dependencies import Led, ServicesHere
from api.web.problems import ProblemError
from api.web.rate_limits import Limited, limit_rate
from models.addresses import is_address
from models.i18n import Texts, languages
from models.region_names import RegionNames
from models.secrets import hash_secret, new_secret
from models.tables import Draft, Idea
from workflows.client import EngineAway

router = APIRouter(dependencies=[Led])

SHARED = "fremd"
"""The box of somebody at a library's computer."""

BACK, LATER = "zurueck", "spaeter"
SAID = frozenset({"draft_gone", "draft_resumed"})


@dataclass(frozen=True)
class Step:
    """One topic in the row of all."""

    topic: Topic
    number: int
    name: str
    is_here: bool
    is_done: bool


# -- begin -------------------------------------------------------------------------------------------------------


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


# -- go on elsewhere ---------------------------------------------------------------------------------------------


@router.get("/einreichen/weiter")
async def show_way_back(request: Request, visitor: AnyVisitor) -> Response:
    return show_elsewhere(request, visitor, "way_back", 200)


@router.post("/einreichen/weiter")
async def send_way_back(request: Request, services: ServicesHere, visitor: AnyVisitor) -> Response:
    """The same answer, whoever has a draft here and who has none."""
    sent, t = await request.form(), texts_for(request, visitor)
    email, is_open = read_address(sent)
    if is_open:
        return show_elsewhere(request, visitor, "way_back", 422, email=email, is_open=True)
    if not is_address(email):
        return show_elsewhere(request, visitor, "way_back", 422, email=email, error=tell_wrong(t, "email"))
    check_trap(sent)
    await limit_rate(request, services, Limited.HAND_IN)
    try:
        await post_links_to(services, email, t.language, digest_network(services, request))
    except EngineAway:
        return show_elsewhere(request, visitor, "way_back", 503, email=email, error=t("page.draft.no_mail"))
    return show_elsewhere(request, visitor, "sent", 200, email=email)


@router.get("/einreichen/weiter/{secret}")
async def show_link(request: Request, services: ServicesHere, visitor: AnyVisitor, secret: str) -> Response:
    """A look opens nothing, since mail scanners follow links."""
    async with services.database.reading() as session:
        found = await find_link(session, secret)
    if found is None:
        return private(show_elsewhere(request, visitor, "used", 410))
    last_day = texts_for(request, visitor).day(found[0].expires_at.astimezone(services.policy.zone).date())
    return private(render(request, visitor, "hand_in/resume.html", secret=secret, last_day=last_day))


@router.post("/einreichen/weiter/{secret}")
async def follow_link(request: Request, services: ServicesHere, visitor: AnyVisitor, secret: str) -> Response:
    sent = await request.form()
    browser = browser_of(request, services, sent)
    drafts = await use_link(services, secret, hash_secret(browser))
    if not drafts:
        return private(show_elsewhere(request, visitor, "used", 410))
    topic = first_open(typed_words(drafts[0]), signed_in=visitor.account is not None)
    here = f"/einreichen/{drafts[0].id}/{topic.slug}" if len(drafts) == 1 else "/einreichen"
    answer = see_other(here, meldung="draft_resumed")
    keep_cookie(answer, services, browser, is_shared=SHARED in sent)
    return answer


# -- write -------------------------------------------------------------------------------------------------------


@router.get("/einreichen/{draft_id}")
@kindly
async def go_on(request: Request, services: ServicesHere, visitor: AnyVisitor, draft_id: UUID) -> Response:
    draft = await load(request, services, visitor, draft_id)
    topic = first_open(typed_words(draft), signed_in=visitor.account is not None)
    return see_other(f"/einreichen/{draft.id}/{topic.slug}")


@router.get("/einreichen/{draft_id}/pruefen")
@kindly
async def show_review(request: Request, services: ServicesHere, visitor: AnyVisitor, draft_id: UUID) -> Response:
    draft = await load(request, services, visitor, draft_id)
    return answer_with_review(request, services, visitor, draft)


@router.post("/einreichen/{draft_id}/pruefen")
@kindly
async def send(request: Request, services: ServicesHere, visitor: AnyVisitor, draft_id: UUID) -> Response:
    """Hand it in. Pressed twice, it is one idea."""
    holder = holder_of(request, services, visitor)
    sent = await request.form()
    check_trap(sent)
    await limit_rate(request, services, Limited.HAND_IN, visitor.id)
    if (window := Window.read(sent.get(SEEN))).seen:
        draft = await load(request, services, visitor, draft_id)
        if window.has_missed(typed_words(draft).model_dump()):
            return answer_with_review(request, services, visitor, draft, has_changed=True, status=409)
    try:
        if visitor.account is not None:
            await send_draft(services, holder, visitor.account, str(draft_id))
        else:
            await hand_in_by_mail(services, holder, str(draft_id), digest_network(services, request))
    except DraftIncomplete as gaps:
        draft = await load(request, services, visitor, draft_id)
        return answer_with_review(request, services, visitor, draft, gaps=gaps.fields, status=422)
    except SavedAsDraft:
        return render(request, visitor, "hand_in/waiting.html", 503, draft_id=draft_id, trap=TRAP)
    return see_other(f"/einreichen/{draft_id}/danke")


@router.get("/einreichen/{draft_id}/danke")
@kindly
async def show_thanks(request: Request, services: ServicesHere, visitor: AnyVisitor, draft_id: UUID) -> Response:
    """What happens next and until when; where the engine was away, the button that tries again."""
    async with services.database.reading() as session:
        draft = await open_draft(session, holder_of(request, services, visitor), str(draft_id))
        idea = await session.get(Idea, draft.idea_id) if draft.idea_id else None
    if draft.waits_since is not None:
        return show_waiting(request, services, visitor, draft)
    if idea is None:
        return see_other(f"/einreichen/{draft_id}")
    if draft.sent_at is None:
        return render(request, visitor, "hand_in/waiting.html", draft_id=draft_id, trap=TRAP)
    t = texts_for(request, visitor)
    look = Look(idea.title, idea.district, idea.id)
    return render(
        request,
        visitor,
        "hand_in/thanks.html",
        idea=idea,
        email=draft.email,
        is_owner=visitor.id == idea.owner_id,
        office=RegionNames(services.policy.region, t).office(idea.office),
        read_until=read_until(services, t, draft.sent_at.astimezone(services.policy.zone).date()),
        alike=await find_alike(request, services, visitor, draft, look),
    )


@router.get("/einreichen/{draft_id}/spaeter")
@kindly
async def show_later(request: Request, services: ServicesHere, visitor: AnyVisitor, draft_id: UUID) -> Response:
    draft = await load(request, services, visitor, draft_id)
    return answer_with_later(request, services, visitor, draft)


@router.post("/einreichen/{draft_id}/spaeter")
@kindly
async def send_link(request: Request, services: ServicesHere, visitor: AnyVisitor, draft_id: UUID) -> Response:
    """Keep the address, and write a link to it."""
    draft, t = await load(request, services, visitor, draft_id), texts_for(request, visitor)
    email, is_open = read_address(await request.form())
    if draft.account_id is not None:
        return see_other(f"/einreichen/{draft_id}/spaeter")
    if is_open:
        return answer_with_later(request, services, visitor, draft, email=email, is_open=True, status=422)
    if not is_address(email):
        error = tell_wrong(t, "email")
        return answer_with_later(request, services, visitor, draft, email=email, error=error, status=422)
    await limit_rate(request, services, Limited.HAND_IN)
    draft, _ = await save_words(services, holder_of(request, services, visitor), str(draft_id), {"email": email})
    try:
        await post_link(services, draft, t.language, digest_network(services, request))
    except EngineAway:
        error = t("page.draft.no_mail")
        return answer_with_later(request, services, visitor, draft, email=email, error=error, status=503)
    return answer_with_later(request, services, visitor, draft, is_sent=True)


@router.post("/einreichen/{draft_id}/verwerfen")
@kindly
async def discard(request: Request, services: ServicesHere, visitor: AnyVisitor, draft_id: UUID) -> Response:
    await throw_away(services, holder_of(request, services, visitor), str(draft_id))
    return see_other("/einreichen", meldung="draft_gone")


@router.get("/einreichen/{draft_id}/{slug}")
@kindly
async def show_topic(
    request: Request, services: ServicesHere, visitor: AnyVisitor, draft_id: UUID, slug: str
) -> Response:
    topic = topic_of(visitor, slug)
    draft = await load(request, services, visitor, draft_id)
    return await answer_with_topic(request, services, visitor, draft, topic)


@router.post("/einreichen/{draft_id}/{slug}")
@kindly
async def save_topic(
    request: Request, services: ServicesHere, visitor: AnyVisitor, draft_id: UUID, slug: str
) -> Response:
    """Keep what was typed and go where the button says; asked while somebody types, only say that it is kept."""
    topic, t = topic_of(visitor, slug), texts_for(request, visitor)
    sent = await request.form()
    typed, window = read_topic(sent, topic, t, services.policy), Window.read(sent.get(SEEN))
    saved = await save_words(services, holder_of(request, services, visitor), str(draft_id), typed.kept, window)
    draft = saved.draft
    if is_fragment(request):
        return await answer_while_typing(request, services, visitor, saved, topic, typed, window)
    wish = sent.get("absicht")
    if saved.clashes:
        return await answer_with_topic(request, services, visitor, draft, topic, typed, saved.clashes, status=409)
    asked = str(sent.get(TONGUE) or "")
    if typed.unkept or (typed.errors and wish not in (BACK, LATER) and not asked):
        return await answer_with_topic(request, services, visitor, draft, topic, typed, status=422)
    if asked in languages():
        return see_other(f"/einreichen/{draft_id}/{topic.slug}", lang=asked)
    if wish == LATER:
        return see_other(f"/einreichen/{draft_id}/spaeter")
    return see_other(f"/einreichen/{draft_id}/{neighbour(visitor, topic, -1 if wish == BACK else 1)}")


# -- parts -------------------------------------------------------------------------------------------------------


def browser_of(request: Request, services: Services, sent: FormData) -> str:
    """What this browser is known by. At a device that others use, nothing of what was begun before is this person's."""
    known = None if SHARED in sent else read_cookie(request, services.settings, COOKIE)
    return known or new_secret()


async def load(request: Request, services: Services, visitor: Visitor, draft_id: UUID) -> Draft:
    """A draft that is still being written. Raises DraftNotFound, DraftExpired, DraftSent."""
    async with services.database.reading() as session:
        draft = await open_draft(session, holder_of(request, services, visitor), str(draft_id))
    if draft.idea_id is not None or draft.waits_since is not None:
        raise DraftSent(draft.id)
    return draft


def topic_of(visitor: Visitor, slug: str) -> Topic:
    topic = find_topic(slug, signed_in=visitor.account is not None)
    if topic is None or topic is REVIEW:
        raise ProblemError(404, "not_found")
    return topic


def neighbour(visitor: Visitor, topic: Topic, step: int) -> str:
    topics = topics_for(signed_in=visitor.account is not None)
    return topics[max(topics.index(topic) + step, 0)].slug


def name_steps(t: Texts, visitor: Visitor, here: Topic | None) -> list[Step]:
    """All topics with their names, and where somebody stands among them."""
    topics = topics_for(signed_in=visitor.account is not None)
    now = topics.index(here) if here is not None else -1
    return [
        Step(topic, number + 1, t(f"page.topic.{topic.slug}"), number == now, number < now)
        for number, topic in enumerate(topics)
    ]


async def answer_with_topic(
    request: Request,
    services: Services,
    visitor: Visitor,
    draft: Draft,
    topic: Topic,
    typed: Typed | None = None,
    clashes: Sequence[str] = (),
    *,
    status: int = 200,
) -> Response:
    """`clashes`: fields of which another window has written something else. Both are shown, and neither is lost."""
    t = texts_for(request, visitor)
    stored = typed_words(draft).model_dump(include=set(topic.fields))
    values = stored | (typed.values if typed else {})
    errors = {**dict.fromkeys(clashes, t("page.draft.clash")), **(typed.errors if typed else {})}
    fields = write_fields(t, services.policy, topic, values, errors)
    shown = show_words(services, t, draft)
    steps = name_steps(t, visitor, topic)
    is_second = steps[1].is_here
    said = request.query_params.get("meldung")
    return render(
        request,
        visitor,
        "hand_in/topic.html",
        status,
        draft=draft,
        topic=topic,
        steps=steps,
        number=next(step.number for step in steps if step.is_here),
        fields=fields,
        counts=dict(count_characters(t, topic, values)),
        errors=errors,
        anchors={one.name: anchor_of(one) for one in fields},
        others={name: shown[name] for name in clashes},
        window=Window.of(stored).write(),
        saved=t("page.draft.saved", at=tell_time(services, t, draft)) if draft.words and not clashes else None,
        told=t(f"page.said.{said}") if said in SAID else None,
        alike=await find_alike(request, services, visitor, draft, look_of(draft)) if is_second else None,
        is_first=steps[0].is_here,
        tongue_form="thema",
    )


async def answer_while_typing(
    request: Request, services: Services, visitor: Visitor, saved: Saved, topic: Topic, typed: Typed, window: Window
) -> Response:
    t, draft = texts_for(request, visitor), saved.draft
    unkept = [t(f"field.{name}") for name in topic.fields if name in typed.unkept]
    clashes = [t(f"field.{name}") for name in saved.clashes]
    # Only what everybody may read: an answer to each letter would let one guess at what others have written.
    is_title = "title" in topic.fields
    alike = await find_stories(request, services, visitor, look_of(draft)) if is_title else None
    return render(
        request,
        visitor,
        "hand_in/saved.html",
        unkept=", ".join(unkept),
        clashes=", ".join(clashes),
        window=window.go_on(typed_words(draft).model_dump(), saved.clashes).write(),
        saved=t("page.draft.saved", at=tell_time(services, t, draft)),
        counts=count_characters(t, topic, typed.values),
        alike=alike,
    )


def tell_time(services: Services, t: Texts, draft: Draft) -> str:
    """ "14:32" today, else the day as well."""
    at = draft.updated_at.astimezone(services.policy.zone)
    return at.strftime("%H:%M") if at.date() == services.today() else t.instant(at, services.policy.zone)


def anchor_of(one: Field) -> str:
    return f"feld-{one.name}"


def show_words(services: Services, t: Texts, draft: Draft) -> dict[str, str]:
    """What a draft holds as somebody reads it."""
    typed, names = typed_words(draft), RegionNames(services.policy.region, t)
    return {
        **typed.model_dump(include=set(FIELDS)),
        "district": names.district(typed.district) if typed.district else "",
        "themes": names.themes(typed.themes),
        "language": names.language(typed.language),
    }


def answer_with_review(
    request: Request,
    services: Services,
    visitor: Visitor,
    draft: Draft,
    *,
    gaps: list[str] | None = None,
    has_changed: bool = False,
    status: int = 200,
) -> Response:
    """Everything once more, each topic with a way back to it, and what is still missing."""
    t, signed_in = texts_for(request, visitor), visitor.account is not None
    shown = show_words(services, t, draft)
    missing = gaps if gaps is not None else find_gaps(services.policy, draft, signed_in=signed_in)
    topics = [topic for topic in topics_for(signed_in=signed_in) if topic.fields]
    place_of = {name: topic.slug for topic in topics for name in topic.fields}
    return render(
        request,
        visitor,
        "hand_in/review.html",
        status,
        draft=draft,
        steps=name_steps(t, visitor, REVIEW),
        topics=[
            (topic, t(f"page.topic.{topic.slug}"), [(name, t(f"field.{name}"), shown[name]) for name in topic.fields])
            for topic in topics
        ],
        missing=[(place_of[name], tell_wrong(t, name)) for name in missing],
        refused=gaps is not None,
        has_changed=has_changed,
        back=neighbour(visitor, REVIEW, -1),
        window=Window.of(typed_words(draft).model_dump()).write(),
        read_until=read_until(services, t),
        trap=TRAP,
    )


def answer_with_later(
    request: Request,
    services: Services,
    visitor: Visitor,
    draft: Draft,
    *,
    email: str | None = None,
    error: str = "",
    is_open: bool = False,
    is_sent: bool = False,
    status: int = 200,
) -> Response:
    t = texts_for(request, visitor)
    return render(
        request,
        visitor,
        "hand_in/later.html",
        status,
        draft=draft,
        field=address_field(t, typed_words(draft).email if email is None else email, error),
        question=ask_back(t, email or "") if is_open else None,
        is_sent=is_sent,
        last_day=t.day(draft.expires_at.astimezone(services.policy.zone).date()),
    )
