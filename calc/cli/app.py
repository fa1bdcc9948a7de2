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


app.command()(run)
app.command()(explain)
app.command()(check)
app.command("list")(list_things)
app.command()(describe)
app.command()(new)
app.command()(schema)
