"""Columns to fields, and helpful words where one is wrong."""

import pytest

from api.use_cases.importing.mapping import describe_mapping, map_columns, parse_map, parse_pairs, unused_columns
from api.use_cases.importing.problems import ImportImpossible
from api.use_cases.importing.reading import Reading, parse_table

TABLE = parse_table(b"Id;Titel;Beschreibung, lang;Ort;Ort\n1;;x;a;b\n2;Almas\x1b Idee;;a;b\n")


def test_pairs_may_be_quoted_and_given_several_times() -> None:
    given = ['title=Titel, "summary"="Beschreibung, lang"', 'problem="a ""b"" = c"']
    assert parse_pairs("--map", given) == [
        ("title", "Titel"),
        ("summary", "Beschreibung, lang"),
        ("problem", 'a "b" = c'),
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("title", "is not name=value"),
        ("title=Titel,,", "is not name=value"),
        ("=Titel", "is not name=value"),
        ('title="Titel', "is not name=value|no column"),
        ("summary=Titel", "an idea needs a title"),
        ("title=Titel,title=Id", "title is given twice"),
        ("title=", "names no column"),
        ("titel=Titel", 'Did you mean "title"'),
        ("Titel=title", "other way round: title=Titel"),
        ("title=Titel,wish=Ort", "There are title, summary, problem"),
    ],
)
def test_a_wrong_map_is_explained(given: str, message: str) -> None:
    with pytest.raises(ImportImpossible, match=message):
        map_columns(TABLE, parse_map([given]))


def test_columns_are_found_in_any_case_and_examples_are_harmless() -> None:
    mapping = map_columns(TABLE, parse_map(['title=titel,summary="beschreibung, LANG"']), ["id"])
    assert mapping.fields == {"title": 1, "summary": 2}
    assert mapping.key == (0,)
    assert describe_mapping(TABLE, mapping) == [
        'title         ← "Titel" (column 2)   e.g. "Almas· Idee"',
        'summary       ← "Beschreibung, lang" (column 3)   e.g. "x"',
    ]
    assert unused_columns(mapping) == ["Ort", "Ort"]


def test_a_missing_column_lists_what_there_is() -> None:
    with pytest.raises(ImportImpossible) as problem:
        map_columns(TABLE, {"title": "Tittel"})
    assert str(problem.value) == (
        '--map title: the file has no column "Tittel". Did you mean "Titel"? '
        'The header in line 1 has "Id", "Titel", "Beschreibung, lang", "Ort", "Ort".'
    )


def test_a_column_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ImportImpossible, match=r"more than once \(columns 4, 5\)"):
        map_columns(TABLE, {"title": "Titel", "district": "Ort"})


def test_a_wrong_delimiter_is_suspected_where_there_is_one_column() -> None:
    table = parse_table(b"title;summary\na;b", Reading(delimiter="comma"))
    with pytest.raises(ImportImpossible, match="With the delimiter comma there is one column; --delimiter sets"):
        map_columns(table, {"title": "title"})


def test_one_thing_tells_rows_apart() -> None:
    with pytest.raises(ImportImpossible, match="Give one of them"):
        map_columns(TABLE, {"title": "Titel", "source_ref": "Id"}, ["Id"])
    assert map_columns(TABLE, {"title": "Titel", "source_ref": "Id"}).key == (0,)


def test_letters_composed_in_another_way_are_the_same_column() -> None:
    table = parse_table("Größe;x\na;b".encode())
    assert map_columns(table, {"title": "Gro\u0308ße"}).fields == {"title": 0}
