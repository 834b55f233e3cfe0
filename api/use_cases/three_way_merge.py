"""Concurrent edits of the same words: a field-wise three-way merge.

Each page says which words it was written with. What was changed there is kept; what was changed elsewhere meanwhile is
never written over unseen. So an old window does no harm, be it on another device or somebody else's in the team.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from models.tables.columns import new_id

FIELD = "fassung"
"""The hidden field of a form in which a window tells what it has shown."""

DIGITS = 12
"""Enough to tell apart what one person writes into one field."""


def digest_of(value: Any) -> str:
    """Of one field; what is empty in any way is the same."""
    plain = sorted(value) if isinstance(value, list) else value
    return hashlib.sha256(json.dumps(plain or "").encode()).hexdigest()[:DIGITS]


@dataclass(frozen=True)
class Window:
    """A page with fields: which it is, and a digest of what it has shown in each.

    >>> Window.read(Window.of({"title": "Café"}, "5").write()) == Window.of({"title": "Café"}, "5")
    True
    """

    id: str = ""
    seen: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, shown: Mapping[str, Any], its_id: str | None = None) -> Self:
        return cls(its_id or new_id(), {name: digest_of(value) for name, value in shown.items()})

    @classmethod
    def read(cls, sent: object) -> Self:
        """What a form says; nothing where it says nothing, or what no window of ours has written."""
        its_id, *pairs = str(sent or "")[:1000].split(" ")
        seen = [pair.partition(":") for pair in pairs]
        if not re.fullmatch(r"[0-9a-f-]{1,36}", its_id):
            return cls()
        return cls(its_id, {name: digest for name, _, digest in seen})

    def write(self) -> str:
        return " ".join([self.id, *(f"{name}:{digest}" for name, digest in self.seen.items())])

    def has_missed(self, stored: Mapping[str, Any]) -> bool:
        """Whether something is stored that this window has not shown."""
        return any(name in stored and digest_of(stored[name]) != digest for name, digest in self.seen.items())

    def go_on(self, stored: Mapping[str, Any], clashes: Sequence[str]) -> "Window":
        """The same window once its words are kept. What clashes it has still not seen."""
        shown = {name: digest_of(stored[name]) for name in self.seen if name not in clashes and name in stored}
        return Window(self.id, {**self.seen, **shown})


class Merged(NamedTuple):
    """What is written, and where two have written into the same field: there it stays as it is."""

    kept: dict[str, Any]
    clashes: list[str]


def merge(
    stored: Mapping[str, Any], typed: Mapping[str, Any], window: Window, written_by: Mapping[str, str] | None = None
) -> Merged:
    """`written_by`: field → the window that has written it last. A window that has not heard that its words were kept
    sends them again, and goes on from there."""
    kept, clashes = {}, []
    for name, value in typed.items():
        is_own = bool(window.id) and (written_by or {}).get(name) == window.id
        seen, ours, theirs = window.seen.get(name), digest_of(value), digest_of(stored.get(name))
        if seen is None or is_own or theirs in (seen, ours):
            kept[name] = value
        elif ours != seen:
            clashes.append(name)
    return Merged(kept, clashes)
