"""The schema that migrations make is the one that the tables describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlmodel import SQLModel

import models.tables  # noqa: F401  the tables register themselves
from models.database_urls import sqlalchemy_url
from models.migrations import NEWEST, known_revisions


def differences(url: str) -> list[object]:
    engine = create_engine(sqlalchemy_url(url))
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return list(compare_metadata(context, SQLModel.metadata))
    finally:
        engine.dispose()


def test_migrations_and_tables_say_the_same(database_url: str) -> None:
    assert differences(database_url) == []


def test_the_name_of_the_last_file_tells_the_newest_revision() -> None:
    assert known_revisions()[-1] == NEWEST
