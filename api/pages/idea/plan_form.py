"""The form of a plan: its rows as they were typed, moved, filled from a prepared plan, and read as tasks."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

from starlette.datastructures import FormData

from api.pages.kit.forms import read_lines
from api.use_cases.commands import TaskForm
from models.cases.calendar import Calendar
from models.i18n import Texts
from models.messages.idea import LONGEST_TASK, MOST_OPEN_TASKS
from models.policy import TaskTemplate
from models.queries.idea import TaskLine
from models.rules.days import read_day
from models.rules.idea_refusals import MAY_BE_ASKED, is_soon_enough
from models.vocabulary import Role

EMPTY_ROWS = 3
"""So many wait to be filled in, and so many come with each wish for more."""

MOST_ROWS = 2 * MOST_OPEN_TASKS
"""Some of them are dropped, or stay empty."""

FIELDS = ("task_id", "title", "assignee", "until", "dropped")


@dataclass(frozen=True)
class PlanRow:
    """A task as it is typed; without an id a new one."""

    task_id: str = ""
    title: str = ""
    assignee: str = Role.INNOVATOR
    until: str = ""
    dropped: str = ""
    notes: tuple[str, ...] = ()
    """What has become of it meanwhile."""

    @classmethod
    def of(cls, task: TaskLine) -> Self:
        until = task.due.isoformat() if task.due else ""
        return cls(task.id, task.title, task.assignee or Role.INNOVATOR, until)

    @property
    def is_empty(self) -> bool:
        return not (self.task_id or self.title or self.until)

    @property
    def counts(self) -> bool:
        """Whether it is a task of the plan that is written here."""
        return not self.is_empty and not self.dropped


Rows = tuple[PlanRow, ...]


@dataclass(frozen=True)
class ReadPlan:
    """The tasks of a form, or what is wrong with it: "2.title" → words for the second row."""

    tasks: list[TaskForm] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)


def begin_rows(tasks: Sequence[TaskLine]) -> Rows:
    return add_rows(tuple(PlanRow.of(task) for task in tasks))


def add_rows(rows: Rows) -> Rows:
    return (rows + (PlanRow(),) * EMPTY_ROWS)[: max(MOST_ROWS, len(rows))]


def read_rows(sent: FormData) -> Rows:
    numbers = [number for number in range(1, MOST_ROWS + 1) if f"{number}.title" in sent]
    return tuple(_read_row(sent, number) for number in numbers)


def _read_row(sent: FormData, number: int) -> PlanRow:
    read = read_lines(sent, [f"{number}.{name}" for name in FIELDS])
    task_id, title, assignee, until, dropped = (read[f"{number}.{name}"] for name in FIELDS)
    return PlanRow(task_id, title, assignee or Role.INNOVATOR, until, dropped)


def move_row(rows: Rows, number: int, step: int) -> Rows:
    """The row `number`, counted from 1, a place further up or down; at the ends it stays."""
    other = number + step
    if not (1 <= number <= len(rows) and 1 <= other <= len(rows)):
        return rows
    moved = list(rows)
    moved[number - 1], moved[other - 1] = moved[other - 1], moved[number - 1]
    return tuple(moved)


def fill_rows(rows: Rows, tasks: Sequence[TaskTemplate], calendar: Calendar, today: date) -> Rows:
    """Prepared tasks behind those that stand there."""
    new = [
        PlanRow("", task.what, task.who, calendar.deadline(today, task.after).isoformat() if task.after else "")
        for task in tasks
    ]
    return add_rows((*(row for row in rows if not row.is_empty), *new))


def read_plan(rows: Rows, open_tasks: Sequence[TaskLine], today: date, t: Texts) -> ReadPlan:
    """`open_tasks`: as they are now. A day that has passed may stay, but is given to nobody anew."""
    dues = {task.id: task.due for task in open_tasks}
    read = ReadPlan()
    for number, row in enumerate(rows, start=1):
        if not row.counts:
            continue
        day = read_day(row.until) if row.until else None
        read.errors.update({f"{number}.{name}": word for name, word in _wrong_in(row, day, dues, today, t).items()})
        if not read.errors:
            task = TaskForm(task_id=row.task_id or None, title=row.title, assignee=Role(row.assignee), until=day)
            read.tasks.append(task)
    if sum(row.counts for row in rows) > MOST_OPEN_TASKS:
        read.errors["form"] = t("page.plan.too_many", count=MOST_OPEN_TASKS)
    return read


def _wrong_in(row: PlanRow, day: date | None, dues: Mapping[str, date | None], today: date, t: Texts) -> dict[str, str]:
    wrong = {}
    if not row.title or len(row.title) > LONGEST_TASK:
        wrong["title"] = t("page.too_long" if row.title else "refusal.field.task")
    if row.assignee not in MAY_BE_ASKED:
        wrong["assignee"] = t("refusal.field.assignee")
    if row.until and day is None:
        wrong["until"] = t("page.day.format")
    elif day is not None and day != dues.get(row.task_id) and not is_soon_enough(day, today):
        wrong["until"] = t("page.plan.until")
    return wrong


def find_row(rows: Rows, field_name: str) -> str:
    """Where the kernel's `tasks.0.until` stands in the form: "2.until"; `form` for what is in no row."""
    _, _, place = field_name.partition(".")
    number, _, name = place.partition(".")
    counting = [at for at, row in enumerate(rows, start=1) if row.counts]
    if not number.isdecimal() or int(number) >= len(counting):
        return "form"
    return f"{counting[int(number)]}.{'title' if name == 'task_id' else name}"


# -- two who write at once ---------------------------------------------------------------------------------------------


def digest_of(tasks: Sequence[TaskLine]) -> str:
    """The same as long as nobody has changed the plan."""
    told = [(task.id, task.title, task.assignee, str(task.due)) for task in tasks]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def catch_up(rows: Rows, tasks: Sequence[TaskLine], t: Texts) -> Rows:
    """What was typed, beside what somebody else has made of the plan meanwhile: nothing of either is lost."""
    now = {task.id: task for task in tasks}
    mine = tuple(_compare(row, now.get(row.task_id), t) for row in rows)
    known = {row.task_id for row in rows}
    theirs = [replace(PlanRow.of(task), notes=(t("page.plan.theirs"),)) for task in tasks if task.id not in known]
    return (*(row for row in mine if not row.is_empty), *theirs, *(row for row in mine if row.is_empty))


def _compare(row: PlanRow, task: TaskLine | None, t: Texts) -> PlanRow:
    if not row.task_id:
        return row
    if task is None:
        return replace(row, task_id="", dropped="true", notes=(t("page.plan.gone"),))
    there = PlanRow.of(task)
    if (row.title, row.assignee, row.until) == (there.title, there.assignee, there.until):
        return row
    until = t.short_day(task.due) if task.due else t("page.plan.no_day")
    now = t("page.plan.now", title=there.title, who=t(f"role.{there.assignee}"), until=until)
    return replace(row, notes=(now,))
