"""A file as a table: header, rows with their lines, and what somebody should know about the file as a whole."""

import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from api.use_cases.export import is_our_header
from api.use_cases.importing.csv_records import (
    SEPARATOR_LINE,
    Dialect,
    Fault,
    Quoting,
    Record,
    count_line_ends,
    find_delimiter,
    find_header,
    name_delimiter,
    parse_delimiter,
    split_lines,
    split_records,
)
from api.use_cases.importing.encoding import decode
from api.use_cases.importing.file_kind import FileKind, find_kind
from api.use_cases.importing.json_rows import read_objects
from api.use_cases.importing.problems import TYPOGRAPHIC_QUOTES, ImportImpossible, Remark, excerpt, fold_name
from api.use_cases.importing.workbooks import read_workbook
from models.rules.file_limits import MOST_BYTES_IN_MEMORY

NO_HEADER = 0
"""As the header's line: there is none, and columns are called #1, #2, …"""
IN_TYPOGRAPHIC_QUOTES = re.compile(f"\\A[{TYPOGRAPHIC_QUOTES}].*[{TYPOGRAPHIC_QUOTES}]\\Z", re.DOTALL)


@dataclass(frozen=True)
class Reading:
    """How a file is to be read. What is not given is found out, with the `columns` looked for as a help."""

    delimiter: str | None = None
    encoding: str | None = None
    quoting: Quoting = Quoting.DOUBLE
    header_line: int | None = None
    sheet: str | None = None
    columns: Collection[str] = ()


AS_FOUND = Reading()


@dataclass(frozen=True)
class Table:
    """What was read. Every row has as many fields as the header, or a fault."""

    encoding: str
    """Empty where a file has none of its own: a workbook."""
    delimiter: str
    """Empty where there is none: a workbook, JSON."""
    header: tuple[str, ...]
    header_line: int
    rows: tuple[Record, ...]
    blank: int = 0
    """Empty lines, which are skipped."""
    remarks: tuple[Remark, ...] = ()
    guesses: tuple[str, ...] = ()
    """Encodings that it might have, where that is a guess. Nothing is written from it then."""
    named_in: int | None = None
    """A later line that has the columns looked for, where the header has none of them."""

    @property
    def is_ours(self) -> bool:
        """Whether our own export wrote it: then every sign is as it was."""
        return is_our_header(self.header)

    @property
    def form(self) -> str:
        """What it is, for people."""
        if self.delimiter:
            return f"{self.encoding}, {name_delimiter(self.delimiter)}"
        return self.encoding or "workbook"


@dataclass(frozen=True)
class _Split:
    """The records of a file, before one of them is taken for the header."""

    records: Sequence[Record]
    encoding: str = ""
    delimiter: str = ""
    remarks: tuple[Remark, ...] = ()
    guesses: tuple[str, ...] = ()


def read_table(path: Path, how: Reading = AS_FOUND) -> Table:
    """Read a file. Raises ImportImpossible."""
    return parse_table(read_bytes(path), how)


def parse_table(data: bytes, how: Reading = AS_FOUND) -> Table:
    """The table in the bytes of a file. Raises ImportImpossible."""
    kind = find_kind(data)
    if kind is FileKind.WORKBOOK:
        records, notes = read_workbook(data, how.sheet)
        return _make_table(_Split(records, remarks=tuple(notes)), how)
    if how.sheet is not None:
        raise ImportImpossible("--sheet is for workbooks; this file is none.", "no_workbook")
    decoded = decode(data, how.encoding)
    if not decoded.text.strip("\ufeff \t\r\n\x00"):
        raise ImportImpossible("The file is empty.", "empty")
    found = _Split((), decoded.encoding, "", decoded.remarks, decoded.guesses)
    if kind is FileKind.JSON:
        return _make_table(replace(found, records=read_objects(decoded.text)), replace(how, header_line=None))
    return _make_table(_split_text(found, decoded.text, how), how)


def _split_text(found: _Split, text: str, how: Reading) -> _Split:
    first_line, hint = 1, SEPARATOR_LINE.match(text)
    if hint:
        text, first_line = text[hint.end() :], 2
    lines = split_lines(text)
    if how.delimiter is not None:
        sign = parse_delimiter(how.delimiter)
    else:
        sign = hint.group(1) if hint else find_delimiter(lines, how.columns, how.quoting)
    dialect = Dialect(sign, how.quoting, _blanks_before_quotes(lines, sign))
    records = list(split_records(lines, dialect, first_line))
    remarks = (*found.remarks, *_line_end_remarks(lines, records, first_line))
    return replace(found, records=records, delimiter=sign, remarks=remarks)


def _blanks_before_quotes(lines: Sequence[str], delimiter: str) -> bool:
    """Some write a blank behind each delimiter; then it is no part of the value."""
    first = next((line for line in lines if line.strip()), "")
    return delimiter != " " and re.search(rf'{re.escape(delimiter)} +"', first) is not None


