"""From text to records, as RFC 4180 and Excel have them, each with the lines it stands on.

`csv` of the standard library reads them. It says neither where a record began nor in which field it broke, which is
what a report needs: both are found beside it.
"""

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from api.use_cases.importing.encoding import LINE_END
from api.use_cases.importing.problems import ImportImpossible, excerpt, fold_name

csv.field_size_limit(64 * 1024 * 1024)  # as large as a file may be: a field is told to be too long where it is checked

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
SAMPLE_RECORDS = 200
HEADER_WITHIN = 30
"""So many filled lines are looked through for the names of columns."""
SEPARATOR_LINE = re.compile(r'\A"?sep=([^"\r\n])"?(?:\r\n|\n|\r|\Z)', re.IGNORECASE)
"""Excel's own hint in the first line of a file."""
LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")
UNQUOTED = "Where quotation marks are only text: --quote none; where a backslash stands before them: --quote backslash"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a record. `field` counts from 0."""

    code: str
    reason: str
    field: int


@dataclass(frozen=True, slots=True)
class Record:
    """The fields between two line ends outside quotes."""

    line: int
    last_line: int
    fields: tuple[str, ...]
    fault: Fault | None = None

    @property
    def is_blank(self) -> bool:
        return self.fault is None and not any(field.strip() for field in self.fields)


class Quoting(StrEnum):
    """How a file writes a field that holds a delimiter."""

    DOUBLE = "double"
    """In quotation marks, those inside it twice: RFC 4180, Excel."""
    BACKSLASH = "backslash"
    """In quotation marks, those inside it behind a backslash: MySQL."""
    NONE = "none"
    """Not at all: a quotation mark is a sign like any other."""


@dataclass(frozen=True)
class Dialect:
    """How the fields of a file are told apart."""

    delimiter: str
    quoting: Quoting = Quoting.DOUBLE
    skips_blanks: bool = False
    """Whether blanks stand between a delimiter and a quotation mark."""

    def read(self, lines: Iterable[str], *, strict: bool = True) -> Any:
        """A reader of the standard library."""
        quoted = self.quoting is not Quoting.NONE
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
            doublequote=self.quoting is Quoting.DOUBLE,
            escapechar="\\" if self.quoting is Quoting.BACKSLASH else None,
            skipinitialspace=self.skips_blanks,
            strict=strict,
        )


def split_lines(text: str) -> list[str]:
    """The lines with their ends, as editors count them: CRLF, LF and CR end one, and nothing else does."""
    return LINE.findall(text)


def split_records(lines: Sequence[str], dialect: Dialect, line: int = 1) -> Iterator[Record]:
    """The records of lines of which the first has the number `line`. One that cannot be read carries a fault, and
    costs its first line only."""
    start = 0
    while start < len(lines):
        reader = dialect.read(islice_of(lines, start))
        begin = start
        try:
            for fields in reader:
                end = start + reader.line_num
                yield Record(line + begin, line + end - 1, tuple(fields))
                begin = end
            return
        except csv.Error:
            yield _broken_record(lines, dialect, begin, start + reader.line_num, line)
            start = begin + 1


def islice_of(lines: Sequence[str], start: int) -> Iterator[str]:
    """The lines from one on, without a copy of them."""
    return (lines[place] for place in range(start, len(lines)))


def _broken_record(lines: Sequence[str], dialect: Dialect, begin: int, end: int, line: int) -> Record:
    """Python's `csv` does not say where it broke: in the last field of the longest beginning that can be read."""
    text = "".join(lines[begin:end])
    good, bad = 0, len(text)
    is_closed = _breaks(text, dialect)
    while is_closed and bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (good, middle) if _breaks(text[:middle], dialect) else (middle, bad)
    read = text[: good if is_closed else bad]
    fields = next(dialect.read(split_lines(read), strict=False), [""])
    on_line = line + begin + len(LINE_END.findall(read))
    if is_closed:
        reason = f"line {on_line}: after the closing quotation mark comes more text, or one is missing before"
        fault = Fault("stray_quote", f"{reason}. {UNQUOTED}", len(fields) - 1)
    else:
        on_line -= len(LINE_END.findall(fields[-1]))
        reason = f"line {on_line}: a quotation mark opens the field, none closes it"
        fault = Fault("unclosed_quote", f"{reason}. {UNQUOTED}", len(fields) - 1)
    return Record(line + begin, line + begin, tuple(fields[:-1]), fault)


def _breaks(text: str, dialect: Dialect) -> bool:
    """Whether more text follows a closing quotation mark; that the end is missing is no break."""
    try:
        next(dialect.read(split_lines(text)), None)
    except csv.Error as error:
        return "expected after" in str(error)
    return False


def parse_delimiter(text: str) -> str:
    """A delimiter as given on the command line: itself, or its name. Raises ImportImpossible."""
    wanted = {"\\t": "\t"}.get(text, DELIMITERS.get(text.strip().casefold(), text))
    if len(wanted) != 1 or wanted in '"\r\n\x00':
        names = ", ".join(DELIMITERS)
        raise ImportImpossible(f'--delimiter "{excerpt(text)}" is not one character. Give one, or a name: {names}.')
    return wanted


def parse_quoting(text: str) -> Quoting:
    """Raises ImportImpossible."""
    try:
        return Quoting(text)
    except ValueError:
        raise ImportImpossible(f'--quote "{excerpt(text)}" is none of {", ".join(Quoting)}.') from None


def name_delimiter(delimiter: str) -> str:
    names = {sign: name for name, sign in DELIMITERS.items()}
    return names.get(delimiter, f'"{excerpt(delimiter)}"')


def find_delimiter(lines: Sequence[str], columns: Collection[str], quoting: Quoting = Quoting.DOUBLE) -> str:
    """The delimiter under which a line has most of the `columns` looked for and the rows agree best with it."""
    wanted = {fold_name(column) for column in columns}

    def quality(delimiter: str) -> tuple[int, bool, float, int]:
        records = split_records(lines[: SAMPLE_RECORDS * 5], Dialect(delimiter, quoting))
        sample = [record for record in records if not record.is_blank][:SAMPLE_RECORDS]
        if not sample:
            return 0, True, 0.0, 0
        place = find_header(sample, wanted)
        width = len(sample[place].fields) + (sample[place].fault is not None)
        below = sample[place:]
        agree = sum(len(record.fields) == width and record.fault is None for record in below) / len(below)
        return count_names(sample[place], wanted), width > 1, agree, width

    return max(DELIMITERS.values(), key=quality)


def find_header(filled: Sequence[Record], wanted: Collection[str]) -> int:
    """The place of the record that has most of the folded names; the first one where none has any."""
    head = filled[:HEADER_WITHIN]
    return max(range(len(head)), key=lambda place: (count_names(head[place], wanted), -place), default=0)


def count_names(record: Record, wanted: Collection[str]) -> int:
    return len({fold_name(field) for field in record.fields} & set(wanted))


def count_line_ends(lines: Sequence[str], records: Iterable[Record], first_line: int) -> Counter[str]:
    """The ends of records: those inside a field are part of its text."""
    names = {"\r\n": "CRLF", "\n": "LF", "\r": "CR"}
    ends = (LINE_END.search(lines[record.last_line - first_line]) for record in records)
    return Counter(names[end.group()] for end in ends if end is not None)
