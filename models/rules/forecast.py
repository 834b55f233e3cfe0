"""What a forecast says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Outlook:
    """How one office stands on a day."""

    open: int
    overdue: int
    free: int
    """Places of coaches."""


@dataclass(frozen=True)
class Forecast:
    """By office: how it stood when it was made, and how it will stand after twelve weeks."""

    day: date
    """The first of them."""
    intake: int
    """Ideas a week."""
    now: Mapping[str, Outlook]
    then: Mapping[str, Outlook]
