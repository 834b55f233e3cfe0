"""Text split into records: like Python's `csv`, and with the lines that it does not tell."""

import csv
from contextlib import suppress
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.use_cases.importing.csv_records import (
    DELIMITERS,
    Dialect,
    Quoting,
    Record,
    find_delimiter,
    parse_delimiter,
    split_lines,
    split_records,
)
from api.use_cases.importing.problems import ImportImpossible
from api.use_cases.importing.reading import Reading, parse_table

CELL = st.text(
    st.one_of(st.sampled_from('";,|\t\r\n =äß€'), st.characters(codec="utf-8", exclude_characters="\x00\ufeff")),
    max_size=12,
)
CP1252_CELL = st.text(
    st.one_of(st.sampled_from('";,|\t\r\n äß€'), st.characters(codec="cp1252", exclude_characters="\x00")), max_size=12
)


def records_of(text: str, delimiter: str = ";", quoting: Quoting = Quoting.DOUBLE) -> list[Record]:
    return list(split_records(split_lines(text), Dialect(delimiter, quoting)))


def fields(text: str, delimiter: str = ";", quoting: Quoting = Quoting.DOUBLE) -> list[tuple[str, ...]]:
    return [record.fields for record in records_of(text, delimiter, quoting)]


def lines(text: str, delimiter: str = ";") -> list[tuple[int, int]]:
    return [(record.line, record.last_line) for record in records_of(text, delimiter)]


def test_quotes_hold_delimiters_quotes_and_line_ends() -> None:
    assert fields('a;"b;""c""\r\nd"\r\ne;f') == [("a", 'b;"c"\r\nd'), ("e", "f")]


def test_each_record_knows_its_lines() -> None:
    assert lines('a;b\n"1\n2\r\n3";x\r\n\nlast;y') == [(1, 1), (2, 4), (5, 5), (6, 6)]


def test_only_real_line_ends_count() -> None:
    assert fields("a\x0b\x85\u2028b;c\nd;e") == [("a\x0b\x85\u2028b", "c"), ("d", "e")]


def test_old_mac_line_ends_are_line_ends() -> None:
    assert fields("a;b\rc;d\r") == [("a", "b"), ("c", "d")]


def test_a_quotation_mark_inside_plain_text_is_text() -> None:
    assert fields('5" Rohr;x') == [('5" Rohr', "x")]


def test_blanks_between_delimiter_and_quotes_are_not_text() -> None:
    table = parse_table(b'title, "a, b", x\n1, "b,c", d\n')
    assert (table.header, table.rows[0].fields) == (("title", "a, b", "x"), ("1", "b,c", "d"))


def test_quotation_marks_are_text_where_nothing_is_quoted() -> None:
    assert fields('"Die Kurve" lebt\tx\n"\ty', "\t", Quoting.NONE) == [('"Die Kurve" lebt', "x"), ('"', "y")]


def test_a_backslash_may_stand_before_a_quotation_mark() -> None:
    assert fields(r'"Treff \"Die Kurve\"";"x;y"', ";", Quoting.BACKSLASH) == [('Treff "Die Kurve"', "x;y")]
    (broken,) = records_of(r'"Treff \"Die Kurve\"";x')
    assert broken.fault is not None
    assert "--quote backslash" in broken.fault.reason


def test_an_unclosed_quote_costs_its_line_only() -> None:
    first, broken, last = records_of('a;b\nc;"d\ne;f\n')
    assert (first.fields, last.fields, last.line) == (("a", "b"), ("e", "f"), 3)
    assert broken.fault is not None
    assert (broken.line, broken.fault.code, broken.fault.field) == (2, "unclosed_quote", 1)


def test_text_after_a_closing_quote_costs_its_line_only() -> None:
    _, broken, last = records_of('a;b\n"c" d;e\nf;g')
    assert broken.fault is not None
    assert (broken.line, broken.fault.code, broken.fault.field) == (2, "stray_quote", 0)
    assert last == Record(3, 3, ("f", "g"))


def test_the_line_of_a_broken_quote_is_named_inside_a_long_record() -> None:
    broken = records_of('"a\nb";"c')[0]
    assert broken.fault is not None
    assert "line 2" in broken.fault.reason


