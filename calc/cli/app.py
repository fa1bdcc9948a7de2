"""The typer application: one reader of every command line. A command's file is imported when the command is used."""

from __future__ import annotations

import os
import shutil
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from calc.cli import COMMANDS
from calc.cli.options import Command
from calc.text import docstring

if TYPE_CHECKING:
    from collections.abc import Callable

_MIN_WIDTH, _HELP_WIDTH = 20, 80


class _Commands(TyperGroup):
    """The commands; each is read from its file when it is asked for."""

    def list_commands(self, _context: object) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: object, name: str) -> Any:
        if name not in COMMANDS:
            return None
        function = command(name)
        if isinstance(function, typer.Typer):
            for info in function.registered_commands:
                _keep_help(info.callback)
            _keep_help(function.registered_callback.callback if function.registered_callback else None)
            group: Any = typer.main.get_command(function)
            group.name, group.short_help = name, group.help.partition("\n")[0]
            return group
        _keep_help(function)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(name, cls=Command, short_help=(function.__doc__ or "").partition("\n")[0])(function)
        return typer.main.get_command(alone)


def _keep_help(function: Callable[..., object] | None) -> None:
    """Give a function the docstring back that `python -OO` drops: typer makes its help of it."""
    if function is not None and function.__doc__ is None:
        function.__doc__ = docstring(function)


def command(name: str) -> Callable[..., int] | typer.Typer:
    """Return the function of a command, or the application of one that has commands of its own."""
    module, _, function = COMMANDS[name].partition(".")
    found: Callable[..., int] | typer.Typer = getattr(import_module(f"calc.cli.{module}"), function)
    return found


def run() -> object:
    """Run the command of the process's line and return what it returns: its exit code, or None after help."""
    if "_CALC_COMPLETE" in os.environ:
        # typer wraps what it says about a word, and the shell takes the second line for another word.
        os.environ["COLUMNS"] = "10000"
    width = min(max(shutil.get_terminal_size().columns, _MIN_WIDTH), _HELP_WIDTH)
    return app(standalone_mode=False, prog_name="calc", terminal_width=width)


app = typer.Typer(
    name="calc",
    cls=_Commands,
    help="AI infrastructure cost calculator: answers YAML scenarios with figures it can explain.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    form: Annotated[str | None, typer.Option("--format", metavar="FORMAT", help="json, with --version.")] = None,
) -> None:
    if version:
        from calc import __version__

        found = f'{{"schema": "calc.version/1", "calc_version": "{__version__}"}}'
        typer.echo(found if form == "json" else f"calc {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
