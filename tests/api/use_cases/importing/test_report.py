"""The report for Excel, and what it never overwrites."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.use_cases.importing.problems import Finding, ImportImpossible, Kind
from api.use_cases.importing.report import check_report_path, write_report
from models.spreadsheet import SheetWriter, neutralise

FINDINGS = [
    Finding(9, Kind.REMARK, "unknown_theme", "no theme; left out", "Thema", "=2+5"),
    Finding(3, Kind.REFUSED, "no_title", 'an "idea" needs a title', "Titel", last_line=4),
]


def test_the_report_opens_in_a_german_excel(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    write_report(path, FINDINGS)
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfline;last_line;kind;code;column;reason;value\r\n")
    rows = list(csv.reader(StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows[1:] == [
        ["3", "4", "refused", "no_title", "Titel", 'an "idea" needs a title', ""],
        ["9", "", "remark", "unknown_theme", "Thema", "no theme; left out", "'=2+5"],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+49 351", "-x", "@SUM", "\tx", "\rx", "  =1", "＝1", "﹦1", "﹢1", "﹣1"])
def test_cells_that_would_compute_are_neutralised(text: str) -> None:
    assert neutralise(text) == f"'{text}"


@given(st.text(st.characters(categories=["Cc", "Cf", "Zs", "Zl", "Zp"])), st.sampled_from("=+-@＝＋－＠"), st.text())
def test_nothing_that_is_not_seen_hides_the_sign_of_a_formula(unseen: str, sign: str, rest: str) -> None:
    assert neutralise(f"{unseen}{sign}{rest}") == f"'{unseen}{sign}{rest}"


@given(st.text())
def test_what_begins_with_a_letter_or_a_number_stays_as_it_is(rest: str) -> None:
    for begins in ("a", "Ä", " 5", "(", "\ufeffb"):
        assert neutralise(begins + rest) == begins + rest


def test_plain_cells_and_numbers_stay_as_they_are() -> None:
    sink = StringIO()
    SheetWriter(sink, for_excel=False).write(["5 - 3", "a=b", -5, "", "ä;ö", "a,b"])
    assert sink.getvalue() == '5 - 3,a=b,-5,,ä;ö,"a,b"\r\n'


def test_only_an_earlier_report_is_replaced(tmp_path: Path) -> None:
    source, report = tmp_path / "ideas.csv", tmp_path / "report.csv"
    source.write_text("title\nx")
    check_report_path(report, source)
    write_report(report, FINDINGS)
    check_report_path(report, source)
    for path in (source, tmp_path, tmp_path / "no" / "report.csv"):
        with pytest.raises(ImportImpossible):
            check_report_path(path, source)
    report.write_text("my notes")
    with pytest.raises(ImportImpossible, match="is no report"):
        check_report_path(report, source)


def test_a_report_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(ImportImpossible, match="cannot be written"):
        write_report(tmp_path / "no" / "report.csv", FINDINGS)
