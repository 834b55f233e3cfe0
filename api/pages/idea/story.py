"""A story before and after it is public: its owner takes it back."""

from uuid import UUID

from fastapi import Response

from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.stories import show_story_again, withdraw_story
from api.web.routers import page_router

router = page_router()


@router.post("/ideen/{idea_id}/geschichte/zuruecknehmen")
async def withdraw(page: SignedInPage, idea_id: UUID) -> Response:
    await withdraw_story(page.services, page.person, str(idea_id))
    return see_other(f"/ideen/{idea_id}", meldung="story_withdrawn")


@router.post("/ideen/{idea_id}/geschichte/zeigen")
async def show_again(page: SignedInPage, idea_id: UUID) -> Response:
    await show_story_again(page.services, page.person, str(idea_id))
    return see_other(f"/ideen/{idea_id}", meldung="story_shown")
