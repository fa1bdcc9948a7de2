"""`calc explain`: the tree under one figure."""

from __future__ import annotations

from typing import Annotated

import typer


def explain(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A YAML file, `-`, or the name of a shipped scenario.")
    ],
    name: Annotated[str, typer.Argument(metavar="NAME", help="The figure to explain.")],
    case: Annotated[
        list[str] | None, typer.Option("--case", metavar="NAME", help="Explain this case only; may be repeated.")
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Give a value that wins over all others; may be repeated."),
    ] = None,
) -> int:
    """Show what a figure was computed from, down to the source of every number."""
    from calc.cli.answering import answered, options
    from calc.report.explain import render
    from calc.report.output import deliver

    answer = answered(scenario, options(case, setting, name))
    deliver(render(answer, name), None)
    return 0
