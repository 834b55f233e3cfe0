"""The rules of the path as they travel: limits, rhythm and the closed days of the calendar.

An idea carries its rulebook through its workflows, so that a change of `pipeline.toml` or of the holiday library
never alters what an old history computes. A command brings the current one along when the idea still has an older.
"""

import re
from datetime import date, time
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

Unit = Literal["wd", "d"]

_DURATION = re.compile(r"([0-9]{1,4})(wd|d)")


class Duration(NamedTuple):
    """A number of working days (`wd`) or calendar days (`d`); written as "10wd"."""

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Raises ValueError where the text is no duration."""
        match = _DURATION.fullmatch(str(text))
        if match is None:
            raise ValueError(f'"{text}" is no duration: write working days as "10wd" or calendar days as "14d"')
        return cls(int(match[1]), "wd" if match[2] == "wd" else "d")

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls.parse(value),
            serialization=core_schema.to_string_ser_schema(),
        )


class Limit(BaseModel):
    """How long a state may take, and who hears of it when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: Duration
    remind: tuple[Duration, ...] = ()
    escalate: tuple[Duration, ...] = ()


QUESTION = Limit(limit=Duration(5, "wd"), remind=(Duration(1, "wd"),), escalate=(Duration(3, "wd"),))
"""How long the answer to a question may take, where nobody has said otherwise."""


class Rulebook(BaseModel):
    """The part of the configuration that decisions on one idea depend on."""

    model_config = ConfigDict(frozen=True)

    digest: str
    timezone: str
    closed: tuple[date, ...]
    """Closed days beside Saturdays and Sundays, sorted."""
    send_at: time
    limits: dict[str, Limit]
    """`stage.state`, or `kind.state` where the kind is no idea → limit."""
    offer: Limit
    question: Limit = QUESTION
    """`limit` is what a form proposes: whoever asks names the day."""
    renew_after_steps: int
    chased_for: Duration
    longest_extension_days: int
    longest_pause_days: int
    undo_seconds: int = 0
    """How long a decision can be taken back. 0: not at all, as in histories from before there was an undo."""
    expire_after: Duration | None = None
    """Without progress for so long, a crowdfunding hand-off ends by itself; ideas never do."""

    def limit_of(self, table: str, state: str) -> Limit:
        """`table`: a stage of ideas, or another kind of case with what it waits for."""
        if state == "matching":
            return self.offer
        return self.limits[f"{table}.{state}"]
