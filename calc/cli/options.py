"""What typer reads of a command line: the application, and arguments and options that commands share, each said once.

The file of a command is imported when the command is used.
"""

from __future__ import annotations

import os
import re
import shutil
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from calc.cli import COMMANDS
from calc.scenario.sections import STUDIES
from calc.text import docstring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from calc.facts import FactBook


# Names of cases come from a file; what a shell could obey is typed by hand.
_HARMLESS = re.compile(r"[\w %+=,./-]+")


def scenario_names(incomplete: str) -> list[str]:
    """Return the shipped scenarios that begin so; the shell adds files by itself where none does."""
    from calc.scenario.load import shipped_scenarios

    return [name for name in shipped_scenarios() if name.startswith(incomplete)]


def quantity_names(incomplete: str) -> list[str]:
    """Return the quantities that begin so."""
    from calc.engine.catalogue import known_catalogue

    return [name for name in known_catalogue().quantities if name.startswith(incomplete)]


def case_names(incomplete: str, scenario: str) -> list[str]:
    """Return the cases and the lines of the scenario on the line that begin so; none where it cannot be read."""
    from pathlib import Path

    from calc.errors import CalcError, Problems
    from calc.scenario.load import load

    path = Path(scenario)
    if scenario == "-" or (path.exists() and not path.is_file()):
        # What stands in a pipe is for the command itself; it can be read once.
        return []
    try:
        document = load(scenario, Problems()).document
    except (CalcError, OSError):
        return []
    names = [*document.cases, *document.table]
    return [name for name in names if name.startswith(incomplete) and _HARMLESS.fullmatch(name)]


def _book() -> FactBook:
    """Return the facts that ship, and those of this folder's `calc.toml` where they can be read."""
    from calc.errors import CalcError
    from calc.facts import standard_facts
    from calc.scenario.facts_files import own_book

    try:
        return own_book(None)
    except CalcError:
        return standard_facts()


def fact_subjects(incomplete: str) -> list[str]:
    """Return the bundles of facts that begin so."""
    return [subject for subject in _book().subjects if subject.startswith(incomplete)]


def fact_quantities(incomplete: str) -> list[str]:
    """Return the quantities of facts that begin so."""
    found = dict.fromkeys(fact.quantity for fact in _book().by_id.values())
    return [name for name in found if name.startswith(incomplete)]


def fact_statuses(incomplete: str) -> list[str]:
    """Return the statuses of facts that begin so."""
    from calc.facts import STATUSES

    return one_of(STATUSES)(incomplete)


def model_names(incomplete: str) -> list[str]:
    """Return the models that begin so."""
    from calc.engine.catalogue import known_catalogue

    found = dict.fromkeys(quantity.model for quantity in known_catalogue().quantities.values())
    return [name for name in found if name.startswith(incomplete)]


