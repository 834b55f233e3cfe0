"""Fields of forms as the templates show them, and what was entered into a form that was refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self
from uuid import uuid4

from models.i18n import Texts


@dataclass(frozen=True)
class Choice:
    """One answer of several."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True)
class Field:
    """A field of a form. `kind`: text, story, line, email, money, date, time, number, file, select, radio, check,
    checks, files."""

    name: str
    kind: str
    label: str
    help: str = ""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    value: str = ""
    error: str = ""
    least: str = ""
    most: str = ""
    longest: int = 200
    """Characters of a line."""
    notes: tuple[str, ...] = ()
    """What is still to be done about it, where it may be saved all the same."""
    chosen: tuple[str, ...] = ()
    """The values of `checks` that are ticked."""
    templates: tuple[Choice, ...] = ()
    """Words to begin with, whole: chosen without own words, they are what is sent."""
    link: tuple[str, str] | None = None
    """Words and address: where it is told in full."""
    checked: str = "true"
    """What a `check` that is ticked says."""
    autocomplete: str = ""
    """What a browser may fill in: "name", "email"."""


@dataclass(frozen=True)
class Entered:
    """What was entered into a form that was refused: it is shown again, with what is wrong."""

    event: str
    """Which form of the page: by the event that it is for, or an id."""
    values: Mapping[str, str]
    errors: Mapping[str, str]
    error: str = ""
    key: str | None = None
    """Kept where nobody knows whether the step was taken: sending it again is safe then."""

    def list_wrong(self, t: Texts) -> dict[str, str]:
        """What is wrong, by field; by the form where no field is to blame."""
        errors = dict(self.errors) | ({"form": self.error} if self.error else {})
        return errors or {"form": t("refusal.invalid")}

    def list_anchors(self) -> dict[str, str]:
        """Where on the page each wrong field of a step's form is, and the form itself."""
        return {name: f"{self.event}-{name}" for name in self.errors} | {"form": f"schritt-{self.event}"}


class WrongFields(Exception):
    """Fields that are missing or out of range, with the words for it."""

    def __init__(self, errors: dict[str, str]) -> None:
        self.errors = errors
        super().__init__(", ".join(errors))


def new_key() -> str:
    """A key for one rendering of a form: sent twice, it counts once."""
    return str(uuid4())


@dataclass(frozen=True)
class Undone:
    """A step that can still be taken back, and for how long."""

    what: str
    left: str
    key: str = field(default_factory=new_key)

    @classmethod
    def of(cls, t: Texts, what: str, until: datetime) -> Self:
        seconds = max(0, round((until - datetime.now(UTC)).total_seconds()))
        return cls(what, t("page.undo.left", seconds=seconds))


def tell_wrong(t: Texts, name: str) -> str:
    own = f"page.draft.wrong.{name}"
    return t(own) if t.has(own) else t(f"refusal.field.{name}")


def mask(address: str) -> str:
    """Enough for whoever has it to know it again.

    >>> mask("alma.arnold@example.org")
    'a…@example.org'
    """
    name, _, domain = address.partition("@")
    return f"{name[:1]}…@{domain}"
