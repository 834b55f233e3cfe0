"""Who asks, and counts on what was stored for a command. Written by `activities/command_attempts.py`."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.tables.columns import created_column


class CommandTry(SQLModel, table=True):
    """How many tries of a command were begun and not refused. They share its words, its task, its address."""

    __tablename__ = "command_try"

    command_id: str = Field(primary_key=True, max_length=80)
    workflow_id: str = Field(max_length=80)
    """Of the case that was asked."""
    tries: int
    begun_at: datetime = created_column()
    """The latest of them."""
    reminded: int = 0
    """How often the case was told to record by itself what its asker has not."""
