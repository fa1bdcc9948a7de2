"""What an answer says, once: headings, sentences, notices, tables of numbers, trees and pictures.

A `Report` is made of an answer, a study, an explanation or a list (`answer_report`, a file a study, `explain_report`,
`listing`), and written by a renderer a format (`terminal`, `markdown`, `html`). A renderer chooses how a thing is laid
out, and never what is said: it writes every block it meets. Numbers are cells that know their value and unit, and how
both are read.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from calc.records import NamedTuple, dataclass, field, replace
from calc.scenario.case import BASE
from calc.scenario.sections import STUDIES
from calc.text import pattern
from calc.units.format import RESULT_DIGITS, amount_text, bare_text, digits_apart, unit_words

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.scenario.case import Scenario
    from calc.units import Unit


# What a text is, which a renderer shows by colour or weight: what is absent stands out, `good` and `bad` are verdicts;
# `more` and `less` are signs of differences, of which nobody but the reader knows whether they are good.
Tone = Literal["", "strong", "quiet", "number", "absent", "good", "bad", "warning", "more", "less"]
Severity = Literal["", "good", "warning", "error"]
# What stands in a column; `unit` holds the units of the rows, `prose` sentences, `bar` shares drawn as bars;
# `strip` a picture of how high something stands from left to right, whose numbers stand elsewhere in the report.
Kind = Literal["label", "unit", "number", "words", "prose", "bar", "strip"]


class Cell(NamedTuple):
    """A number or a few words.

    text: how it reads where its unit stands beside it. whole: how it reads alone; empty where that is the same.
    base: the number in coherent base units, None for words and for what has no value; a bar's share of the longest.
    unit: the number's. is_name: the words are the name of a quantity, a file or a command. stack: cells one below the
    other, of which a name belongs to the cell before it. strip: heights from 0 to 1 of a small picture;
    span: where a bar of such a picture begins and ends, from 0 to 1.
    """

    text: str = ""
    whole: str = ""
    base: float | None = None
    unit: Unit | None = None
    tone: Tone = ""
    is_name: bool = False
    stack: tuple[Cell, ...] = ()
    strip: tuple[float, ...] = ()
    span: tuple[float, float] | None = None

    @property
    def alone(self) -> str:
        """Return how it reads where no unit stands beside it."""
        return self.whole or self.text


def number(base: float, quantity: Quantity, *, digits: int = RESULT_DIGITS, after: str = "") -> Cell:
    """Return a number in base units as a cell; after: words that follow it."""
    share = quantity.is_share
    bare = bare_text(base, quantity.unit, share=share, digits=digits)
    whole = amount_text(base, quantity.unit, share=share, digits=digits)
    return Cell(f"{bare}{after}", f"{whole}{after}", base, quantity.unit, "number")


def written(text: str, base: float | None = None, unit: Unit | None = None) -> Cell:
    """Return a number that is written in words of its own; without a base it is absent or a text beside a number."""
    absent = text.partition(" in ")[0] in {"no value", "not included"}
    return Cell(text, "", base, unit, "absent" if absent else "number")


def signed(cell: Cell, amount: float) -> Cell:
    """Return a difference in the tone of its sign, with a plus where it is above 0 and has no sign yet."""
    if amount <= 0 or cell.text.startswith("+"):
        return cell._replace(tone="more" if amount > 0 else "less" if amount < 0 else cell.tone)
    return cell._replace(text=f"+{cell.text}", whole=f"+{cell.alone}", tone="more")


def name_cell(name: str, after: str = "") -> Cell:
    """Return the name of a quantity as a cell; after: a word that follows it."""
    return Cell(f"{name}{after}", is_name=True)


def stacked(cells: Iterable[Cell]) -> Cell:
    """Return cells one below the other, names indented."""
    found = tuple(cells)
    tone: Tone = "number" if any(each.tone == "number" for each in found) else ""
    return Cell("\n".join(f"  {each.text}" if each.is_name else each.text for each in found), tone=tone, stack=found)


def bar_cell(share: float) -> Cell:
    """Return a bar that is as long as this share of the longest."""
    return Cell(base=share)


class Column(NamedTuple):
    """A column of a table.

    head: what it is called; its lines may be parted by line ends. unit: that of all numbers in it, in words.
    least: the narrowest that prose may be made. key: what a picture of the same section may show in its place.
    is_name: the head is the name of a quantity.
    """

    head: str = ""
    kind: Kind = "number"
    unit: str = ""
    least: int = 24
    key: Hashable = None
    is_name: bool = False

    @property
    def title(self) -> str:
        """Return the head with the unit."""
        return f"{' '.join(self.head.split())} ({self.unit})" if self.unit else " ".join(self.head.split())


class Row(NamedTuple):
    """Cells, one a column; level 1 says more of the row of level 0 above it.

    again: another table of the report says the same and more, so that a format with little room leaves the row out.
    """

    cells: Sequence[Cell]
    level: int = 0
    again: bool = False


@dataclass(slots=True)
class Table:
    """Rows of cells under heads.

    turns: rows may be shown as columns. keys: leading columns that say which row it is, in
    each part of a table that has to be split. plain: cells say what they are,
    also without their heads. common: rows that are the same in every column may be told once.
    """

    columns: list[Column]
    rows: list[Row] = field(default_factory=list)
    turns: bool = False
    keys: int = 0
    plain: bool = False
    common: bool = False

    @property
    def unit_at(self) -> int | None:
        """Return which column holds the units of the rows."""
        return next((at for at, each in enumerate(self.columns) if each.kind == "unit"), None)

    def names_units(self, column: Column) -> bool:
        """Tell whether numbers of a column have to say their unit: where it stands neither in the head nor beside."""
        return column.kind == "number" and not column.unit and self.unit_at is None

    def only(self, kept: Sequence[int]) -> Table:
        """Return the table with some of its columns."""
        rows = [row._replace(cells=[row.cells[at] for at in kept]) for row in self.rows]
        return replace(self, columns=[self.columns[at] for at in kept], rows=rows)

    def without(self, *kinds: Kind) -> Table:
        """Return the table without columns of some kinds."""
        return self.only([at for at, each in enumerate(self.columns) if each.kind not in kinds])


@dataclass(slots=True)
class Paragraph:
    """A sentence or several; level: of what it says more."""

    text: str
    tone: Tone = ""
    level: int = 0


@dataclass(slots=True)
class Notice:
    """A line that a reader must know; mark: the word it begins with, such as `FAILS`."""

    text: str
    severity: Severity = ""
    mark: str = ""


@dataclass(slots=True)
class Tree:
    """A figure with what it was made from: a label, lines about it, and what is below it.

    part: what the label begins with. value: the figure; status: words behind it. share: of the figure above it, where
    that is a sum of such parts.
    """

    label: Cell
    lines: list[str]
    children: list[Tree]
    part: str = ""
    value: str = ""
    status: str = ""
    is_absent: bool = False
    share: float = 0.0


@dataclass(slots=True)
class HeatMap:
    """A figure over two axes; its numbers stand in a table of the same section too, in the column with the same key.

    down, across: the axes, each a name with its unit and its values. cells: one a point, row by row; levels: how large
    each is, from 0 to 4, None for what has no value. is_missed: where a condition does not hold.
    """

    title: str
    down: tuple[str, list[Cell]]
    across: tuple[str, list[Cell]]
    cells: list[list[Cell]]
    levels: list[list[int | None]]
    key: Hashable = None
    has_conditions: bool = False


@dataclass(slots=True)
class Histogram:
    """How often a figure of samples falls between edges, in base units; P10, P50 and P90 are marked.

    Its percentiles stand in a table of the same section. words: the unit that the numbers are written in.
    """

    title: str
    edges: list[float]
    counts: list[int]
    marks: list[tuple[str, float]]
    unit: Unit
    is_share: bool = False
    words: str = ""


@dataclass(slots=True)
class Chart:
    """Values from left to right as columns; their numbers, or those that mark them, stand in the report too.

    values: one a column, in any unit, None where there is none. ends: how the least and the most of the scale read; the
    scale begins at 0 unless a value lies below. heads: what stands below the first, perhaps the middle, and the last.
    marks: at which share of the width a word points.
    """

    title: str
    values: list[float | None]
    ends: tuple[str, str]
    heads: list[str]
    marks: list[tuple[float, str]] = field(default_factory=list)


@dataclass(slots=True)
class Stacked:
    """What a figure is made up of in each year, as bars of stretches; the numbers stand in a table of the same section.

    heads: a bar each, such as the years. parts: what it is called and how much it adds, below 0 what it takes away.
    totals: the figure itself.
    """

    title: str
    heads: list[str]
    parts: list[tuple[str, list[float]]]
    totals: list[Cell]


Block = Paragraph | Notice | Table | Tree | HeatMap | Chart | Histogram | Stacked
# What shows numbers that stand in a table of the same section too.
PICTURES = (HeatMap, Chart, Histogram, Stacked)


@dataclass(slots=True)
class Section:
    """Blocks under a heading.

    key: what the section is, the same in every report, such as `assumptions`. is_detail: a reader may look it up later,
    so that a format that can folds it.
    """

    title: str
    blocks: list[Block]
    key: str = ""
    is_detail: bool = False


@dataclass(slots=True)
class Report:
    """What is said: a title, a sentence on the question, the answer in short, and sections in their order.

    front: the answer in short, as sections without a title; closing: the answer in one sentence. tighter: makes fronts
    that take less and less room, for a screen on which the first does not fit.
    """

    title: str
    question: str = ""
    sections: list[Section] = field(default_factory=list)
    name: str = ""
    front: list[Section] = field(default_factory=list)
    closing: Paragraph | None = None
    tighter: Callable[[], Iterator[list[Section]]] | None = None

    def brief(self) -> Report:
        """Return the report without the question and what a reader looks up later."""
        return Report(self.title, "", [each for each in self.sections if not each.is_detail], self.name)

    def section(self, key: str) -> Section | None:
        """Return the first section of a kind, or None."""
        return next((each for each in self.sections if each.key == key), None)


def notices(lines: Iterable[str], severity: Severity = "", mark: str = "") -> list[Block]:
    """Return lines as notices."""
    return [Notice(line, severity, mark) for line in lines]


def section(title: str, blocks: Sequence[Block], key: str, *, detail: bool = False) -> list[Section]:
    """Return a section, or none where it would be empty."""
    return [Section(title, list(blocks), key, detail)] if blocks else []


def pairs(rows: Iterable[tuple[Cell, Cell]]) -> Table:
    """Return names and figures as a table of two columns."""
    table = Table([Column(kind="label"), Column()])
    table.rows = [Row(each) for each in rows]
    return table


def unit_text(quantity: Quantity) -> str:
    """Return the unit that a bare number is in; empty for a ratio."""
    return "%" if quantity.is_share else unit_words(quantity.unit, plural=True)


def unit_cell(quantity: Quantity) -> Cell:
    """Return the unit of a quantity as a cell."""
    return Cell(unit_text(quantity), tone="quiet")


def in_stack(cell: Cell, written: Callable[[Cell], str]) -> str:
    """Return the cells of a stack, each written and with the name that belongs to it, in lines of HTML."""
    parts = (f" {written(each)}" if each.is_name else f"<br>{written(each)}" for each in cell.stack)
    return "".join(parts).removeprefix("<br>")


def named_column(quantity: Quantity, name: str, *, key: Hashable = None) -> Column:
    """Return the column of a figure, called by a name."""
    return Column(name, unit=unit_text(quantity), key=key, is_name=True)


def chart(title: str, values: list[float | None], quantity: Quantity, heads: list[str]) -> Chart:
    """Return values in base units of a quantity as a chart, its scale in the quantity's unit."""
    known = [each for each in values if each is not None]
    ends = [number(each, quantity).whole for each in (min([0.0, *known]), max([0.0, *known]))]
    return Chart(title, values, (ends[0], ends[1]), heads)


