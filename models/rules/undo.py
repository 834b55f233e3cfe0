"""Taking a decision back, for as long as nobody has been told of it."""

from datetime import datetime, timedelta
from typing import Any

from models.lifecycles.events import EVENTS
from models.messages.commands import Actor
from models.messages.idea import Standing, Undo

NEVER_RESTORED = frozenset({"version", "undo", "rulebook_digest", "searches"})


def offer_undo(before: Standing, after: Standing, event: str, actor: Actor, now: datetime, seconds: int) -> Undo | None:
    """What it takes to undo a step that has just been taken; None where it cannot be undone.

    A step that sets something in motion elsewhere (another coach, the end of a search) stands: others know of it at
    once. A search that begins waits for that time, so nobody has been asked.
    """
    stirs_others = before.search not in (None, after.search) or after.coach_id != before.coach_id
    if seconds == 0 or not EVENTS[event].undoable or actor.account_id is None or stirs_others:
        return None
    was, became = before.model_dump(mode="json"), after.model_dump(mode="json")
    changed = {name: value for name, value in was.items() if value != became[name] and name not in NEVER_RESTORED}
    if "tasks" in changed:
        changed["tasks"] = [task for task in changed["tasks"] if task["question"] is None]
    return Undo(
        version=after.version,
        event=event,
        account_id=actor.account_id,
        until=now + timedelta(seconds=seconds),
        before=changed,
    )


def restore(standing: Standing) -> None:
    """Put everything back to where it was before the step. What was asked or answered meanwhile stays so."""
    assert standing.undo is not None
    asked = [task for task in standing.tasks if task.asks]
    values: dict[str, Any] = {**standing.model_dump(mode="json"), **standing.undo.before}
    restored = Standing.model_validate(values)
    for name in standing.undo.before:
        setattr(standing, name, getattr(restored, name))
    standing.tasks = [*(task for task in standing.tasks if not task.asks), *asked]
    standing.undo = None


def may_undo(standing: Standing, account_id: str | None, now: datetime) -> bool:
    """Whoever has decided can take it back, while it is the latest step and its time is not over."""
    undo = standing.undo
    return undo is not None and undo.account_id == account_id and now < undo.until
