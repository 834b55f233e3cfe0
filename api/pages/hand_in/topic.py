"""One topic of handing in: shown, saved with each, saved while somebody types."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import Response

from api.pages.hand_in.drafts import (
    SAID,
    find_inspiration,
    holder_of,
    kindly,
    load,
    name_steps,
    neighbour,
    show_words,
    tell_time,
)
from api.pages.hand_in.similar import find_alike, find_stories, look_of
from api.pages.hand_in.topics import REVIEW, Topic, count_characters, find_topic, first_open
from api.pages.kit.idea_fields import Typed, anchor_of, read_fields, write_fields
from api.pages.kit.languages import TONGUE
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import is_fragment, see_other
from api.pages.kit.visitors import Visitor
from api.use_cases.drafts import Saved, save_words, typed_words
from api.use_cases.three_way_merge import FIELD as SEEN
from api.use_cases.three_way_merge import Window
from api.web.dependencies import Led
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.region_names import spoken_languages
from models.tables import Draft

router = page_router(dependencies=[Led])

BACK, LATER = "zurueck", "spaeter"


# -- write -------------------------------------------------------------------------------------------------------


@router.get("/einreichen/{draft_id}")
@kindly
async def go_on(page: AnyPage, draft_id: UUID) -> Response:
    draft = await load(page, draft_id)
    topic = first_open(typed_words(draft), signed_in=page.visitor.account is not None)
    return see_other(f"/einreichen/{draft.id}/{topic.slug}")


@router.get("/einreichen/{draft_id}/{slug}")
@kindly
async def show_topic(page: AnyPage, draft_id: UUID, slug: str) -> Response:
    topic = topic_of(page.visitor, slug)
    draft = await load(page, draft_id)
    return await render_topic(page, draft, topic)


@router.post("/einreichen/{draft_id}/{slug}")
@kindly
async def save_topic(page: AnyPage, draft_id: UUID, slug: str) -> Response:
    """Keep what was typed and go where the button says; asked while somebody types, only say that it is kept."""
    topic = topic_of(page.visitor, slug)
    sent = await page.form()
    typed, window = read_fields(sent, topic.fields, page.t, page.services.policy), Window.read(sent.get(SEEN))
    saved = await save_words(page.services, holder_of(page), str(draft_id), typed.kept, window)
    draft = saved.draft
    if is_fragment(page.request):
        return await answer_while_typing(page, saved, topic, typed, window)
    wish = sent.get("absicht")
    if saved.clashes:
        return await render_topic(page, draft, topic, typed, saved.clashes, status=409)
    asked = str(sent.get(TONGUE) or "")
    if typed.unkept or (typed.errors and wish not in (BACK, LATER) and not asked):
        return await render_topic(page, draft, topic, typed, status=422)
    if asked in spoken_languages(page.services.policy.region):
        return see_other(f"/einreichen/{draft_id}/{topic.slug}", lang=asked)
    if wish == LATER:
        return see_other(f"/einreichen/{draft_id}/spaeter")
    return see_other(f"/einreichen/{draft_id}/{neighbour(page.visitor, topic, -1 if wish == BACK else 1)}")


# -- parts -------------------------------------------------------------------------------------------------------


def topic_of(visitor: Visitor, slug: str) -> Topic:
    topic = find_topic(slug, signed_in=visitor.account is not None)
    if topic is None or topic is REVIEW:
        raise ProblemError(404, "not_found")
    return topic


async def render_topic(
    page: AnyPage,
    draft: Draft,
    topic: Topic,
    typed: Typed | None = None,
    clashes: Sequence[str] = (),
    *,
    status: int = 200,
) -> Response:
    """`clashes`: fields of which another window has written something else. Both are shown, and neither is lost."""
    t = page.t
    stored = typed_words(draft).model_dump(include=set(topic.fields))
    values = stored | (typed.values if typed else {})
    errors = {**dict.fromkeys(clashes, t("page.draft.clash")), **(typed.errors if typed else {})}
    fields = write_fields(t, page.services.policy, topic.fields, values, errors)
    shown = show_words(page, draft)
    steps = name_steps(page, topic)
    is_second = steps[1].is_here
    return page.render(
        "hand_in/topic.html",
        status,
        draft=draft,
        after=await find_inspiration(page, draft),
        topic=topic,
        steps=steps,
        number=next(step.number for step in steps if step.is_here),
        fields=fields,
        counts=dict(count_characters(t, topic, values)),
        errors=errors,
        anchors={one.name: anchor_of(one) for one in fields},
        others={name: shown[name] for name in clashes},
        window=Window.of(stored).write(),
        saved=t("page.draft.saved", at=tell_time(page, draft)) if draft.words and not clashes else None,
        told=page.flash(SAID),
        alike=await find_alike(page, draft, look_of(draft)) if is_second else None,
        is_first=steps[0].is_here,
        tongue_form="thema",
    )


async def answer_while_typing(page: AnyPage, saved: Saved, topic: Topic, typed: Typed, window: Window) -> Response:
    t, draft = page.t, saved.draft
    unkept = [t(f"field.{name}") for name in topic.fields if name in typed.unkept]
    clashes = [t(f"field.{name}") for name in saved.clashes]
    # Only what everybody may read: an answer to each letter would let one guess at what others have written.
    is_title = "title" in topic.fields
    alike = await find_stories(page, look_of(draft)) if is_title else None
    return page.render(
        "hand_in/saved.html",
        unkept=", ".join(unkept),
        clashes=", ".join(clashes),
        window=window.go_on(typed_words(draft).model_dump(), saved.clashes).write(),
        saved=t("page.draft.saved", at=tell_time(page, draft)),
        counts=count_characters(t, topic, typed.values),
        alike=alike,
    )
