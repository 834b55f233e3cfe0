"""The ledger of a case: which commands were carried out, so that each is carried out once."""

from collections.abc import Sequence

from models.messages.cases import LedgerLine

LEDGER_LENGTH = 24
"""How many of the latest steps travel. The timeline knows all of them."""


def find_line(ledger: Sequence[LedgerLine], command_id: str) -> LedgerLine | None:
    """What became of a command that was carried out already."""
    return next((line for line in ledger if line.command_id == command_id), None)


def remember(ledger: Sequence[LedgerLine], line: LedgerLine) -> list[LedgerLine]:
    return [*ledger[-(LEDGER_LENGTH - 1) :], line]


def is_remembered(ledger: Sequence[LedgerLine], version: int, searched_to: int | None) -> bool:
    """Whether the ledger reaches back to the version up to which a caller has searched in SQL.

    A command that was long on its way, or a case that went on from what SQL knows, may have its receipt in between:
    then it must be searched again, or the step would be taken twice.
    """
    remembered_from = ledger[0].version if ledger else version + 1
    return searched_to is None or searched_to >= remembered_from - 1
