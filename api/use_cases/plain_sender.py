"""A command on its way to a plain case that stands beside an idea: its words are a note, and it says whose that is."""

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.use_cases.command_sender import C, CommandSender, F, refused
from models.messages.cases import Taken
from models.messages.commands import RefusalCode
from models.tables import Note, StandingRow
from workflows.client import EngineAway


class PlainSender(CommandSender[F, C]):
    """One event of one case. A kind says how it is seen, and writes its command."""

    def words(self, command: C) -> dict[str, Any]:
        return {"event": self.row.kind, "internal": False, "body": self.form.note}

    async def forget(self, session: AsyncSession, command: C) -> None:
        note = await session.get(Note, command.note_id) if command.note_id else None
        if note is not None:
            await session.delete(note)

    async def ask(self, command: C) -> Taken:
        return await self.services.engine.case_command(self.row.workflow_id, command)

    async def explain_absence(self) -> Exception:
        async with self.services.database.reading() as session:
            row = await session.get_one(StandingRow, self.row.case_id)
        if row.outcome is None:
            return EngineAway(f"no workflow runs for this open {row.kind}")
        return refused(RefusalCode.NOT_ALLOWED, f"the {row.kind} has ended: {row.state}", row.version)

    def told(self, owner_id: str) -> dict[str, Any]:
        """What every command of a plain case says, beside who acts. `owner_id`: whose the idea is."""
        standing, rulebook = self.row.read(), self.services.rulebook(self.row.kind)
        return {
            "id": self.command_id,
            "event": self.form.event,
            "fingerprint": self.form.fingerprint(),
            "expected_version": self.expected_version,
            "searched_to": self.row.version,
            "note_id": self.name("note") if self.form.note else None,
            "days": self.form.days,
            "until": self.form.until,
            "owner_id": owner_id if owner_id != standing.owner_id else None,
            "rulebook": rulebook if rulebook.digest != standing.rulebook_digest else None,
        }
