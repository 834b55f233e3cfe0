"""What the supervisor tells whoever reads the terminal."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api.operations.embedded.process import PartFailed, last_lines
from models.running_services import Running
from models.settings import Settings

ACCOUNTS_OF_A_ROLE = 2


class Screen:
    """Lines on a terminal or in a log. A terminal that was closed must not keep the parts from being stopped."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)

    def say(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._console.print(escape(text))

    def warn(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._console.print(f"[yellow]{escape(text)}[/]")

    def explain(self, failure: Exception) -> None:
        """Why it did not work, with the end of the log that has the details."""
        log = failure.log if isinstance(failure, PartFailed) else None
        with contextlib.suppress(OSError):
            self._console.print(f"[red]{escape(str(failure))}[/]")
            for line in last_lines(log):
                self._console.print(f"  [dim]{escape(line)}[/]")
            if log:
                self._console.print(f"More in {escape(str(log))}")

    def show_addresses(self, running: Running, settings: Settings, accounts: list[dict[str, Any]]) -> None:
        table = Table(show_header=False, box=None, pad_edge=False)
        table.add_row("Ideenweg", f"[bold]{running.web_url}[/]")
        table.add_row("API", f"{running.web_url}/api/v1/docs")
        if running.demo:
            table.add_row("Mailbox", f"{running.web_url}/mailbox")
        if running.temporal_ui:
            table.add_row("Temporal UI", running.temporal_ui)
        table.add_row("Data and logs", escape(str(settings.var)))
        with contextlib.suppress(OSError):
            self._console.print()
            self._console.print(table)
            if accounts:
                self._console.print()
                self._console.print(_accounts_table(accounts))
            self._console.print()


def _accounts_table(accounts: list[dict[str, Any]]) -> Table:
    """Two of each role are enough to begin with; `ideenweg demo --accounts` lists them all."""
    table = Table("Demo account", "Name", "Role", box=None, pad_edge=False, header_style="dim")
    shown: Counter[str] = Counter()
    for account in accounts:
        role = str(account.get("role", ""))
        if shown[role] < ACCOUNTS_OF_A_ROLE:
            shown[role] += 1
            table.add_row(escape(str(account.get("email", ""))), escape(str(account.get("name", ""))), escape(role))
    hidden = len(accounts) - shown.total()
    if hidden:
        table.add_row(f"… and {hidden} more: ideenweg demo --accounts", "", "")
    return table
