"""The sections of a campaign package as forms: what is asked, what was entered, and what is wrong with it.

A field is named by its path in the package (`rewards.2.price_cents`), so that a finding of the readiness check and an
error of the form both find it. Rows are added by filling in the empty one at the end, and removed by a tick.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from babel.numbers import format_decimal
from pydantic import ValidationError
from starlette.datastructures import FormData

from api.pages.kit.fields import Choice, Field
from models.i18n import Texts
from models.messages.package import (
    ANSWERS,
    FIELDS,
    Finding,
    FundingMode,
    Package,
    PlatformPlan,
    Section,
    Severity,
)
from models.policy import CrowdfundingRules
from models.rules.days import read_day
from models.rules.money import read_euros, write_amount, write_euros
from models.rules.readiness import seat_name
from models.typed_text import clean

SLUGS = {
    Section.ELIGIBILITY: "voraussetzungen",
    Section.STORY: "geschichte",
    Section.MONEY: "geld",
    Section.REWARDS: "dankeschoens",
    Section.MEDIA: "bilder",
    Section.TEAM: "team",
    Section.IMPACT: "wirkung",
    Section.PLAN: "planung",
}
"""How a section is called in the address of its page."""

SECTIONS = {slug: section for section, slug in SLUGS.items()}

KINDS = {
    **{f"eligibility.{name}": "radio" for name in ANSWERS},
    "eligibility.country": "select",
    "title": "line",
    "subtitle": "line",
    "summary": "text",
    **dict.fromkeys(("about", "goals", "why", "use_of_money", "people"), "text"),
    "start_level_cents": "money",
    "mode": "radio",
    "plan": "radio",
    "duration_days": "number",
    "start_on": "date",
    "video_url": "line",
    "legal_form": "line",
    "sdgs": "checks",
    **dict.fromkeys(("output", "outcome", "impact", "communication_plan", "risks"), "text"),
}
"""Field → kind of its input."""

ROWS = {
    "rewards": {"title": "line", "text": "text", "price_cents": "money", "limit": "number", "needs_address": "check"},
    "budget": {"label": "line", "cents": "money"},
    "images": {"alt": "line", "credit": "line", "rights_confirmed": "check"},
    "team": {"name": "line", "part": "line"},
}
"""List → the fields of one row, with their kinds."""

OPTIONAL = frozenset({"video_url", "rewards.limit", "rewards.needs_address", "team.part"})
"""What a package may do without."""

YES, NO = "yes", "no"
LONGEST_LINE = 300
MOST_ROWS = 60
"""More rows than any list of a package takes; what is beyond is told as too many, and nothing is read for ever."""

_ROW = re.compile(r"(\w+)\.([0-9]{1,3})\.(\w+)")


@dataclass(frozen=True)
class Row:
    """One row of a list. `id` is an image's."""

    name: str
    number: int
    fields: tuple[Field, ...]
    is_new: bool = False
    id: str = ""


@dataclass(frozen=True)
class Rows:
    """A list of the package: its rows, and an empty one to add another."""

    name: str
    legend: str
    help: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Filled:
    """A section as it came from its form. `package` is None where something is wrong."""

    values: Mapping[str, str]
    package: Package | None
    errors: dict[str, str] = field(default_factory=dict)
    chosen: tuple[str, ...] = ()
    """The goals that were ticked."""


def anchor_of(path: str) -> str:
    """The id of a field on its page."""
    return "feld-" + path.replace(".", "-")


