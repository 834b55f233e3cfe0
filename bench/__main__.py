"""`python -m bench commands reading --small`: measure, show, and with `--out` keep what was found."""

import argparse
import asyncio
import importlib
import logging
import os
import pkgutil
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import uvloop

import bench
from api.runtime.gc_tuning import relax_gc
from bench.figures import Ground, Result
from bench.report import Section, write_report
from models.telemetry.logs import configure_logs


@dataclass(frozen=True)
class Bench:
    """One question and the way to its answer."""

    name: str
    number: int
    question: str
    measure: Callable[[Ground], Awaitable[Result]]


def find_benches() -> list[Bench]:
    """Every module of the package that measures something, by its number."""
    found = []
    for info in pkgutil.iter_modules(bench.__path__):
        if info.name == "__main__":
            continue
        module = importlib.import_module(f"bench.{info.name}")
        if hasattr(module, "measure"):
            question = (module.__doc__ or "").splitlines()[0]
            found.append(Bench(info.name, module.NUMBER, question, module.measure))
    return sorted(found, key=lambda one: one.number)


def main(arguments: Sequence[str] | None = None) -> int:
    benches = {one.name: one for one in find_benches()}
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures; one file a question.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(benches)}; none: all")
    parser.add_argument("--small", action="store_true", help="quick, to try the benches out; no figures to quote")
    parser.add_argument("--out", type=Path, help="keep the report in this file; sections not measured now stay")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(benches):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(benches)}")
    configure_logs("bench", sys.stderr, logging.CRITICAL)
    # As the web process: pages are measured in this one.
    relax_gc()
    sections = []
    for one in (benches[name] for name in options.names or benches):
        sections.append(run(one, small=options.small))
        print(f"\n{sections[-1].text}", flush=True)
        if options.out is not None:
            write_report(options.out, sections)
    return 1 if any(section.result is None for section in sections) else 0


def run(one: Bench, *, small: bool) -> Section:
    """Measure one. A failure becomes part of the report, so that the others are not lost."""
    home = Path(tempfile.mkdtemp(prefix=f"ideenweg-bench-{one.name}-"))
    home.chmod(0o755)  # the database runs as another user where we are root
    began, at, load = time.monotonic(), datetime.now(UTC), os.getloadavg()[0]

    def tell(line: str) -> None:
        print(f"[{one.name} {time.monotonic() - began:5.1f}] {line}", flush=True)

    result, failure = None, ""
    try:
        result = uvloop.run(measure(one, Ground(home, small, tell)))
    except Exception as error:
        failure = describe(error)
        tell(f"failed: {failure}\n{traceback.format_exc()}")
    finally:
        shutil.rmtree(home, ignore_errors=True)
    seconds = time.monotonic() - began
    return Section(one.number, one.question, at, seconds, load, small, result, failure)


def describe(error: BaseException) -> str:
    """The first error of a bundle is the one that has ended the others."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}".removesuffix(": ")


async def measure(one: Bench, ground: Ground) -> Result:
    result = await one.measure(ground)
    # The SDK's runtime may crash when the loop closes under it (temporalio/sdk-python#300).
    await asyncio.sleep(0.5)
    return result


if __name__ == "__main__":
    sys.exit(main())
