"""How far an idea or a hand-off remembers the commands that it has carried out."""

from collections.abc import Sequence
from typing import Protocol

LEDGER_LENGTH = 24
"""How many of the latest steps travel. The timeline knows all of them."""


class Line(Protocol):
    """A step that was taken. Each version has one line."""

    @property
    def version(self) -> int: ...


def is_remembered(ledger: Sequence[Line], version: int, searched_to: int | None) -> bool:
    """Whether the ledger reaches back to the version up to which a caller has searched in SQL.

    A command that was long on its way, or an idea that went on from what SQL knows, may have its receipt in between:
    then it must be searched again, or the step would be taken twice.
    """
    remembered_from = ledger[0].version if ledger else version + 1
    return searched_to is None or searched_to >= remembered_from - 1
