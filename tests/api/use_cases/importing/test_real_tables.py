"""Tables as they come: each is read rightly, or it is said what is wrong with it. The files are in `tables/`."""

from collections import Counter
from pathlib import Path

import pytest

from api.use_cases.importing.checking import Checked, Choices, Row, check_rows, parse_choices
from api.use_cases.importing.csv_records import Quoting
from api.use_cases.importing.mapping import guess_columns, map_columns, parse_map
from api.use_cases.importing.problems import ImportImpossible, Kind
from api.use_cases.importing.reading import AS_FOUND, Reading, Table, parse_table
from tests.cast import POLICY

TABLES = Path(__file__).parent / "tables"
GERMAN = ("title=Titel,summary=Beschreibung", "district=Landkreis,themes=Thema")


def read(name: str, how: Reading = AS_FOUND) -> Table:
    return parse_table((TABLES / name).read_bytes(), how)


def check(
    name: str,
    *maps: str,
    how: Reading = AS_FOUND,
    key: tuple[str, ...] = (),
    choices: Choices | None = None,
) -> Checked:
    columns = parse_map(maps or GERMAN)
    table = read(name, Reading(how.delimiter, how.encoding, how.quoting, how.header_line, columns=[*columns.values()]))
    return check_rows(table, map_columns(table, columns, key), POLICY, "tests", choices or Choices())


def titles(checked: Checked) -> list[str]:
    return [row.words.title for row in checked.rows]


def codes(checked: Checked) -> Counter[str]:
    return Counter(finding.code for finding in checked.findings)


def only(checked: Checked) -> Row:
    (row,) = checked.rows
    return row


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("01-macroman.csv", "mac_roman"),
        ("02-cp850-msdos.csv", "cp850"),
        ("29-cr-only.csv", "mac_roman"),
        ("32-latin9-euro.csv", "iso8859-15"),
        ("34-cyrillic-cp1251.csv", "cp1251"),
        ("41-macroman-with-key.csv", "mac_roman"),
    ],
)
def test_the_right_encoding_is_guessed_and_still_a_guess(name: str, encoding: str) -> None:
    table = read(name)
    assert table.encoding == encoding
    assert table.guesses
    assert not read(name, Reading(encoding=encoding)).guesses


@pytest.mark.parametrize(
    "name", ["01-macroman.csv", "02-cp850-msdos.csv", "03-utf16-unicode-text.txt", "04-utf8-nfd.csv", "29-cr-only.csv"]
)
def test_the_same_table_is_the_same_in_every_encoding(name: str) -> None:
    checked = check(name)
    assert titles(checked)[:2] == ["Bücherzelle für Görlitz", "Mitfahrbänke im Vogtland"]
    assert [row.words.district for row in checked.rows] == ["DED2D", "DED44", "DED21"]
    assert codes(checked) == {}


def test_text_that_was_damaged_before_is_told_in_every_row() -> None:
    assert {finding.line for finding in check("05-twice-with-closing-quote.csv").findings} == {2, 3}
    assert {finding.line for finding in check("06-twice-as-macroman.csv").findings} == {2, 3, 4}


def test_lines_above_the_header_are_no_header() -> None:
    with pytest.raises(ImportImpossible, match="line 4 has such names: --header-line 4"):
        check("08-title-lines-above.csv")
    checked = check("08-title-lines-above.csv", how=Reading(header_line=4))
    assert len(checked.rows) == checked.read == 3


def test_headers_and_sums_among_the_rows_are_no_ideas() -> None:
    assert codes(check("09-header-repeated.csv")) == {"header_again": 1}
    assert codes(check("10-sum-row.csv")) == {"sum_row": 1}


def test_errors_of_spreadsheets_are_no_words() -> None:
    checked = check("11-excel-errors.csv")
    assert titles(checked) == ["Garten am Gleis"]
    assert checked.rows[0].words.summary == ""
    assert checked.refused == 3


def test_markup_is_taken_out_and_told() -> None:
    first, second = check("12-html.csv").rows
    assert first.words.title == "Kinder & Kegel"
    assert first.words.summary == "Ein Nachmittag für alle.\nMit Kuchen.\n\n- drinnen\n- draußen"
    assert second.words.summary == "Erste Zeile\nzweite Zeile"
    assert codes(check("12-html.csv")) == {"entities": 2, "markup": 1, "escaped": 1}


