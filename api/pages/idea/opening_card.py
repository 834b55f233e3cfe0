"""What the page of an idea shows of its card under *Unterwegs*."""

from dataclasses import dataclass

from api.pages.idea.story_card import may_take_down
from api.pages.kit.turn_presenter import TurnPresenter
from models.rules.openings import may_open
from models.tables import Opening, StandingRow


@dataclass(frozen=True)
class OpeningCard:
    """What the page of the idea shows of it."""

    id: str
    """Of what everybody reads; empty where nobody does."""
    title: str
    may_write: bool
    takes_down: str
    """`owner` or `lead`, where the visitor may end it."""
    reason: str
    """Why a lead has taken it down."""
    is_taken_down: bool


def describe_opening(speaker: TurnPresenter, row: StandingRow, kept: Opening | None) -> OpeningCard | None:
    """None where there is nothing to see, and nothing to do for the visitor."""
    may_write = may_open(row.standing(), speaker.visitor.id)
    if kept is None:
        return OpeningCard("", "", may_write, "", "", is_taken_down=False) if may_write else None
    is_taken_down = kept.taken_down_at is not None
    return OpeningCard(
        id="" if is_taken_down else kept.id,
        title=kept.title,
        may_write=may_write and not is_taken_down,
        takes_down=may_take_down(speaker, row),
        reason=kept.reason,
        is_taken_down=is_taken_down,
    )
