"""Looking at the workflows from outside: which run, and what they know."""

from collections.abc import AsyncIterator
from typing import Any, Protocol

from models.messages.cases import CaseState


class NoAnswer(Exception):
    """The engine cannot be reached, or no worker answers in time."""


class Engine(Protocol):
    """Fulfilled by `workflows.client`. Everything may raise NoAnswer."""

    async def case_state(self, workflow_id: str) -> Any:
        """What the latest run of a case knows, also where it has ended. Raises IdeaGone where none is kept."""

    async def is_running(self, workflow_id: str) -> bool:
        """Whether the latest run is open."""

    def list_running(self) -> AsyncIterator[str]:
        """The workflow ids of all cases that run, as far as the index knows: it lags by a moment."""

    async def start_from(self, state: CaseState, *, replace: bool = False) -> None:
        """Let a case go on from a state. One that runs is left alone, or ended first with `replace`."""

    def list_on_other_versions(self) -> AsyncIterator[str]:
        """The workflow ids of what runs and is pinned to another version of the worker than the current one."""

    async def nudge(self, workflow_id: str) -> None:
        """Have a workflow look whether it should go on in a fresh run."""
