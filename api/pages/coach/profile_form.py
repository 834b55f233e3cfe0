"""What a coach offers, as a form."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData

from api.pages.kit.fields import Field
from api.pages.kit.forms import FormWriter, read_texts, write_choices
from api.use_cases.coaches import LARGEST_CAPACITY, LONGEST_ABOUT
from models.i18n import Texts
from models.policy import Policy
from models.region_names import RegionNames

LISTS = ("themes", "districts", "languages")
REQUIRED = ("languages", "capacity")


def read_form(sent: FormData) -> dict[str, Any]:
    """What was sent, in the shape in which the API takes it."""
    chosen = {name: [str(value) for value in sent.getlist(name)] for name in LISTS}
    return {**chosen, **read_texts(sent, ("capacity", "about"))}


def write_fields(t: Texts, policy: Policy, values: Mapping[str, Any], errors: Mapping[str, str]) -> list[Field]:
    form, names = FormWriter(t, values, errors), RegionNames(policy.region, t)
    offered = {
        "themes": names.all_themes(),
        "districts": names.all_districts(),
        "languages": {code: names.language(code) for code in policy.region.languages},
    }

    def field(name: str, kind: str, choices: Mapping[str, str] | None = None, **more: Any) -> Field:
        label, help_ = t(f"page.profile.{name}"), t(f"page.profile.{name}.help", count=LONGEST_ABOUT)
        return form.write(name, kind, label, help_, name in REQUIRED, write_choices(t, choices or {}), **more)

    return [
        *(field(name, "checks", choices) for name, choices in offered.items()),
        field("capacity", "number", least="0", most=str(LARGEST_CAPACITY)),
        field("about", "text"),
    ]
