"""An address that looks like a slip is asked back about, with both spellings to choose from. We change none."""

from typing import Any, NamedTuple

from starlette.datastructures import FormData

from api.pages.kit.fields import Choice, Field
from models.address_typos import suggest_address
from models.addresses import is_address
from models.i18n import Texts

MEANT = "gemeint"
"""The field of the question. Its answer counts only for the address that it was asked about."""


class Given(NamedTuple):
    """The address that somebody has given. `is_open`: they have still to say which one they mean."""

    email: str
    is_open: bool = False


def read_address(form: FormData, name: str = "email") -> Given:
    typed, chosen = _text(form.get(name)), _text(form.get(MEANT))
    meant = suggest_address(typed)
    if meant is None or (chosen == typed and is_address(typed)):
        return Given(typed)
    return Given(meant) if chosen == meant else Given(typed, is_open=True)


def ask_back(t: Texts, typed: str) -> Field:
    """The question which of two addresses is right, or whether the only possible one is."""
    meant = suggest_address(typed) or ""
    choices = [Choice(meant, meant)]
    if is_address(typed):
        choices.append(Choice(typed, typed, t("page.near_miss.as_typed")))
    question = t("page.near_miss", address=meant)
    return Field(MEANT, "radio", question, t("page.near_miss.help"), True, tuple(choices), error=tell_open(t))


def tell_open(t: Texts) -> str:
    return t("page.near_miss.choose")


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
