"""Every row checked before anything is written: the good ones become words of ideas, the others findings.

Nothing is invented. A row without a title is refused; one without a summary becomes a draft; what the region does not
know (a district, a theme, a language) is left out and said, or refused where `Choices` asks for that. What our own
export wrote is read back sign for sign.
"""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from email.utils import parseaddr
from uuid import NAMESPACE_URL, uuid5

from pydantic import ValidationError

from api.use_cases.idea_text import LONGEST_TITLE, UnfinishedWords, check_words
from api.use_cases.importing.cleaning import clean, is_sum, says_nothing
from api.use_cases.importing.csv_records import Record
from api.use_cases.importing.days import read_day
from api.use_cases.importing.encoding import LINE_END, SURROGATE
from api.use_cases.importing.mapping import SOURCE_REF, ColumnMap, parse_pairs
from api.use_cases.importing.places import RegionNames, split_themes
from api.use_cases.importing.problems import Finding, ImportImpossible, Kind, excerpt, fold_name, suggest
from api.use_cases.importing.reading import Table
from models.addresses import WrongAddress, canonical_address
from models.policy import Policy
from models.single_line import is_name
from models.spreadsheet import restore
from models.typed_text import LONGEST_TEXT, SHORTEST_TITLE, is_title, says_something

OPEN_TO_CHOICE = ("district", "themes", "language")
LONGEST_SOURCE = 80
LONGEST_REF = 200
FIRST_DAY = date(1990, 1, 1)
LONGEST_ORGANISATION = 200
WORDS = ("title", "summary", "problem", "solution", "target_group", "organisation")
"""What is read as text; the other fields hold values."""
STORIES = ("summary", "problem", "solution", "target_group")
WHOLE_NUMBER = re.compile(r"0*(\d+?)(?:[.,]0+)?")


@dataclass(frozen=True)
class Choices:
    """What the person importing decided about values that the region does not know."""

    refuse_unknown: frozenset[str] = frozenset()
    """Of `district`, `themes`, `language`."""
    theme_names: Mapping[str, str] = field(default_factory=dict)
    """Foreign theme → the region's key."""
    default_theme: str | None = None
    district_names: Mapping[str, str] = field(default_factory=dict)
    """Foreign district → the region's code."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be imported."""

    line: int
    idea_id: str
    """Of its draft as well."""
    ref: str
    words: UnfinishedWords
    organisation: str = ""
    email: str | None = None
    """The author's address in canonical form, where the file names one."""
    name: str = ""
    written_on: date | None = None
    stays_draft: bool = False
    """It was one where it comes from, or is longer than an idea may be."""

    @property
    def has_summary(self) -> bool:
        return says_something(self.words.summary)

    @property
    def complete(self) -> bool:
        return self.has_summary and not self.stays_draft


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
    names = RegionNames(policy.region, choices.district_names, choices.theme_names)
    seen: dict[str, Seen] = {}
    for record in table.rows:
        check = RowCheck(record, mapping, policy, choices, table, names)
        try:
            row = check.run(source)
            first = seen.setdefault(row.ref, Seen(row.line, check.mapped_digest(), check.raw_key()))
            if first.line != row.line:
                check.compare_with(first)
                checked.duplicates += 1
            else:
                checked.rows.append(row)
        except RowRefused as refused:
            checked.refused += 1
            check.remarks.clear()
            check.note(Kind.REFUSED, refused.code, refused.reason, refused.field, refused.value)
        checked.findings += check.remarks
    return checked


@dataclass(frozen=True)
class Seen:
    """An earlier row with the same key."""

    line: int
    digest: str
    raw_key: str


