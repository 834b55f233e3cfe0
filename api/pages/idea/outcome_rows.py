"""The outcomes of a story as rows of a form: what was typed, what is wrong with it, and an empty row to add one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from starlette.datastructures import FormData

from api.pages.kit.fields import Field
from api.pages.kit.forms import FormWriter, read_lines, write_choices
from models.i18n import Texts
from models.messages.story import MOST_OUTCOMES, StoryOutcome
from models.rules.days import read_day
from models.vocabulary import Evidence

NAMES = ("what", "value", "unit", "as_of", "provenance")
KINDS = {"what": "line", "value": "line", "unit": "line", "as_of": "date", "provenance": "select"}
MOST_ROWS = MOST_OUTCOMES + 8
"""More than count are told as too many, and nothing is read for ever."""


@dataclass(frozen=True)
class Typed:
    """Rows as they came from the form; `packed` is None where something is wrong with them."""

    rows: Sequence[Mapping[str, str]]
    errors: Mapping[str, str] = field(default_factory=dict)
    packed: str | None = None


def read_rows(t: Texts, sent: FormData) -> Typed | None:
    """None where the form has none."""
    if "outcomes.0.what" not in sent:
        return None
    numbers = [n for n in range(MOST_ROWS) if f"outcomes.{n}.what" in sent]
    rows = [read_lines(sent, [f"outcomes.{n}.{name}" for name in NAMES]) for n in numbers]
    told = [dict(zip(NAMES, row.values(), strict=True)) for row in rows]
    told = [row for row in told if row["what"] or row["value"]]
    errors: dict[str, str] = {}
    found = [_read(t, row, f"outcomes.{n}", errors) for n, row in enumerate(told)]
    if len(told) > MOST_OUTCOMES:
        errors["outcomes.0.what"] = t("story.wrong.many", most=MOST_OUTCOMES)
    return Typed(told, errors, None if errors else json.dumps(found) if found else "")


def write_rows(
    t: Texts, rows: Sequence[Mapping[str, str]], errors: Mapping[str, str], today: date
) -> list[list[Field]]:
    """Each as its fields, and an empty one behind."""
    empty = {"as_of": today.isoformat(), "provenance": str(Evidence.SELF_REPORTED)}
    return [_write(t, n, row, errors) for n, row in enumerate([*rows, empty][:MOST_OUTCOMES])]


def shown_rows(t: Texts, outcomes: Sequence[StoryOutcome]) -> list[dict[str, str]]:
    return [one.model_dump(mode="json") | {"value": t.number(one.value)} for one in outcomes]


def _read(t: Texts, row: Mapping[str, str], at: str, errors: dict[str, str]) -> dict[str, str]:
    value, day = t.read_number(row["value"]), read_day(row["as_of"])
    known = row["provenance"] if row["provenance"] in list(Evidence) else str(Evidence.SELF_REPORTED)
    if not row["what"] or len(row["what"]) > 300 or len(row["unit"]) > 300:
        errors[f"{at}.what"] = t("story.wrong.what")
    if value is None or abs(value) > 10**12:
        errors[f"{at}.value"] = t("story.wrong.value")
    if day is None:
        errors[f"{at}.as_of"] = t("story.wrong.as_of")
    if any(name.startswith(at) for name in errors):
        return {}
    assert value is not None
    assert day is not None
    told = {
        "what": row["what"],
        "value": min(value, round(value, 2), key=lambda number: len(str(number))),
        "unit": row["unit"],
        "as_of": day,
        "provenance": known,
    }
    return StoryOutcome.model_validate(told).model_dump(mode="json")


def _write(t: Texts, number: int, row: Mapping[str, str], errors: Mapping[str, str]) -> list[Field]:
    at = f"outcomes.{number}"
    form = FormWriter(t, {f"{at}.{name}": row.get(name, "") for name in NAMES}, errors)
    choices = {"provenance": write_choices(t, Evidence, "evidence")}
    return [
        form.write(f"{at}.{name}", KINDS[name], t(f"field.outcome_{name}"), choices=choices.get(name, ()))
        for name in NAMES
    ]
