"""Broken files of every kind: a clear message, or a row that is refused; never a traceback."""

import os
from pathlib import Path

import pytest

from api.use_cases.importing.problems import ImportImpossible
from api.use_cases.importing.reading import Reading, parse_table, read_bytes, read_table
from models.rules.file_limits import MOST_BYTES_IN_MEMORY


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf", "The file is empty"),
        (b"\xff\xfe", "The file is empty"),
        (b" \r\n\n\r", "The file is empty"),
        (b";;;\n;;\n", "nothing but empty lines"),
        (b"title;summary\n", "header .line 1. but no rows"),
        (b"\n\ntitle;summary\n\n;\n", "header .line 3. but no rows"),
        (b"sep=;\n", "empty"),
        (b'title;"summary\nAlmas Idee;x', "header in line 1 cannot be read, in column 2"),
        (b"t\x00i\x00t\x00l\x00e\x00", "UTF-16"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(data: bytes, message: str) -> None:
    with pytest.raises(ImportImpossible, match=message):
        parse_table(data)


def faults(data: bytes) -> list[tuple[int, str, int]]:
    """Line, code and field of the rows that are refused."""
    return [(row.line, row.fault.code, row.fault.field) for row in parse_table(data).rows if row.fault is not None]


def test_rows_with_too_few_or_too_many_fields_are_refused_alone() -> None:
    data = b"title;summary;theme\na;b;c\na;b\na;b;c;d\na;b;c\n"
    assert faults(data) == [(3, "too_few_fields", 2), (4, "too_many_fields", 3)]
    reasons = [row.fault.reason for row in parse_table(data).rows if row.fault]
    assert reasons == [
        '2 fields instead of 3: "theme" and what follows is missing',
        "4 fields instead of 3; is a value with the delimiter in it not quoted?",
    ]


def test_empty_fields_behind_the_last_column_are_no_fault() -> None:
    table = parse_table(b"title;summary;;\na;b;;\nc;d;;;;\ne;f\n")
    assert table.header == ("title", "summary")
    assert [row.fields for row in table.rows] == [("a", "b"), ("c", "d"), ("e", "f")]


def test_unbalanced_quotes_cost_their_line_and_no_other() -> None:
    assert faults(b'title;summary\n"a;b\nc;d\n"e" f;g\nh;"i"\n') == [(2, "stray_quote", 0), (4, "stray_quote", 0)]
    assert faults(b'title;summary\na;b\n"c;d\ne;f\n') == [(3, "unclosed_quote", 0)]


def test_empty_lines_are_skipped_and_counted_but_keep_their_numbers() -> None:
    table = parse_table(b"\ntitle;summary\n\na;b\n;\nc;d\n\n")
    assert (table.header_line, table.blank, [row.line for row in table.rows]) == (2, 4, [4, 6])


def test_mixed_line_ends_are_read_and_told() -> None:
    table = parse_table(b"title;summary\r\na;b\nc;d\re;f\r\n")
    assert [row.line for row in table.rows] == [2, 3, 4]
    assert table.remarks == ("Line ends are mixed: 2 × CRLF, 1 × LF, 1 × CR. Each is taken as the end of a line.",)


def test_columns_without_or_with_the_same_name_are_told() -> None:
    remarks = parse_table(b"title;;Name;Name\na;b;c;d\n").remarks
    assert remarks == (
        "Column(s) 2 have no name in the header; a number maps one: title=#2.",
        'The header has "Name" 2 times (columns 3, 4); a number maps one: title=#3.',
    )


def test_excels_separator_line_is_obeyed() -> None:
    table = parse_table(b"sep=|\r\ntitle|summary\r\na;b|c,d\r\n")
    assert (table.delimiter, table.header_line, table.rows[0].line) == ("|", 2, 3)
    assert table.rows[0].fields == ("a;b", "c,d")


def test_a_huge_field_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    path.write_bytes(b"title;summary\na;" + b"x" * 3_000_000 + b"\n")
    assert len(read_table(path).rows[0].fields[1]) == 3_000_000


def test_a_file_of_one_column_needs_no_delimiter() -> None:
    table = parse_table(b"title\nAlmas Idee\nBens Idee\n", Reading(columns=["title"]))
    assert [row.fields for row in table.rows] == [("Almas Idee",), ("Bens Idee",)]


def test_what_is_no_readable_file_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImportImpossible, match="is a folder"):
        read_bytes(tmp_path)
    with pytest.raises(ImportImpossible, match="does not exist"):
        read_bytes(tmp_path / "missing.csv")
    with pytest.raises(ImportImpossible, match="does not exist"):
        read_bytes(Path("/dev/null/x.csv"))
    with pytest.raises(ImportImpossible, match="no ordinary file"):
        read_bytes(Path("/dev/null"))
    with pytest.raises(ImportImpossible, match="cannot be read"):
        read_bytes(tmp_path / "nul\x00.csv")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ImportImpossible, match="no ordinary file"):
        read_bytes(tmp_path / "pipe")
    big = tmp_path / "big.csv"
    with big.open("wb") as file:
        file.truncate(MOST_BYTES_IN_MEMORY + 1)
    with pytest.raises(ImportImpossible, match="Split it"):
        read_bytes(big)
    closed = tmp_path / "closed.csv"
    closed.write_bytes(b"title\nx")

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)  # root may read everything
    with pytest.raises(ImportImpossible, match="may not be read"):
        read_bytes(closed)
