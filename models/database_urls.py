"""Addresses of the database, as the drivers want them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretStr

if TYPE_CHECKING:
    pass


def sqlalchemy_url(url: str | SecretStr) -> str:
    """A PostgreSQL address in the form that makes SQLAlchemy use psycopg 3, sync and async alike."""
    plain = url.get_secret_value() if isinstance(url, SecretStr) else url
    return "postgresql+psycopg://" + plain.partition("://")[2]


def libpq_url(url: str | SecretStr) -> str:
    """The same address in the form that psycopg and the PostgreSQL tools read."""
    plain = url.get_secret_value() if isinstance(url, SecretStr) else url
    return "postgresql://" + plain.partition("://")[2]
