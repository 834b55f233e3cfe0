"""A story before and after it is public: a lead edits it, its owner takes it back."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from activities.ports.ideas import CommandRefused
from api.pages.kit.fields import Field
from api.pages.kit.rendering import render, see_other, texts_for
from api.pages.kit.visitors import Member, SignedIn, SignedInLead
from api.runtime.services import Services
from api.use_cases.stories import StoryWords, edit_story, may_edit_story, show_story_again, withdraw_story
from api.web.dependencies import ServicesHere
from api.web.problems import ProblemError
from models.i18n import Texts
from models.queries.stories import StoryView, read_story
from models.tables import StandingRow
from models.texts import clean

router = APIRouter()

KINDS = {"title": "line", "teaser": "text", "text": "story"}


@router.get("/ideen/{idea_id}/geschichte")
async def show_editor(request: Request, services: ServicesHere, member: SignedInLead, idea_id: UUID) -> Response:
    view = await load(services, member, str(idea_id))
    shown = {"title": view.shown.title, "teaser": view.shown.summary, "text": view.shown.text}
    return render_editor(request, member, view, shown)


@router.post("/ideen/{idea_id}/geschichte")
async def save_story(request: Request, services: ServicesHere, member: SignedInLead, idea_id: UUID) -> Response:
    """Keep what was changed; its owner is asked by the step that follows."""
    view, sent = await load(services, member, str(idea_id)), await request.form()
    values = {name: clean(str(sent.get(name) or "")) for name in KINDS}
    try:
        await edit_story(services, member.person, str(idea_id), StoryWords.model_validate(values))
    except ValidationError as wrong:
        names = {str(item["loc"][0]) for item in wrong.errors(include_input=False)}
        t = texts_for(request, member)
        errors = {name: t(f"refusal.field.story_{name}") for name in KINDS if name in names}
        return render_editor(request, member, view, values, errors, status=422)
    except CommandRefused as refused:
        raise ProblemError(409, "not_allowed") from refused
    return see_other(f"/ideen/{idea_id}", meldung="story_saved")


@router.post("/ideen/{idea_id}/geschichte/zuruecknehmen")
async def withdraw(services: ServicesHere, member: SignedIn, idea_id: UUID) -> Response:
    await withdraw_story(services, member.person, str(idea_id))
    return see_other(f"/ideen/{idea_id}", meldung="story_withdrawn")


@router.post("/ideen/{idea_id}/geschichte/zeigen")
async def show_again(services: ServicesHere, member: SignedIn, idea_id: UUID) -> Response:
    await show_story_again(services, member.person, str(idea_id))
    return see_other(f"/ideen/{idea_id}", meldung="story_shown")


async def load(services: Services, member: Member, idea_id: str) -> StoryView:
    async with services.database.reading() as session:
        row, view = await session.get(StandingRow, idea_id), await read_story(session, idea_id)
    if row is None or view is None or not may_edit_story(row, member.id, member.roles):
        raise ProblemError(404, "not_found")
    return view


def render_editor(
    request: Request,
    member: Member,
    view: StoryView,
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    errors = errors or {}
    return render(
        request,
        member,
        "stories/edit.html",
        status,
        idea_id=view.shown.idea_id,
        written=view.written,
        fields=write_fields(texts_for(request, member), values, errors),
        errors=errors,
        anchors={name: f"geschichte-{name}" for name in errors},
    )


def write_fields(t: Texts, values: Mapping[str, str], errors: Mapping[str, str]) -> list[Field]:
    return [
        Field(name, kind, t(f"field.story_{name}"), required=True, value=values[name], error=errors.get(name, ""))
        for name, kind in KINDS.items()
    ]
