"""Workbooks of Excel and LibreOffice as rows of text: what a cell shows, without what it computes."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from api.importing import unpacking
from api.importing.problems import ImportImpossible, excerpt
from api.importing.records import Record

PROGRAM = (sys.executable, "-I", "-B", str(Path(unpacking.__file__)))
SECONDS = 90.0

TOLD = {
    "too_large": (
        f"The workbook is too large: at most {unpacking.MOST_UNPACKED // 1024**2} MB unpacked and "
        f"{unpacking.MOST_CELLS:,} cells are read. Take out empty rows and columns, or save the sheet as CSV UTF-8."
    ),
    "protected": "The workbook is protected by a password. Save it without one.",
    "damaged": "The workbook is damaged, or of a kind that cannot be read. Save it again as .xlsx, or as CSV UTF-8.",
    "empty": "The workbook holds nothing but empty sheets.",
}


def read_workbook(
    data: bytes, sheet: str | None = None, program: Sequence[str] = PROGRAM
) -> tuple[list[Record], list[str]]:
    """The rows of one sheet, the first that has any unless one is named, and remarks. Raises ImportImpossible."""
    try:
        run = subprocess.run(
            [*program, *([sheet] if sheet is not None else [])],
            input=data,
            capture_output=True,
            env={},
            timeout=SECONDS,
        )
        answer: dict[str, Any] = json.loads(run.stdout) if run.returncode == 0 else {"problem": "too_large"}
    except subprocess.TimeoutExpired:
        answer = {"problem": "too_large"}
    except ValueError:
        raise ImportImpossible("--sheet holds a sign that no sheet's name has.") from None
    if answer.get("problem") == "no_sheet":
        there = ", ".join(f'"{excerpt(name)}"' for name in answer["names"])
        raise ImportImpossible(f'--sheet: the workbook has no sheet "{excerpt(sheet or "")}". There are {there}.')
    if "problem" in answer:
        raise ImportImpossible(TOLD[answer["problem"]], answer["problem"])
    records = [Record(line, line, tuple(row)) for line, row in enumerate(answer["rows"], 1)]
    return records, _remarks(answer)


def _remarks(answer: dict[str, Any]) -> list[str]:
    remarks = []
    if answer["others"]:
        others = ", ".join(f'"{excerpt(name)}"' for name in answer["others"])
        remarks.append(
            f'The sheet "{excerpt(answer["name"])}" is read; there are others ({others}): --sheet names one.'
        )
    if answer["errors"]:
        remarks.append(
            f"{answer['errors']} cell(s) hold an error of a formula (#REF!, #N/A, …); they are read as empty."
        )
    return remarks