# -- what is shown -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SectionWriter:
    """Writes the form of one section, filled with the package or with what was entered."""

    t: Texts
    rules: CrowdfundingRules
    today: date
    package: Package
    findings: tuple[Finding, ...] = ()
    filled: Filled | None = None

    def write(self, section: Section) -> list[Field | Rows]:
        return list(self._write(section))

    def _write(self, section: Section) -> Iterator[Field | Rows]:
        for name in FIELDS[section]:
            if name == "eligibility":
                for part in ("country", *ANSWERS):
                    yield self._field(f"eligibility.{part}", KINDS[f"eligibility.{part}"])
            elif name in ROWS:
                yield self._rows(name)
            else:
                yield self._field(name, KINDS[name])

    def _field(self, path: str, kind: str, key: str = "") -> Field:
        """`key` names the words of a field in a row, which are the same in all rows."""
        t, key = self.t, key or path
        return Field(
            name=path,
            kind=kind,
            label=t(f"package.ask.{key}") if t.has(f"package.ask.{key}") else t(f"package.field.{key}"),
            help=self._help(key),
            required=key not in OPTIONAL,
            choices=self._choices(path),
            value=self._value(path),
            error=self._error(path),
            longest=LONGEST_LINE,
            notes=self._notes(path),
            chosen=self._chosen(path),
        )

    def _rows(self, name: str) -> Rows:
        t, numbers = self.t, list(self._numbers(name))
        rows = [self._row(name, number) for number in numbers]
        if name != "images":
            rows.append(self._row(name, max(numbers, default=-1) + 1, is_new=True))
        legend = t(f"package.ask.{name}") if t.has(f"package.ask.{name}") else t(f"package.field.{name}")
        return Rows(name, legend, self._help(name), tuple(rows), self._notes(name), self._error(name))

    def _row(self, name: str, number: int, *, is_new: bool = False) -> Row:
        kinds = ROWS[name]
        fields = tuple(self._field(f"{name}.{number}.{part}", kinds[part], f"{name}.{part}") for part in kinds)
        return Row(name, number, fields, is_new, self._value(f"{name}.{number}.id") if name == "images" else "")

    def _help(self, key: str) -> str:
        help_ = f"package.help.{key}"
        return self.t(help_, **self._limits(key)) if self.t.has(help_) else ""

    def _numbers(self, name: str) -> Iterator[int]:
        if self.filled is None:
            yield from range(len(getattr(self.package, name)))
        else:
            yield from (number for number in numbers_of(self.filled.values, name) if not _is_blank(self, name, number))

    def _value(self, path: str) -> str:
        if self.filled is not None:
            return self.filled.values.get(path, "")
        found: Any = self.package
        for part in path.split("."):
            if isinstance(found, list):
                if int(part) >= len(found):
                    return ""
                found = found[int(part)]
            else:
                found = getattr(found, part)
        return self._show(path, found)

    def _show(self, path: str, value: object) -> str:
        name = path.rpartition(".")[2]
        if isinstance(value, bool):
            return (YES if value else NO) if path.startswith("eligibility.") else YES if value else ""
        if isinstance(value, int) and name.endswith("cents"):
            return write_amount(value, self.t.language) if value or name == "start_level_cents" else ""
        return "" if value is None or isinstance(value, list) else str(value)

    def _chosen(self, path: str) -> tuple[str, ...]:
        if path != "sdgs":
            return ()
        return self.filled.chosen if self.filled is not None else tuple(map(str, self.package.sdgs))

    def _error(self, path: str) -> str:
        return self.filled.errors.get(path, "") if self.filled is not None else ""

    def _notes(self, path: str) -> tuple[str, ...]:
        """What the readiness check says of a field. Of what was just entered and not taken it knows nothing yet."""
        if self.filled is not None:
            return ()
        return tuple(words_of(finding, self.t) for finding in self.findings if finding.field == path)

    def _choices(self, path: str) -> tuple[Choice, ...]:
        t, rules = self.t, self.rules
        if path.startswith("eligibility.") and path != "eligibility.country":
            return tuple(Choice(value, t(f"package.ask.{value}")) for value in (YES, NO))
        match path:
            case "eligibility.country":
                return tuple(Choice(code, seat_name(code, t)) for code in rules.seats.on(self.today).value)
            case "mode":
                return tuple(Choice(m, t(f"package.mode.{m}"), t(f"package.mode.{m}.about")) for m in FundingMode)
            case "plan":
                return tuple(Choice(plan, t(f"package.plan.{plan}"), self._fee(plan)) for plan in PlatformPlan)
            case "sdgs":
                return tuple(Choice(str(n), t(f"package.sdg.{n}")) for n in range(1, 18))
        return ()

    def _fee(self, plan: PlatformPlan) -> str:
        basis_points = self.rules.fees[plan].on(self.today).value
        return self.t("package.plan.fee", percent=format_decimal(basis_points / 100, locale=self.t.language))

    def _limits(self, key: str) -> dict[str, object]:
        """The numbers that a help text names."""
        rules, today = self.rules, self.today
        match key:
            case "title":
                return {"count": rules.title_length.on(today).value}
            case "subtitle":
                return {"count": rules.subtitle_length.on(today).value}
            case "summary":
                least, most = rules.summary_sentences.on(today).value
                return {"least": least, "count": most}
            case "start_level_cents":
                return {"least": write_euros(rules.least_level_cents.on(today).value, self.t.language)}
            case "duration_days":
                return {"most": rules.longest_days.on(today).value, "usual": rules.usual_days.on(today).value}
            case "video_url":
                return {"count": rules.video_minutes.on(today).value}
        return {}


def words_of(finding: Finding, t: Texts) -> str:
    """What to do, in the reader's language."""
    return finding.texts.get(t.language) or next(iter(finding.texts.values()))


def blockers(findings: Iterable[Finding], section: Section) -> int:
    """How much a section still needs."""
    return sum(one.section is section and one.severity is Severity.BLOCKER for one in findings)


# -- what was entered --------------------------------------------------------------------------------------------


