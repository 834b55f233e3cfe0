"""What travels of a replication: ids and answers from lists. Why something carried over is words, kept in SQL."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from models.messages.cases import CaseState, PlainStanding
from models.messages.commands import PlainCommand
from models.vocabulary import Answer, CarryOver, Help, Ingredient, Role

Carried = Mapping[Ingredient, CarryOver]
"""What became of each ingredient of the recipe that was needed."""


class ReplicationCommand(PlainCommand):
    """One event asked of one replication."""

    answer: Answer | None = None
    carried: Carried | None = None


class ReplicationStanding(PlainStanding):
    """Where a replication stands. Its idea is the one that copies."""

    kind = "replication"
    elsewhere: ClassVar = {Role.ORIGINAL: "original_id"}

    state: str = "asked"
    original_id: str
    """The idea whose story is copied."""
    original_owner_id: str
    help: Help = Help.ASKED
    carried: Carried = Field(default_factory=dict)
    why_id: str | None = None
    """The note that says why."""


class ReplicationState(CaseState):
    standing: ReplicationStanding
