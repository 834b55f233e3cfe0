"""How much is tried of what is alike: a part of it, the same for ever, or all of it where `IDEENWEG_TESTS=everything`.

Every test runs in either case. `.ci/run` tries everything; at a desk `make test` is to take less than ten minutes.
"""

import os
from collections.abc import Iterable
from typing import TypeVar
from zlib import crc32

T = TypeVar("T")

EVERYTHING = os.environ.get("IDEENWEG_TESTS") == "everything"


def is_tried(name: str, one_in: int) -> bool:
    """Whether one of many is among those that are tried at a desk: one in so many, chosen by its name."""
    return EVERYTHING or crc32(name.encode()) % one_in == 0


def some(things: Iterable[T], one_in: int) -> list[T]:
    return [one for one in things if is_tried(str(one), one_in)]
