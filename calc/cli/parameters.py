"""Arguments and options that several commands share, each said once."""

from typing import Annotated

import typer

from calc.cli.complete import (
    list_formats,
    quantity_names,
    run_formats,
    scenario_names,
    setting_names,
    shown_names,
    text_formats,
    tree_formats,
)

Scenario = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="A YAML file, `-` for standard input, or the name of a shipped scenario.",
        autocompletion=scenario_names,
    ),
]
Scenarios = Annotated[
    list[str],
    typer.Argument(
        metavar="SCENARIO...", help="YAML files or names of shipped scenarios.", autocompletion=scenario_names
    ),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A quantity.", autocompletion=quantity_names)]
Cases = Annotated[
    list[str] | None, typer.Option("--case", metavar="NAME", help="Answer this case only; may be repeated.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Give a value that wins over all others; may be repeated.",
        autocompletion=setting_names,
    ),
]
Show = Annotated[
    str | None,
    typer.Option("--show", metavar="NAMES", help="Figures to show, separated by commas.", autocompletion=shown_names),
]
Samples = Annotated[str | None, typer.Option("--samples", metavar="N", help="Samples for uncertain inputs.")]
Seed = Annotated[str | None, typer.Option("--seed", metavar="N", help="Seed of the samples.")]
Format = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="FORMAT", help="table (the default), json, csv or markdown.", autocompletion=run_formats
    ),
]
TreeFormat = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="FORMAT", help="table (the default), json or markdown.", autocompletion=tree_formats
    ),
]
ListFormat = Annotated[
    str | None,
    typer.Option("--format", metavar="FORMAT", help="table (the default), json or csv.", autocompletion=list_formats),
]
TextFormat = Annotated[
    str | None,
    typer.Option("--format", metavar="FORMAT", help="table (the default) or json.", autocompletion=text_formats),
]
Output = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write a file; its suffix picks the format.")
]
AllowModels = Annotated[
    bool, typer.Option("--allow-models", help="Let Python files that the scenario names as `models` run.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show figures and checks only, in a table.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the file if it is there already.")]
