"""The rows of a workbook, read by a program of its own that may use only so much time and memory.

A workbook is packed: a small one can hold a sheet that fills every memory. What falls over here takes nothing with it,
and knows neither key nor database. It reads the file from its standard input and answers in JSON: `name`, `others` and
`rows`, or `problem`.
"""

import contextlib
import json
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from io import BytesIO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

MOST_MEMORY = 1024 * 1024 * 1024
MOST_SECONDS = 60
MOST_UNPACKED = 200 * 1024 * 1024
MOST_CELLS = 2_000_000


class Problem(Exception):
    """Why it cannot be read: `too_large`, `protected`, `damaged`, `no_sheet`, `empty`."""


def main() -> None:
    for limit, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, MOST_SECONDS)):
        with contextlib.suppress(ValueError, OSError):  # macOS knows no limit of addresses
            resource.setrlimit(limit, (most, most))
    data = sys.stdin.buffer.read()
    try:
        answer = unpack(data, sys.argv[1] if len(sys.argv) > 1 else None)
    except Problem as problem:
        answer = {"problem": str(problem.args[0]), "names": problem.args[1:]}
    except MemoryError:
        answer = {"problem": "too_large"}
    except PasswordError:
        answer = {"problem": "protected"}
    except (CalamineError, zipfile.BadZipFile, ValueError, OSError):
        answer = {"problem": "damaged"}
    sys.stdout.buffer.write(json.dumps(answer).encode("utf-8", "replace"))


def unpack(data: bytes, wanted: str | None) -> dict[str, object]:
    """One sheet: the one that is wanted, else the first that is seen and holds anything. Raises Problem and more."""
    errors = count_errors(data)
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    seen = [sheet.name for sheet in book.sheets_metadata if sheet.visible is SheetVisibleEnum.Visible]
    if wanted is not None and wanted not in book.sheet_names:
        raise Problem("no_sheet", *book.sheet_names)
    sheets = [book.get_sheet_by_name(name) for name in ([wanted] if wanted is not None else seen)]
    filled = [sheet for sheet in sheets if sheet.total_height and sheet.total_width]
    if not filled:
        raise Problem("empty")
    chosen = filled[0]
    if chosen.total_height * chosen.total_width > MOST_CELLS:
        raise Problem("too_large")
    rows = chosen.to_python(skip_empty_area=False)
    others = [sheet.name for sheet in filled[1:]]
    return {"name": chosen.name, "others": others, "rows": [list(map(show, row)) for row in rows], "errors": errors}


def show(value: object) -> str:
    """A cell as people read it: 1 for 1.0, days as 2026-11-02, yes and no as TRUE and FALSE."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, (date, time, timedelta)):
        return str(value)
    return str(value)


def count_errors(data: bytes) -> int:
    """Cells of an XLSX whose formula has failed, which are read as empty; and a look at how large all is unpacked."""
    if not data.startswith(b"PK"):
        return 0
    errors = 0
    with zipfile.ZipFile(BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
            raise Problem("too_large")
        for part in archive.infolist():
            if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                errors += archive.read(part).count(b' t="e"')
    return errors


if __name__ == "__main__":
    main()
