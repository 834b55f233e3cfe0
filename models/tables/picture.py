"""Pictures of a story, encoded anew on their way in, in the two sizes in which they are shown. Written by `api/`."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.tables.columns import created_column, id_column, reference
from models.tables.crowdfunding import BYTES


class Picture(SQLModel, table=True):
    """What is said of it, and whether it is shown, stands in the versions of the story: see `StoryPicture`."""

    __tablename__ = "picture"

    id: str = id_column()
    idea_id: str = reference("idea.id", index=True)
    media_type: str = Field(max_length=40)
    width: int
    """Of the large one."""
    height: int
    size: int
    """Of both in bytes."""
    small: bytes = Field(sa_type=BYTES)
    large: bytes = Field(sa_type=BYTES)
    uploaded_by: str | None = reference("account.id", nullable=True)
    created_at: datetime = created_column()
