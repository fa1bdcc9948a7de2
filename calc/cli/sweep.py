"""`calc sweep`: figures over a grid of inputs."""

from typing import TYPE_CHECKING, Annotated

import typer

from calc.cli import complete
from calc.cli.options import (
    AllowModels,
    Cases,
    Checkpoint,
    Cluster,
    Force,
    Output,
    Samples,
    Scenario,
    Seed,
    Settings,
    Show,
    SoThat,
    SweepFormat,
    Workers,
    tab,
)

if TYPE_CHECKING:
    from calc.errors import Place
    from calc.scenario.nodes import Node

Axes = Annotated[
    list[str] | None,
    typer.Option(
        "--axis",
        metavar="NAME=VALUES",
        help="An input and its values, as in `server_power=4 to 6 kW step 0.5 kW`; may be repeated.",
        autocompletion=tab(complete.setting_names),
    ),
]
Maximise = Annotated[
    str | None,
    typer.Option(
        "--maximise",
        metavar="NAME",
        help="Name the points with most and least of a figure.",
        autocompletion=tab(complete.quantity_names),
    ),
]
Minimise = Annotated[
    str | None,
    typer.Option(
        "--minimise",
        metavar="NAME",
        help="Name the points with least and most of a figure.",
        autocompletion=tab(complete.quantity_names),
    ),
]
Pareto = Annotated[
    str | None,
    typer.Option("--pareto", metavar="TEXT", help="Two figures to trade off: `minimise NAME, maximise NAME`."),
]


def sweep(
    scenario: Scenario,
    axis: Axes = None,
    show: Show = None,
    so_that: SoThat = None,
    maximise: Maximise = None,
    minimise: Minimise = None,
    pareto: Pareto = None,
    case: Cases = None,
    setting: Settings = None,
    samples: Samples = None,
    seed: Seed = None,
    workers: Workers = None,
    cluster: Cluster = None,
    checkpoint: Checkpoint = None,
    form: SweepFormat = None,
    output: Output = None,
    force: Force = False,
    allow_models: AllowModels = False,
) -> int:
    """Answer a scenario at every point of a grid: its section `sweep`, or the axes of the line."""
    from calc.cli.answering import long_run, options
    from calc.cli.studying import FORMATS, resolved_study
    from calc.cli.sweeping import deliver_sweep
    from calc.report.output import format_of
    from calc.scenario.study_options import entry, laid_over, listed, named, scalar

    def section(written: "Node | None", place: "Place") -> "Node | None":
        axes = named("--axis", axis or ())
        entries = {
            **axes,
            **entry("--so-that", "so that", listed("--so-that", so_that or ())),
            **entry("--pareto", "pareto", listed("--pareto", pareto.split(",")) if pareto else None),
            **entry("--maximise", "maximise", scalar("--maximise", maximise) if maximise else None),
            **entry("--minimise", "minimise", scalar("--minimise", minimise) if minimise else None),
        }
        # Axes of the line stand in for the whole section; anything else is laid over it.
        return laid_over(None if axes else written, entries, place) if written or axes else None

    chosen = format_of(form, output, (*FORMATS, "parquet"))
    wanted = options(case, setting, show, samples, seed, allow_models=allow_models)
    hint = 'add `--axis "rack_power_rated=5 to 25 kW step 5 kW"`'
    means = long_run(workers, cluster, checkpoint)
    return deliver_sweep(resolved_study(scenario, "sweep", wanted, section, hint), chosen, output, means, force=force)
