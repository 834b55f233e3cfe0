"""The secret address under which somebody's own calendar reads their deadlines. Written by `api/`."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.tables.columns import created_column, reference


class CalendarAddress(SQLModel, table=True):
    """One for each account, as a digest: the address itself is shown once, when it is made."""

    __tablename__ = "calendar_address"

    account_id: str = reference("account.id", primary_key=True)
    hash: str = Field(max_length=64, unique=True)
    created_at: datetime = created_column()
