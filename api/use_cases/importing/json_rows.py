"""JSON as rows of text: a list of objects, or one object in each line, as our own export writes them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api.use_cases.importing.csv_records import Record
from api.use_cases.importing.problems import ImportImpossible

DEEPEST = 2
"""`standing.state` is a column; what lies deeper is none."""


def read_objects(text: str) -> list[Record]:
    """A record for the names of all fields, and one for each object. Raises ImportImpossible."""
    found = list(_find_objects(text))
    if not found:
        raise ImportImpossible("The file holds an empty list.", "empty")
    flat = [(line, dict(_flatten(one))) for line, one in found]
    names = list(dict.fromkeys(name for _, one in flat for name in one))
    rows = [Record(line, line, tuple(one.get(name, "") for name in names)) for line, one in flat]
    return [Record(0, 0, tuple(names)), *rows]


def _find_objects(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Each object with its line, or its number where the whole file is one list."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        whole = None
    if isinstance(whole, Mapping):
        # One line of an export, or a list under a name, as services answer.
        lists = [value for value in whole.values() if isinstance(value, list) and value and _are_objects(value)]
        whole = lists[0] if len(lists) == 1 and not isinstance(whole.get("title"), str) else [whole]
    if isinstance(whole, list):
        if not _are_objects(whole):
            raise ImportImpossible("The JSON is no list of objects: [{…}, {…}].", "no_objects")
        yield from enumerate(whole, 1)
        return
    for line, part in enumerate(text.split("\n"), 1):
        if part.strip():
            yield line, _read_line(line, part)


def _are_objects(values: Sequence[object]) -> bool:
    return all(isinstance(value, Mapping) for value in values)


def _read_line(line: int, text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f", character {error.pos + 1}: {error.msg}" if isinstance(error, json.JSONDecodeError) else ""
        raise ImportImpossible(f"This looks like JSON and is none (line {line}{where}).", "json", line=line) from None
    if not isinstance(found, Mapping):
        raise ImportImpossible(f"Line {line} of the JSON is no object: {{…}}.", "json", line=line)
    return found


def _flatten(value: Mapping[str, Any], prefix: str = "", depth: int = 1) -> Iterator[tuple[str, str]]:
    for name, inner in value.items():
        if isinstance(inner, Mapping):
            if depth < DEEPEST:
                yield from _flatten(inner, f"{prefix}{name}.", depth + 1)
        elif isinstance(inner, list):
            if all(isinstance(item, (str, int, float)) for item in inner):
                yield f"{prefix}{name}", "\n".join(map(_show, inner))
        else:
            yield f"{prefix}{name}", _show(inner)


def _show(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