def test_one_language_is_taken_of_several() -> None:
    row = only(check("13-i18n-json.csv"))
    assert (row.words.title, row.words.summary) == ("Repaircafé", "Wir reparieren.")
    assert codes(check("13-i18n-json.csv"))["translations"] == 2


@pytest.mark.parametrize(
    "name", ["1. Wie heißt Ihre Idee?·(höchstens 80 Zeichen)", "1. wie heißt ihre idee? (höchstens 80 zeichen)", "#2"]
)
def test_a_column_is_found_by_what_is_seen_of_its_name(name: str) -> None:
    row = only(check("14-question-headers.csv", f'title="{name}"', "date=Zeitstempel"))
    assert (row.words.title, str(row.written_on)) == ("Reparaturabend", "2026-11-02")


def test_invisible_signs_in_a_header_do_not_matter() -> None:
    assert only(check("15-nbsp-header.csv", "title=Titel der Idee,summary=Kurzbeschreibung")).complete


def test_backslashes_and_stray_quotes_are_told_or_read() -> None:
    checked = check("16-backslash-quotes.csv", "title=Titel")
    assert codes(checked)["stray_quote"] == checked.refused == 1
    assert "--quote backslash" in checked.findings[0].reason
    read_rightly = check("16-backslash-quotes.csv", "title=Titel", how=Reading(quoting=Quoting.BACKSLASH))
    assert titles(read_rightly) == ['Treff "Die Kurve"', "Zweite Idee"]


def test_a_web_page_called_xls_is_called_a_web_page() -> None:
    with pytest.raises(ImportImpossible, match="web page"):
        read("17-html-as-xls.csv")


@pytest.mark.parametrize("name", ["18-excel-multiline.csv", "38-sheets-multiline.csv"])
def test_lines_inside_of_cells_are_no_mixed_line_ends(name: str) -> None:
    assert read(name).remarks == ()


def test_districts_are_known_by_their_official_names_and_keys() -> None:
    checked = check("19-districts.csv")
    assert [row.words.district for row in checked.rows] == [
        *("DED2D", "DED21", "DED51", "DED2C", "DED41", "DED2D", "DED2D"),
        *("DED2D", "DED2D", "DED43", "DED42", "DED2D", "DED2F", "DED2E"),
    ]
    assert codes(checked) == {}


def test_a_foreign_district_is_given_one_of_ours() -> None:
    choices = parse_choices(POLICY, [], [], None, ["Muldental=LK Leipzig"])
    table = parse_table(b"Titel;Ort\nLesebank;MULDENTAL\nTauschbox;Harz\n")
    checked = check_rows(table, map_columns(table, parse_map(["title=Titel,district=Ort"])), POLICY, "t", choices)
    assert [row.words.district for row in checked.rows] == ["DED52", None]
    with pytest.raises(ImportImpossible, match='--district-map: "Harz" is no district'):
        parse_choices(POLICY, [], [], None, ["Muldental=Harz"])


def test_themes_are_found_in_every_notation() -> None:
    checked = check("20-themes.csv")
    assert [row.words.themes for row in checked.rows] == [
        ["youth"],
        ["youth", "education"],
        ["care"],
        ["culture", "inclusion"],
        ["culture", "youth"],
        ["environment"],
        ["culture", "youth"],
        ["culture", "inclusion"],
        ["culture"],
    ]


def test_the_same_rows_without_a_key_are_told() -> None:
    checked = check("21-duplicates-no-key.csv")
    assert (len(checked.rows), checked.duplicates) == (1, 2)
    assert all("--key" in finding.reason for finding in checked.findings if finding.code == "duplicate_row")


def test_a_number_is_one_key_however_it_is_written() -> None:
    checked = check("22-key-forms.csv", "title=Titel,summary=Beschreibung", key=("Nr",))
    assert titles(checked) == ["Erste Idee"]
    assert codes(checked) == {"duplicate_key": 3}
    assert "01 and 1 of line 2 are one number" in checked.findings[0].reason


def test_a_delimiter_within_a_value_costs_its_row() -> None:
    checked = check("23-ragged-comma-in-text.csv", "title=Titel,summary=Beschreibung")
    assert codes(checked) == {"too_many_fields": 1}


