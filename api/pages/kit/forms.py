"""Forms of pages: what was sent is read by field, shown again as it was, and told what is wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import FormData

from api.pages.kit.fields import Choice, Field
from models.i18n import Texts
from models.policy import RegionSection
from models.region_names import RegionNames
from models.single_line import read_line
from models.typed_text import clean


def read_text(sent: FormData, name: str) -> str:
    """A field of several lines, as it is kept; empty for one that is not there, and for a file."""
    value = sent.get(name)
    return clean(value) if isinstance(value, str) else ""


def read_texts(sent: FormData, names: Iterable[str]) -> dict[str, str]:
    return {name: read_text(sent, name) for name in names}


def read_lines(sent: FormData, names: Iterable[str]) -> dict[str, str]:
    """Fields of one line each."""
    return {name: read_line(read_text(sent, name)) for name in names}


def list_wrong(wrong: ValidationError) -> dict[str, str]:
    """Field → kind of its first error, as pydantic names it ("missing", "string_too_long", …)."""
    found: dict[str, str] = {}
    for item in wrong.errors(include_input=False):
        found.setdefault(str(item["loc"][0]), item["type"])
    return found


@dataclass(frozen=True)
class FormWriter:
    """Writes the fields of one form, filled with what is known or was entered, each with its own error."""

    t: Texts
    values: Mapping[str, Any]
    errors: Mapping[str, str] = field(default_factory=dict)

    def write(
        self,
        name: str,
        kind: str,
        label: str = "",
        help_: str = "",
        required: bool = False,
        choices: Iterable[Choice] = (),
        **more: Any,
    ) -> Field:
        """A field of this name. Without a label of its own it is called as everywhere: `field.NAME`."""
        value, is_list = self.values.get(name), kind == "checks"
        return Field(
            name,
            kind,
            label or self.t(f"field.{name}"),
            help_,
            required,
            tuple(choices),
            value="" if is_list or value is None else str(value),
            chosen=tuple(value or ()) if is_list else (),
            error=self.errors.get(name, ""),
            **more,
        )


def one_time_code(name: str, label: str, help_: str = "", error: str = "") -> Field:
    """A code that counts once. A browser or a telephone may fill it in, and it is never written back."""
    return Field(name, "line", label, help_, True, error=error, longest=20, autocomplete="one-time-code")


def write_choices(t: Texts, named: Mapping[str, str] | Iterable[str], prefix: str = "") -> tuple[Choice, ...]:
    """Answers by key: with their names, or named by the catalogue under a prefix."""
    if isinstance(named, Mapping):
        return tuple(Choice(key, name) for key, name in named.items())
    return tuple(Choice(key, t(f"{prefix}.{key}")) for key in named)


def choices_about(region: RegionSection, t: Texts) -> dict[str, tuple[Choice, ...]]:
    """What one may choose for an idea: its district, its themes, the language of talks about it."""
    names = RegionNames(region, t)
    return {
        "district": write_choices(t, names.all_districts()),
        "themes": write_choices(t, names.all_themes()),
        "language": write_choices(t, {code: t.name_of(code) for code in region.languages}),
    }
