"""Telling people's inboxes that something waits for them."""

from typing import Protocol


class Inboxes(Protocol):
    """Fulfilled by `workflows.client`."""

    async def knock(self, account_id: str) -> None:
        """Wake the inbox of an account, or start it. What waits is read from SQL, so knocking twice is harmless."""
