"""Least privilege: the role of web and worker reads and writes rows, and changes no table.

Tables belong to the role that migrates. Whoever takes over a web process can then neither create nor drop anything,
change no row of the audit log, and not make the schema look older or newer than it is.
"""

import psycopg
from psycopg import sql

from models.database_urls import libpq_url

EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"

GRANTS = (
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    "REVOKE ALL ON SCHEMA public FROM {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    f"GRANT {EVERYTHING} ON ALL TABLES IN SCHEMA public TO {{role}}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    # For tables that are made by hand between two migrations, too.
    f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {EVERYTHING} ON TABLES TO {{role}}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    # Nothing is changed in the audit log. Retention deletes what is too old, so that much is left to it: whoever takes
    # over a worker may empty the log, which is why it is also worth sending the process log to another machine.
    "REVOKE UPDATE ON audit_entry FROM {role}",
    "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}",
)


class NoSuchRole(ValueError):
    """There is no such role, or it is the one that owns the tables."""


def grant_to(url: str, role: str) -> None:
    """Let a role work with the schema that is there. Safe to repeat; after each migration. Raises NoSuchRole."""
    with psycopg.connect(libpq_url(url), connect_timeout=10) as connection:
        known = connection.execute("SELECT rolname FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        if known is None or role == connection.info.user:
            why = "owns the database itself" if known else "is not there: CREATE ROLE … LOGIN PASSWORD …"
            raise NoSuchRole(f"The role {role} {why}.")
        names = {"role": sql.Identifier(role), "database": sql.Identifier(connection.info.dbname)}
        for grant in GRANTS:
            connection.execute(sql.SQL(grant).format(**names))
