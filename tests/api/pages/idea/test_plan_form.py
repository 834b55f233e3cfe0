"""The rows of a plan, without a page around them."""

from datetime import date
from typing import Any

import pytest
from starlette.datastructures import FormData

from api.pages.idea.plan_form import (
    EMPTY_ROWS,
    PlanRow,
    add_rows,
    begin_rows,
    catch_up,
    digest_of,
    fill_rows,
    find_row,
    move_row,
    read_plan,
    read_rows,
)
from models.cases.calendar import calendar_of
from models.i18n import texts_in
from models.messages.idea import MOST_OPEN_TASKS
from models.queries.idea import TaskLine
from models.vocabulary import Role
from tests.cast import POLICY, RULEBOOK
from tests.factories import BEN, BRUNO, CARLA

TODAY = date(2026, 6, 1)
GERMAN = texts_in("de")


def task(id_: str, title: str, due: date | None = None, **more: Any) -> TaskLine:
    told: dict[str, Any] = {"assignee": Role.INNOVATOR, "asks": False, "internal": False, "comments": [], **more}
    return TaskLine(id=id_, title=title, due=due, done_at=None, open=True, **told)


RENT, PAINT = task(BEN, "Mieten", date(2026, 5, 4)), task(BRUNO, "Malen")


def test_a_form_comes_back_as_it_was_with_rows_to_fill_in() -> None:
    rows = begin_rows([RENT, PAINT])
    assert [row.title for row in rows] == ["Mieten", "Malen", *[""] * EMPTY_ROWS]
    sent = FormData([(f"{n}.{name}", value) for n, row in enumerate(rows, 1) for name, value in vars(row).items()])
    assert read_rows(sent) == rows
    read = read_plan(rows, [RENT, PAINT], TODAY, GERMAN)
    assert read.errors == {}, "a day that has passed may stay, and an empty row is none"
    assert [(form.task_id, form.title, form.until) for form in read.tasks] == [
        (BEN, "Mieten", date(2026, 5, 4)),
        (BRUNO, "Malen", None),
    ]


def test_what_is_wrong_is_named_by_row_and_field() -> None:
    rows = (
        PlanRow(BEN, "Mieten", until="2026-05-05"),
        PlanRow(),
        PlanRow(until="2026-06-10"),
        PlanRow(BRUNO, "", dropped="true"),
        PlanRow("", "Malen", "engine", "bald"),
        PlanRow("", "x" * 301),
    )
    read = read_plan(rows, [RENT, PAINT], TODAY, GERMAN)
    assert list(read.errors) == ["1.until", "3.title", "5.assignee", "5.until", "6.title"]
    assert find_row(rows, "tasks.1.task_id") == "3.title"
    assert find_row(rows, "tasks.3.until") == "6.until"
    assert find_row(rows, "tasks") == find_row(rows, "tasks.4.until") == "form"
    many = tuple(PlanRow("", f"Aufgabe {n}") for n in range(MOST_OPEN_TASKS + 1))
    assert list(read_plan(many, [], TODAY, GERMAN).errors) == ["form"]


@pytest.mark.parametrize(
    ("number", "step", "order"),
    [(2, -1, "BAC"), (2, 1, "ACB"), (1, -1, "ABC"), (3, 1, "ABC"), (0, 1, "ABC"), (99, -1, "ABC")],
)
def test_a_row_moves_by_one_and_stops_at_the_ends(number: int, step: int, order: str) -> None:
    rows = tuple(PlanRow("", title) for title in "ABC")
    assert "".join(row.title for row in move_row(rows, number, step)) == order


def test_a_template_comes_behind_what_stands_there_with_working_days_from_today() -> None:
    plan = POLICY.plans[0]
    rows = fill_rows((PlanRow("", "Mieten"), PlanRow()), plan.tasks_in("de"), calendar_of(RULEBOOK), TODAY)
    assert [row.title for row in rows if not row.is_empty] == ["Mieten", *(task.what for task in plan.tasks)]
    assert rows[1].until == "2026-06-15", "ten working days"
    assert read_plan(rows, [], TODAY, GERMAN).errors == {}
    assert plan.tasks_in("en")[0].what == "Talk to three people whom the idea is to help"
    assert len(add_rows((PlanRow(),) * 100)) == 100, "nothing that was typed is cut off"


def test_two_who_write_at_once_lose_nothing() -> None:
    mine = (
        PlanRow("", "Neu von mir"),
        PlanRow(BEN, "Mieten, aber günstig", until="2026-06-20"),
        PlanRow(BRUNO, "Malen"),
        PlanRow(),
    )
    theirs = [task(BEN, "Kaufen"), task(CARLA, "Putzen")]
    assert digest_of(theirs) != digest_of([RENT, PAINT])
    rows = catch_up(mine, theirs, GERMAN)
    assert [row.title for row in rows] == ["Neu von mir", "Mieten, aber günstig", "Malen", "Putzen", ""]
    assert "Kaufen" in rows[1].notes[0]
    assert (rows[2].task_id, rows[2].dropped) == ("", "true"), "it is done or dropped: only a new one could be made"
    assert [bool(row.notes) for row in rows] == [False, True, True, True, False]
    assert [form.title for form in read_plan(rows, theirs, TODAY, GERMAN).tasks] == [
        "Neu von mir",
        "Mieten, aber günstig",
        "Putzen",
    ]
