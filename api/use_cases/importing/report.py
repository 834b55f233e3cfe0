"""The report about rows: a CSV for Excel, with the line, the column, a reason and a code for programs."""

from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path
from typing import TextIO

from api.use_cases.importing.problems import Finding, ImportImpossible
from models.spreadsheet import BYTE_ORDER_MARK, SheetWriter

COLUMNS = ("line", "last_line", "kind", "code", "column", "reason", "value")
OUR_HEADER = BYTE_ORDER_MARK + ";".join(COLUMNS)


def check_report_path(path: Path, source_file: Path) -> None:
    """Refuse to overwrite anything but an earlier report. Raises ImportImpossible."""
    if path.exists() and source_file.exists() and path.samefile(source_file):
        raise ImportImpossible("--report names the file that is imported. Name another one.")
    if path.is_dir() or not path.parent.is_dir():
        raise ImportImpossible(f"--report {path} cannot be written: it is a folder, or its folder does not exist.")
    if path.exists() and not _is_report(path):
        raise ImportImpossible(f"{path} exists and is no report of an import. Name another file with --report.")


def write_report(path: Path, findings: Iterable[Finding]) -> None:
    """Write it whole or not at all. Raises ImportImpossible."""
    text = StringIO()
    write_findings(text, findings)
    temporary = path.with_name(f"{path.name}.new")
    try:
        temporary.write_bytes(text.getvalue().encode("utf-8", "replace"))
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ImportImpossible(f"The report cannot be written to {path}: {error.strerror}.") from None


def write_findings(
    sink: TextIO, findings: Iterable[Finding], tell: Callable[[Finding], str] = lambda finding: finding.reason
) -> None:
    """A line for each, in the order of the file. `tell`: the reason in the words of whoever reads it."""
    sheet = SheetWriter(sink)
    sheet.write(COLUMNS)
    for finding in sorted(findings, key=lambda finding: finding.line):
        values = (finding.line, finding.last_line, finding.kind, finding.code, finding.column, tell(finding))
        sheet.write([*values, finding.value])


def _is_report(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(OUR_HEADER.encode())).decode("utf-8", "replace") == OUR_HEADER
    except OSError:
        return False
