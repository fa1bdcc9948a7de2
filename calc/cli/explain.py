"""`calc explain`: the tree under one figure."""

from typing import Annotated

import typer

from calc.cli.options import FORMATS, AllowModels, Cases, Force, Name, Output, Scenario, Settings, format_option, whole


def explain(
    scenario: Scenario,
    name: Name,
    case: Cases = None,
    setting: Settings = None,
    depth: Annotated[
        int | None, typer.Option("--depth", metavar="N", help="Levels below the figure.", parser=whole)
    ] = None,
    form: Annotated[str | None, format_option("explain")] = None,
    output: Output = None,
    force: Force = False,
    allow_models: AllowModels = False,
) -> int:
    """Show what a figure was computed from, down to the source of every number."""
    from calc.cli.answering import answered, options
    from calc.report import explain as report
    from calc.report.output import deliver, format_of

    chosen = format_of(form, output, FORMATS["explain"])
    wanted = options(case, setting, allow_models=allow_models)._replace(show=(name,), as_it_stands=True)
    answer = answered(scenario, wanted, everything=True)
    deliver(report.render(answer, name, chosen, depth=depth, to_file=output is not None), output, force=force)
    return 0
