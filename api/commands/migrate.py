"""`ideenweg migrate`: brings the database to the newest schema."""

import typer

from models.settings import load_settings


def migrate() -> None:
    """Bring the database to the newest schema. Does nothing where it is there already."""
    settings = load_settings()
    if settings.database_url is None:
        typer.echo("DATABASE_URL is not set and nothing embedded runs: set it, or start `ideenweg up`.", err=True)
        raise typer.Exit(1)
    from sqlalchemy.exc import OperationalError

    from models.migrations import migrate as bring_to_newest

    try:
        bring_to_newest(settings.database_url.get_secret_value())
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[-1]
        typer.echo(f"The database cannot be reached: {reason}\nCheck DATABASE_URL and that the server runs.", err=True)
        raise typer.Exit(1) from None
    typer.echo("The database has the newest schema.", err=True)