def _make_table(found: _Split, how: Reading) -> Table:
    filled = [record for record in found.records if not record.is_blank]
    if not filled:
        raise ImportImpossible("The file holds nothing but empty lines and delimiters.", "empty")
    blank = len(found.records) - len(filled)
    if how.header_line == NO_HEADER:
        width = max(len(record.fields) for record in filled)
        names = tuple(f"#{place}" for place in range(1, width + 1))
        rows = tuple(_fit(record, names) for record in filled)
        return Table(found.encoding, found.delimiter, names, 0, rows, blank, found.remarks, found.guesses)
    place = _place_of_header(filled, how.header_line)
    header = filled[place]
    names = _check_header(header, found.delimiter)
    rows = tuple(_fit(record, names) for record in filled[place + 1 :])
    if not rows:
        raise ImportImpossible(f"The file has a header (line {header.line}) but no rows.", "no_rows")
    above = _above_remarks(filled[place - 1].last_line) if place else []
    remarks = (*found.remarks, *above, *_header_remarks(names))
    named_in = _find_names(filled, place, how.columns)
    return Table(found.encoding, found.delimiter, names, header.line, rows, blank, remarks, found.guesses, named_in)


def _place_of_header(filled: Sequence[Record], line: int | None) -> int:
    if line is None:
        return 0
    for place, record in enumerate(filled):
        if record.line <= line <= record.last_line:
            return place
    raise ImportImpossible(f"--header-line {line}: there is nothing in this line.", "header_line", line=line)


def _find_names(filled: Sequence[Record], header: int, columns: Collection[str]) -> int | None:
    wanted = {fold_name(column) for column in columns}
    place = find_header(filled, wanted)
    return filled[place].line if place > header else None


def read_bytes(path: Path) -> bytes:
    """The whole file. Raises ImportImpossible."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise ImportImpossible(f"{path} is a folder. Name one file.")
        if not stat.S_ISREG(found.st_mode):
            raise ImportImpossible(f"{path} is no ordinary file. Save the table to a file first.")
        if found.st_size > MOST_BYTES_IN_MEMORY:
            raise ImportImpossible(
                f"{path} has {found.st_size // 1024**2} MB; at most {MOST_BYTES_IN_MEMORY // 1024**2} MB are read "
                "at once. Split it and give all parts the same --source."
            )
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise ImportImpossible(f"{path} does not exist.") from None
    except PermissionError:
        raise ImportImpossible(f"{path} may not be read by this user.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ImportImpossible(f"{path} cannot be read: {reason}.") from None


def _check_header(header: Record, delimiter: str) -> tuple[str, ...]:
    if header.fault is not None:
        raise ImportImpossible(
            f"The header in line {header.line} cannot be read, in column {header.fault.field + 1}: "
            f"{header.fault.reason} (delimiter: {name_delimiter(delimiter)}).",
            "header",
            line=header.line,
            column=header.fault.field + 1,
        )
    names = [unicodedata.normalize("NFC", name.strip("\ufeff \t\r\n\u00a0")) for name in header.fields]
    while names and not names[-1]:  # Excel leaves delimiters behind deleted columns
        names.pop()
    return tuple(names)


def _fit(record: Record, names: tuple[str, ...]) -> Record:
    """Surplus empty fields at the end are dropped; any other difference from the header is a fault."""
    if record.fault is not None:
        return record
    width, count = len(names), len(record.fields)
    if count == width:
        return record
    if count < width:
        reason = f'{count} fields instead of {width}: "{excerpt(names[count], 40)}" and what follows is missing'
        return replace(record, fault=Fault("too_few_fields", reason, count))
    surplus = [index for index in range(width, count) if record.fields[index].strip()]
    if not surplus:
        return replace(record, fields=record.fields[:width])
    reason = f"{count} fields instead of {width}; is a value with the delimiter in it not quoted?"
    return replace(record, fault=Fault("too_many_fields", reason, surplus[0]))


def _above_remarks(last: int) -> list[Remark]:
    return [Remark.of("above", f"What stands above the header (to line {last}) is not read.", line=last)]


def _header_remarks(names: tuple[str, ...]) -> list[Remark]:
    remarks = []
    places = [index + 1 for index, name in enumerate(names) if not name]
    if places:
        which = ", ".join(map(str, places))
        told = f"Column(s) {which} have no name in the header; a number maps one: title=#{places[0]}."
        remarks.append(Remark.of("no_name", told, columns=which))
    for name, times in Counter(filter(None, names)).items():
        if times > 1:
            where = ", ".join(str(index + 1) for index, other in enumerate(names) if other == name)
            told = f'The header has "{excerpt(name)}" {times} times (columns {where}); a number maps one: '
            told += f"title=#{names.index(name) + 1}."
            remarks.append(Remark.of("same_name", told, name=excerpt(name), columns=where))
    if names and all(IN_TYPOGRAPHIC_QUOTES.match(name) for name in names if name):
        told = (
            "The quotation marks are typographic („…“), so they hold nothing together: a delimiter within them parts "
            "a value, and they stay in the text. Replace them by straight ones where that matters."
        )
        remarks.append(Remark.of("typographic", told))
    return remarks


def _line_end_remarks(lines: Sequence[str], records: Sequence[Record], first_line: int) -> list[Remark]:
    ends = count_line_ends(lines, records, first_line)
    if len(ends) < 2:
        return []
    counted = ", ".join(f"{times} × {name}" for name, times in ends.most_common())
    told = f"Line ends are mixed: {counted}. Each is taken as the end of a line."
    return [Remark.of("mixed_ends", told, counted=counted)]