# ---------------------------------------------------------------- quantities by words

_CAPITALS = {
    "ai": "AI", "api": "API", "co2e": "CO2e", "flop": "FLOP", "flops": "FLOPS", "gpu": "GPU", "gpus": "GPUs",
    "hfu": "HFU", "irr": "IRR", "it": "IT", "llm": "LLM", "mfu": "MFU", "moe": "MoE", "mtbf": "MTBF", "npv": "NPV",
    "pue": "PUE", "tco": "TCO", "ups": "UPS", "usd": "USD", "wue": "WUE",
}  # fmt: skip
# In backticks a name stays what it is, and so does a part of a fact's.
_NAME = pattern(r"`[^`]*`|(?<![.@/-])\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b(?!@|\.\w)")


def label(quantity: Quantity) -> str:
    """Return what a reader calls a quantity, of a part or a year with that: `racks needed in 2027`."""
    base, joint, rest = quantity.name.partition(" in ")
    declared = quantity.label or next((each.label for each in quantity.formulas.values() if each.label), "")
    return f"{declared or words_of(base)}{joint}{rest}"


def words_of(name: str) -> str:
    """Return a name as words: `owning cost per GPU-hour`."""
    words = " ".join(_CAPITALS.get(word, word) for word in name.split("_"))
    return re.sub(r"\bGPUs? (hours?)\b", r"GPU-\1", words)


