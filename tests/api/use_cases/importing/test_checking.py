"""Every row checked: what is refused, what is left out and said, what becomes a draft."""

import json
from uuid import UUID

import pytest

from api.use_cases.importing.checking import Checked, Choices, check_rows, check_source, parse_choices
from api.use_cases.importing.mapping import map_columns, parse_map
from api.use_cases.importing.problems import Finding, ImportImpossible, Kind
from api.use_cases.importing.reading import Reading, parse_table
from tests.cast import POLICY

HEADER = "id;title;summary;district;themes;language\n"
MAP = parse_map(["title=title,summary=summary,district=district,themes=themes,language=language"])


def check(*rows: str, key: tuple[str, ...] = ("id",), choices: Choices | None = None) -> Checked:
    return check_bytes((HEADER + "\n".join(rows)).encode(), key, choices)


def check_bytes(data: bytes, key: tuple[str, ...] = ("id",), choices: Choices | None = None) -> Checked:
    table = parse_table(data, Reading(delimiter=";"))
    return check_rows(table, map_columns(table, MAP, key), POLICY, "tests", choices or Choices())


def codes(checked: Checked) -> list[str]:
    return [finding.code for finding in checked.findings]


def refusal(*rows: str, choices: Choices | None = None) -> Finding:
    """The one refusal of the last row."""
    checked = check(*rows, choices=choices)
    found = [finding for finding in checked.findings if finding.kind is Kind.REFUSED]
    assert checked.refused == len(found) == 1
    return found[0]


def test_a_good_row_becomes_words_in_the_regions_own_keys() -> None:
    checked = check("8;  Lotsen \t im  Quartier ; Text ;14612;care, Kultur;DE-at")
    words = checked.rows[0].words
    assert words.title == "Lotsen im Quartier"
    assert (words.summary, words.district, words.themes, words.language) == ("Text", "DED21", ["care"], "de")
    assert checked.rows[0].complete


@pytest.mark.parametrize(
    ("cell", "themes"),
    [
        ("care/housing | youth", ["care", "housing", "youth"]),
        ("Pflege und Gesundheit,CARE", ["care"]),
        ('"Kinder, Jugend, Familie; Kultur und Begegnung"', ["youth", "culture"]),
        ('"Kinder, Jugend, Familie"', ["youth"]),
        ("Kinder, Jugend, Familie", ["youth"]),
        ("", []),
        (" , ,", []),
    ],
)
def test_themes_are_split_but_names_with_a_comma_stay_whole(cell: str, themes: list[str]) -> None:
    checked = check(f"1;Titel;Text;;{cell};")
    assert checked.rows[0].words.themes == themes
    assert codes(checked) == []


@pytest.mark.parametrize("summary", ["", "   ", "-", "n/a", "...", '"\n"', "k. A."])
def test_a_missing_summary_makes_a_draft_and_invents_nothing(summary: str) -> None:
    checked = check(f"1;Titel;{summary};;;")
    assert (checked.rows[0].complete, checked.rows[0].words.summary) == (False, "")
    assert (checked.drafts, codes(checked)) == (1, ["no_summary"])


def test_what_the_region_does_not_know_is_left_out_and_said() -> None:
    checked = check("1;Titel;Text;Nieuw-West;Groen;nl")
    words = checked.rows[0].words
    assert (words.district, words.themes, words.language) == (None, [], "de")
    assert codes(checked) == ["unknown_district", "unknown_theme", "unknown_language"]
    assert [finding.value for finding in checked.findings] == ["Nieuw-West", "Groen", "nl"]
    assert checked.unknown_values("unknown_theme") == [("Groen", 1)]


@pytest.mark.parametrize(
    ("unknown", "code", "column"),
    [
        ("district=refuse", "unknown_district", "district"),
        ("themes=refuse,district=ignore", "unknown_theme", "themes"),
        ("language=refuse", "unknown_language", "language"),
        ("refuse", "unknown_district", "district"),
    ],
)
def test_what_the_region_does_not_know_is_refused_where_asked(unknown: str, code: str, column: str) -> None:
    found = refusal("1;Titel;Text;Nieuw-West;Groen;nl", choices=parse_choices(POLICY, [unknown], [], None))
    assert (found.line, found.code, found.column) == (2, code, column)


def test_foreign_themes_are_translated_and_a_default_fills_in() -> None:
    choices = parse_choices(POLICY, [], ['Groen=environment,"Sociaal, Samen"=inclusion'], "Kultur und Begegnung")
    checked = check("1;Titel;Text;;GROEN;", '2;Titel;Text;;"sociaal, samen";', "3;Titel;Text;;x;", choices=choices)
    assert [row.words.themes for row in checked.rows] == [["environment"], ["inclusion"], ["culture"]]
    assert codes(checked) == ["unknown_theme"]


