"""`python -m tests.chaos --seed 7 --minutes 10`: ten minutes of trouble, and what it has broken."""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.running import run_chaos

PROOF = ("acknowledged", "steps", "notices", "histories replayed", "killed")
"""What there must be of for a run to have shown anything."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10_000), help="the same seed plans the same trouble"
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--clients", type=int, default=24, help="how many people are about at the same time")
    parser.add_argument("--ideas", type=int, default=40)
    parser.add_argument("--pause", type=float, help="seconds between two blows, by the speed of the machine")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--webs", type=int, default=2)
    parser.add_argument("--keep", action="store_true", help="keep data and logs")
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="ideenweg-chaos-"))
    home.chmod(0o755)
    began = time.monotonic()

    def tell(line: str) -> None:
        print(f"[{time.monotonic() - began:6.1f}] {line}", flush=True)

    tell(f"seed {options.seed}, data and logs in {home}")
    try:
        report = asyncio.run(
            run_chaos(
                home,
                options.seed,
                options.minutes * 60,
                tell,
                clients=options.clients,
                most_ideas=options.ideas,
                pause=options.pause,
                workers=options.workers,
                webs=options.webs,
            )
        )
    finally:
        if not options.keep:
            shutil.rmtree(home, ignore_errors=True)
    for name, value in report.figures.items():
        print(f"{name:>44}  {value}")
    findings = [
        *report.findings,
        *(f"nothing was proved: no {figure}" for figure in PROOF if not report.figures[figure]),
    ]
    for finding in findings:
        print(f"FOUND {finding}")
    print(f"seed {report.seed}: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
