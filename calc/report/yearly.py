"""The year table: figures that differ from year to year, a row a figure and a column a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.explain import figure_text
from calc.engine.figures import Series
from calc.report.console import cell, fits, heading, prose
from calc.report.grid import Table
from calc.report.pieces import bare, figure_in, spread_texts, style, unit_text
from calc.study.headline import headline, off_median, percentile_text
from calc.text import shorten
from calc.units.format import percent_text

if TYPE_CHECKING:
    from calc.engine.catalogue import Quantity
    from calc.engine.figures import Figure, Single
    from calc.report.console import Console
    from calc.study.results import Answer, CaseAnswer

_SPREAD = ("p10", "p90")
MEDIAN, OFF, POINT = "p50", "likely at", "at the likely values"

Row = list[str]


def print_years(console: Console, answer: Answer, names: list[str], *, verbose: bool = False) -> None:
    """Print the named figures by year, a table a case; with uncertainty the medians, and their 80 % ranges below.

    verbose: also what they are at the likely values.
    """
    for case in answer.columns:
        rows = [row for name in names for row in rows_of(answer, case, name, verbose=verbose)]
        if not rows:
            continue
        where = f": {shorten(case.label)}" if len(answer.columns) > 1 else ""
        heading(console, f"By year{where}")
        joint, apart = (
            _table(answer, rows),
            _table(answer, [[row[0] if _is_spread(row) else "", *row[2:]] for row in rows]),
        )
        if fits(console, joint):
            console.print(joint)
        elif fits(console, apart):
            _print_apart(console, apart, rows)
        else:
            _print_stacked(console, answer, rows)


def rows_of(answer: Answer, case: CaseAnswer, name: str, *, verbose: bool) -> list[Row]:
    """Return the row of a figure and those of its spread, name and unit first; a spread row is indented."""
    figure = figure_in(case, name)
    if figure is None:
        return []
    quantity, years = answer.scenario.catalogue[name], len(answer.years)

    def texts(each: Figure) -> list[str]:
        singles = each.values if isinstance(each, Series) else (each,) * years
        return [_text(single, quantity) for single in singles]

    rows = [[name, unit_text(quantity), *texts(headline(case, name))]]
    statistics = case.yearly_statistics(name) if isinstance(figure, Series) else []
    if not statistics:
        return rows
    ends = [spread_texts(each, _SPREAD, quantity) if each else ["", ""] for each in statistics]
    below = {key: [each[at] for each in ends] for at, key in enumerate(_SPREAD)}
    below[OFF] = ["" if each is None else percentile_text(each) for each in off_median(case, name)]
    below["no value in"] = _shares_without(case, name)
    if verbose or any(each is None for each in statistics):
        below[POINT] = texts(figure)
    if any(each is not None for each in statistics):
        rows[0][0] = f"{name} {MEDIAN}"
    return rows + [[f"  {key}", "", *found] for key, found in below.items() if any(found)]


def _shares_without(case: CaseAnswer, name: str) -> list[str]:
    return [percent_text(share) if share else "" for share in case.yearly_shares_without_value(name)]


def _is_spread(row: Row) -> bool:
    return row[0].startswith(" ")


def _text(figure: Single, quantity: Quantity) -> str:
    return bare(figure, quantity) if isinstance(figure, float | int) else figure_text(figure, quantity)


def _table(answer: Answer, rows: list[Row]) -> Table:
    """Return a table of rows whose last cells are those of the years."""
    table = Table(ruled=True)
    before = len(rows[0]) - len(answer.years)
    for _ in range(before):
        table.add_column()
    for year in answer.years:
        table.add_column(cell(str(year)), right=True)
    for row in rows:
        words = (cell(text, "dim" if position else "") for position, text in enumerate(row[:before]))
        table.add_row(*words, *(cell(text, _style(row, text)) for text in row[before:]))
    return table


def _style(row: Row, text: str) -> str:
    return "dim" if _is_spread(row) else style(text)


def _with_unit(row: Row) -> str:
    name = row[0].strip()
    return f"{name} ({row[1]})" if row[1] else name


def _print_apart(console: Console, table: Table, rows: list[Row]) -> None:
    """Print a table with each name on a line of its own, so that long names do not widen the first column."""
    lines = console.drawn(table)
    head = len(lines) - len(rows)
    for line in lines[:head]:
        console.print(line)
    for row, line in zip(rows, lines[head:], strict=True):
        if not _is_spread(row):
            prose(console, _with_unit(row))
        console.print(line)


def _print_stacked(console: Console, answer: Answer, rows: list[Row]) -> None:
    for row in rows:
        prose(console, _with_unit(row), 4 if _is_spread(row) else 2)
        for year, text in zip(answer.years, row[2:], strict=True):
            prose(console, f"{year} {text}", 4, _style(row, text))
