"""What a coach offers: themes, places, languages, how many ideas at once, and a word about themselves."""

from collections.abc import Collection, Mapping
from typing import Any

from fastapi import Response
from pydantic import ValidationError

from api.pages.coach.profile_form import LISTS, read_form, write_fields
from api.pages.kit.forms import list_wrong
from api.pages.kit.page import CoachPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.coaches import ProfileForm, write_profile
from api.use_cases.errors import Invalid
from api.web.routers import page_router
from models.queries.coaches import read_coach
from models.tables import CoachProfile

router = page_router()

SAID = "profile_saved"


@router.get("/profil")
async def show_profile(page: CoachPage) -> Response:
    return await render_profile(page)


@router.post("/profil")
async def change_profile(page: CoachPage) -> Response:
    entered = read_form(await page.form())
    try:
        await write_profile(page.services, page.person.id, ProfileForm.model_validate(entered))
    except ValidationError as wrong:
        names: Collection[str] = list_wrong(wrong)
    except Invalid as wrong:
        names = [wrong.field or ""]
    else:
        return see_other("/profil", meldung=SAID)
    errors = {name: page.t(f"refusal.field.profile_{name}") for name in (*LISTS, "capacity", "about") if name in names}
    return await render_profile(page, entered, errors, status=422)


async def render_profile(
    page: SignedInPage,
    entered: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    async with page.services.database.reading() as session:
        profile = await session.get(CoachProfile, page.person.id)
        me = await read_coach(session, page.person.id, page.services.today())
    known = profile.model_dump() if profile else CoachProfile(account_id=page.person.id).model_dump()
    return page.render(
        "profile/profile.html",
        status,
        told=page.flash({SAID}),
        errors=errors or {},
        anchors={name: f"profil-{name}" for name in errors or {}},
        fields=write_fields(page.t, page.services.policy, known | dict(entered or {}), errors or {}),
        me=me,
        is_new=profile is None,
    )
