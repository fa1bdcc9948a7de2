"""Results with uncertainty: each figure by its median, its 80 % range and its mean, a row a figure and case."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from calc.engine.explain import figure_text
from calc.report.console import cell, fits, prose
from calc.report.grid import Table
from calc.report.pieces import bare, figure_in, print_pairs, spread_texts, style, unit_text
from calc.study.headline import error_of_mean, off_median, percentile_text, percentile_words
from calc.text import shorten
from calc.units.format import percent_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.engine.catalogue import Quantity
    from calc.report.console import Console
    from calc.study.results import Answer, CaseAnswer

_EVERY = "every case"
_SHOWN = ("p50", "p10", "p90", "mean")

Row = tuple[str, list[str]]


class Column(NamedTuple):
    """What a column of a table of spreads is called: in its head, and beside a figure that stands alone."""

    head: str
    words: str


COLUMNS = (*(Column(each, each) for each in _SHOWN), Column("likely\nat", "likely at"))
POINT = Column("at the\nlikely\nvalues", "at the likely values")
_OFF = len(_SHOWN)


def print_spread(console: Console, answer: Answer, names: list[str], *, verbose: bool = False) -> None:
    """Print the named figures and how sure the samples make them; verbose: also what they are at the likely values."""
    _print_figures(console, answer, names, verbose=verbose)
    for line in notes(answer, names):
        prose(console, line, 2, "dim")


def notes(answer: Answer, names: Sequence[str]) -> list[str]:
    """Return what a reader has to know of a table of spreads."""
    found = []
    shares = [
        share
        for case in answer.columns
        for name in names
        if case.shows(name)
        for share in off_median(case, name)
        if share is not None
    ]
    if shares:
        words = f"{percentile_text(shares[0])}: the figure at the likely values lies {percentile_words(shares[0])}"
        found.append(f"likely at {words} of the samples")
    errors = _largest_errors(answer, names)
    if errors:
        found.append(f"sampling error, at most: {errors}; it shrinks with more samples, the range does not")
    return found


def _largest_errors(answer: Answer, names: Sequence[str]) -> str:
    """Return the largest standard errors of p50 and p90, as a percentage of each; empty where there are none."""
    found = []
    for key in ("p50", "p90"):
        shares = [0.0]
        for case in answer.columns:
            for name in names:
                statistics = case.statistics(name) if case.shows(name) else None
                if statistics and statistics[key]:
                    shares.append(case.sampling_error(name, key) / abs(statistics[key]))
        found += [f"{key} ± {percent_text(max(shares), digits=2)}"] if max(shares) else []
    return ", ".join(found)


def _print_figures(console: Console, answer: Answer, names: list[str], *, verbose: bool) -> None:
    """Print one table, with a line for each name where that is too wide, or all figures stacked."""
    rows = {name: _rows(answer, name) for name in names}
    cells = [each for found in rows.values() for _, each in found]
    columns = [*COLUMNS, POINT]
    # What a figure is at the likely values is asked for, or all that there is where some samples have no value.
    is_off, is_needed = any(each[_OFF] for each in cells), verbose or any(_lacks_median(each) for each in cells)
    shown = [at for at in range(len(columns)) if (at != _OFF or is_off) and (columns[at] is not POINT or is_needed)]
    heads = [columns[at] for at in shown]
    rows = {name: [(label, [each[at] for at in shown]) for label, each in found] for name, found in rows.items()}
    joint = _table([(name, _with_unit(answer.scenario.catalogue[name]), each) for name, each in rows.items()], heads)
    if fits(console, joint):
        console.print(joint)
        return
    apart = _table([(name, "", each) for name, each in rows.items()], heads)
    if fits(console, apart):
        _print_apart(console, answer, apart, rows)
        return
    for name, each in rows.items():
        prose(console, _with_unit(answer.scenario.catalogue[name]), 2)
        for label, texts in each:
            if label:
                prose(console, label, 4)
            # A figure that is certain here and uncertain elsewhere has no statistics to show.
            pairs = zip((head.words for head in heads), texts, strict=True)
            print_pairs(console, [pair for pair in pairs if pair[1]], 6)


def _lacks_median(cells: list[str]) -> bool:
    return cells[0].startswith("no value in")


def _rows(answer: Answer, name: str) -> list[Row]:
    """Return the label and the cells of every case that answers a figure; one row where all cases agree."""
    found = [(shorten(case.label), spread_cells(answer, case, name)) for case in answer.columns]
    rows = [(label, cells) for label, cells in found if any(cells)]
    if len(answer.columns) == 1:
        return [("", numbers) for _, numbers in rows]
    agree = len(rows) == len(answer.columns) and all(numbers == rows[0][1] for _, numbers in rows)
    return [(_EVERY, rows[0][1])] if agree else rows


def _table(blocks: list[tuple[str, str, list[Row]]], heads: list[Column]) -> Table:
    """Return a table of blocks: name, what its first column says, and rows. A block of one case is one row."""
    table = Table(ruled=True)
    table.add_column()
    for each in heads:
        table.add_column(cell(each.head), right=True)
    for _, head, rows in blocks:
        if head and any(label for label, _ in rows):
            table.add_row(cell(head))
        for label, numbers in rows:
            table.add_row(cell(f"  {label}" if label else head), *(cell(text, style(text)) for text in numbers))
    return table


def _print_apart(console: Console, answer: Answer, table: Table, rows: dict[str, list[Row]]) -> None:
    """Print a table with each name on a line of its own, so that long names do not widen the first column."""
    lines = console.drawn(table)
    head = len(lines) - sum(len(each) for each in rows.values())
    for line in lines[:head]:
        console.print(line)
    for name, each in rows.items():
        prose(console, _with_unit(answer.scenario.catalogue[name]))
        for line in lines[head : head + len(each)]:
            console.print(line)
        head += len(each)


def _with_unit(quantity: Quantity) -> str:
    words = unit_text(quantity)
    return f"{quantity.name} ({words})" if words else quantity.name


def spread_cells(answer: Answer, case: CaseAnswer, name: str) -> list[str]:
    """Return the texts of COLUMNS and of POINT as bare numbers; the unit stands with the name."""
    quantity = answer.scenario.catalogue[name]
    figure = figure_in(case, name)
    if figure is None:
        return [""] * (len(COLUMNS) + 1)
    point = bare(figure, quantity) if isinstance(figure, float | int) else figure_text(figure, quantity)
    statistics = case.statistics(name)
    if statistics is None:
        share = case.share_without_value(name)
        # What is certain here has no range; it is the headline all the same.
        is_partly = share and not (share == 1 and point == "no value")
        words = f"no value in {percent_text(share)}" if is_partly else point
        return [words, *[""] * (len(COLUMNS) - 1), point]
    texts = spread_texts(statistics, _SHOWN, quantity)
    error = error_of_mean(case, name)
    if error:
        texts[-1] += f" ± {percent_text(error, digits=2)}"
    shares = off_median(case, name)
    return [*texts, *(percentile_text(each) if each is not None else "" for each in shares), point]
