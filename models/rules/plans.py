"""The plan of an idea: what differs between two of them, and how its words are kept.

The note of a plan has the words of each task as a line of its own, in the order of the plan; after an empty line
follows what was said with it.
"""

from collections.abc import Mapping, Sequence

from models.messages.idea import OpenTask

BREAK = "\n\n"


def differences(before: Mapping[str, OpenTask], planned: Sequence[OpenTask]) -> dict[str, str]:
    """The facts of a plan: the ids of its tasks, of those that are new, that have somebody else or another day, and
    that are dropped; and for whom there is something new in it. `before`: the open tasks, by id."""
    now = {task.id: task for task in planned}
    added = [task for task in planned if task.id not in before]
    changed = [task for task in planned if task.id in before and task != before[task.id]]
    told = {
        "tasks": now,
        "added": [task.id for task in added],
        "changed": [task.id for task in changed],
        "dropped": [one for one in before if one not in now],
        "assignee": sorted({task.assignee for task in (*added, *changed)}),
    }
    return {name: " ".join(ids) for name, ids in told.items() if ids or name in ("tasks", "assignee")}


def write_plan(titles: Sequence[str], said: str) -> str:
    """
    >>> write_plan(["Raum anfragen", "Einladen"], "So besprochen.")
    'Raum anfragen\\nEinladen\\n\\nSo besprochen.'
    """
    return "\n".join(titles) + (BREAK + said if said else "")


def read_titles(words: str) -> list[str]:
    """Of words that were taken away, none."""
    titles, _, _ = words.partition(BREAK)
    return titles.split("\n") if titles else []


def replace_titles(words: str, titles: Mapping[str, str], ids: Sequence[str]) -> str:
    """With other words for some of its tasks."""
    lines = [titles.get(one, line) for one, line in zip(ids, read_titles(words), strict=False)]
    return write_plan(lines, read_said(words))


def read_said(words: str) -> str:
    _, _, said = words.partition(BREAK)
    return said
