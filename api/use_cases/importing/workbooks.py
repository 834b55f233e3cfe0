"""Workbooks of Excel and LibreOffice as rows of text: what a cell shows, without what it computes."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from api.use_cases.importing import unpacking
from api.use_cases.importing.csv_records import Record
from api.use_cases.importing.problems import ImportImpossible, Remark, excerpt

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
) -> tuple[list[Record], list[Remark]]:
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
        raise ImportImpossible("--sheet holds a sign that no sheet's name has.", "sheet_name") from None
    if answer.get("problem") == "no_sheet":
        there = ", ".join(f'"{excerpt(name)}"' for name in answer["names"])
        told = f'--sheet: the workbook has no sheet "{excerpt(sheet or "")}". There are {there}.'
        raise ImportImpossible(told, "no_sheet", there=there)
    if "problem" in answer:
        raise ImportImpossible(TOLD[answer["problem"]], answer["problem"])
    records = [Record(line, line, tuple(row)) for line, row in enumerate(answer["rows"], 1)]
    return records, _remarks(answer)


def _remarks(answer: dict[str, Any]) -> list[Remark]:
    remarks = []
    if answer["others"]:
        name, others = excerpt(answer["name"]), ", ".join(f'"{excerpt(name)}"' for name in answer["others"])
        told = f'The sheet "{name}" is read; there are others ({others}): --sheet names one.'
        remarks.append(Remark.of("sheets", told, name=name, others=others))
    if answer["errors"]:
        count = answer["errors"]
        told = f"{count} cell(s) hold an error of a formula (#REF!, #N/A, …); they are read as empty."
        remarks.append(Remark.of("cell_errors", told, count=count))
    return remarks
