"""Alembic migrations, run by `ideenweg migrate`. A migration, once released, is never changed."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from models.database_urls import sqlalchemy_url
from models.settings import Settings

FOLDER = Path(__file__).parent


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database to the newest schema, or to an older one. Does nothing where it is there already."""
    command.upgrade(_config(url), revision)


def known_revisions() -> list[str]:
    """The revisions that this release knows, oldest first."""
    script = ScriptDirectory.from_config(_config(""))
    return [revision.revision for revision in reversed(list(script.walk_revisions()))]


def pending(url: str) -> list[str]:
    """The revisions that are not applied yet, oldest first. Raises where the database cannot be reached."""
    script = ScriptDirectory.from_config(_config(url))
    engine = create_engine(sqlalchemy_url(url), connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            applied = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    revisions = [revision.revision for revision in script.iterate_revisions("head", applied)]
    return list(reversed(revisions))


def find_pending(settings: Settings) -> str:
    """What the database of these settings lacks, in words; empty where nothing, or where it cannot be asked yet."""
    assert settings.database_url is not None
    try:
        missing = pending(settings.database_url.get_secret_value())
    except SQLAlchemyError:
        return ""
    return f"{len(missing)} migration(s): {', '.join(missing)}" if missing else ""


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["url"] = url
    return config
