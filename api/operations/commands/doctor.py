"""`ideenweg doctor`: checks every setting and service, and says how to mend what is wrong."""

import typer

from models.settings import load_settings

MARKS = {"ok": "[green]ok  [/]", "warn": "[yellow]warn[/]", "fail": "[red]fail[/]"}


def doctor() -> None:
    """Check settings, data folder, database, Temporal and worker; ends with code 1 when something fails."""
    import asyncio

    from rich.console import Console
    from rich.markup import escape

    from api.operations.doctor import Level, examine

    findings = asyncio.run(examine(load_settings()))
    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        console.print(f"{MARKS[finding.level]}  {finding.subject}: {escape(finding.text)}")
        if finding.remedy:
            console.print(f"      → {escape(finding.remedy)}")
    if any(finding.level is Level.FAIL for finding in findings):
        raise typer.Exit(1)
