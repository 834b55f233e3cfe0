"""What the engine tries again and again. Written by the worker that fails, taken out by the one that succeeds."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.tables.columns import INSTANT


class EngineTrouble(SQLModel, table=True):
    """An activity of one workflow that has failed more than once in a row. It names a class of errors, no message."""

    __tablename__ = "engine_trouble"

    workflow_id: str = Field(max_length=120, primary_key=True)
    activity: str = Field(max_length=60, primary_key=True)
    attempts: int
    cause: str = Field(max_length=80)
    since: datetime = Field(sa_type=INSTANT)
    last_at: datetime = Field(sa_type=INSTANT, index=True)
