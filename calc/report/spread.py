"""Results with uncertainty: the figure at the likely values and its statistics, a row a figure and case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.explain import figure_text
from calc.report.console import cell, fits, prose
from calc.report.grid import Table
from calc.report.json_values import STATISTICS
from calc.report.pieces import bare, figure_in, print_pairs, spread_texts, style, unit_text
from calc.text import shorten
from calc.units.format import percent_text

if TYPE_CHECKING:
    from calc.engine.catalogue import Quantity
    from calc.report.console import Console
    from calc.study.results import Answer, CaseAnswer

_POINT = "at the likely values"
COLUMNS = (_POINT, *STATISTICS)
_EVERY = "every case"

Row = tuple[str, list[str]]


def print_spread(console: Console, answer: Answer, names: list[str]) -> None:
    """Print the named figures and how sure the samples make them."""
    _print_figures(console, answer, names)
    line = sampling_error_line(answer, names)
    if line:
        prose(console, line, 2, "dim")


def sampling_error_line(answer: Answer, names: list[str]) -> str:
    """Return how far the samples may be off, in words; empty where there is nothing to say."""
    error = _largest_error(answer, names)
    return f"each p90 is sure to ± {error} or better" if error else ""


def _largest_error(answer: Answer, names: list[str]) -> str:
    """Return the largest standard error of a p90, as a percentage of it; empty where there are none."""
    found = [0.0]
    for case in answer.columns:
        for name in names:
            statistics = case.statistics(name) if case.shows(name) else None
            if statistics and statistics["p90"]:
                found.append(case.error_of_p90(name) / abs(statistics["p90"]))
    return f"{max(found) * 100:.2g} %" if max(found) else ""


def _print_figures(console: Console, answer: Answer, names: list[str]) -> None:
    """Print one table, with a line for each name where that is too wide, or all figures stacked."""
    rows = {name: _rows(answer, name) for name in names}
    joint = _table([(name, _with_unit(answer.scenario.catalogue[name]), each) for name, each in rows.items()])
    if fits(console, joint):
        console.print(joint)
        return
    apart = _table([(name, "", each) for name, each in rows.items()])
    if fits(console, apart):
        _print_apart(console, answer, apart, rows)
        return
    for name, each in rows.items():
        prose(console, _with_unit(answer.scenario.catalogue[name]), 2)
        for label, numbers in each:
            if label:
                prose(console, label, 4)
            # A figure that is certain here and uncertain elsewhere has no statistics to show.
            print_pairs(console, [pair for pair in zip(COLUMNS, numbers, strict=True) if pair[1]], 6)


def _rows(answer: Answer, name: str) -> list[Row]:
    """Return the label and the cells of every case that answers a figure; one row where all cases agree."""
    found = [(shorten(case.label), cells(answer, case, name)) for case in answer.columns]
    rows = [(label, numbers) for label, numbers in found if any(numbers)]
    if len(answer.columns) == 1:
        return [("", numbers) for _, numbers in rows]
    agree = len(rows) == len(answer.columns) and all(numbers == rows[0][1] for _, numbers in rows)
    return [(_EVERY, rows[0][1])] if agree else rows


def _table(blocks: list[tuple[str, str, list[Row]]]) -> Table:
    """Return a table of blocks: name, what its first column says, and rows. A block of one case is one row."""
    table = Table(ruled=True)
    table.add_column()
    for label in ("at the\nlikely\nvalues", *STATISTICS):
        table.add_column(cell(label), right=True)
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


def cells(answer: Answer, case: CaseAnswer, name: str) -> list[str]:
    """Return the point value and the statistics as bare numbers; the unit stands with the name."""
    quantity = answer.scenario.catalogue[name]
    figure = figure_in(case, name)
    if figure is None:
        return [""] * 5
    point = bare(figure, quantity) if isinstance(figure, float | int) else figure_text(figure, quantity)
    statistics = case.statistics(name)
    if statistics is None:
        share = case.share_without_value(name)
        blank = f"no value in {percent_text(share)}" if share else ""
        return [point, blank, *[""] * 3]
    return [point, *spread_texts(statistics, STATISTICS, quantity)]
