"""The fields of an idea, and of who hands it in, as every form reads, checks and shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from api.pages.kit.address_typo import MEANT, ask_back, read_address, tell_open
from api.pages.kit.fields import Field, tell_wrong
from api.pages.kit.forms import FormWriter, choices_about, read_text
from api.use_cases.drafts import LONGEST_ORGANISATION, check_typed
from api.use_cases.idea_text import LONGEST_TITLE
from models.addresses import LONGEST as LONGEST_ADDRESS
from models.addresses import is_address
from models.i18n import Texts
from models.policy import Policy
from models.region_names import RegionNames
from models.single_line import LONGEST_NAME, LONGEST_PHONE, LONGEST_REACH, is_phone
from models.typed_text import LONGEST_TEXT, is_title, says_something

FREE_TEXTS = ("title", "summary", "problem", "solution", "target_group")
REQUIRED = ("title", "summary", "name", "email")
KINDS = {
    **dict.fromkeys(("title", "name", "phone", "reach", "organisation"), "line"),
    **dict.fromkeys(("district", "language"), "select"),
    "themes": "checks",
    "email": "email",
}
LONGEST = {
    "title": LONGEST_TITLE,
    "name": LONGEST_NAME,
    "phone": LONGEST_PHONE,
    "reach": LONGEST_REACH,
    "organisation": LONGEST_ORGANISATION,
    "email": LONGEST_ADDRESS,
    **dict.fromkeys(FREE_TEXTS[1:], LONGEST_TEXT),
}
MAY_BE_FILLED_IN = {"name": "name", "email": "email", "phone": "tel", "organisation": "organization"}


@dataclass(frozen=True)
class Typed:
    """What came from a form, and what is wrong with it."""

    values: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)
    """What stands in the way of going on."""
    unkept: frozenset[str] = frozenset()
    """Fields that cannot be kept as they are, not even unfinished."""

    @property
    def kept(self) -> dict[str, Any]:
        return {name: value for name, value in self.values.items() if name not in self.unkept}


def read_fields(form: FormData, names: Sequence[str], t: Texts, policy: Policy) -> Typed:
    """The fields of a form, with everything that is wrong with them in the reader's language."""
    values: dict[str, Any] = {name: read_text(form, name) for name in names if name != "themes"}
    if "themes" in names:
        values["themes"] = [theme for theme in form.getlist("themes") if isinstance(theme, str)]
    if "district" in values:
        values["district"] = values["district"] or None
    if "language" in values:
        values["language"] = values["language"] or policy.region.default_language
    given = read_address(form)
    if "email" in values:
        values["email"] = given.email
    unkept = check_typed(values)
    errors = {name: tell_unkept(t, name, kind) for name, kind in unkept.items()}
    for name in names:
        if name not in errors and _is_wrong(name, values[name], policy):
            errors[name] = tell_wrong(t, name)
    ordered = {name: errors[name] for name in names if name in errors}
    is_open = "email" in values and given.is_open
    return Typed(values, {**ordered, MEANT: tell_open(t)} if is_open else ordered, frozenset(unkept))


def tell_unkept(t: Texts, name: str, kind: str) -> str:
    is_long_text = kind == "string_too_long" and LONGEST.get(name) == LONGEST_TEXT
    return t("page.too_long") if is_long_text else tell_wrong(t, name)


def write_fields(
    t: Texts, policy: Policy, names: Sequence[str], values: Mapping[str, Any], errors: Mapping[str, str]
) -> list[Field]:
    """The same fields, filled with what was typed."""
    form, choices = FormWriter(t, values, errors), choices_about(policy.region, t)
    fields = [
        form.write(
            name,
            KINDS.get(name, "text"),
            help_=t(f"field.{name}.help"),
            required=name in REQUIRED or name == "language",
            choices=choices.get(name, ()),
            longest=LONGEST.get(name, LONGEST_NAME),
            autocomplete=MAY_BE_FILLED_IN.get(name, ""),
        )
        for name in names
    ]
    if MEANT in errors:
        fields.insert(names.index("email") + 1, ask_back(t, str(values["email"])))
    return fields


def name_values(t: Texts, policy: Policy, words: Mapping[str, Any]) -> dict[str, Any]:
    """Words as somebody reads them: with the names of what was chosen."""
    names = RegionNames(policy.region, t)
    return {
        **words,
        "district": names.district(words["district"]) if words["district"] else "",
        "themes": names.themes(words["themes"]),
        "language": names.language(words["language"]),
    }


def anchor_of(one: Field) -> str:
    return f"feld-{one.name}"


def _is_wrong(name: str, value: Any, policy: Policy) -> bool:
    region = policy.region
    match name:
        case "title":
            return not is_title(value)
        case "email":
            return not is_address(value)
        case "phone":
            return bool(value) and not is_phone(value)
        case "district":
            return bool(value) and region.find_district(value) is None
        case "themes":
            return any(region.find_theme(theme) is None for theme in value)
        case "language":
            return value not in region.languages
    return name in REQUIRED and not says_something(value)
