"""How fast ideas usually go, measured every night from the timeline, so that lists read it and do not count."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Interval
from sqlmodel import Field, SQLModel

from models.tables.columns import INSTANT

SPAN: Any = Interval


class StatePace(SQLModel, table=True):
    """How long ideas stayed in one state, of those that left it within the past year. Pauses are not in it."""

    __tablename__ = "state_pace"

    stage: str = Field(max_length=20, primary_key=True)
    state: str = Field(max_length=20, primary_key=True)
    passages: int
    median: timedelta = Field(sa_type=SPAN)
    slow: timedelta = Field(sa_type=SPAN)
    """85 of 100 were faster."""
    measured_at: datetime = Field(sa_type=INSTANT)
