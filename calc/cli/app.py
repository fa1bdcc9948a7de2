"""The typer application: help, shell completion and the words for a line that cannot be read."""

from __future__ import annotations

import inspect
import os
import re
import shutil
from functools import partial, wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from calc.cli.commands import COMMANDS, command
from calc.cli.declarations import Argument, Parameter, parameters_of

if TYPE_CHECKING:
    from collections.abc import Callable

_MIN_WIDTH, _HELP_WIDTH = 20, 80
# What bash would take apart or obey in a completed word.
_BASH_SPECIAL = re.compile(r"([^\w@%+=:,./-])")

if "_CALC_COMPLETE" in os.environ:
    # typer wraps what it says about a word, and the shell takes the second line for another word.
    os.environ["COLUMNS"] = "10000"

app = typer.Typer(
    name="calc",
    help="AI infrastructure cost calculator: answers YAML scenarios with figures it can explain.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"terminal_width": min(max(shutil.get_terminal_size().columns, _MIN_WIDTH), _HELP_WIDTH)},
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


def _for_typer(function: Callable[..., int]) -> Callable[..., int]:
    """Return a command's function with its parameters declared as typer wants them."""

    @wraps(function)
    def called(**arguments: Any) -> int:
        return function(**arguments)

    parameters = [_parameter(each) for each in parameters_of(function)]
    called.__signature__ = inspect.Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]  # read by inspect
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    return called


def _parameter(each: Parameter) -> inspect.Parameter:
    declared = each.declared
    completion = _completion(declared.complete) if declared.complete else None
    if isinstance(declared, Argument):
        info = typer.Argument(metavar=declared.metavar, help=declared.help, autocompletion=completion)
    else:
        info = typer.Option(
            *declared.names,
            metavar=declared.metavar,
            help=declared.help,
            autocompletion=completion,
            parser=partial(_whole, declared.minimum or 0) if each.is_whole else None,
        )
    default = inspect.Parameter.empty if each.default is ... else each.default
    annotated: Any = Annotated
    return inspect.Parameter(
        each.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotated[each.kind, info]
    )


def _whole(least: int, text: str) -> int:
    """Read a whole number; Python also reads 1_0 as 10."""
    if not text.isascii() or not text.isdecimal() or int(text[:9]) < least:
        raise ValueError(f"{text} is no whole number")
    return int(text[:9])


def _completion(offer: Callable[..., list[str]]) -> Callable[[typer.Context, str], list[str]]:
    def complete(context: typer.Context, incomplete: str) -> list[str]:
        if offer.__code__.co_argcount == 1:
            words = offer(incomplete)
        else:
            # Where an option lacks its value, as it does while Tab is pressed, what stands before is not yet assigned.
            line = [context.params.get("scenario"), *context.args]
            words = offer(incomplete, next((each for each in line if each), ""))
        # The other shells quote what they insert.
        in_bash = os.environ.get("_CALC_COMPLETE") == "complete_bash"
        return [_BASH_SPECIAL.sub(r"\\\1", word) for word in words] if in_bash else words

    return complete


for _name in COMMANDS:
    _function = command(_name)
    app.command(_name, short_help=(_function.__doc__ or "").partition("\n")[0])(_for_typer(_function))
