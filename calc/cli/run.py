"""`calc run`: answer a scenario."""

from __future__ import annotations

from typing import Annotated

import typer

_SCENARIO = typer.Argument(
    metavar="SCENARIO", help="A YAML file, `-` for standard input, or the name of a shipped scenario."
)


def run(
    scenario: Annotated[str, _SCENARIO],
    case: Annotated[
        list[str] | None, typer.Option("--case", metavar="NAME", help="Answer this case only; may be repeated.")
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Give a value that wins over all others; may be repeated."),
    ] = None,
    show: Annotated[
        str | None, typer.Option("--show", metavar="NAMES", help="Figures to show, separated by commas.")
    ] = None,
    samples: Annotated[str | None, typer.Option("--samples", metavar="N", help="Samples for uncertain inputs.")] = None,
    seed: Annotated[str | None, typer.Option("--seed", metavar="N", help="Seed of the samples.")] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")] = "table",
) -> int:
    """Answer a scenario."""
    from calc.cli.answering import answered, options, report_failures
    from calc.errors import CalcError, quote

    if form not in {"table", "json"}:
        raise CalcError("E-USAGE", f"there is no format {quote(form)}", hint="formats are `table` and `json`")
    answer = answered(scenario, options(case, setting, show, samples, seed))
    if form == "json":
        from calc.report.json import render

        typer.echo(render(answer), nl=False)
    else:
        from calc.report.table import print_answer

        print_answer(answer)
    return report_failures(answer)
