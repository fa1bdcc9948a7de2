"""The breakdown of figures that are sums: a line a part, with its share and a bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.report.console import cell, draws, fits, fixed, heading
from calc.study.breakdown import Line, breakdown
from calc.text import shorten
from calc.units.format import bare_text, unit_words

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from calc.engine.catalogue import Quantity
    from calc.study.results import Answer

_BAR = 24


def print_breakdowns(console: Console, answer: Answer) -> None:
    """Print what every figure shown that is a sum is made up of, once for all columns that agree."""
    catalogue = answer.scenario.catalogue
    shown = list(dict.fromkeys(name for case in answer.columns for name in case.shown))
    for name in shown:
        columns: dict[tuple[Line, ...], list[str]] = {}
        for case in answer.columns:
            lines = tuple(breakdown(case, name, catalogue)) if name in case.shown else ()
            if lines:
                columns.setdefault(lines, []).append(shorten(case.label))
        for lines, labels in columns.items():
            where = "" if len(answer.columns) == 1 or len(labels) == len(answer.columns) else f": {', '.join(labels)}"
            quantity = catalogue[name]
            words = "%" if quantity.is_share else unit_words(quantity.unit, plural=True)
            heading(console, f"What {name} is made up of{f', {words}' if words else ''}{where}")
            _print_lines(console, lines, quantity)


def _print_lines(console: Console, lines: tuple[Line, ...], quantity: Quantity) -> None:
    block = "█" if draws(console, "█") else "#"
    rows = [(line.name, _amount(line, quantity), f"{line.share * 100:.1f} %", block * round(line.share * _BAR)) for line in lines]
    for columns in (4, 3):
        table = _table([row[:columns] for row in rows])
        if fits(console, table):
            console.print(table)
            return
    for name, amount, share, _ in rows:
        fixed(console, f"  {name}")
        fixed(console, f"    {amount}, {share}", "cyan")


def _amount(line: Line, quantity: Quantity) -> str:
    return bare_text(line.amount, quantity.unit, share=quantity.is_share)


def _table(rows: list[tuple[str, ...]]) -> Table:
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    for justify in ("left", "right", "right", "left")[: len(rows[0])]:
        table.add_column(justify=justify, no_wrap=True)
    for name, amount, *rest in rows:
        table.add_row(cell(f"  {name}"), cell(amount, "cyan"), *(cell(each) for each in rest))
    return table
