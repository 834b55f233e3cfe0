"""A story before and after it is public: a lead edits it, its owner takes it back."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import Response
from pydantic import ValidationError

from activities.ports.ideas import CommandRefused
from api.pages.kit.fields import Field
from api.pages.kit.forms import FormWriter, list_wrong, read_texts
from api.pages.kit.page import LeadPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.stories import StoryWords, edit_story, may_edit_story, show_story_again, withdraw_story
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.queries.stories import StoryView, read_story
from models.tables import StandingRow

router = page_router()

KINDS = {"title": "line", "teaser": "text", "text": "story"}


@router.get("/ideen/{idea_id}/geschichte")
async def show_editor(page: LeadPage, idea_id: UUID) -> Response:
    view = await load(page, str(idea_id))
    shown = {"title": view.shown.title, "teaser": view.shown.teaser, "text": view.shown.words.get("changed", "")}
    return render_editor(page, view, shown)


@router.post("/ideen/{idea_id}/geschichte")
async def save_story(page: LeadPage, idea_id: UUID) -> Response:
    """Keep what was changed; its owner is asked by the step that follows."""
    view, sent = await load(page, str(idea_id)), await page.form()
    values = read_texts(sent, KINDS)
    try:
        await edit_story(page.services, page.person, str(idea_id), StoryWords.model_validate(values))
    except ValidationError as wrong:
        names = list_wrong(wrong)
        errors = {name: page.t(f"refusal.field.story_{name}") for name in KINDS if name in names}
        return render_editor(page, view, values, errors, status=422)
    except CommandRefused as refused:
        raise ProblemError(409, "not_allowed") from refused
    return see_other(f"/ideen/{idea_id}", meldung="story_saved")


@router.post("/ideen/{idea_id}/geschichte/zuruecknehmen")
async def withdraw(page: SignedInPage, idea_id: UUID) -> Response:
    await withdraw_story(page.services, page.person, str(idea_id))
    return see_other(f"/ideen/{idea_id}", meldung="story_withdrawn")


@router.post("/ideen/{idea_id}/geschichte/zeigen")
async def show_again(page: SignedInPage, idea_id: UUID) -> Response:
    await show_story_again(page.services, page.person, str(idea_id))
    return see_other(f"/ideen/{idea_id}", meldung="story_shown")


async def load(page: SignedInPage, idea_id: str) -> StoryView:
    async with page.services.database.reading() as session:
        row, view = await session.get(StandingRow, idea_id), await read_story(session, idea_id)
    if row is None or view is None or not may_edit_story(row, page.visitor.id, page.visitor.roles):
        raise ProblemError(404, "not_found")
    return view


def render_editor(
    page: SignedInPage,
    view: StoryView,
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    errors = errors or {}
    return page.render(
        "stories/edit.html",
        status,
        idea_id=view.shown.idea_id,
        title=view.shown.title,
        fields=write_fields(FormWriter(page.t, values, errors)),
        errors=errors,
        anchors={name: f"geschichte-{name}" for name in errors},
    )


def write_fields(form: FormWriter) -> list[Field]:
    return [form.write(name, kind, form.t(f"field.story_{name}"), required=True) for name, kind in KINDS.items()]
