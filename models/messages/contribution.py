"""What travels of a contribution: its sort, ids and reasons. What its author wrote, and who that is, stays in SQL."""

from models.messages.cases import CaseState, PlainStanding
from models.messages.commands import PlainCommand
from models.vocabulary import ContributionSort, Role, Unfit


class ContributionCommand(PlainCommand):
    """One event asked of one contribution."""

    reason: Unfit | None = None
    """With `refuse`: why it is not shown."""
    contact: bool = False
    """With `answer`: whoever answers says yes to being reached, and to reaching its author."""


class ContributionStanding(PlainStanding):
    """Where a contribution stands."""

    kind = "contribution"

    n: int
    state: str = "received"
    sort: ContributionSort
    reason: Unfit | None = None
    said_id: str | None = None
    """The note with the answer, or with what was said to the reason."""
    may_contact: bool = False
    """Its author has said yes to being reached by the team."""
    contact_id: str | None = None
    """Who of the team has said yes, too: either is told now how the other is reached."""
    said_by: Role | None = None
    """Whether the team has answered, or the office for it."""

    @property
    def number(self) -> int:
        return self.n


class ContributionState(CaseState):
    standing: ContributionStanding
