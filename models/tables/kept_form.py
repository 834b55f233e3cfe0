"""What somebody has sent in a form that could not be taken: kept until they have signed in. Written by `api/`."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from models.tables.columns import INSTANT, UUID_TYPE, created_column, id_column


class KeptForm(SQLModel, table=True):
    """A form with its address, sealed under a secret that only the browser has: nobody reads it here."""

    __tablename__ = "kept_form"

    id: str = id_column()
    hash: str = Field(max_length=64)
    """The digest of that secret."""
    account_id: str | None = Field(
        default=None, foreign_key="account.id", sa_type=UUID_TYPE, ondelete="CASCADE", nullable=True, index=True
    )
    """Whose session had ended, where that is known: nobody else at this browser opens it then."""
    sealed: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = created_column()
    expires_at: datetime = Field(sa_type=INSTANT, index=True)