@pytest.mark.parametrize("delimiter", DELIMITERS.values())
def test_the_delimiter_is_found(delimiter: str) -> None:
    rows = [["title", "summary", "x"], ["a, b; c | d", 'sagt "ja"', "1"], ["e", "f\ng", "2"]]
    assert find_delimiter(split_lines(written(rows, delimiter, csv.QUOTE_MINIMAL)), ["title", "summary"]) == delimiter


def test_columns_looked_for_beat_a_header_full_of_commas() -> None:
    assert find_delimiter(["Titel, Name;Text\n", "a, b, c;d\n"], ["Text"]) == ";"


@pytest.mark.parametrize(("given_", "found"), [("tab", "\t"), ("\\t", "\t"), ("Semicolon", ";"), ("~", "~")])
def test_a_delimiter_is_given_by_sign_or_name(given_: str, found: str) -> None:
    assert parse_delimiter(given_) == found


@pytest.mark.parametrize("wrong", ["", '"', "\n", ";;", "colonel", "\x00"])
def test_what_is_no_delimiter_is_refused(wrong: str) -> None:
    with pytest.raises(ImportImpossible, match="--delimiter"):
        parse_delimiter(wrong)


def written(rows: list[list[str]], delimiter: str, quoting: int, end: str = "\r\n") -> str:
    text = StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()


@st.composite
def tables(draw: st.DrawFn, cell: st.SearchStrategy[str]) -> list[list[str]]:
    width = draw(st.integers(1, 5))
    return draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=8))


@settings(max_examples=100, deadline=None)
@given(
    rows=tables(CELL),
    delimiter=st.sampled_from([*DELIMITERS.values(), "~", ":"]),
    # With other line ends than its own, Python leaves a bare CR unquoted, which nobody could read back.
    dialect=st.sampled_from(
        [(csv.QUOTE_MINIMAL, "\r\n"), (csv.QUOTE_ALL, "\r\n"), (csv.QUOTE_ALL, "\n"), (csv.QUOTE_ALL, "\r")]
    ),
)
def test_whatever_python_writes_is_read_back(rows: list[list[str]], delimiter: str, dialect: tuple[int, str]) -> None:
    text = written(rows, delimiter, *dialect)
    records = records_of(text, delimiter)
    assert [list(record.fields) for record in records] == rows
    assert all(record.fault is None for record in records)
    assert records[-1].last_line == len(lines_of(text))


def lines_of(text: str) -> list[str]:
    return StringIO(text, newline=None).read().removesuffix("\n").split("\n")


@settings(max_examples=100, deadline=None)
@given(
    rows=st.one_of(tables(CELL), tables(CP1252_CELL)),
    delimiter=st.sampled_from(list(DELIMITERS.values())),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_a_file_in_any_dialect_and_encoding_is_read_back(
    rows: list[list[str]], delimiter: str, encoding: str, quoting: int
) -> None:
    header = [f"column {n}" for n in range(len(rows[0]))]
    text = written([header, *rows], delimiter, quoting)
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        return
    filled = [tuple(row) for row in rows if any(value.strip() for value in row)]
    if not filled:
        with pytest.raises(ImportImpossible, match="no rows"):
            parse_table(data, Reading(delimiter=delimiter, encoding=encoding))
        return
    table = parse_table(data, Reading(delimiter=delimiter, encoding=encoding))
    assert [row.fields for row in table.rows] == filled
    assert table.header == tuple(header)
    detected = parse_table(data, Reading(columns=header))
    if len(header) > 1:
        assert detected.delimiter == delimiter
    if encoding != "cp1252" and not any("\x00" in value for row in rows for value in row):
        assert [row.fields for row in detected.rows] == filled


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_table_or_a_message(data: bytes) -> None:
    with suppress(ImportImpossible):
        assert parse_table(data).rows


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from('ab";\n\r'), max_size=60))
def test_no_text_is_lost_or_read_for_ever(text: str) -> None:
    records = records_of(text)
    assert [record.line for record in records] == sorted({record.line for record in records})
