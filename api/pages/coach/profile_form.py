"""What a coach offers, as a form."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData

from api.pages.kit.fields import Choice, Field
from api.use_cases.coaches import LARGEST_CAPACITY, LONGEST_ABOUT
from models.i18n import Texts
from models.policy import Policy
from models.region_names import RegionNames
from models.texts import clean

LISTS = ("themes", "districts", "languages")


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
        t("page.profile.about.help", count=LONGEST_ABOUT),
        value=str(values["about"]),
        error=errors.get("about", ""),
    )
    return [*found, capacity, about]
