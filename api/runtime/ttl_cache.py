"""What takes long to find out and need not be of this very moment: kept for a while by this process."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Found = TypeVar("Found")


class TtlCache(Generic[Found]):
    """Answers by their question, each for so many seconds. Whoever shows one says of when it is.

    Several who ask the same at once wait for one answer. The oldest answers go first where there are too many.
    """

    def __init__(self, seconds: float, most: int = 200, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._answers: dict[Hashable, tuple[float, Found]] = {}
        self._locks: dict[Hashable, asyncio.Lock] = {}

    def forget(self) -> None:
        """Something has changed here that shows: whoever asks next looks anew. Others' processes learn it in time."""
        self._answers.clear()

    async def get(self, question: Hashable, find: Callable[[], Awaitable[Found]], *, anew: bool = False) -> Found:
        """The kept answer, or what `find` finds now. `anew`: one that was found after asking."""
        asked = self._clock()
        async with self._locks.setdefault(question, asyncio.Lock()):
            kept = self._answers.get(question)
            if kept is not None and (kept[0] > asked if anew else kept[0] + self._seconds > asked):
                return kept[1]
            began = self._clock()
            found = await find()
            self._answers.pop(question, None)
            self._answers[question] = (began, found)
            while len(self._answers) > self._most:
                oldest = next(iter(self._answers))
                del self._answers[oldest]
                self._locks.pop(oldest, None)
            return found
