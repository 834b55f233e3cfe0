"""The rules of the path as this installation has had them. Written where processes start and by night."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.messages.rulebook import Rulebook
from models.tables.columns import INSTANT


class RulebookRow(SQLModel, table=True):
    """A rulebook, and when it was first seen in place of the one before: `content` is a `Rulebook`.

    A case carries its rules itself and SQL shows their digest alone, so this tells which those are.
    """

    __tablename__ = "rulebook"

    kind: str = Field(max_length=20, primary_key=True)
    seen_at: datetime = Field(sa_type=INSTANT, primary_key=True)
    digest: str = Field(max_length=20)
    content: dict[str, Any] = Field(sa_type=JSONB, nullable=False)

    def read(self) -> Rulebook:
        return Rulebook.model_validate(self.content)
