"""Speaking to the workflows of ideas and searches from an activity."""

from typing import Protocol

from models.messages.cases import CaseState, Taken
from models.messages.commands import CaseCommand, Command, Refusal


class CommandRefused(Exception):
    """The idea does not take the command."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.detail)


class IdeaGone(Exception):
    """No workflow runs for this idea: it has ended, or it was never handed in."""


class Ideas(Protocol):
    """Fulfilled by `workflows.client`."""

    async def command(self, idea_id: str, command: Command) -> Taken:
        """Raises CommandRefused or IdeaGone."""

    async def skip_coach(self, idea_id: str, n: int, coach_id: str) -> None:
        """Tell a coach search not to wait for this coach. A search that has ended is left alone."""


class Cases(Ideas, Protocol):
    """Speaking to cases of any kind."""

    async def case_command(self, workflow_id: str, command: CaseCommand) -> Taken:
        """Raises CommandRefused or IdeaGone."""


class Beginnings(Cases, Protocol):
    """Beginning them as well."""

    async def submit(self, case: CaseState, command: CaseCommand) -> Taken:
        """Begin a case in one durable step. Harmless twice. Raises CommandRefused or IdeaGone."""
