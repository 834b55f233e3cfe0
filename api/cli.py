"""The command line `ideenweg`: registers every command that api/operations/commands holds."""

from __future__ import annotations

import importlib
import logging
import pkgutil
import sys

import typer
from pydantic import ValidationError

import api.operations.commands
from api.runtime.gc_tuning import end_without_looking, relax_gc
from models.secret_files import UnreadableSecret
from models.settings import describe_errors
from models.telemetry.logs import configure_logs

app = typer.Typer(
    name="ideenweg",
    help="Ideenweg: an idea walks its whole path. Start everything with `ideenweg up --demo`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def register_commands() -> None:
    for module_info in pkgutil.iter_modules(api.operations.commands.__path__):
        module = importlib.import_module(f"api.operations.commands.{module_info.name}")
        name = module_info.name.rstrip("_").replace("_", "-")
        if isinstance(group := getattr(module, "app", None), typer.Typer):
            app.add_typer(group, name=name)
        else:
            app.command(name)(getattr(module, module_info.name))


def main() -> None:
    """Run the command line; wrong settings are explained instead of traced. Standard output is for results alone."""
    relax_gc()
    configure_logs("cli", sys.stderr, logging.WARNING)
    try:
        app()
    except ValidationError as error:
        if error.title != "Settings":
            raise
        print("These settings cannot be used:", *describe_errors(error), sep="\n  ", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    except UnreadableSecret as error:
        print("These settings cannot be used:", error, sep="\n  ", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    finally:
        end_without_looking()


register_commands()

if __name__ == "__main__":
    main()
