"""What is different in another `pipeline.toml`, and from when it would count."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from models.policy import Policy
from models.vocabulary import RuleCounts

COUNTS: tuple[tuple[tuple[str, ...], RuleCounts], ...] = (
    (("limits.", "questions."), RuleCounts.NEXT_STATE),
    (("coach_search.",), RuleCounts.NEXT_SEARCH),
    (
        (
            *("calendar.", "engine.chased_for", "engine.longest_", "engine.undo_seconds", "engine.renew_after_steps"),
            "engine.crowdfunding_expires_after",
        ),
        RuleCounts.NEXT_STEP,
    ),
)
"""How keys begin → from when they count. All else is read by web and worker alone, so it counts from their start on."""


class Change(NamedTuple):
    """One key of the file. None: it is not there."""

    key: str
    before: Any
    after: Any
    counts: RuleCounts


def list_changes(before: Policy, after: Policy) -> list[Change]:
    """By key, in the order of the file's sections."""
    old, new = (dict(_flatten(policy.model_dump(mode="json"))) for policy in (before, after))
    keys = dict.fromkeys([*old, *new])
    return [Change(key, old.get(key), new.get(key), counts_from(key)) for key in keys if old.get(key) != new.get(key)]


def counts_from(key: str) -> RuleCounts:
    return next((counts for beginnings, counts in COUNTS if key.startswith(beginnings)), RuleCounts.AT_ONCE)


def _flatten(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict):
        yield key, value
        return
    for name, each in value.items():
        yield from _flatten(each, f"{key}.{name}" if key else str(name))
