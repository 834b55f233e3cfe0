"""Column types that the tables share. Ids are UUIDs in the database and text in Python."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import CheckConstraint, DateTime, String, Text, TypeDecorator, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from models.addresses import IS_CANONICAL
from models.typed_text import clean

UUID_TYPE: Any = Uuid(as_uuid=False)
INSTANT: Any = DateTime(timezone=True)
TEXTS: Any = ARRAY(Text)
JSONB_OR_NULL: Any = JSONB(none_as_null=True)
"""None is no value, and not the JSON word `null`."""


class Words(TypeDecorator[str]):
    """What people typed: nothing is written here that has not gone through the gate, see `models.typed_text`."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else clean(value)

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """A pattern or a blank that is compared, or added, is nobody's words."""
        return String()


class PackedWords(TypeDecorator[Any]):
    """The same for JSON with words in it."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return _clean_all(value)


def _clean_all(value: Any) -> Any:
    match value:
        case str():
            return clean(value)
        case list():
            return [_clean_all(one) for one in value]
        case dict():
            return {name: _clean_all(one) for name, one in value.items()}
    return value


def words_column(default: Any = ..., longest: int | None = None) -> Any:
    """A column of people's words."""
    return Field(default, max_length=longest, sa_type=Words(longest), nullable=False)


def new_id() -> str:
    return str(uuid4())


def utc_now() -> datetime:
    return datetime.now(UTC)


def holds_address(table: str, column: str = "email") -> CheckConstraint:
    """A column that holds canonical addresses alone, or nothing any more."""
    return CheckConstraint(f"{column} = '' OR {column} {IS_CANONICAL}", name=f"ck_{table}_address")


def id_column() -> Any:
    return Field(default_factory=new_id, primary_key=True, sa_type=UUID_TYPE)


def reference(target: str, *, index: bool = False, nullable: bool = False, primary_key: bool = False) -> Any:
    """A foreign key. What belongs to a row goes with it when the row is erased."""
    if nullable:
        return Field(default=None, foreign_key=target, sa_type=UUID_TYPE, index=index, nullable=True)
    return Field(
        foreign_key=target, sa_type=UUID_TYPE, index=index, primary_key=primary_key, ondelete="CASCADE", nullable=False
    )


def created_column() -> Any:
    return Field(default_factory=utc_now, sa_type=INSTANT, nullable=False)


def instant(*, index: bool = False) -> Any:
    return Field(default=None, sa_type=INSTANT, nullable=True, index=index)


def texts() -> Any:
    return Field(default_factory=list, sa_type=TEXTS, nullable=False)
