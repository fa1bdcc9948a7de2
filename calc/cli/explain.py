"""`calc explain`: the tree under one figure."""

from dataclasses import replace
from typing import Annotated

import typer

from calc.cli.parameters import AllowModels, Cases, Force, Name, Output, Scenario, Settings, TreeFormat


def explain(
    scenario: Scenario,
    name: Name,
    case: Cases = None,
    setting: Settings = None,
    depth: Annotated[int | None, typer.Option("--depth", metavar="N", min=0, help="Levels below the figure.")] = None,
    form: TreeFormat = None,
    output: Output = None,
    force: Force = False,
    allow_models: AllowModels = False,
) -> int:
    """Show what a figure was computed from, down to the source of every number."""
    from calc.cli.answering import answered, options
    from calc.report import explain as report
    from calc.report.output import deliver, format_of

    chosen = format_of(form, output, ("table", "json", "markdown"))
    wanted = replace(options(case, setting, allow_models=allow_models), show=(name,))
    answer = answered(scenario, wanted)
    deliver(report.render(answer, name, chosen, depth=depth, to_file=output is not None), output, force=force)
    return 0
