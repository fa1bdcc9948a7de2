"""The typer application; each command is a function in a file of its own and imports its work when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from calc.cli.check import check
from calc.cli.describe import describe
from calc.cli.explain import explain
from calc.cli.list_ import list_things
from calc.cli.new import new
from calc.cli.run import run
from calc.cli.schema import schema

app = typer.Typer(
    name="calc",
    help="AI infrastructure cost calculator: answers YAML scenarios with figures it can explain.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        from calc import __version__

        typer.echo(f"calc {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


app.command()(run)
app.command()(explain)
app.command()(check)
app.command("list")(list_things)
app.command()(describe)
app.command()(new)
app.command()(schema)
