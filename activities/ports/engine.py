"""Looking at the workflows from outside: which run, and what they know."""

from collections.abc import AsyncIterator
from typing import Protocol

from models.messages.crowdfunding import CampaignCommand, CampaignReceipt, CampaignState
from models.messages.idea import IdeaState


class NoAnswer(Exception):
    """The engine cannot be reached, or no worker answers in time."""


class Engine(Protocol):
    """Fulfilled by `workflows.client`. Everything may raise NoAnswer."""

    async def state(self, idea_id: str) -> IdeaState:
        """What the latest run of an idea knows, also where it has ended. Raises IdeaGone where none is kept."""

    async def campaign_state(self, idea_id: str, attempt: int) -> CampaignState:
        """The same for a crowdfunding hand-off."""

    async def is_running(self, workflow_id: str) -> bool:
        """Whether the latest run is open."""

    def list_running(self) -> AsyncIterator[str]:
        """The workflow ids of all ideas and hand-offs that run, as far as the index knows: it lags by a moment."""

    async def start_from(self, idea: IdeaState, *, replace: bool = False) -> None:
        """Let an idea go on from a state. One that runs is left alone, or ended first with `replace`."""

    async def start_campaign_from(self, campaign: CampaignState, *, replace: bool = False) -> None:
        """The same for a crowdfunding hand-off."""

    def list_on_other_versions(self) -> AsyncIterator[str]:
        """The workflow ids of what runs and is pinned to another version of the worker than the current one."""

    async def nudge(self, workflow_id: str) -> None:
        """Have a workflow look whether it should go on in a fresh run."""


class HandOffs(Protocol):
    """Fulfilled by `workflows.client`."""

    async def campaign_command(self, idea_id: str, attempt: int, command: CampaignCommand) -> CampaignReceipt:
        """Ask one event of a crowdfunding hand-off. Raises CommandRefused, IdeaGone where it has ended, NoAnswer."""
