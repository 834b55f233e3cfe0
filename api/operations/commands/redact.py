"""`ideenweg redact`: words that name somebody are taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from api.operations.console import DONE, IMPOSSIBLE, carry_out

if TYPE_CHECKING:
    from rich.console import Console

    from api.runtime.services import Services


def redact(
    place: str = typer.Argument(metavar="PLACE", help="Such as note:ID, task:ID or session:ID, as `erase` tells it."),
    name: str = typer.Option("", "--name", help="Take only this full name out, in all its spellings."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
) -> None:
    """Empty a note, a task, a session's note, a message or another place, or take one name out of it.

    That something stood there stays. What waits to be sent is written anew, copies of mails are emptied. Ideas,
    packages and drafts keep their words but for the name: give --name for them. Ends with 0 when it is done, 1 when it
    was not confirmed, and 2 when there is no such place, or nothing in it to take away.
    """
    carry_out(lambda services, console: _redact(services, console, place, name, yes))


async def _redact(services: Services, console: Console, place: str, name: str, yes: bool) -> int:
    from activities.audit import write_audit
    from activities.upkeep.name_spellings import patterns_of, single_patterns_of
    from activities.upkeep.redaction import redact_place
    from models.messages.upkeep import Place
    from models.vocabulary import AuditEvent

    kind, _, key = place.partition(":")
    patterns = (patterns_of(name) or single_patterns_of(name)) if name else None
    if not yes:
        typer.confirm("This cannot be undone. Take the words away?", abort=True)
    async with services.database.transaction() as session:
        done = await redact_place(session, Place(name=kind, key=key), None, patterns)
        if done:
            await write_audit(session, AuditEvent.REDACTION, kind=kind, key=key)
    console.print("Taken away." if done else "There is no such place, or nothing in it that can be taken away so.")
    return DONE if done else IMPOSSIBLE
