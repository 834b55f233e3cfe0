"""What the timelines say after the last day."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from models.messages.cases import Entry
from models.messages.idea import Standing
from models.vocabulary import OfferStatus, Role, Stage

STANDS = "stands"
"""In place of an event."""


class Line(NamedTuple):
    """One version of one idea."""

    idea: int
    at: datetime
    event: str
    stage: Stage
    state: str
    holder: Role | None
    """None when the path has ended."""
    due: date | None = None
    coach_id: str | None = None
    """The coach whom this version gives."""

    @classmethod
    def read(cls, idea: int, entry: Entry) -> "Line":
        holder, coach = entry.holder, entry.facts.get("coach")
        return cls(
            idea=idea,
            at=entry.at,
            event=entry.event,
            stage=Stage(entry.stage),
            state=entry.state,
            holder=holder.role if holder else None,
            due=holder.until if holder else None,
            coach_id=str(coach) if coach else None,
        )

    @classmethod
    def stand(cls, idea: int, standing: Standing) -> "Line":
        """Where an idea stands that has come so far before."""
        holder = standing.holder
        assert holder is not None
        place = (standing.stage, standing.state)
        return cls(idea, standing.entered_at, STANDS, *place, holder.role, holder.until, standing.coach_id)


@dataclass(frozen=True)
class Diary:
    """Everything that is counted."""

    lines: Sequence[Line]
    """By idea, in the order of versions."""
    offers: Mapping[tuple[str, OfferStatus], int] = field(default_factory=dict)
    """(Coach, what became of the offer) → how many."""
    notices: Mapping[str, int] = field(default_factory=Counter)
    """Account → how many notices were written for it alone."""
    handed_in: Mapping[int, datetime] = field(default_factory=dict)
    """Idea → when, where that was before the time that is looked at."""