def read_section(sent: FormData, section: Section, package: Package, t: Texts) -> Filled:
    """The package with one section as it was entered; what is wrong is told beside its field, and nothing is lost."""
    values = {name: clean(value) for name, value in sent.items() if isinstance(value, str)}
    chosen = tuple(value for value in sent.getlist("sdgs") if isinstance(value, str))
    return _SectionReader(t, values, chosen, package).read(section)


class _SectionReader:
    """Reads one section."""

    def __init__(self, t: Texts, values: dict[str, str], chosen: tuple[str, ...], package: Package) -> None:
        self.t = t
        self.values = values
        self.chosen = chosen
        self.package = package
        self.errors: dict[str, str] = {}
        self.numbers: dict[str, list[int]] = {}
        """List → the number that each of its rows had in the form."""

    def read(self, section: Section) -> Filled:
        changes = {name: self._read(name) for name in FIELDS[section]}
        package = None
        if not self.errors:
            package = self._check(changes)
        return Filled(self.values, package, self.errors, self.chosen)

    def _check(self, changes: dict[str, Any]) -> Package | None:
        try:
            return Package.model_validate(self.package.model_dump() | changes)
        except ValidationError as wrong:
            for item in wrong.errors(include_input=False, include_url=False):
                self.errors.setdefault(self._path_of(item["loc"]), self._word_for(item["type"]))
            return None

    def _read(self, name: str) -> Any:
        if name == "eligibility":
            answers = {part: self._convert(f"eligibility.{part}", "answer") for part in ANSWERS}
            return {**answers, "country": self.values.get("eligibility.country", "")}
        if name == "sdgs":
            return sorted({int(value) for value in self.chosen if value.isdecimal() and len(value) < 3})
        if name == "images":
            return self._read_images()
        if name in ROWS:
            return self._read_rows(name)
        value = self._convert(name, KINDS[name])
        return getattr(self.package, name) if value is None and name in ("mode", "plan") else value

    def _read_rows(self, name: str) -> list[dict[str, Any]]:
        found = []
        for number in numbers_of(self.values, name):
            path = f"{name}.{number}"
            if f"{path}.remove" in self.values or _is_blank(self, name, number):
                continue
            row = {part: self._convert(f"{path}.{part}", kind) for part, kind in ROWS[name].items()}
            found.append({part: value for part, value in row.items() if value is not None})
            self.numbers.setdefault(name, []).append(number)
        return found

    def _read_images(self) -> list[dict[str, Any]]:
        """Images are told by their ids: one that was uploaded meanwhile stays, one that is gone stays gone."""
        entered = {self.values.get(f"images.{number}.id"): number for number in numbers_of(self.values, "images")}
        found = []
        for image in self.package.images:
            number = entered.get(image.id)
            row = image.model_dump()
            if number is not None:
                path = f"images.{number}"
                if f"{path}.remove" in self.values:
                    continue
                row |= {part: self._convert(f"{path}.{part}", kind) for part, kind in ROWS["images"].items()}
            found.append(row)
            self.numbers.setdefault("images", []).append(-1 if number is None else number)
        return found

    def _convert(self, path: str, kind: str) -> Any:
        """The value of one input; None where it is empty. What cannot be read becomes an error."""
        text = self.values.get(path, "")
        value: Any = text
        match kind:
            case "answer":
                value = {YES: True, NO: False}.get(text)
            case "check":
                value = bool(text)
            case "radio" | "select":
                value = text or None
            case "money":
                value = read_euros(text, self.t.language) if text else None
            case "number":
                value = int(text) if text.isdecimal() and len(text) < 10 else None
            case "date":
                value = read_day(text)
        if text and value is None and kind not in ("answer",):
            self.errors[path] = self.t(f"package.wrong.{kind}")
        return value

    def _path_of(self, loc: tuple[int | str, ...]) -> str:
        """Where a value came from in the form: removed and empty rows do not count in the package."""
        name, *rest = loc
        if rest and isinstance(rest[0], int) and name in self.numbers:
            rest[0] = self.numbers[str(name)][rest[0]]
        return ".".join(str(part) for part in (name, *rest))

    def _word_for(self, kind: str) -> str:
        if kind == "string_too_long":
            return self.t("page.too_long")
        return self.t("package.wrong.rows" if kind == "too_long" else "package.wrong.value")


def numbers_of(values: Mapping[str, str], name: str) -> list[int]:
    """The numbers of the rows that a form has sent, in their order."""
    found = (_ROW.fullmatch(key) for key in values)
    return sorted({int(match[2]) for match in found if match and match[1] == name})[:MOST_ROWS]


def _is_blank(of: "SectionWriter | _SectionReader", name: str, number: int) -> bool:
    """Whether nobody has written anything into a row."""
    values = of.values if isinstance(of, _SectionReader) else of.filled.values if of.filled else {}
    return name != "images" and not any(values.get(f"{name}.{number}.{part}") for part in ROWS[name])
