"""Alembic migrations, run by `ideenweg migrate`. A migration, once released, is never changed.

Alembic is loaded where there is something to do: nearly every process finds everything applied, and is ready sooner.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from models.database_urls import sqlalchemy_url
from models.settings import Settings

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

FOLDER = Path(__file__).parent
NEWEST = max(path.name for path in (FOLDER / "versions").glob("[0-9]*.py"))[:4]
"""The revision that the last file makes: each begins with its number."""


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database to the newest schema, or to an older one. Does nothing where it is there already."""
    from alembic import command

    command.upgrade(_config(url), revision)


def known_revisions() -> list[str]:
    """The revisions that this release knows, oldest first."""
    return [revision.revision for revision in reversed(list(_read_script().walk_revisions()))]


def pending(url: str) -> list[str]:
    """The revisions that are not applied yet, oldest first. Raises where the database cannot be reached."""
    applied = _read_applied(url)
    if applied == NEWEST:
        return []
    revisions = [revision.revision for revision in _read_script().iterate_revisions("head", applied)]
    return list(reversed(revisions))


def find_pending(settings: Settings) -> str:
    """What the database of these settings lacks, in words; empty where nothing, or where it cannot be asked yet."""
    assert settings.database_url is not None
    try:
        missing = pending(settings.database_url.get_secret_value())
    except SQLAlchemyError:
        return ""
    return f"{len(missing)} migration(s): {', '.join(missing)}" if missing else ""


def _read_applied(url: str) -> str | None:
    engine = create_engine(sqlalchemy_url(url), connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    finally:
        engine.dispose()


def _read_script() -> "ScriptDirectory":
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config(""))


def _config(url: str) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["url"] = url
    return config
