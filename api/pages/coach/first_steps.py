"""The first steps of a coach: themes and places, places free, a sentence about oneself. Each can be left out."""

from collections.abc import Collection, Mapping
from typing import Any

from fastapi import Response
from pydantic import ValidationError

from api.pages.coach.profile_form import read_form, write_fields
from api.pages.kit.forms import list_wrong
from api.pages.kit.page import CoachPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.coaches import ProfileForm, finish_introduction, write_profile
from api.use_cases.errors import Invalid
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.tables import CoachProfile

router = page_router()

STEPS: Mapping[str, tuple[str, ...]] = {
    "themen": ("themes", "districts", "languages"),
    "plaetze": ("capacity",),
    "ueber-sie": ("about",),
}
"""The fields of the profile, step by step."""

SKIP = "spaeter"


@router.get("/erste-schritte")
async def begin(_page: CoachPage) -> Response:
    return see_other(f"/erste-schritte/{next(iter(STEPS))}")


@router.get("/erste-schritte/{step}")
async def show_step(page: CoachPage, step: str) -> Response:
    check_step(step)
    return await render_step(page, step)


@router.post("/erste-schritte/{step}")
async def take_step(page: CoachPage, step: str) -> Response:
    check_step(step)
    sent = await page.form()
    if sent.get("absicht") == SKIP:
        return await go_on(page, step)
    entered = {name: value for name, value in read_form(sent).items() if name in STEPS[step]}
    known = await read_known(page)
    try:
        await write_profile(page.services, page.person.id, ProfileForm.model_validate(known | entered))
    except ValidationError as wrong:
        names: Collection[str] = list_wrong(wrong)
    except Invalid as wrong:
        names = [wrong.field or ""]
    else:
        return await go_on(page, step)
    errors = {name: page.t(f"refusal.field.profile_{name}") for name in STEPS[step] if name in names}
    return await render_step(page, step, entered, errors, status=422)


def check_step(step: str) -> None:
    if step not in STEPS:
        raise ProblemError(404, "not_found")


async def go_on(page: SignedInPage, step: str) -> Response:
    """To the next step; after the last one to the coach's work."""
    names = list(STEPS)
    after = names[names.index(step) + 1 :]
    if after:
        return see_other(f"/erste-schritte/{after[0]}")
    await finish_introduction(page.services, page.person.id)
    return see_other("/arbeit", meldung="introduced")


async def read_known(page: SignedInPage) -> dict[str, Any]:
    """The profile as it is; for who has none yet, with the language in which they read these pages."""
    async with page.services.database.reading() as session:
        profile = await session.get(CoachProfile, page.person.id)
    found = profile or CoachProfile(account_id=page.person.id, languages=[page.person.language])
    return found.model_dump(include=set(ProfileForm.model_fields))


async def render_step(
    page: SignedInPage,
    step: str,
    entered: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    wrong = errors or {}
    values = await read_known(page) | dict(entered or {})
    return page.render(
        "staff/first_step.html",
        status,
        step=step,
        number=list(STEPS).index(step) + 1,
        count=len(STEPS),
        fields=[one for one in write_fields(page.t, page.services.policy, values, wrong) if one.name in STEPS[step]],
        errors=wrong,
        anchors={name: f"profil-{name}" for name in wrong},
    )
