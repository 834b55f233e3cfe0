"""`ideenweg reconcile`: does SQL show what the workflows know?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from api.operations.console import DONE, LEFT, carry_out

if TYPE_CHECKING:
    from rich.console import Console

    from api.runtime.services import Services


def reconcile(
    fix: bool = typer.Option(False, "--fix", help="Repair what can be repaired without losing anything."),
    idea: str | None = typer.Option(None, metavar="ID", help="Look at one idea only."),
) -> None:
    """Compare SQL with the workflows, and report what differs. The same runs every night.

    Repairs show a workflow's standing again, or let an idea go on from where SQL shows it where its workflow is lost or
    was set back. Ends with 0 when everything agrees or was repaired, 1 when drift is left, 2 when it cannot be done
    and 3 when a service is away.
    """
    carry_out(lambda services, console: _reconcile(services, console, fix, idea))


async def _reconcile(services: Services, console: Console, fix: bool, idea: str | None) -> int:
    from activities.upkeep.reconcile import Reconciler
    from api.operations.progress import ProgressLine
    from models.messages.upkeep import ReconcileRequest
    from models.queries.drift import list_findings
    from models.tables.columns import new_id

    reconciler = Reconciler(services.database, services.engine, services.policy)
    request = ReconcileRequest(run_id=new_id(), fix=fix, idea_id=idea)
    with ProgressLine(console, "Compared", 1 if idea else await reconciler.count()) as progress:
        report = await reconciler.run(
            request, lambda done, _at: progress.advance(min(done, progress.total) - progress.done)
        )
    async with services.database.session() as session:
        findings = await list_findings(session, request.run_id)
    if not findings:
        console.print(f"{report.checked} workflows compared: SQL and the workflows agree.")
        return DONE
    from rich.table import Column, Table

    longest = max(len(line.subject) for line in findings)
    # An id that is cut cannot be looked up.
    table = Table(Column("workflow", min_width=longest, overflow="fold"), "drift", "SQL", "engine", "repaired")
    for line in findings:
        versions = ("" if version is None else str(version) for version in (line.shown_version, line.engine_version))
        table.add_row(line.subject, line.kind, *versions, "yes" if line.repaired else "no")
    console.print(table)
    console.print(f"{report.checked} workflows compared: {len(findings)} differ, {report.repaired} repaired.")
    return LEFT if report.left else DONE