def shown_names(incomplete: str) -> list[str]:
    """Return completions of the last name in a comma-separated list."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in quantity_names(last)]


def setting_names(incomplete: str) -> list[str]:
    """Return the quantities that begin so, with the `=` of `--set`."""
    return [] if "=" in incomplete else [f"{name}=" for name in quantity_names(incomplete)]


def help_topics(incomplete: str) -> list[str]:
    """Return the codes of errors and the commands that begin so."""
    from calc.cli import COMMANDS
    from calc.error_codes import CODES

    return [word for word in (*CODES, *COMMANDS) if word.startswith(incomplete)]


def one_of(words: Iterable[str]) -> Callable[[str], list[str]]:
    """Return what offers those of some words that begin so."""
    return lambda incomplete: [word for word in words if word.startswith(incomplete)]


# ---------------------------------------------------------------- options

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


def option(flag: str, value: str, text: str, offer: Callable[..., list[str]] | None = None) -> Any:
    """Return an option; value: what its value is called; offer: see `tab`."""
    return typer.Option(flag, metavar=value, help=text, autocompletion=tab(offer) if offer else None)


def argument(value: str, text: str, offer: Callable[..., list[str]] | None = None) -> Any:
    """Return an argument, like `option`."""
    return typer.Argument(metavar=value, help=text, autocompletion=tab(offer) if offer else None)


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
    return option("--format", "FORMAT", words, one_of(FORMATS[command]))


_SCENARIO = "A YAML file, `-` for standard input, or the name of a shipped scenario."
_SCENARIOS = "YAML files or names of shipped scenarios."

Scenario = Annotated[str, argument("SCENARIO", _SCENARIO, scenario_names)]
Scenarios = Annotated[list[str], argument("SCENARIO...", _SCENARIOS, scenario_names)]
Name = Annotated[str, argument("NAME", "A quantity.", quantity_names)]
Cases = Annotated[list[str] | None, option("--case", "NAME", "Answer this case only; may be repeated.", case_names)]
Settings = Annotated[
    list[str] | None,
    option("--set", "NAME=VALUE", "Give a value that wins over all others; may be repeated.", setting_names),
]
Show = Annotated[str | None, option("--show", "NAMES", "Figures to show, separated by commas.", shown_names)]
Samples = Annotated[str | None, option("--samples", "N", "Samples for uncertain inputs.")]
Seed = Annotated[str | None, option("--seed", "N", "Seed of the samples.")]
Workers = Annotated[
    str | None, option("--workers", "N", "Processes for long runs: millions of samples or points (default 1).")
]
Cluster = Annotated[
    str | None, option("--cluster", "ADDRESS", "Do long runs on a cluster: the address of its dask scheduler.")
]
Checkpoint = Annotated[
    str | None,
    option("--checkpoint", "FOLDER", "Keep finished pieces of a long run in a folder, and go on from those in it."),
]
Facts = Annotated[
    list[str] | None, option("--facts", "FILE", "A CSV with facts of your own, which win over others; may be repeated.")
]
FactsOf = Annotated[
    str | None,
    option(
        "--scenario",
        "SCENARIO",
        "Also the facts that this scenario brings: its `facts_from`, and those of a `calc.toml` above it.",
        scenario_names,
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
    list[str] | None, option("--allow-folder", "DIR", "Let the scenario extend files there; may be repeated.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show figures, checks and warnings only, in a table.")]
Details = Annotated[bool, typer.Option("--details", help="Show everything that the answer rests on, not one screen.")]
Plot = Annotated[bool, typer.Option("--plot", help="Also draw the headline: its samples, or its years.")]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Show details, what was computed on the way and notes; say how long it took."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace the file if it is there already.")]

# ---------------------------------------------------------------- the application

_MIN_WIDTH, _HELP_WIDTH = 20, 80


class _Commands(TyperGroup):
    """The commands; each is read from its file when it is asked for."""

    def list_commands(self, _context: object) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: object, name: str) -> Any:
        if name not in COMMANDS:
            return None
        function = command(name)
        if isinstance(function, typer.Typer):
            for info in function.registered_commands:
                _keep_help(info.callback)
            _keep_help(function.registered_callback.callback if function.registered_callback else None)
            group: Any = typer.main.get_command(function)
            group.name, group.short_help = name, group.help.partition("\n")[0]
            return group
        _keep_help(function)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(name, cls=Command, short_help=(function.__doc__ or "").partition("\n")[0])(function)
        return typer.main.get_command(alone)


def _keep_help(function: Callable[..., object] | None) -> None:
    """Give a function the docstring back that `python -OO` drops: typer makes its help of it."""
    if function is not None and function.__doc__ is None:
        function.__doc__ = docstring(function)


def command(name: str) -> Callable[..., int] | typer.Typer:
    """Return the function of a command, or the application of one that has commands of its own."""
    module, _, function = COMMANDS[name].partition(".")
    found: Callable[..., int] | typer.Typer = getattr(import_module(f"calc.cli.{module}"), function)
    return found


def run() -> object:
    """Run the command of the process's line and return what it returns: its exit code, or None after help."""
    if "_CALC_COMPLETE" in os.environ:
        # typer wraps what it says about a word, and the shell takes the second line for another word.
        os.environ["COLUMNS"] = "10000"
    width = min(max(shutil.get_terminal_size().columns, _MIN_WIDTH), _HELP_WIDTH)
    return app(standalone_mode=False, prog_name="calc", terminal_width=width)


app = typer.Typer(
    name="calc",
    cls=_Commands,
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