class RowCheck:
    """The check of one row; `remarks` gathers what is said about it."""

    def __init__(
        self,
        record: Record,
        mapping: ColumnMap,
        policy: Policy,
        choices: Choices,
        table: Table,
        names: RegionNames,
    ) -> None:
        self.record = record
        self.mapping = mapping
        self.region = policy.region
        self.policy = policy
        self.choices = choices
        self.table = table
        self.names = names
        self.stays_draft = False
        self.remarks: list[Finding] = []

    def run(self, source: str) -> Row:
        """Raises RowRefused."""
        self.refuse_fault()
        self.refuse_other_rows()
        ref = self.find_ref()
        language = self.names.language(self.read_value("language")) or self.region.default_language
        texts = {name: self.read_words(name, language) for name in WORDS}
        values: dict[str, object] = {name: texts[name] for name in STORIES}
        values["title"] = self.find_title(texts["title"])
        values["summary"] = self.find_summary(texts["summary"])
        values["district"] = self.find_district(self.read_value("district"))
        values["themes"] = self.find_themes(self.read_value("themes"))
        values["language"] = self.find_language(self.read_value("language"))
        self.stays_draft = self.read_value("state").casefold() == "draft"
        name, email = self.find_author(self.read_value("name"), self.read_value("email"))
        row = Row(
            self.record.line,
            idea_id_of(source, ref),
            ref,
            self.validate(values),
            self.find_organisation(texts["organisation"]),
            email,
            name,
            self.find_day(self.read_value("date")),
            self.stays_draft,
        )
        if not row.has_summary:
            reason = "no summary: becomes a draft that asks for one"
            self.note(Kind.REMARK, "no_summary", reason, "summary", texts["summary"])
        return row

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

    def refuse_other_rows(self) -> None:
        """Where files were joined, the header stands there again; many a table ends in a sum."""
        if self.table.is_ours:
            return
        title, cells = self.mapping.value(self.record, "title"), [cell for cell in self.record.fields if cell.strip()]
        if len(title) < 1000 and fold_name(title) == fold_name(self.mapping.column("title")):
            pairs = zip(self.record.fields, self.mapping.header, strict=True)
            again = sum(fold_name(cell) == fold_name(name) for cell, name in pairs if cell.strip())
            if 2 * again > len(cells):
                raise RowRefused("header_again", "the header once more, no idea", "title", title)
        if cells and is_sum(cells[0], cells[1:]):
            raise RowRefused("sum_row", "looks like a sum of the rows above, no idea", "title", cells[0])

    def read_raw(self, field: str) -> str:
        """Raises RowRefused for what no database takes."""
        raw = self.mapping.value(self.record, field)
        if SURROGATE.search(raw):
            raise RowRefused("broken_bytes", "holds bytes that are not valid in the file's encoding", field, raw)
        if "\x00" in raw:
            raise RowRefused("nul", f"holds a NUL character (the {raw.index(chr(0)) + 1}th)", field, raw)
        if not self.table.is_ours:
            return raw
        return restore(raw) if self.table.delimiter else raw

    def read_words(self, field: str, language: str) -> str:
        """What a cell says, without what is no word; all of it where our own export wrote it."""
        raw = self.read_raw(field)
        if self.table.is_ours:
            return raw
        if self.table.delimiter and _swallowed_lines(raw, self.table.delimiter, len(self.mapping.header)):
            reason = "a line inside looks like a row of its own: is a quotation mark missing?"
            self.note(Kind.REMARK, "lines_inside", reason, field, raw)
        return self.cleaned(field, raw, language)

    def read_value(self, field: str) -> str:
        """A value that is looked up; fillers are none."""
        raw = self.read_raw(field)
        if not raw or self.table.is_ours:
            return raw
        text = raw.strip() if field == "themes" and raw.lstrip().startswith("[") else self.cleaned(field, raw, "")
        is_sign = len(text) == 1 and text.isalnum()
        return "" if says_nothing(text) and not is_sign else text

    def cleaned(self, field: str, raw: str, language: str) -> str:
        cell = clean(raw, (language or self.region.default_language, *self.region.languages))
        for code, reason in cell.notes:
            self.note(Kind.REMARK, code, reason, field, raw)
        return cell.text

    def find_ref(self) -> str:
        """What tells this row from the others of its source, the same whenever the file is read."""
        if not self.mapping.key:
            return f"row:{self.mapped_digest()}"
        raw = [self.record.fields[place].strip("\ufeff \t\r\n\u00a0") for place in self.mapping.key]
        parts = [fold_number(unicodedata.normalize("NFC", part)) for part in raw]
        names = " and ".join(f'"{self.mapping.header[place]}"' for place in self.mapping.key)
        if not all(parts):
            raise RowRefused("missing_key", f"{names} must not be empty: it tells rows apart", SOURCE_REF)
        ref = parts[0] if len(parts) == 1 else "/".join(p.replace("~", "~0").replace("/", "~1") for p in parts)
        if "\x00" in ref or SURROGATE.search(ref):
            raise RowRefused("broken_key", f"{names} holds NUL or bytes that cannot be read", SOURCE_REF, ref)
        return ref if len(ref) <= LONGEST_REF else f"sha256:{hashlib.sha256(ref.encode()).hexdigest()}"

    def raw_key(self) -> str:
        return ", ".join(self.record.fields[place].strip() for place in self.mapping.key)

    def mapped_digest(self) -> str:
        """A digest of the mapped values, whatever the region makes of them."""
        values = {
            field: unicodedata.normalize("NFC", LINE_END.sub("\n", self.mapping.value(self.record, field))).strip()
            for field in self.mapping.fields
            if field != SOURCE_REF
        }
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    # -- fields --------------------------------------------------------------------------------------------------

    def find_title(self, text: str) -> str:
        title = " ".join(text.split())
        if not self.table.is_ours and says_nothing(title):
            raise RowRefused("no_title", "an idea needs a title", "title", self.mapping.value(self.record, "title"))
        return title

    def find_summary(self, text: str) -> str:
        return "" if not self.table.is_ours and says_nothing(text) else text

    def find_organisation(self, text: str) -> str:
        line = " ".join(text.split())
        if not self.table.is_ours and says_nothing(line):
            return ""
        if len(line) > LONGEST_ORGANISATION:
            self.note(Kind.REMARK, "too_long", f"more than {LONGEST_ORGANISATION} characters; left out", "organisation")
            return ""
        return line

    def find_author(self, name: str, email: str) -> tuple[str, str | None]:
        """Whose idea it is. Raises RowRefused where an address cannot be one: the idea would become another's."""
        if not email:
            if "email" in self.mapping.fields:
                self.note(Kind.REMARK, "no_address", "no address: it belongs to whoever imports", "email")
            return "", None
        called, address = parseaddr(email.removeprefix("mailto:"))
        try:
            canonical = canonical_address(address or email)
        except WrongAddress as wrong:
            raise RowRefused("wrong_address", f"{wrong}; without one it has no author", "email", email) from None
        line = " ".join((name or called).split())
        if line and not is_name(line):
            self.note(Kind.REMARK, "wrong_name", "no name of a person; left out", "name", line)
            line = ""
        return line, canonical

    def find_day(self, text: str) -> date | None:
        day = read_day(text, self.policy.zone) if text else None
        if text and day is None:
            self.note(
                Kind.REMARK,
                "unknown_date",
                "no day that can be read for sure (write 2026-11-02); left out",
                "date",
                text,
            )
        if day is not None and not FIRST_DAY <= day <= datetime.now(self.policy.zone).date():
            self.note(Kind.REMARK, "unlikely_date", "lies in the future or too far back; left out", "date", text)
            return None
        return day

    def find_district(self, text: str) -> str | None:
        if not text:
            return None
        found = self.names.district(text)
        if found is None:
            self.unknown("district", f"no district of {self.region.name}; left empty (--district-map)", text)
        return found

    def find_themes(self, text: str) -> list[str]:
        found: dict[str, None] = {}
        for name in split_themes(text, self.names.theme):
            key = self.names.theme(name)
            if key is not None:
                found[key] = None
            else:
                self.unknown("themes", "no theme of this platform; left out", name)
        if not found and self.choices.default_theme:
            found[self.choices.default_theme] = None
        return list(found)

    def find_language(self, text: str) -> str:
        default = self.region.default_language
        found = self.names.language(text) if text else default
        if found is None:
            self.unknown("language", f"not among {', '.join(self.region.languages)}; taken as {default}", text)
        return found or default

    def unknown(self, field: str, reason: str, value: str) -> None:
        """Say it, or refuse the row where that was asked for."""
        code = f"unknown_{'theme' if field == 'themes' else field}"
        if field in self.choices.refuse_unknown:
            raise RowRefused(code, reason.partition(";")[0], field, value)
        self.note(Kind.REMARK, code, reason, field, value)

    def validate(self, values: dict[str, object]) -> UnfinishedWords:
        """The words; those of a row that is too long as a draft, whole. Raises RowRefused."""
        long = self.find_long(values)
        if long:
            self.stays_draft = True
            values = {**values, **self.keep_long(values, long)}
        short = {**values, **{name: str(values[name])[:LONGEST_TEXT] for name in STORIES}}
        try:
            words = check_words(self.policy, UnfinishedWords.model_validate(short))
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]) if first["loc"] else ""
            raise RowRefused("invalid", first["msg"], name, str(values.get(name, ""))) from None
        if not is_title(words.title):
            reason = f"{len(words.title)} characters; at least {SHORTEST_TITLE}"
            raise RowRefused("too_short", reason, "title", words.title)
        return words.model_copy(update={name: str(values[name]) for name in STORIES if name in long})

    def find_long(self, values: Mapping[str, object]) -> dict[str, int]:
        limits = {"title": LONGEST_TITLE, **dict.fromkeys(STORIES, LONGEST_TEXT)}
        return {name: most for name, most in limits.items() if len(str(values[name])) > most}

    def keep_long(self, values: Mapping[str, object], long: Mapping[str, int]) -> dict[str, object]:
        """Nothing is cut away: a title goes on in the summary, and the rest stays as long as it is."""
        for name, most in long.items():
            reason = f"{len(str(values[name]))} characters; at most {most}: becomes a draft that has to be shortened"
            self.note(Kind.REMARK, "too_long", reason, name, str(values[name]))
        if "title" not in long:
            return {}
        title = str(values["title"])
        begin = title[: LONGEST_TITLE - 1].rpartition(" ")[0] or title[: LONGEST_TITLE - 1]
        whole = "\n\n".join(filter(None, (title, str(values["summary"]))))
        return {"title": f"{begin}…", "summary": whole}

    def compare_with(self, first: Seen) -> None:
        """An earlier row has the same key. Raises RowRefused where it says something else."""
        names = " and ".join(f'"{self.mapping.header[place]}"' for place in self.mapping.key)
        if first.digest == self.mapped_digest():
            self.remarks.clear()
            more = "" if names else "; if these are two ideas, name a column that tells them apart with --key"
            self.note(Kind.REMARK, "duplicate_row", f"the same as line {first.line}; imported once{more}")
            return
        if self.raw_key() != first.raw_key:
            reason = f"{self.raw_key()} and {first.raw_key} of line {first.line} are one number, but have other values"
            raise RowRefused("duplicate_key", reason, SOURCE_REF)
        reason = f"the same {names} as line {first.line}, but other values; name further columns with --key"
        raise RowRefused("duplicate_key", reason, SOURCE_REF)


