"""A file as a table: header, rows with their lines, and what somebody should know about the file as a whole."""

import stat
import unicodedata
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from api.importing.encoding import decode
from api.importing.problems import ImportImpossible, excerpt
from api.importing.records import (
    SEPARATOR_LINE,
    Fault,
    Record,
    count_line_ends,
    find_delimiter,
    name_delimiter,
    parse_delimiter,
    split_records,
)

LARGEST_FILE = 50 * 1024 * 1024
"""The table is held in memory. More than this is better imported in parts."""


@dataclass(frozen=True)
class Table:
    """What was read. Every row has as many fields as the header, or a fault."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_line: int
    rows: tuple[Record, ...]
    blank: int = 0
    """Empty lines, which are skipped."""
    remarks: tuple[str, ...] = ()


def read_table(
    path: Path, *, delimiter: str | None = None, encoding: str | None = None, columns: Collection[str] = ()
) -> Table:
    """Read a CSV file; what is not given is detected, with the `columns` looked for as a help.

    Raises ImportImpossible.
    """
    return parse_table(read_bytes(path), delimiter=delimiter, encoding=encoding, columns=columns)


def parse_table(
    data: bytes, *, delimiter: str | None = None, encoding: str | None = None, columns: Collection[str] = ()
) -> Table:
    """The table in the bytes of a CSV file. Raises ImportImpossible."""
    decoded = decode(data, encoding)
    text, first_line = decoded.text, 1
    if not text.strip("\ufeff \t\r\n\x00"):
        raise ImportImpossible("The file is empty.")
    hint = SEPARATOR_LINE.match(text)
    if hint:
        text, first_line = text[hint.end() :], 2
    if delimiter is not None:
        sign = parse_delimiter(delimiter)
    else:
        sign = hint.group(1) if hint else find_delimiter(text, columns)
    records = list(split_records(text, sign, first_line))
    filled = [record for record in records if not record.is_blank]
    if not filled:
        raise ImportImpossible("The file holds nothing but empty lines and delimiters.")
    header = filled[0]
    names = _check_header(header, sign)
    rows = tuple(_fit(record, names) for record in filled[1:])
    if not rows:
        raise ImportImpossible(f"The file has a header (line {header.line}) but no rows.")
    remarks = (*decoded.remarks, *_header_remarks(names), *_line_end_remarks(text))
    return Table(decoded.encoding, sign, names, header.line, rows, len(records) - len(filled), remarks)


def read_bytes(path: Path) -> bytes:
    """The whole file. Raises ImportImpossible."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise ImportImpossible(f"{path} is a folder. Name one CSV file.")
        if not stat.S_ISREG(found.st_mode):
            raise ImportImpossible(f"{path} is no ordinary file. Save the table to a file first.")
        if found.st_size > LARGEST_FILE:
            raise ImportImpossible(
                f"{path} has {found.st_size // 1024**2} MB; at most {LARGEST_FILE // 1024**2} MB are read at once. "
                "Split it and give all parts the same --source."
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
            f"{header.fault.reason} (delimiter: {name_delimiter(delimiter)})."
        )
    names = [unicodedata.normalize("NFC", name.strip()) for name in header.fields]
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


def _header_remarks(names: tuple[str, ...]) -> list[str]:
    remarks = []
    places = [index + 1 for index, name in enumerate(names) if not name]
    if places:
        remarks.append(f"Column(s) {', '.join(map(str, places))} have no name in the header and cannot be mapped.")
    for name, times in Counter(filter(None, names)).items():
        if times > 1:
            where = ", ".join(str(index + 1) for index, other in enumerate(names) if other == name)
            remarks.append(f'The header has "{excerpt(name)}" {times} times (columns {where}); it cannot be mapped.')
    return remarks


def _line_end_remarks(text: str) -> list[str]:
    ends = count_line_ends(text)
    if len(ends) < 2:
        return []
    counted = ", ".join(f"{times} × {name}" for name, times in ends.most_common())
    return [f"Line ends are mixed: {counted}. Each is taken as the end of a line."]
