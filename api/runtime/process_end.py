"""How a process of ours ends: what was written goes out, and nothing is taken apart."""

import atexit
import os
import sys
from contextlib import suppress
from typing import NoReturn


def end_process(code: str | int | None) -> NoReturn:
    """End with a code, or as `SystemExit` was raised with it.

    Python would look through everything once more, for a second; and where it takes itself apart, a thread of
    Temporal's client that is still there can kill it after its work is done (temporalio/sdk-python#300, open).
    """
    if isinstance(code, str):
        print(code, file=sys.stderr)  # noqa: T201
        code = 1
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        # Whoever has read may have gone.
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code or 0)