def without_names(text: str) -> str:
    """Return a text with every name in it as words, whatever it is the name of."""
    return _NAME.sub(lambda found: found[0] if found[0].startswith("`") else words_of(found[0]), text)


def words_in(sentence: str, catalogue: Catalogue) -> str:
    """Return a sentence with the names of quantities in it as words."""

    def named(found: re.Match[str]) -> str:
        quantity = catalogue.quantities.get(found[0])
        return label(quantity) if quantity else found[0]

    return _NAME.sub(named, sentence)


# ---------------------------------------------------------------- what studies found


class StudyReport(Protocol):
    """A module that tells what one kind of study found."""

    def as_dict(self, scenario: Scenario, found: Any, /) -> dict[str, Any]:
        """Return the JSON result, without what all studies say."""

    def sections(self, body: dict[str, Any], catalogue: Catalogue, /) -> list[Section]:
        """Return the sections of a report; body: the JSON result."""

    def lines(self, body: dict[str, Any], catalogue: Catalogue, /) -> list[str]:
        """Return in a few lines what was found, the most important first."""

    def csv(self, body: dict[str, Any], /) -> str:
        """Return CSV with a header line."""


def report_of(name: str) -> StudyReport:
    """Return what tells of a study, by the name of its section."""
    return cast("StudyReport", import_module(STUDIES[name].report))


