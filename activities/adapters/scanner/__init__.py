"""Adapters of the scanner port: none, and ClamAV's daemon."""

from activities.adapters.scanner.clamd import Clamd
from activities.ports.scanner import Scanner
from models.settings import Settings


class NoScanner:
    """Finds nothing. What a file is, and that it brings no macros along, is looked at all the same."""

    async def find_threat(self, data: bytes) -> str | None:
        return None

    async def describe(self) -> str:
        return "none: files are told by their content alone"


def build_scanner(settings: Settings) -> Scanner:
    """The scanner that the operator has chosen. Nothing is connected to before a file comes."""
    match settings.scanner:
        case "clamd":
            return Clamd(settings.clamd_address)
        case "none":
            return NoScanner()
