"""How Alembic reaches the database. The lock makes two processes that start together migrate one after the other."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

import models.tables  # noqa: F401  the tables register themselves
from models.database_urls import sqlalchemy_url

ADVISORY_LOCK = 4_943_921

engine = create_engine(sqlalchemy_url(context.config.attributes["url"]), connect_args={"connect_timeout": 10})
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, compare_type=True)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
        context.run_migrations()
engine.dispose()
