"""Arguments and options that several commands share, each said once."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from calc.cli import complete
from calc.scenario.sections import STUDIES

if TYPE_CHECKING:
    from collections.abc import Callable

# What bash would take apart or obey in a completed word.
_BASH_SPECIAL = re.compile(r"([^\w@%+=:,./-])")


def tab(offer: Callable[..., list[str]]) -> Callable[[typer.Context, str], list[str]]:
    """Return what typer calls when Tab is pressed.

    offer: from what has been typed, and where it takes a second parameter the scenario on the line, to the words.
    """

    def completed(context: typer.Context, incomplete: str) -> list[str]:
        if offer.__code__.co_argcount == 1:
            words = offer(incomplete)
        else:
            # Where an option lacks its value, as it does while Tab is pressed, what stands before is not yet assigned.
            line = [context.params.get("scenario"), *context.args]
            words = offer(incomplete, next((each for each in line if each), ""))
        # The other shells quote what they insert.
        in_bash = os.environ.get("_CALC_COMPLETE") == "complete_bash"
        return [_BASH_SPECIAL.sub(r"\\\1", word) for word in words] if in_bash else words

    # typer reads the annotations of this function, which must not be text.
    completed.__annotations__ = {"context": typer.Context, "incomplete": str}
    return completed


# Short forms of `--format`.
SHORT = {"--json": "json", "--csv": "csv", "--md": "markdown"}


class _ShortForms:
    """What has `--format` takes the short forms too."""

    def parse_args(self, context: Any, args: list[str]) -> list[str]:
        """Read a line, with `--format json` for `--json`; a word that is a command reads what follows itself."""
        this: Any = self
        if any(each.name == "form" for each in this.params):
            ends = [args.index(each) for each in ("--", *getattr(this, "commands", ())) if each in args]
            end = min(ends, default=len(args))
            args = [word for at, each in enumerate(args) for word in (_whole(each) if at < end else [each])]
        found: list[str] = super().parse_args(context, args)  # type: ignore[misc]  # of the class that it is mixed into
        return found


def _whole(word: str) -> list[str]:
    return ["--format", SHORT[word]] if word in SHORT else [word]


class Command(_ShortForms, TyperCommand):
    """A command."""


class Group(_ShortForms, TyperGroup):
    """A command that has commands of its own."""


def whole(text: str) -> int:
    """Read a whole number from 0; Python also reads `1_0` as 10.

    Raises ValueError, which typer puts into words.
    """
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise ValueError(f"{text} is no whole number")
    return int(text)


# The formats of each command, the first where none is asked for.
_ANSWER = ("table", "json", "csv", "markdown")
FORMATS = {
    "run": (*_ANSWER, "html", "xlsx", "github"),
    "explain": ("table", "json", "markdown", "html"),
    **{name: (*_ANSWER, *study.formats) for name, study in STUDIES.items()},
    "list": ("table", "json", "csv"),
    "describe": ("table", "json"),
    "facts": ("table", "json", "csv"),
    "backtest": ("table", "json", "csv"),
}


def format_option(command: str) -> Any:
    """Return the option `--format` of a command."""
    first, *others, last = FORMATS[command]
    words = f"{', '.join([f'{first} (the default)', *others])} or {last}."
    short = [f"--{each}" for each in ("json", "csv") if each in FORMATS[command]]
    short += ["--md"] if "markdown" in FORMATS[command] else []
    words += f" Short: {', '.join(short)}."
    return typer.Option("--format", metavar="FORMAT", help=words, autocompletion=tab(complete.one_of(FORMATS[command])))


_SCENARIO = "A YAML file, `-` for standard input, or the name of a shipped scenario."
_SCENARIOS = "YAML files or names of shipped scenarios."

Scenario = Annotated[
    str, typer.Argument(metavar="SCENARIO", help=_SCENARIO, autocompletion=tab(complete.scenario_names))
]
Scenarios = Annotated[
    list[str], typer.Argument(metavar="SCENARIO...", help=_SCENARIOS, autocompletion=tab(complete.scenario_names))
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A quantity.", autocompletion=tab(complete.quantity_names))]
Cases = Annotated[
    list[str] | None,
    typer.Option(
        "--case",
        metavar="NAME",
        help="Answer this case only; may be repeated.",
        autocompletion=tab(complete.case_names),
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Give a value that wins over all others; may be repeated.",
        autocompletion=tab(complete.setting_names),
    ),
]
Show = Annotated[
    str | None,
    typer.Option(
        "--show",
        metavar="NAMES",
        help="Figures to show, separated by commas.",
        autocompletion=tab(complete.shown_names),
    ),
]
Samples = Annotated[str | None, typer.Option("--samples", metavar="N", help="Samples for uncertain inputs.")]
Seed = Annotated[str | None, typer.Option("--seed", metavar="N", help="Seed of the samples.")]
Workers = Annotated[
    str | None,
    typer.Option("--workers", metavar="N", help="Processes for long runs: millions of samples or points (default 1)."),
]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", metavar="ADDRESS", help="Do long runs on a cluster: the address of its dask scheduler."),
]
Checkpoint = Annotated[
    str | None,
    typer.Option(
        "--checkpoint",
        metavar="FOLDER",
        help="Keep finished pieces of a long run in a folder, and go on from those in it.",
    ),
]
Facts = Annotated[
    list[str] | None,
    typer.Option(
        "--facts", metavar="FILE", help="A CSV with facts of your own, which win over others; may be repeated."
    ),
]
FactsOf = Annotated[
    str | None,
    typer.Option(
        "--scenario",
        metavar="SCENARIO",
        help="Also the facts that this scenario brings: its `facts_from`, and those of a `calc.toml` above it.",
        autocompletion=tab(complete.scenario_names),
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write a file; its suffix picks the format.",
        callback=lambda path: None if path == "-" else path,
    ),
]
AllowModels = Annotated[
    bool, typer.Option("--allow-models", help="Let Python files that the scenario names as `models` run.")
]
AllowFolder = Annotated[
    list[str] | None,
    typer.Option("--allow-folder", metavar="DIR", help="Let the scenario extend files there; may be repeated."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show figures, checks and warnings only, in a table.")]
Details = Annotated[bool, typer.Option("--details", help="Show everything that the answer rests on, not one screen.")]
Plot = Annotated[bool, typer.Option("--plot", help="Also draw the headline: its samples, or its years.")]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Show details, what was computed on the way and notes; say how long it took."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace the file if it is there already.")]
