"""What somebody new does first, on the page where their day begins, until it is done or they do not want to see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.pages.kit.page import SignedInPage
from api.use_cases.first_steps import hide_first_steps
from models.tables import Account


@dataclass(frozen=True)
class FirstStep:
    """A step and where it is taken. `name` is the key of its words."""

    name: str
    path: str
    is_done: bool


async def list_first_steps(page: SignedInPage, steps: Sequence[FirstStep]) -> Sequence[FirstStep]:
    """All of them as long as one is left; once they are done, nobody looks again."""
    if page.person.first_steps_over_at is not None:
        return ()
    if all(step.is_done for step in steps):
        await hide_first_steps(page.services, page.person.id)
        return ()
    return steps


def is_reachable(account: Account) -> bool:
    """Whether somebody has said how they are reached beside their mail."""
    return bool(account.phone or account.reach)
