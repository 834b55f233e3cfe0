"""`ideenweg erase`: a person is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from api.operations.console import DONE, carry_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from activities.upkeep.close_cases import Plan
    from api.runtime.services import Services
    from models.messages.upkeep import ErasureCounts, Place


def erase(
    email: str = typer.Argument(metavar="EMAIL", help="Whose account."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would happen; nothing is changed."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    despite_evidence: bool = typer.Option(
        False, "--despite-evidence", help="Erase also cases that are to be kept as evidence. Write down why."
    ),
    replace_name: bool = typer.Option(
        False, "--replace-name", help="Their full name becomes … wherever others wrote it."
    ),
) -> None:
    """Erase a person: end their open cases, delete their words, mails and tokens, and take their name off the timeline.

    Ideas they have handed in go to somebody who works on them in their team, or are withdrawn; ideas they coach look
    for somebody else. Where others still name them is told, as places without words: look there, and take it away with
    `ideenweg redact`. This cannot be undone, and a restored backup is erased again. Ends with 0 when all is done, 1
    when it was not confirmed, 2 when the person cannot be erased yet and 3 when a service is away: then run it again.
    """
    carry_out(lambda services, console: _erase(services, console, email, dry_run, yes, despite_evidence, replace_name))


async def _erase(
    services: Services,
    console: Console,
    email: str,
    dry_run: bool,
    yes: bool,
    despite_evidence: bool,
    replace_name: bool,
) -> int:
    from datetime import UTC, datetime

    from activities.upkeep import erasure
    from activities.upkeep.close_cases import CannotErase, end_open_cases, plan_erasure

    settings = services.settings
    if not settings.has_signing_key:
        raise CannotErase("IDEENWEG_SECRET_KEY is not set: what is erased is remembered under this key.")
    evidence_until = services.policy.retention.evidence_until
    async with services.database.session() as session:
        account = await erasure.find_account(session, email)
        plan = await plan_erasure(session, account, services.today(), evidence_until)
    _show_plan(console, plan)
    counts, places = await erasure.count_erasure(services.database, account.id, replace_names=replace_name)
    _show_counts(console, "would go", counts)
    _show_places(console, places)
    if plan.evidence and not despite_evidence:
        raise CannotErase(
            f"{len(plan.evidence)} of their cases are evidence until {evidence_until} (pipeline.toml, "
            "retention.evidence_until). Erase them after that day, or give --despite-evidence."
        )
    if dry_run:
        console.print("Dry run: nothing was changed.")
        return DONE
    if not yes:
        typer.confirm("Erase this person for good?", abort=True)
    await end_open_cases(services.database, services.engine, account.id)
    counts, places = await erasure.erase(
        services.database,
        account.id,
        settings.signing_key,
        datetime.now(UTC),
        settings.var / erasure.LIST_NAME,
        replace_names=replace_name,
    )
    _show_counts(console, "gone", counts)
    _show_places(console, places)
    console.print("Erased.")
    return DONE


def _show_plan(console: Console, plan: Plan) -> None:
    for ideas, what in (
        (plan.owned, "open ideas will be withdrawn"),
        (plan.handed, "open ideas go to whoever has worked on them for longest in their team"),
        (plan.coached, "open ideas will look for another coach"),
        (plan.covered, "open ideas lose them as a stand-in"),
        (plan.teams, "open ideas lose them from their team"),
    ):
        if ideas:
            console.print(f"{len(ideas)} {what}.")


def _show_places(console: Console, places: Sequence[Place]) -> None:
    """Nothing of the words: whoever looks knows whom they look for."""
    for place in places:
        of_idea = f" of the idea {place.idea_id}" if place.idea_id else ""
        console.print(f"Please look at {place}{of_idea}: somebody else's words may name them.")
    if places:
        console.print("What names them goes with `ideenweg redact PLACE`, or with --replace-name.")


def _show_counts(console: Console, heading: str, counts: ErasureCounts) -> None:
    from rich.table import Table

    table = Table("what", heading)
    for name, count in counts.model_dump().items():
        table.add_row(name, str(count))
    console.print(table)
