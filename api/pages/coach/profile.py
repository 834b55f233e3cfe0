"""What a coach offers: themes, places, languages, how many ideas at once, and a word about themselves."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.pages.coach.profile_form import LISTS, read_form, write_fields
from api.pages.kit.rendering import render, see_other, texts_for
from api.pages.kit.visitors import Member, SignedInCoach
from api.runtime.services import Services
from api.use_cases.coaches import ProfileForm, write_profile
from api.use_cases.errors import Invalid
from api.web.dependencies import ServicesHere
from models.queries.coaches import read_coach
from models.tables import CoachProfile

router = APIRouter()

SAID = "profile_saved"


@router.get("/profil")
async def show_profile(request: Request, services: ServicesHere, member: SignedInCoach) -> Response:
    return await render_profile(request, services, member)


@router.post("/profil")
async def change_profile(request: Request, services: ServicesHere, member: SignedInCoach) -> Response:
    entered, t = read_form(await request.form()), texts_for(request, member)
    try:
        await write_profile(services, member.person.id, ProfileForm.model_validate(entered))
    except ValidationError as wrong:
        names = {str(item["loc"][0]) for item in wrong.errors(include_input=False)}
    except Invalid as wrong:
        names = {wrong.field or ""}
    else:
        return see_other("/profil", meldung=SAID)
    errors = {name: t(f"refusal.field.profile_{name}") for name in (*LISTS, "capacity", "about") if name in names}
    return await render_profile(request, services, member, entered, errors, status=422)


async def render_profile(
    request: Request,
    services: Services,
    member: Member,
    entered: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    t = texts_for(request, member)
    async with services.database.reading() as session:
        profile = await session.get(CoachProfile, member.person.id)
        me = await read_coach(session, member.person.id, services.today())
    known = profile.model_dump() if profile else CoachProfile(account_id=member.person.id).model_dump()
    return render(
        request,
        member,
        "profile/profile.html",
        status,
        told=t(f"page.said.{SAID}") if request.query_params.get("meldung") == SAID else None,
        errors=errors or {},
        anchors={name: f"profil-{name}" for name in errors or {}},
        fields=write_fields(t, services.policy, known | dict(entered or {}), errors or {}),
        me=me,
        is_new=profile is None,
    )
