"""`ideenweg migrate`: brings the database to the newest schema."""

import typer

from models.settings import load_settings


def migrate(
    grant_to: str = typer.Option(
        "", help="The database role of web and worker, which may then work with rows and no more."
    ),
) -> None:
    """Bring the database to the newest schema. Does nothing where it is there already."""
    settings = load_settings()
    if settings.database_url is None:
        typer.echo("DATABASE_URL is not set and nothing embedded runs: set it, or start `ideenweg up`.", err=True)
        raise typer.Exit(1)
    from psycopg import errors
    from sqlalchemy.exc import OperationalError

    from models.migrations import migrate as bring_to_newest
    from models.migrations.grants import NoSuchRole
    from models.migrations.grants import grant_to as let_work

    url = settings.database_url.get_secret_value()
    try:
        bring_to_newest(url)
        if grant_to:
            let_work(url, grant_to)
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[-1]
        typer.echo(f"The database cannot be reached: {reason}\nCheck DATABASE_URL and that the server runs.", err=True)
        raise typer.Exit(1) from None
    except (NoSuchRole, errors.InsufficientPrivilege) as error:
        typer.echo(f"{str(error).splitlines()[0]} DATABASE_URL has to name the role that owns the database.", err=True)
        raise typer.Exit(1) from None
    typer.echo("The database has the newest schema.", err=True)