def fold_number(text: str) -> str:
    """1 for 01 and for 1,0: a spreadsheet makes one of the other whenever it saves a table."""
    found = WHOLE_NUMBER.fullmatch(text)
    return found[1] if found else text


def idea_id_of(source: str, ref: str) -> str:
    """The id of an imported idea, the same in every run."""
    return str(uuid5(NAMESPACE_URL, json.dumps(["ideenweg/import", source, ref])))


def _swallowed_lines(text: str, delimiter: str, width: int) -> bool:
    """Whether a field of several lines holds as many delimiters as a row of the file."""
    return width >= 4 and text.count(delimiter) >= width - 1 and LINE_END.search(text) is not None


def parse_choices(
    policy: Policy,
    unknown: Sequence[str],
    theme_map: Iterable[str],
    default_theme: str | None,
    district_map: Iterable[str] = (),
) -> Choices:
    """The decisions of the command line. Raises ImportImpossible."""
    return Choices(
        refuse_unknown=_parse_unknown(unknown),
        theme_names={
            foreign: _theme(policy, name, "--theme-map") for foreign, name in parse_pairs("--theme-map", theme_map)
        },
        default_theme=_theme(policy, default_theme, "--default-theme") if default_theme else None,
        district_names={
            foreign: _district(policy, name) for foreign, name in parse_pairs("--district-map", district_map)
        },
    )


def _district(policy: Policy, name: str) -> str:
    code = RegionNames(policy.region).district(name)
    if code is None:
        there = [district.name for district in policy.region.districts.values()]
        raise ImportImpossible(
            f'--district-map: "{excerpt(name)}" is no district of {policy.region.name}.{suggest(name, there)} '
            f"There are {', '.join(there)}."
        )
    return code


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
