"""The command line `ideenweg`: registers every command that api/operations/commands holds."""

from __future__ import annotations

import importlib
import logging
import pkgutil
import sys

import typer
from pydantic import ValidationError

import api.operations.commands
from api.runtime.gc_tuning import relax_gc
from api.runtime.process_end import end_process
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
    code: str | int | None = 0
    try:
        app()
    except SystemExit as ended:
        code = ended.code
    except ValidationError as error:
        if error.title != "Settings":
            raise
        code = explain(*describe_errors(error))
    except UnreadableSecret as error:
        code = explain(str(error))
    end_process(code)


def explain(*wrong: str) -> int:
    print("These settings cannot be used:", *wrong, sep="\n  ", file=sys.stderr)  # noqa: T201
    return 2


register_commands()

if __name__ == "__main__":
    main()
