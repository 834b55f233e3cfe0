"""One spelling of a message, for signatures: the same for whoever sends it and whoever reads it, by this release or the
one before.
"""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python


def canonical(values: Sequence[Any]) -> bytes:
    """JSON with sorted keys. What a field is by itself is left out: a release that knows a field more spells a message
    that does not use it as before.

    >>> canonical(["decline", 7])
    b'["decline",7]'
    """
    return json.dumps([_plain(value) for value in values], sort_keys=True, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    return to_jsonable_python(value)