def test_a_title_that_nobody_sees_is_none() -> None:
    checked = check("24-invisible-titles.csv")
    assert titles(checked) == ["esrever"]
    assert codes(checked) == {"no_title": 5, "turned_text": 1}


def test_words_that_say_nothing_are_no_summary() -> None:
    checked = check("25-summary-placeholders.csv")
    assert (len(checked.rows), checked.drafts) == (19, 19)
    assert {row.words.summary for row in checked.rows} == {""}


def test_typographic_quotes_are_told() -> None:
    table = read("28-quotes-curly.csv")
    assert "typographic" in table.remarks[-1]
    assert codes(check("28-quotes-curly.csv", "title=Titel")) == {"too_many_fields": 1}


def test_languages_have_names() -> None:
    checked = check("30-language-names.csv", "title=Titel,language=Sprache")
    assert [row.words.language for row in checked.rows] == ["de", "en", "en", "en", "de", "en", "de"]
    assert codes(checked)["unknown_language"] == 1


def test_what_is_too_long_becomes_a_draft_and_stays_whole() -> None:
    first, second = check("31-long.csv").rows
    assert (first.complete, second.complete) == (False, False)
    assert len(first.words.title) <= 200
    assert first.words.title.endswith("…")
    assert first.words.summary.startswith(first.words.title[:-1])
    assert first.words.summary.endswith("\n\nKurz.")
    assert len(second.words.summary) > 10_000
    assert codes(check("31-long.csv")) == {"too_long": 2}


def test_a_list_of_objects_is_a_table() -> None:
    row = only(check("36-json.csv", "title=title,summary=summary"))
    assert (row.words.title, row.words.summary) == ("Bühne", "Im Park")


def test_a_text_full_of_commas_does_not_make_the_delimiter() -> None:
    assert read("37-delimiter-ragged.csv").delimiter == ";"


def test_a_file_without_a_header_is_read_by_numbers() -> None:
    table = parse_table(b"Lesebank;Ruhig\nTauschbox;Offen\n", Reading(header_line=0))
    checked = check_rows(table, map_columns(table, parse_map(["title=#1,summary=#2"])), POLICY, "tests", Choices())
    assert titles(checked) == ["Lesebank", "Tauschbox"]


def test_an_author_is_whoever_reads_the_mail() -> None:
    data = (
        "Titel;Mail;Name;Datum\n"
        "Lesebank;ALMA@Example.org.;Alma Hoffmann;2.11.2025\n"
        "Tauschbox;Ben Bauer <ben@example.org>;;11/02/2025\n"
        "Bühne;keine Angabe;;\n"
        "Garten;alma(at)example;;\n"
        "Radweg;dora@example.org;www.spam.example;2031-01-01\n"
    )
    table = parse_table(data.encode())
    mapping = map_columns(table, parse_map(["title=Titel,email=Mail,name=Name,date=Datum"]))
    checked = check_rows(table, mapping, POLICY, "tests", Choices())
    assert [(row.email, row.name, row.written_on and str(row.written_on)) for row in checked.rows] == [
        ("alma@example.org", "Alma Hoffmann", "2025-11-02"),
        ("ben@example.org", "Ben Bauer", None),
        (None, "", None),
        ("dora@example.org", "", None),
    ]
    told = {finding.code: finding.kind for finding in checked.findings if finding.code != "no_summary"}
    assert told == {
        "unknown_date": Kind.REMARK,
        "no_address": Kind.REMARK,
        "wrong_address": Kind.REFUSED,
        "wrong_name": Kind.REMARK,
        "unlikely_date": Kind.REMARK,
    }


@pytest.mark.parametrize(
    ("header", "guessed"),
    [
        ("Titel;Beschreibung;Landkreis;Thema", ["title", "summary", "district", "themes"]),
        ("Nr;Titel;E-Mail;Autor;Datum", ["source_ref", "title", "email", "name", "date"]),
        ("Zeitstempel;Wie lautet der Titel Ihrer Idee?;Ort", ["date", "title", "district"]),
    ],
)
def test_columns_are_guessed_by_their_usual_names(header: str, guessed: list[str]) -> None:
    table = parse_table(f"{header}\na;b;c;d;e\n".encode(), Reading(header_line=1))
    by_place = {place: field for field, place in guess_columns(table).items()}
    assert [by_place.get(place) for place in range(len(guessed))] == guessed
