"""Every row checked before anything is written: the good ones become words of ideas, the others findings.

Nothing is invented. A row without a title is refused; one without a summary becomes a draft; what the region does not
know (a district, a theme, a language) is left out and said, or refused where `Choices` asks for that.
"""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, uuid5

from pydantic import ValidationError

from api.importing.encoding import LINE_END, SURROGATE, was_encoded_twice
from api.importing.mapping import SOURCE_REF, ColumnMap, parse_pairs
from api.importing.problems import Finding, ImportImpossible, Kind, excerpt, suggest
from api.importing.reading import Table
from api.importing.records import Record
from api.words import IdeaWords, check_words, is_complete
from models.policy import Policy

OPEN_TO_CHOICE = ("district", "themes", "language")
LONGEST_SOURCE = 80
LONGEST_REF = 200
SAYS_NOTHING = frozenset({"n/a", "na", "null", "none", "k.a.", "k. a.", "keine", "keine angabe"})
"""What tables hold where a description is missing; a value without any letter or digit counts as well."""


@dataclass(frozen=True)
class Choices:
    """What the person importing decided about values that the region does not know."""

    refuse_unknown: frozenset[str] = frozenset()
    """Of `district`, `themes`, `language`."""
    theme_names: dict[str, str] = field(default_factory=dict)
    """Foreign theme in small letters → the region's key."""
    default_theme: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be imported."""

    line: int
    idea_id: str
    ref: str
    words: IdeaWords

    @property
    def complete(self) -> bool:
        return is_complete(self.words)


@dataclass
class Checked:
    """What the check found. Every row of the file is in `rows`, refused, or a duplicate."""

    read: int
    rows: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    refused: int = 0
    duplicates: int = 0

    @property
    def drafts(self) -> int:
        return sum(not row.complete for row in self.rows)

    @property
    def remarks(self) -> int:
        return sum(finding.kind is Kind.REMARK for finding in self.findings)

    def unknown_values(self, code: str, count: int = 6) -> list[tuple[str, int]]:
        """The most frequent values behind a code, with their numbers."""
        return Counter(finding.value for finding in self.findings if finding.code == code).most_common(count)

    def by_code(self) -> list[tuple[Kind, str, int]]:
        """Kind, code and number of findings, refusals first, the frequent ones first."""
        counted = Counter((finding.kind, finding.code) for finding in self.findings)
        return sorted(
            ((kind, code, times) for (kind, code), times in counted.items()),
            key=lambda item: (item[0] is Kind.REMARK, -item[2], item[1]),
        )


class RowRefused(Exception):
    """The row is not imported."""

    def __init__(self, code: str, reason: str, field: str = "", value: str = "") -> None:
        self.code, self.reason, self.field, self.value = code, reason, field, value
        super().__init__(reason)


def check_rows(table: Table, mapping: ColumnMap, policy: Policy, source: str, choices: Choices) -> Checked:
    """Check every row. The result depends on the file, the mapping and the region only."""
    checked = Checked(read=len(table.rows))
    seen: dict[str, tuple[int, str]] = {}
    for record in table.rows:
        check = RowCheck(record, mapping, policy, choices, table.delimiter)
        try:
            row = check.run(source)
            first = seen.setdefault(row.ref, (row.line, check.mapped_digest()))
            if first[0] != row.line:
                check.compare_with(*first)
                checked.duplicates += 1
            else:
                checked.rows.append(row)
        except RowRefused as refused:
            checked.refused += 1
            check.remarks.clear()
            check.note(Kind.REFUSED, refused.code, refused.reason, refused.field, refused.value)
        checked.findings += check.remarks
    return checked


class RowCheck:
    """The check of one row; `remarks` gathers what is said about it."""

    def __init__(self, record: Record, mapping: ColumnMap, policy: Policy, choices: Choices, delimiter: str) -> None:
        self.record = record
        self.mapping = mapping
        self.region = policy.region
        self.policy = policy
        self.choices = choices
        self.delimiter = delimiter
        self.remarks: list[Finding] = []

    def run(self, source: str) -> Row:
        """Raises RowRefused."""
        self.refuse_fault()
        texts = {field: self.read(field) for field in self.mapping.fields}
        ref = self.find_ref()
        texts.pop(SOURCE_REF, None)
        values: dict[str, object] = {
            name: value for name, value in texts.items() if name not in OPEN_TO_CHOICE and name != "title"
        }
        values["title"] = " ".join(texts["title"].split())
        values["summary"] = self.find_summary(texts.get("summary", ""))
        values["district"] = self.find_district(texts.get("district", ""))
        values["themes"] = self.find_themes(texts.get("themes", ""))
        values["language"] = self.find_language(texts.get("language", ""))
        words = self.validate(values)
        if not is_complete(words):
            reason = "no summary: becomes a draft that asks for one"
            self.note(Kind.REMARK, "no_summary", reason, "summary")
        return Row(self.record.line, idea_id_of(source, ref), ref, words)

    def note(self, kind: Kind, code: str, reason: str, field: str = "", value: str = "") -> None:
        record = self.record
        column = self.mapping.column(field) or field
        if kind is Kind.REFUSED and record.fault is not None and record.fault.field < len(self.mapping.header):
            column = self.mapping.header[record.fault.field]
        last_line = record.last_line if record.last_line != record.line else None
        self.remarks.append(Finding(record.line, kind, code, reason, column, excerpt(value), last_line))

    def refuse_fault(self) -> None:
        fault = self.record.fault
        if fault is not None:
            raise RowRefused(fault.code, f"column {fault.field + 1}: {fault.reason}")

    def read(self, field: str) -> str:
        """The text of a field: one kind of line end, composed letters, nothing at its ends."""
        raw = self.mapping.value(self.record, field)
        if SURROGATE.search(raw):
            raise RowRefused("broken_bytes", "holds bytes that are not valid in the file's encoding", field, raw)
        if "\x00" in raw:
            raise RowRefused("nul", f"holds a NUL character (the {raw.index(chr(0)) + 1}th)", field, raw)
        if was_encoded_twice(raw):
            self.note(Kind.REMARK, "encoded_twice", "looks like UTF-8 that was read as cp1252 and saved", field, raw)
        if self.delimiter in raw and _swallowed_lines(raw, self.delimiter, len(self.mapping.header)):
            reason = "a line inside looks like a row of its own: is a quotation mark missing?"
            self.note(Kind.REMARK, "lines_inside", reason, field, raw)
        return unicodedata.normalize("NFC", LINE_END.sub("\n", raw)).strip()

    def find_ref(self) -> str:
        """What tells this row from the others of its source, the same whenever the file is read."""
        if not self.mapping.key:
            return f"row:{self.mapped_digest()}"
        parts = [unicodedata.normalize("NFC", self.record.fields[place].strip()) for place in self.mapping.key]
        names = " and ".join(f'"{self.mapping.header[place]}"' for place in self.mapping.key)
        if not all(parts):
            raise RowRefused("missing_key", f"{names} must not be empty: it tells rows apart", SOURCE_REF)
        ref = parts[0] if len(parts) == 1 else "/".join(p.replace("~", "~0").replace("/", "~1") for p in parts)
        if "\x00" in ref or SURROGATE.search(ref):
            raise RowRefused("broken_key", f"{names} holds NUL or bytes that cannot be read", SOURCE_REF, ref)
        return ref if len(ref) <= LONGEST_REF else f"sha256:{hashlib.sha256(ref.encode()).hexdigest()}"

    def mapped_digest(self) -> str:
        """A digest of the mapped values, whatever the region makes of them."""
        values = {
            field: unicodedata.normalize("NFC", LINE_END.sub("\n", self.mapping.value(self.record, field))).strip()
            for field in self.mapping.fields
        }
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    def find_summary(self, text: str) -> str:
        return "" if text.casefold() in SAYS_NOTHING or not re.search(r"\w", text) else text

    def find_district(self, text: str) -> str | None:
        if not text:
            return None
        found = self.region.find_district(text)
        if found is None:
            self.unknown("district", f"no district of {self.region.name}; left empty", text)
        return found

    def find_themes(self, text: str) -> list[str]:
        found: dict[str, None] = {}
        for name in split_themes(text, self.known_theme):
            key = self.known_theme(name)
            if key is None:
                self.unknown("themes", "no theme of this platform; left out", name)
            else:
                found[key] = None
        if not found and self.choices.default_theme:
            found[self.choices.default_theme] = None
        return list(found)

    def known_theme(self, name: str) -> str | None:
        return self.choices.theme_names.get(name.strip().casefold()) or self.region.find_theme(name)

    def find_language(self, text: str) -> str:
        default = self.region.default_language
        code = re.split(r"[-_]", text.casefold(), maxsplit=1)[0]
        if code in self.region.languages or not text:
            return code or default
        self.unknown("language", f"not among {', '.join(self.region.languages)}; taken as {default}", text)
        return default

    def unknown(self, field: str, reason: str, value: str) -> None:
        """Say it, or refuse the row where that was asked for."""
        code = f"unknown_{'theme' if field == 'themes' else field}"
        if field in self.choices.refuse_unknown:
            raise RowRefused(code, reason.partition(";")[0], field, value)
        self.note(Kind.REMARK, code, reason, field, value)

    def validate(self, values: dict[str, object]) -> IdeaWords:
        if not values["title"]:
            raise RowRefused("no_title", "an idea needs a title", "title")
        try:
            return check_words(self.policy, IdeaWords.model_validate(values))
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]) if first["loc"] else ""
            limits = first.get("ctx", {})
            length = len(str(values.get(name, "")))
            codes = {
                "string_too_short": ("too_short", f"{length} characters; at least {limits.get('min_length')}"),
                "string_too_long": ("too_long", f"{length} characters; at most {limits.get('max_length')}"),
            }
            code, reason = codes.get(first["type"], ("invalid", first["msg"]))
            raise RowRefused(code, reason, name, str(values.get(name, ""))) from None

    def compare_with(self, line: int, digest: str) -> None:
        """An earlier row has the same key. Raises RowRefused where it says something else."""
        names = " and ".join(f'"{self.mapping.header[place]}"' for place in self.mapping.key)
        if digest == self.mapped_digest():
            self.remarks.clear()
            self.note(Kind.REMARK, "duplicate_row", f"the same as line {line}; imported once")
            return
        reason = f"the same {names} as line {line}, but other values; name further columns with --key"
        raise RowRefused("duplicate_key", reason, SOURCE_REF)


def idea_id_of(source: str, ref: str) -> str:
    """The id of an imported idea, the same in every run."""
    return str(uuid5(NAMESPACE_URL, json.dumps(["ideenweg/import", source, ref])))


def split_themes(text: str, known: Callable[[str], object]) -> list[str]:
    """The themes named in one cell. A known name with a comma in it ("Kinder, Jugend, Familie") stays whole."""
    names = []
    for part in _pieces(text, r"[;|/\n]", known):
        names += _pieces(part, r",", known)
    return names


def _pieces(text: str, separators: str, known: Callable[[str], object]) -> list[str]:
    text = text.strip()
    if not text or known(text):
        return [text] if text else []
    return [piece.strip() for piece in re.split(separators, text) if piece.strip()]


def _swallowed_lines(text: str, delimiter: str, width: int) -> bool:
    """Whether a field of several lines holds as many delimiters as a row of the file."""
    return width >= 4 and text.count(delimiter) >= width - 1 and LINE_END.search(text) is not None


def parse_choices(
    policy: Policy, unknown: Sequence[str], theme_map: Iterable[str], default_theme: str | None
) -> Choices:
    """The decisions of the command line. Raises ImportImpossible."""
    return Choices(
        refuse_unknown=_parse_unknown(unknown),
        theme_names={
            foreign.casefold(): _theme(policy, name, "--theme-map")
            for foreign, name in parse_pairs("--theme-map", theme_map)
        },
        default_theme=_theme(policy, default_theme, "--default-theme") if default_theme else None,
    )


def _parse_unknown(given: Sequence[str]) -> frozenset[str]:
    refuse: set[str] = set()
    for text in given:
        pairs = [(name, text) for name in OPEN_TO_CHOICE] if "=" not in text else parse_pairs("--unknown", [text])
        for name, choice in pairs:
            if name not in OPEN_TO_CHOICE or choice not in ("ignore", "refuse"):
                raise ImportImpossible(
                    f'--unknown: "{excerpt(text)}" is not understood. Give refuse or ignore, for all or for one of '
                    f"{', '.join(OPEN_TO_CHOICE)}: --unknown district=refuse."
                )
            refuse = refuse | {name} if choice == "refuse" else refuse - {name}
    return frozenset(refuse)


def _theme(policy: Policy, name: str, option: str) -> str:
    key = policy.region.find_theme(name)
    if key is None:
        hint = suggest(name, [*policy.region.themes, *policy.region.themes.values()])
        raise ImportImpossible(
            f'{option}: "{excerpt(name)}" is no theme.{hint} There are {", ".join(policy.region.themes)}.'
        )
    return key


def check_source(source: str) -> str:
    """The name under which a source is remembered. Raises ImportImpossible."""
    name = unicodedata.normalize("NFC", source.strip())
    if not name or len(name) > LONGEST_SOURCE or not name.isprintable():
        raise ImportImpossible(
            f'"{excerpt(name)}" cannot be the name of a source: give --source with 1 to {LONGEST_SOURCE} '
            "printable characters, the same in every run."
        )
    return name
