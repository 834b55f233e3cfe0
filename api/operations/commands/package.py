"""`ideenweg package`: a campaign package, checked and taken out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import typer

from api.operations.console import DONE, LEFT, carry_out

if TYPE_CHECKING:
    from rich.console import Console
    from sqlmodel.ext.asyncio.session import AsyncSession

    from api.runtime.services import Services
    from api.use_cases.packages import StoredPackage


def package(
    idea: UUID = typer.Argument(metavar="IDEA", help="The id of the idea."),
    attempt: int | None = typer.Option(None, min=1, help="Which attempt; else the latest."),
    out: Path | None = typer.Option(None, help="Where the ZIP goes; else into this folder under a name of its own."),
    check: bool = typer.Option(False, "--check", help="Only say what is left to do; nothing is written."),
) -> None:
    """Check the campaign package of an idea, and write it as a ZIP: texts, tables, images and a checklist.

    The ZIP holds people's own words: keep it where only those may read it who need it. A package that is not ready can
    be written too; its checklist says what is missing. Ends with 0 when that is done, 1 when --check finds something
    that has to be done first, 2 when there is no such package and 3 when the database is away.
    """
    carry_out(lambda services, console: _package(services, console, str(idea), attempt, out, check))


async def _package(
    services: Services, console: Console, idea_id: str, attempt: int | None, out: Path | None, check: bool
) -> int:
    from activities.packaging import ImageMissing
    from api.use_cases.package_archive import pack_package
    from api.use_cases.packages import read_package
    from models.rules.readiness import is_ready

    async with services.database.session() as session:
        attempt = await _find_attempt(session, idea_id, attempt)
        kept = await read_package(session, services, idea_id, attempt)
        _show_findings(console, kept)
        ready = is_ready(kept.findings)
        console.print(f"Attempt {attempt}, revision {kept.revision}: {'ready' if ready else 'not ready'}.")
        if check:
            return DONE if ready else LEFT
        try:
            packed = await pack_package(services, session, idea_id, attempt, kept)
        except ImageMissing as missing:
            raise RuntimeError(f"The package shows an image that is not there: {missing.image_id}") from None
    target = out or Path(packed.file_name)
    _write(target, packed.content)
    console.print(f"Written to {target}")
    return DONE


async def _find_attempt(session: AsyncSession, idea_id: str, attempt: int | None) -> int:
    """The attempt that is asked for or the latest. Raises RuntimeError where there is none."""
    from sqlmodel import col, select

    from models.tables import CampaignPackage

    wanted = select(CampaignPackage.attempt).where(CampaignPackage.idea_id == idea_id)
    if attempt is not None:
        wanted = wanted.where(CampaignPackage.attempt == attempt)
    found = (await session.exec(wanted.order_by(col(CampaignPackage.attempt).desc()).limit(1))).one_or_none()
    if found is None:
        raise RuntimeError(f"The idea {idea_id} has no campaign package{f' number {attempt}' if attempt else ''}.")
    return found


def _show_findings(console: Console, kept: StoredPackage) -> None:
    from rich.table import Table

    if not kept.findings:
        return
    table = Table("section", "field", "", "whose rule", "what to do")
    for finding in kept.findings:
        table.add_row(finding.section, finding.field, finding.severity, finding.source, finding.texts["en"])
    console.print(table)


def _write(target: Path, content: bytes) -> None:
    """Whole or not at all, and for its owner's eyes only. Raises RuntimeError where it cannot be written."""
    import os

    if target.is_dir() or not target.absolute().parent.is_dir():
        raise RuntimeError(f"{target} cannot be written: it is a folder, or its folder does not exist.")
    temporary = target.with_name(f"{target.name}.part")
    temporary.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        temporary.replace(target)
    except OSError as error:
        raise RuntimeError(f"{target} cannot be written: {error.strerror}.") from None
    finally:
        temporary.unlink(missing_ok=True)
