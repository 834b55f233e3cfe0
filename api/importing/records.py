"""From text to records, as RFC 4180 and Excel have them, each with the lines it stands on.

Python's `csv` says neither where a record began nor in which field it broke, which is what a report needs. A broken
record costs its first line only: reading goes on with the next one.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice

from api.importing.encoding import LINE_END
from api.importing.problems import ImportImpossible, excerpt

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
SAMPLE_RECORDS = 200
SEPARATOR_LINE = re.compile(r'\Asep=([^"\r\n])(?:\r\n|\n|\r|\Z)', re.IGNORECASE)
"""Excel's own hint in the first line of a file."""


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


@dataclass(frozen=True)
class _Shapes:
    """What a field looks like under one delimiter."""

    plain: re.Pattern[str]
    quoted: re.Pattern[str]
    opening: re.Pattern[str]
    end: re.Pattern[str]

    @classmethod
    def of(cls, delimiter: str) -> "_Shapes":
        mark = re.escape(delimiter)
        blanks = "" if delimiter == " " else " *"
        return cls(
            plain=re.compile(rf"[^{mark}\r\n]*"),
            quoted=re.compile(rf'{blanks}"([^"]*(?:""[^"]*)*)"{blanks}(?={mark}|\r|\n|\Z)'),
            opening=re.compile(rf'{blanks}"'),
            end=re.compile(rf"{mark}|\r\n|\n|\r|\Z"),
        )


def split_records(text: str, delimiter: str, line: int = 1) -> Iterator[Record]:
    """The records of a text that begins on `line`. A record that cannot be read carries a fault."""
    shapes = _Shapes.of(delimiter)
    position = 0
    while position < len(text):
        record, position = _next_record(text, position, line, delimiter, shapes)
        yield record
        line = record.last_line + 1


def _next_record(text: str, start: int, line: int, delimiter: str, shapes: _Shapes) -> tuple[Record, int]:
    fields: list[str] = []
    position, lines = start, 0
    while True:
        if match := shapes.quoted.match(text, position):
            value = match.group(1)
            lines += len(LINE_END.findall(value))
            fields.append(value.replace('""', '"'))
        elif shapes.opening.match(text, position):
            return _broken_record(text, start, position, line, tuple(fields), shapes)
        else:
            match = shapes.plain.match(text, position)
            assert match is not None
            fields.append(match.group())
        end = shapes.end.match(text, match.end())
        assert end is not None
        position = end.end()
        if end.group() != delimiter:
            return Record(line, line + lines, tuple(fields)), position


def _broken_record(
    text: str, start: int, opened: int, line: int, fields: tuple[str, ...], shapes: _Shapes
) -> tuple[Record, int]:
    """Give up the line on which the record began; the lines after it may be fine."""
    on_line = line + len(LINE_END.findall(text, start, opened))
    closing = re.compile(r' *"[^"]*(?:""[^"]*)*"').match(text, opened)
    if closing is None:
        fault = Fault(
            "unclosed_quote", f"line {on_line}: a quotation mark opens the field, none closes it", len(fields)
        )
    else:
        reason = f"line {on_line}: after the closing quotation mark comes more text, or one is missing before"
        fault = Fault("stray_quote", reason, len(fields))
    end = LINE_END.search(text, start)
    return Record(line, line, fields, fault), end.end() if end else len(text)


def parse_delimiter(text: str) -> str:
    """A delimiter as given on the command line: itself, or its name. Raises ImportImpossible."""
    wanted = {"\\t": "\t"}.get(text, DELIMITERS.get(text.strip().casefold(), text))
    if len(wanted) != 1 or wanted in '"\r\n\x00':
        names = ", ".join(DELIMITERS)
        raise ImportImpossible(f'--delimiter "{excerpt(text)}" is not one character. Give one, or a name: {names}.')
    return wanted


def name_delimiter(delimiter: str) -> str:
    names = {sign: name for name, sign in DELIMITERS.items()}
    return names.get(delimiter, f'"{excerpt(delimiter)}"')


def find_delimiter(text: str, columns: Collection[str]) -> str:
    """The delimiter under which the header has most of the `columns` looked for and the rows agree best with it."""

    def quality(delimiter: str) -> tuple[int, bool, float, int]:
        sample = [record for record in islice(split_records(text, delimiter), SAMPLE_RECORDS) if not record.is_blank]
        if not sample:
            return 0, True, 0.0, 0
        header = {name.strip().casefold() for name in sample[0].fields}
        found = sum(column.strip().casefold() in header for column in columns)
        width = len(sample[0].fields) + (sample[0].fault is not None)
        agree = sum(len(record.fields) == width and record.fault is None for record in sample) / len(sample)
        return found, width > 1, agree, width

    return max(DELIMITERS.values(), key=quality)


def count_line_ends(text: str) -> Counter[str]:
    names = {"\r\n": "CRLF", "\n": "LF", "\r": "CR"}
    return Counter(names[end] for end in LINE_END.findall(text))
