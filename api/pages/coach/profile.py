"""What a coach offers: themes, places, languages, how many ideas at once, and a word about themselves."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from api.pages.kit.fields import Choice, Field
from api.pages.kit.rendering import render, see_other, texts_for
from api.pages.kit.visitors import Member, SignedInCoach
from api.runtime.services import Services
from api.use_cases.coaches import LARGEST_CAPACITY, LONGEST_ABOUT, ProfileForm, write_profile
from api.use_cases.errors import Invalid
from api.web.dependencies import ServicesHere
from models.i18n import Texts
from models.policy import Policy
from models.queries.coaches import read_coach
from models.region_names import RegionNames
from models.tables import CoachProfile
from models.texts import clean

router = APIRouter()

SAID = "profile_saved"
LISTS = ("themes", "districts", "languages")


@router.get("/profil")
async def show_profile(request: Request, services: ServicesHere, member: SignedInCoach) -> Response:
    return await answer_with_profile(request, services, member)


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
    return await answer_with_profile(request, services, member, entered, errors, status=422)


async def answer_with_profile(
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


def read_form(sent: FormData) -> dict[str, Any]:
    """What was sent, in the shape in which the API takes it."""
    about = clean(str(sent.get("about", "")))
    chosen = {name: [str(value) for value in sent.getlist(name)] for name in LISTS}
    return {**chosen, "capacity": str(sent.get("capacity", "")), "about": about}


def write_fields(t: Texts, policy: Policy, values: Mapping[str, Any], errors: Mapping[str, str]) -> list[Field]:
    names = RegionNames(policy.region, t)
    offered = {
        "themes": names.all_themes(),
        "districts": names.all_districts(),
        "languages": {code: names.language(code) for code in policy.region.languages},
    }
    found = [
        Field(
            name,
            "checks",
            t(f"page.profile.{name}"),
            t(f"page.profile.{name}.help"),
            name == "languages",
            tuple(Choice(key, label) for key, label in choices.items()),
            error=errors.get(name, ""),
            chosen=tuple(values[name]),
        )
        for name, choices in offered.items()
    ]
    capacity = Field(
        "capacity",
        "number",
        t("page.profile.capacity"),
        t("page.profile.capacity.help"),
        True,
        value=str(values["capacity"]),
        error=errors.get("capacity", ""),
        least="0",
        most=str(LARGEST_CAPACITY),
    )
    about = Field(
        "about",
        "text",
        t("page.profile.about"),
        t("page.profile.about.help", most=LONGEST_ABOUT),
        value=str(values["about"]),
        error=errors.get("about", ""),
    )
    return [*found, capacity, about]
