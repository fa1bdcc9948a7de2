"""Arguments and options that several commands share, each said once."""

from typing import Annotated

from calc.cli import complete
from calc.cli.declarations import Argument, Option

Scenario = Annotated[
    str,
    Argument(
        "SCENARIO", "A YAML file, `-` for standard input, or the name of a shipped scenario.", complete.scenario_names
    ),
]
Scenarios = Annotated[
    list[str], Argument("SCENARIO...", "YAML files or names of shipped scenarios.", complete.scenario_names)
]
Name = Annotated[str, Argument("NAME", "A quantity.", complete.quantity_names)]
Cases = Annotated[
    list[str] | None, Option(("--case",), "Answer this case only; may be repeated.", "NAME", complete.case_names)
]
Settings = Annotated[
    list[str] | None,
    Option(
        ("--set",), "Give a value that wins over all others; may be repeated.", "NAME=VALUE", complete.setting_names
    ),
]
Show = Annotated[
    str | None, Option(("--show",), "Figures to show, separated by commas.", "NAMES", complete.shown_names)
]
Figures = Annotated[
    list[str] | None,
    Option(("--figure",), "A figure, or several separated by commas; may be repeated.", "NAME", complete.shown_names),
]
SoThat = Annotated[
    list[str] | None, Option(("--so-that",), "A condition that has to hold; may be repeated.", "CONDITION")
]
Samples = Annotated[str | None, Option(("--samples",), "Samples for uncertain inputs.", "N")]
Seed = Annotated[str | None, Option(("--seed",), "Seed of the samples.", "N")]
Workers = Annotated[
    str | None, Option(("--workers",), "Processes for long runs: millions of samples or points (default 1).", "N")
]
Cluster = Annotated[
    str | None,
    Option(("--cluster",), "Do long runs on a cluster: the address of its dask scheduler.", "ADDRESS"),
]
Checkpoint = Annotated[
    str | None,
    Option(("--checkpoint",), "Keep finished pieces of a long run in a folder, and go on from those in it.", "FOLDER"),
]
Format = Annotated[
    str | None,
    Option(("--format",), "table (the default), json, csv or markdown.", "FORMAT", complete.run_formats),
]
SweepFormat = Annotated[
    str | None,
    Option(("--format",), "table (the default), json, csv, markdown or parquet.", "FORMAT", complete.sweep_formats),
]
TreeFormat = Annotated[
    str | None, Option(("--format",), "table (the default), json or markdown.", "FORMAT", complete.tree_formats)
]
ListFormat = Annotated[
    str | None, Option(("--format",), "table (the default), json or csv.", "FORMAT", complete.list_formats)
]
TextFormat = Annotated[
    str | None, Option(("--format",), "table (the default) or json.", "FORMAT", complete.text_formats)
]
Output = Annotated[str | None, Option(("--output", "-o"), "Write a file; its suffix picks the format.", "FILE")]
AllowModels = Annotated[bool, Option(("--allow-models",), "Let Python files that the scenario names as `models` run.")]
Quiet = Annotated[bool, Option(("--quiet", "-q"), "Show figures, checks and warnings only, in a table.")]
Verbose = Annotated[
    bool,
    Option(("--verbose", "-v"), "Also show what was computed on the way and notes; say how long it took."),
]
Force = Annotated[bool, Option(("--force",), "Replace the file if it is there already.")]
