"""The plan on the page of its idea: what is to be done, by whom and until when, and what was said of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from api.pages.kit.fields import new_key
from api.pages.kit.turn_presenter import Badge, TurnPresenter
from models.queries.idea import TaskLine, TimelineLine
from models.vocabulary import Role


@dataclass(frozen=True)
class TaskRow:
    """A task, with what the visitor may do about it."""

    id: str
    title: str
    who: str
    badge: Badge | None = None
    key: str = ""
    """With it the visitor finishes it."""
    comment: str = ""
    """Where one writes about it."""
    said: str = ""
    """How much was said of it."""
    last: str = ""
    """The latest of it, where it is at hand."""
    last_path: str = ""


def describe_tasks(
    speaker: TurnPresenter,
    tasks: Sequence[TaskLine],
    lines: Sequence[TimelineLine],
    allowed: Collection[str],
    *,
    with_internal: bool,
) -> list[TaskRow]:
    """Open tasks in the order of the plan, then the finished ones. `lines`: the timeline as the visitor may read it."""
    said = {line.version: line for line in lines}
    shown = sorted((task for task in tasks if not task.asks), key=lambda task: not task.open)
    return [describe_task(speaker, task if with_internal else task.for_others(), said, allowed) for task in shown]


def describe_task(
    speaker: TurnPresenter, task: TaskLine, said: dict[int, TimelineLine], allowed: Collection[str]
) -> TaskRow:
    t = speaker.t
    badge = Badge(t("page.task.is_done"), "check", "good") if task.done_at else None
    if task.open and task.due is not None:
        badge = speaker.due(task.due)
    last = task.comments[-1] if task.comments else 0
    return TaskRow(
        id=task.id,
        title=task.title,
        who=t(f"role.{task.assignee or Role.INNOVATOR}"),
        badge=badge,
        key=new_key() if task.open and "finish_task" in allowed else "",
        comment=f"?antwort={task.id}#gespraech" if task.open and "write_note" in allowed else "",
        said=t("page.task.comments", count=len(task.comments)) if task.comments else "",
        last=(said[last].note or "") if last in said else "",
        last_path=f"#g{last}" if last in said else f"?verlauf=alles#g{last}",
    )