@pytest.mark.parametrize(
    ("unknown", "theme_map", "default", "message"),
    [
        (["colour=refuse"], [], None, "--unknown"),
        (["district=maybe"], [], None, "--unknown"),
        (["perhaps"], [], None, "--unknown"),
        ([], ["Groen=enviroment"], None, 'Did you mean "environment"'),
        ([], ["Groen"], None, "--theme-map"),
        ([], [], "nothing", "--default-theme"),
    ],
)
def test_wrong_choices_are_explained(
    unknown: list[str], theme_map: list[str], default: str | None, message: str
) -> None:
    with pytest.raises(ImportImpossible, match=message):
        parse_choices(POLICY, unknown, theme_map, default)


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("1;;Text;;;", "no_title", "title"),
        ("1;ab;Text;;;", "too_short", "title"),
        ("1;Ti\x00tel;Text;;;", "nul", "title"),
        ("1;Titel;Te\x00xt;;;", "nul", "summary"),
        (";Titel;Text;;;", "missing_key", "source_ref"),
        ("\x00;Titel;Text;;;", "broken_key", "source_ref"),
        ("1;Titel;Text", "too_few_fields", "district"),
        ("1;Titel;Te;xt;;;;x", "too_many_fields", ""),
        ('1;Titel;"Text;;;', "unclosed_quote", "summary"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line_and_column(row: str, code: str, column: str) -> None:
    found = refusal("0;Almas Idee;Text;;;", row)
    assert (found.line, found.code, found.column) == (3, code, column)
    assert len(found.value) <= 81


def test_a_row_over_several_lines_names_both() -> None:
    found = refusal('1;"a\nb";Text\n;;;;;;')
    assert (found.line, found.last_line) == (2, 3)


def test_bytes_that_do_not_fit_cost_their_own_row() -> None:
    data = (
        (HEADER + "1;Bürger;Für;;;\n").encode()
        + b"2;Kinderg\xe4rten;x;;;\n3;Titel;\xe4\xf6;;;\n"
        + "4;ÄÖÜ;xy;;;".encode()
    )
    checked = check_bytes(data)
    assert [row.line for row in checked.rows] == [2, 5]
    assert [(finding.line, finding.code, finding.column) for finding in checked.findings] == [
        (3, "broken_bytes", "title"),
        (4, "broken_bytes", "summary"),
    ]


def test_half_a_character_never_reaches_the_database() -> None:
    table = parse_table(
        b"id;title;summary;district;themes;language\n1;+2D0-abc;x;;;\n", Reading(delimiter=";", encoding="utf-7")
    )
    checked = check_rows(table, map_columns(table, MAP, ["id"]), POLICY, "tests", Choices())
    assert codes(checked) in (["broken_bytes"], [])


def test_text_that_was_encoded_twice_is_imported_and_told() -> None:
    assert codes(check("1;FÃ¼r alle;Text;;;")) == ["encoded_twice"]


def test_a_row_that_seems_to_swallow_another_is_told() -> None:
    checked = check('1;"Titel;Text;;;', '2;""Titel"" ;x";Text;;;')
    assert "lines_inside" in codes(checked)


def test_the_same_row_twice_is_one_idea() -> None:
    checked = check("1;Titel;Text;;;", "1;Titel;Text;;;")
    assert (len(checked.rows), checked.duplicates, checked.refused) == (1, 1, 0)
    assert [(finding.line, finding.code, finding.kind) for finding in checked.findings] == [
        (3, "duplicate_row", Kind.REMARK)
    ]


def test_the_same_key_with_other_words_is_refused() -> None:
    found = refusal("1;Titel;Text;;;", "1;Anderer Titel;Text;;;")
    assert (found.line, found.code) == (3, "duplicate_key")
    assert "line 2" in found.reason


def test_several_columns_make_a_key() -> None:
    checked = check("1;Titel;Text;;;", "1;Anderer Titel;Text;;;", "a/b;c~d;x;;;", key=("id", "title"))
    assert [row.ref for row in checked.rows] == ["1/Titel", "1/Anderer Titel", "a~1b/c~0d"]


def test_without_a_key_the_mapped_values_are_the_key() -> None:
    checked = check("1;Titel;Text;;;", "2;Titel;Text;;;", "2;Anderer;Text;;;", key=())
    assert (len(checked.rows), checked.duplicates) == (2, 1)
    again = check("9;Titel;Text;;;", key=())
    assert again.rows[0].idea_id == checked.rows[0].idea_id


def test_ids_are_the_same_in_every_run_and_encoding() -> None:
    first = check("1;Bürgerhaus;Für alle;;;", key=()).rows[0]
    table = parse_table((HEADER + "1;Bürgerhaus;Für alle;;;").encode("cp1252"), Reading(delimiter=";"))
    second = check_rows(table, map_columns(table, MAP), POLICY, "tests", Choices()).rows[0]
    other = check_rows(table, map_columns(table, MAP), POLICY, "other", Choices()).rows[0]
    assert first.idea_id == second.idea_id != other.idea_id
    assert UUID(first.idea_id).version == 5


def test_a_long_key_fits_into_its_column() -> None:
    assert len(check(f"{'k' * 500};Titel;Text;;;").rows[0].ref) <= 200


def test_every_row_is_counted_once() -> None:
    rows = ["1;Titel;Text;;;", "1;Titel;Text;;;", "2;;;;;x", "3;Titel;;;;", "4;a", "1;Titel x;;;;"]
    checked = check(*rows)
    assert checked.read == len(checked.rows) + checked.refused + checked.duplicates == 6
    assert json.dumps(checked.by_code())


@pytest.mark.parametrize("source", ["", "  ", "x" * 81, "a\nb", "\udcff"])
def test_a_source_needs_a_proper_name(source: str) -> None:
    with pytest.raises(ImportImpossible, match="--source"):
        check_source(source)
