"""Long work in small pieces."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def in_batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """
    >>> [list(batch) for batch in in_batches([1, 2, 3], 2)]
    [[1, 2], [3]]
    """
    for first in range(0, len(items), size):
        yield items[first : first + size]
