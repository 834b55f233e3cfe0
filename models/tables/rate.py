"""How often something was asked from one network, account or address. Shared by all web processes."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.tables.columns import INSTANT


class RateCount(SQLModel, table=True):
    """A counter of a rate limiter, for one window of time. Unlogged: after a crash, counting begins anew."""

    __tablename__ = "rate_count"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    key: str = Field(primary_key=True, max_length=120)
    """What is counted and a keyed digest of whom."""
    window: datetime = Field(primary_key=True, sa_type=INSTANT)
    """When the window began."""
    count: int = 0
