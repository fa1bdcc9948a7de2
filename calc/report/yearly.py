"""The year table: figures that differ from year to year, a row a figure and a column a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.explain import figure_text
from calc.engine.figures import Series
from calc.report.console import cell, fits, heading, prose
from calc.report.grid import Table
from calc.text import shorten
from calc.units.format import bare_text, unit_words

if TYPE_CHECKING:
    from calc.engine.catalogue import Quantity
    from calc.engine.figures import Single
    from calc.report.console import Console
    from calc.study.results import Answer, CaseAnswer

_SPREAD = ("p10", "p90")


def print_years(console: Console, answer: Answer, names: list[str]) -> None:
    """Print the named figures by year, a table a case; with uncertainty the ends of the 80 % interval below each."""
    for case in answer.columns:
        rows = [row for name in names for row in _rows(answer, case, name)]
        if not rows:
            continue
        where = f": {shorten(case.label)}" if len(answer.columns) > 1 else ""
        heading(console, f"By year{where}")
        table = _table(answer, rows)
        if fits(console, table):
            console.print(table)
        else:
            _print_stacked(console, answer, rows)


def _rows(answer: Answer, case: CaseAnswer, name: str) -> list[list[str]]:
    """Return the row of a figure and those of its spread, each with its name and unit first."""
    figure = case.figures.get(name) if name in case.shown else None
    if figure is None:
        return []
    quantity = answer.scenario.catalogue[name]
    singles = figure.values if isinstance(figure, Series) else (figure,) * len(answer.years)
    words = "%" if quantity.is_share else unit_words(quantity.unit, plural=True)
    rows = [[name, words, *(_text(each, quantity) for each in singles)]]
    statistics = case.yearly_statistics(name) if isinstance(figure, Series) else []
    spread = [[_text(each[key], quantity) if each else "" for each in statistics] for key in _SPREAD]
    return rows + [[f"  {key}", "", *texts] for key, texts in zip(_SPREAD, spread, strict=True) if any(texts)]


def _text(figure: Single, quantity: Quantity) -> str:
    if isinstance(figure, float | int):
        return bare_text(figure, quantity.unit, share=quantity.is_share)
    return figure_text(figure, quantity)


def _table(answer: Answer, rows: list[list[str]]) -> Table:

    table = Table(ruled=True)
    table.add_column()
    table.add_column()
    for year in answer.years:
        table.add_column(cell(str(year)), right=True)
    for name, words, *texts in rows:
        table.add_row(cell(name), cell(words, "dim"), *(cell(text, _style(name, text)) for text in texts))
    return table


def _style(name: str, text: str) -> str:
    if text in {"no value", "not included"}:
        return "yellow"
    return "dim" if name.startswith(" ") else "cyan"


def _print_stacked(console: Console, answer: Answer, rows: list[list[str]]) -> None:
    for name, words, *texts in rows:
        prose(console, f"{name.strip()} ({words})" if words else name.strip(), 4 if name.startswith(" ") else 2)
        for year, text in zip(answer.years, texts, strict=True):
            prose(console, f"{year} {text}", 4, _style(name, text))
