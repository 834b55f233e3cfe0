"""A story that is public: its owner takes it back, a lead takes it down with a reason, and either shows it again."""

from uuid import UUID

from fastapi import Response

from activities.ports.ideas import CommandRefused
from api.pages.kit.forms import read_text
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.stories import show_story_again, take_down_story
from api.web.routers import page_router

router = page_router()


@router.post("/ideen/{idea_id}/geschichte/zuruecknehmen")
async def take_down(page: SignedInPage, idea_id: UUID) -> Response:
    sent = await page.form()
    try:
        await take_down_story(page.services, page.person, str(idea_id), read_text(sent, "grund"))
    except CommandRefused:
        return see_other(f"/ideen/{idea_id}", meldung="reason_needed")
    return see_other(f"/ideen/{idea_id}", meldung="story_withdrawn")


@router.post("/ideen/{idea_id}/geschichte/zeigen")
async def show_again(page: SignedInPage, idea_id: UUID) -> Response:
    await show_story_again(page.services, page.person, str(idea_id))
    return see_other(f"/ideen/{idea_id}", meldung="story_shown")
