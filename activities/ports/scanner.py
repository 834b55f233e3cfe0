"""Looking through files for harm (a virus scanner)."""

from typing import Protocol


class ScannerAway(Exception):
    """It could not be asked, or did not answer as agreed: nothing is known of the file. The text names no file."""


class Scanner(Protocol):
    """Looks at one file. Fulfilled by `none`, which finds nothing, and `clamd`."""

    async def find_threat(self, data: bytes) -> str | None:
        """What its makers call the harm; None for a file without any. Raises ScannerAway."""

    async def describe(self) -> str:
        """One line for the operator: who looks. Raises ScannerAway."""
