"""What we export is read back sign for sign: CSV of both forms, XLSX, JSON."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO, StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.use_cases.commands import before_its_first_step
from api.use_cases.export import IdeaExport, Sheet, json_line, open_workbook
from api.use_cases.idea_text import UnfinishedWords
from api.use_cases.importing.checking import Checked, Choices, check_rows
from api.use_cases.importing.mapping import ColumnMap, guess_columns
from api.use_cases.importing.reading import parse_table
from models.spreadsheet import SheetWriter, neutralise, restore
from models.tables import Account, Idea
from models.tables.columns import new_id
from models.typed_text import is_title
from tests.cast import POLICY

ALMA = Account(id=new_id(), email="alma@example.org", name="Alma Hoffmann")
TEXT = st.text(
    st.one_of(
        st.sampled_from("'=+-@\t\n ;,\"<&>#_x000D_{}[]äß"), st.characters(codec="utf-8", exclude_characters="\x00")
    ),
    max_size=40,
)
LINE = TEXT.map(lambda text: "".join(sign if sign.isprintable() else "-" for sign in text))
TITLE = LINE.map(lambda text: " ".join(text.split())).filter(is_title)


def as_csv(for_excel: bool) -> Callable[[list[IdeaExport]], bytes]:
    def write(items: list[IdeaExport]) -> bytes:
        sink = StringIO(newline="")
        Sheet(POLICY).write(SheetWriter(sink, for_excel=for_excel).write, items)
        return sink.getvalue().encode()

    return write


def as_workbook(items: list[IdeaExport]) -> bytes:
    sink = BytesIO()
    with open_workbook(sink) as write:
        Sheet(POLICY).write(write, items)
    return sink.getvalue()


def as_json(items: list[IdeaExport]) -> bytes:
    return "".join(f"{json_line(item, POLICY, with_people=False)}\n" for item in items).encode()


def exported(words: UnfinishedWords, organisation: str = "") -> IdeaExport:
    idea = Idea(**words.model_dump(), owner_id=ALMA.id, office="dresden", organisation=organisation)
    standing = before_its_first_step(idea)
    standing.version, standing.submitted_at = 1, datetime(2025, 11, 2, 23, 30, tzinfo=UTC)
    return IdeaExport(idea, standing, (), (), (), (), ())


def read_back(data: bytes) -> Checked:
    table = parse_table(data)
    assert table.is_ours
    fields = guess_columns(table)
    mapping = ColumnMap(table.header, fields, (fields["source_ref"],))
    return check_rows(table, mapping, POLICY, "export", Choices())


@settings(max_examples=60, deadline=None)
@given(
    title=TITLE,
    summary=TEXT,
    problem=TEXT,
    organisation=LINE,
    form=st.sampled_from([as_csv(True), as_csv(False), as_json]),
)
def test_words_are_read_back_as_they_were(
    title: str, summary: str, problem: str, organisation: str, form: Callable[[list[IdeaExport]], bytes]
) -> None:
    words = UnfinishedWords(title=title, summary=summary, problem=problem, themes=["care", "youth"], district="DED52")
    item = exported(words, " ".join(organisation.split()))
    checked = read_back(form([item]))
    (row,) = checked.rows
    assert row.words == words
    assert row.organisation == item.idea.organisation
    assert (row.ref, str(row.written_on)) == (item.idea.id, "2025-11-03")
    assert not [finding for finding in checked.findings if finding.code != "no_summary"]


@pytest.mark.parametrize(
    "title", ["- Weniger Müll", "+49 351 22", "@home", "'=1+1", "''", "<b>fett</b>", "_x000D_", "1,0"]
)
def test_a_workbook_holds_the_very_words(title: str) -> None:
    words = UnfinishedWords(title=title + " hier", summary=title)
    (row,) = read_back(as_workbook([exported(words)])).rows
    assert row.words == words


@given(st.text())
def test_the_apostrophe_against_formulas_is_taken_away_again(text: str) -> None:
    assert restore(neutralise(text)) == text
    assert restore(neutralise(f"'={text}")) == f"'={text}"


def test_a_list_in_json_is_read_whatever_stands_around_it() -> None:
    ideas = [{"title": "Lesebank", "themes": ["culture"]}, {"title": "Bühne", "extra": {"deep": {"er": 1}, "n": 1.5}}]
    for whole in (ideas, {"count": 2, "items": ideas}):
        table = parse_table(json.dumps(whole).encode())
        assert table.header[:2] == ("title", "themes")
        assert [row.fields[0] for row in table.rows] == ["Lesebank", "Bühne"]