def study_report(name: str, scenario: Scenario, body: dict[str, Any]) -> Report:
    """Return what one study of a scenario says."""
    from calc.study.remarks import ASIDE, unheeded_by_studies

    found = Report(scenario.heading, name=name)
    found.sections += section(ASIDE, notices(unheeded_by_studies(scenario), "warning"), "given but not used")
    found.sections += report_of(name).sections(body, scenario.catalogue)
    found.sections += section("Warnings", notices(scenario.warnings, "warning"), "warnings")
    return found


# The statistics of an uncertain figure that reports show, the headline first.
SPREAD = ("p50", "p10", "p90")


class Words:
    """Numbers of a result as a reader sees them; they come in the declared unit of their quantity."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def cell(self, name: str, value: float | None, *, digits: int = 4) -> Cell:
        """Return a number as a cell, or that there is no value."""
        if value is None:
            return written("no value")
        quantity = self.catalogue[name]
        return number(value * quantity.unit.factor, quantity, digits=digits)

    def text(self, name: str, value: float | None, *, digits: int = 4) -> str:
        """Return a number with its unit."""
        return self.cell(name, value, digits=digits).alone

    def spread(self, name: str, numbers: Sequence[float | None], ends: tuple[float | None, float | None]) -> list[Cell]:
        """Return numbers with as many digits as it takes to tell the ends of a range apart."""
        low, high, quantity = *ends, self.catalogue[name]
        factor, digits = quantity.unit.factor, 4
        if low is not None and high is not None:
            digits = digits_apart(low * factor, high * factor, quantity.unit, share=quantity.is_share)
        return [self.cell(name, each, digits=digits) for each in numbers]

    def span(self, name: str, low: float, high: float) -> str:
        """Return a range with its unit, with as many digits as it takes to tell its ends apart."""
        one, other = self.spread(name, (low, high), (low, high))
        return f"{one.text} to {other.alone}"

    def unit(self, name: str) -> Cell:
        """Return the unit of a quantity."""
        return unit_cell(self.catalogue[name])

    def with_unit(self, name: str, year: int | None = None) -> str:
        """Return a name with its unit, and perhaps a year."""
        words = unit_text(self.catalogue[name])
        dated = f"{name} {year}" if year is not None else name
        return f"{dated} ({words})" if words else dated


def label_of(case: dict[str, Any], before: str) -> str:
    """Return what tells a case apart; nothing where there is one case."""
    return "" if case["name"] == BASE else f"{before}{case['name']}"
