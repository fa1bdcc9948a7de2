"""The breakdown of figures that are sums: a line a part, with its share and a bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.report.console import cell, fits, fixed, heading, prose
from calc.report.grid import Table
from calc.study.breakdown import Line, breakdown
from calc.text import shorten
from calc.units.format import bare_text, unit_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.engine.catalogue import Quantity
    from calc.report.console import Console
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
            where = "" if len(labels) == len(answer.columns) else f" ({'; '.join(labels)})"
            quantity = catalogue[name]
            words = "" if quantity.is_share else unit_words(quantity.unit, plural=True)
            heading(console, f"{name} is made up of{where}" + (f", in {words}" if words else ""))
            if any(name in case.samples for case in answer.columns):
                prose(console, told(lines), 2, "dim")
            _print_lines(console, lines, quantity)


def told(lines: Sequence[Line]) -> str:
    """Return in words what the lines of an uncertain figure show."""
    if lines[0].p50 is None:
        return "amounts and shares at the likely values, which add up"
    return "amounts are medians, which do not add up; shares are those at the likely values, which do"


def _print_lines(console: Console, lines: tuple[Line, ...], quantity: Quantity) -> None:
    block = "█" if console.can_write("█") else "#"
    rows = [
        (
            f"  {line.name}",
            bare_text(line.amount if line.p50 is None else line.p50, quantity.unit, share=quantity.is_share),
            f"{line.share * 100:.1f} %",
            block * round(line.share * _BAR),
        )
        for line in lines
    ]
    for count in (4, 3):
        table = _table([row[:count] for row in rows])
        if fits(console, table):
            console.print(table)
            return
    for name, amount, share, _ in rows:
        fixed(console, name)
        prose(console, f"{amount}, {share}", 4, "cyan")


def _table(rows: list[tuple[str, ...]]) -> Table:
    table = Table(ruled=False)
    for right in (False, True, True, False)[: len(rows[0])]:
        table.add_column(right=right)
    for name, amount, *rest in rows:
        table.add_row(cell(name), cell(amount, "cyan"), *(cell(each) for each in rest))
    return table
