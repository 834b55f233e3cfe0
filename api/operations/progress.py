"""How far long work has come: a bar on a terminal, a plain line now and then elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LINE_EVERY_SECONDS = 5.0


class ProgressLine:
    """Counts up to `total`. Writes to `console`, whose other output may go on meanwhile."""

    def __init__(self, console: Console, what: str, total: int) -> None:
        self.console = console
        self.what = what
        self.total = total
        self.done = 0
        self._told_at = time.monotonic()
        self._told = -1
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(what, total=total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()
        if self.total:
            self._tell()

    def advance(self, steps: int = 1) -> None:
        self.done += steps
        self._bar.advance(self._task, steps)
        if not self.console.is_terminal and time.monotonic() - self._told_at >= LINE_EVERY_SECONDS:
            self._tell()

    def _tell(self) -> None:
        if self._told == self.done:
            return
        self._told, self._told_at = self.done, time.monotonic()
        self.console.print(f"{self.what}: {self.done} of {self.total}", markup=False, highlight=False)
