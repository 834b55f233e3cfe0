"""Hiding the first steps."""

from fastapi import Response

from api.pages.kit.menus import home_of
from api.pages.kit.page import StaffPage
from api.pages.kit.rendering import see_other
from api.use_cases.first_steps import hide_first_steps
from api.web.routers import page_router

router = page_router()


@router.post("/erste-schritte-ausblenden")
async def hide(page: StaffPage) -> Response:
    await hide_first_steps(page.services, page.person.id)
    return see_other(home_of(page.visitor))
