"""What a scenario file may hold, declared once: sections, their keys, what stands after each, and its option.

The readers, what they say of an unknown key, the JSON Schema and the options of the commands of studies follow from it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from calc.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SAMPLES = 2_000_000_000_000
METHODS = ("sobol", "random")


class Whole(NamedTuple):
    """A whole number in bounds, both included."""

    low: int
    high: int


class Choice(NamedTuple):
    """One of these words."""

    words: tuple[str, ...]


class Matching(NamedTuple):
    """A text, or a number where it `is_number` too, that a pattern describes."""

    pattern: str
    is_number: bool = False


class Listed(NamedTuple):
    """A list; length: how many items it has, 0 for any number."""

    of: Shape
    length: int = 0


class OneOf(NamedTuple):
    """What may be written in several ways."""

    shapes: tuple[Shape, ...]


class Keys(NamedTuple):
    """A mapping.

    keys: what each of its known keys holds. rest: what stands after any other name, None where there is no other.
    names: the pattern of those names. of_quantities: they are quantities of the catalogue, and perhaps others.
    """

    keys: Mapping[str, Key] = MappingProxyType({})
    rest: Shape | None = None
    names: str = ""
    of_quantities: bool = False
    may_be_null: bool = False


class Option(NamedTuple):
    """How the command of a study takes a key; offers: what Tab offers, a function of `calc.cli.options`."""

    flag: str
    metavar: str
    help: str
    offers: str = ""

    @property
    def name(self) -> str:
        """Return the name of the parameter that holds what is given."""
        return self.flag.removeprefix("--").replace("-", "_")


class Key(NamedTuple):
    """What stands after a key, what it says, examples, and the option of the command line that says the same.

    The option of a whole section says what its names other than the known keys do.
    """

    shape: Shape
    text: str = ""
    examples: tuple[object, ...] = ()
    is_required: bool = False
    option: Option | None = None

    @property
    def keys(self) -> dict[str, Key]:
        """Return the known keys of a mapping, or of the mapping among several ways to write it."""
        shapes = self.shape.shapes if isinstance(self.shape, OneOf) else (self.shape,)
        return {name: key for each in shapes if isinstance(each, Keys) for name, key in each.keys.items()}

    @property
    def is_repeated(self) -> bool:
        """Tell whether its option may be given several times: for a list, and for what has names."""
        return isinstance(self.shape, Keys | OneOf)

    @property
    def example(self) -> str:
        """Return the first example, of a list its first item."""
        first = self.examples[0]
        return str(first[0] if isinstance(first, list) else first)


# A text is one of the `words` of `calc/scenario/schema.py`, which knows quantities, bundles and shipped scenarios;
# `figure` is a quantity of the catalogue or a name of the scenario's own.
Shape = str | Whole | Choice | Matching | Listed | OneOf | Keys

OWN_NAME = "^[a-z_][a-z0-9_]*$"
_TEXTS = OneOf(("text", Listed("text")))
_FIGURES = OneOf(("figure", Listed("figure")))
_RANGES = Keys(rest="values")

_FACTS = Key(
    Listed("bundle"), "Bundles of sourced facts that fill inputs; `inputs` win over them.", (["dgx-a100"],)
)  # fmt: skip
_USE = Key("use", "Which variant of a quantity to compute, or which option of a choice to take.")
_INPUTS = Key(
    Keys(rest="value", of_quantities=True), "Given values; a given value wins over a formula of the same name."
)
PART = Keys({"facts": _FACTS, "use": _USE, "inputs": _INPUTS}, may_be_null=True)
_PARTS = Key(Keys(rest=PART), "Several clusters or sites, by name; what stands outside holds for all of them.")
_CABINETS = Key(Keys(rest=PART), "Kinds of cabinets, by name; what stands outside holds for all of them.")
CASE = Keys(
    {"facts": _FACTS, "use": _USE, "parts": _PARTS, "cabinets": _CABINETS},
    rest="value", of_quantities=True, may_be_null=True,
)  # fmt: skip
LINE = Keys(
    {
        "scenario": Key(
            "scenario", "The scenario that the figures are from: a shipped one, or a file.", is_required=True
        ),
        "case": Key("text", "Its case."),
        "part": Key("text", "Its part."),
        "stated": Key(_TEXTS, "Figures as somebody states them."),
        "computed": Key(_TEXTS, "Figures as they are computed.", is_required=True),
        "note": Key("text", "Anything a reader should know."),
    }
)
SOURCE = Keys({"title": Key("text", is_required=True), "url": Key("text"), "date": Key("amount")})

_SO_THAT = Key(
    _TEXTS,
    "Conditions that have to hold.",
    ("servers_per_rack >= 5",),
    option=Option("--so-that", "CONDITION", "A condition that has to hold; may be repeated."),
)
_CONFIDENCE = Key(
    "amount",
    "The share of the samples in which they have to hold.",
    ("80 %",),
    option=Option("--confidence", "SHARE", "Share of the samples in which the conditions have to hold."),
)
# With the spelling of America.
SENSES = {"maximise": "maximise", "minimise": "minimise", "maximize": "maximise", "minimize": "minimise"}
_OF = Option("--figure", "NAME", "A figure, or several separated by commas; may be repeated.", "shown_names")


def _sense(sense: str, words: str) -> Key:
    option = Option(f"--{sense}", "NAME", f"Name the points with {words} of a figure.", "quantity_names")
    return Key("figure", f"The figure to {sense}.", option=option)


_MAXIMISE, _MINIMISE = _sense("maximise", "most and least"), _sense("minimise", "least and most")
FORMULA = Keys(
    {
        "formula": Key("text", "What it computes.", ("server_price / gpus_per_server",), is_required=True),
        "in": Key("text", "The unit to show it in.", ("USD/gpu",)),
        "label": Key("text", "What readers call it.", ("cost of a GPU",)),
    }
)
GOAL = Keys(
    {
        "smallest within": Key("values"),
        "largest within": Key("values"),
        "so that": _SO_THAT._replace(is_required=True),
        "confidence": _CONFIDENCE,
    }
)
_SWEEP = Keys(
    {
        "show": Key(_FIGURES),
        "so that": _SO_THAT,
        "maximise": _MAXIMISE,
        "minimise": _MINIMISE,
        "pareto": Key(
            Listed("text", 2),
            examples=(["minimise racks_needed", "minimise rack_power_stranded"],),
            option=Option("--pareto", "TEXT", "Two figures to trade off: `minimise NAME, maximise NAME`."),
        ),
    },
    rest="values",
    of_quantities=True,
)
_FIND = Keys(
    {
        "maximise": _MAXIMISE._replace(option=None),
        "minimise": _MINIMISE._replace(option=None),
        "over": Key(
            _RANGES,
            "The inputs to choose.",
            option=Option(
                "--over", "NAME=RANGE", "An input to choose and its range; may be repeated.", "setting_names"
            ),
        ),
        "so that": _SO_THAT,
        "adding up to": Key(
            "amount",
            "The sum of the inputs.",
            option=Option("--adding-up-to", "AMOUNT", "What the inputs of --over add up to."),
        ),
        "confidence": _CONFIDENCE,
    },
    rest=GOAL,
    of_quantities=True,
)
PLACE = Keys(
    {
        "maximise": _MAXIMISE._replace(option=None),
        "minimise": _MINIMISE._replace(option=None),
        "so that": _SO_THAT._replace(option=None),
    }
)
_SENSITIVITY = Keys(
    {
        "of": Key(_FIGURES, option=_OF),
        "flip": _SO_THAT._replace(
            option=Option(
                "--flip",
                "TEXT",
                "A condition, or `NAME in CASE < NAME in CASE`, that could change; may be repeated.",
            )
        ),
        "within": Key(
            _RANGES,
            option=Option(
                "--within", "NAME=RANGE", "The range to move an input through; may be repeated.", "setting_names"
            ),
        ),
    }
)
UNCERTAINTY = Keys(
    {
        "samples": Key(Whole(1, MAX_SAMPLES), "How many samples are drawn.", (20000,)),
        "seed": Key(Whole(0, 2**63 - 1), "Which samples are drawn.", (7,)),
        "method": Key(Choice(METHODS), "Sobol points, or pseudo-random samples."),
        "correlate": Key(
            Keys(rest="amount", names=r"^\s*[a-z_][a-z0-9_]*\s+with\s+[a-z_][a-z0-9_]*\s*$"),
            "Rank correlations of pairs of uncertain inputs.",
            ({"mfu with effective_time_share": 0.5},),
        ),
    }
)


class DeclaredStudy(NamedTuple):
    """A kind of study: its section, and the files that compute it and say what it found.

    computation: the module with its `STUDY`, a `calc.scenario.studies.Study`. report: the module with `as_dict`,
    `sections`, `lines` and `csv`, see `calc.report.report.StudyReport`. front: the word before its lines on the
    first screen. command: what its command does, empty for one that has a command of another kind. formats: those of
    the command beside a table, JSON, CSV and Markdown. chooses: it chooses values of inputs, which nothing else has to
    give. shows: the command takes `--show`. in_pieces: it may be left to worker processes.
    """

    section: Key
    computation: str
    report: str
    front: str
    command: str = ""
    formats: tuple[str, ...] = ("html", "xlsx")
    chooses: bool = False
    shows: bool = False
    in_pieces: bool = False


# In the order in which they are run and told.
STUDIES: dict[str, DeclaredStudy] = {
    "sweep": DeclaredStudy(
        Key(
            _SWEEP,
            "Inputs as axes; the figures at every point of the grid.",
            option=Option(
                "--axis",
                "NAME=VALUES",
                "An input and its values, as in `server_power=4 to 6 kW step 0.5 kW`; may be repeated.",
                "setting_names",
            ),
        ),
        computation="calc.study.sweep",
        report="calc.report.sweep_report",
        front="on the grid",
        command="Answer a scenario at every point of a grid: its section `sweep`, or the axes of the line.",
        formats=("html", "xlsx", "parquet"),
        chooses=True,
        in_pieces=True,
    ),
    "find": DeclaredStudy(
        Key(
            _FIND,
            "The value of an input so that conditions hold, or the best of several inputs.",
            option=Option(
                "--goal",
                "TEXT",
                "`smallest NAME within RANGE so that CONDITION`, `largest ...`, or `minimise NAME` with --over.",
            ),
        ),
        computation="calc.study.find",
        report="calc.report.find_report",
        front="found",
        command="Find the value of an input so that conditions hold: the section `find`, or the goals of the line.",
        chooses=True,
        shows=True,
    ),
    "sensitivity": DeclaredStudy(
        Key(
            OneOf((Listed("figure"), _SENSITIVITY)),
            "What drives the figures, and which value of an input flips a verdict.",
        ),
        computation="calc.study.sensitivity",
        report="calc.report.sensitivity_report",
        front="sensitive",
        command="Show which inputs drive the figures, and at which value each would flip a check or a comparison.",
    ),
    "compare": DeclaredStudy(
        Key(
            OneOf((Listed("text"), Keys({"cases": Key(Listed("text")), "of": Key(_FIGURES, option=_OF)}))),
            "Cases side by side, and what explains their difference.",
        ),
        computation="calc.study.compare",
        report="calc.report.compare_report",
        front="compared",
    ),
}

SECTIONS: dict[str, Key] = {
    "title": Key("text", "What the scenario is about.", ("Which cabinet?",)),
    "question": Key("text", "The question in full."),
    "headline": Key(
        Listed("figure"),
        "The figure or figures that an answer leads with and ends on; else the first of `show`.",
        ("racks_needed", ["racks_needed", "site_power"]),
    ),
    "extends": Key(
        Listed("scenario"),
        "Scenarios to change, the last one wins: shipped ones by name, files in the same folder or below it, or in a "
        "folder that the user allows.",
        (["cabinets.yaml"], "cabinets.yaml"),
    ),
    "models": Key(
        Listed("text"),
        "Python files with own inputs and formulas; they run only with --allow-models.",
        (["./my_rack.py"],),
    ),
    "facts": _FACTS,
    "units": Key(
        Keys(rest=Choice(("count",)), names="^[a-z]{3,30}(_[a-z]{2,30})*$"),
        "Counts of your own, by their singular; a value may then be in them.",
        ({"ticket": "count"},),
    ),
    "facts_from": Key(
        Listed("text"),
        "CSV files with facts of your own, in the same folder or below it; they win over those that ship.",
        (["prices.csv"],),
    ),
    "use": _USE,
    "inputs": _INPUTS,
    "formulas": Key(
        Keys(rest=OneOf(("text", FORMULA)), names=OWN_NAME),
        "Your own figures in one line; a formula of a model's quantity wins over the model's.",
        ({"cost_per_gpu": "server_price / gpus_per_server"},),
    ),
    "parts": _PARTS,
    "totals": Key(
        Keys(rest=Matching(r"^\s*sum of [a-z_][a-z0-9_]*\s*$"), names=OWN_NAME),
        "Sums over the parts.",
        ({"site_power": "sum of facility_power"},),
    ),
    "cabinets": _CABINETS,
    "place": Key(
        PLACE,
        "Which servers of `parts` go into which of the `cabinets`; with nothing wanted, all, in the least rated power.",
        ({"maximise": "gpus", "so that": ["servers in training >= 100 servers"]},),
    ),
    "cases": Key(Keys(rest=CASE), "Choices side by side, by name."),
    "years": Key(
        Matching(r"^\s*((FY ?)?\d{2,4}(\s+to\s+(FY ?)?\d{2,4})?|\d{4}-\d{2}\s+to\s+\d{4}-\d{2})\s*$", is_number=True),
        "The years that the scenario looks at, also fiscal ones, or twelve-month years from a month on.",
        ("2026 to 2030", "FY2026 to FY2029", "2026-07 to 2029-06"),
    ),
    "show": Key(
        Listed("shown figure"),
        "The figures to answer, in order, perhaps in a unit; `all` for all that follows.",
        (["servers_per_rack"], "all", [{"cost_per_token": "in USD/Mtoken"}]),
    ),
    "currency": Key("currency", "The currency that all money is shown in, through a dated exchange rate.", ("EUR",)),
    **{name: each.section for name, each in STUDIES.items()},
    "checks": Key(
        Listed("text"),
        "Conditions that must hold.",
        (["rack_power_stranded <= 4 kW", "racks_needed <= 20 racks with 80 % confidence"],),
    ),
    "expect": Key("promises", "Figures that this file promises; with cases, under the names of the cases."),
    "uncertainty": Key(UNCERTAINTY, "How the uncertain inputs are sampled."),
    "sources": Key(Keys(rest=OneOf(("text", SOURCE))), "Sources by key, to be referred to from `source`."),
    "table": Key(
        Keys(rest=LINE), "Lines that hold a figure as stated against one as computed, each from another scenario."
    ),
}
# What others call a section.
MEANT = {
    "name": "title", "description": "question", "assumptions": "inputs", "parameters": "inputs", "variables": "inputs",
    "values": "inputs", "scenarios": "cases", "outputs": "show", "output": "show", "results": "show", "tests": "expect",
    "monte_carlo": "uncertainty", "simulation": "uncertainty", "include": "extends", "imports": "extends",
    "variants": "use", "asserts": "checks", "references": "sources", "goal": "find", "goals": "find", "solve": "find",
    "racks": "cabinets", "placement": "place", "optimise": "find", "optimize": "find", "grid": "sweep",
    "tornado": "sensitivity",
}  # fmt: skip
