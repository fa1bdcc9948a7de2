"""The breakdown of figures that are sums: a line a part, with its share and a bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.report.console import cell, fits, fixed, heading, prose
from calc.report.grid import Table
from calc.study.breakdown import Line, breakdown
from calc.text import shorten
from calc.units.format import bare_text, decimal_text, percent_text, unit_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from calc.engine.catalogue import Quantity
    from calc.report.console import Console
    from calc.study.results import Answer

_BAR = 24


def print_breakdowns(console: Console, answer: Answer) -> None:
    """Print what every figure shown that is a sum is made up of."""
    for title, remark, lines, quantity in breakdowns(answer):
        heading(console, title)
        if remark:
            prose(console, remark, 2, "dim")
        _print_lines(console, lines, quantity)


def breakdowns(answer: Answer) -> Iterator[tuple[str, str, tuple[Line, ...], Quantity]]:
    """Yield what every figure shown that is a sum is made up of, once for all columns that agree.

    Each has a title, what a reader has to know of its numbers (empty where it is certain), its lines and its quantity.
    """
    catalogue = answer.scenario.catalogue
    shown = list(dict.fromkeys(name for case in answer.columns for name in case.shown))
    for name in shown:
        columns: dict[tuple[Line, ...], list[str]] = {}
        for case in answer.columns:
            lines = tuple(breakdown(case, name, catalogue)) if case.shows(name) else ()
            if lines:
                columns.setdefault(lines, []).append(shorten(case.label))
        for lines, labels in columns.items():
            where = "" if len(labels) == len(answer.columns) else f" ({'; '.join(labels)})"
            quantity = catalogue[name]
            words = "" if quantity.is_share else unit_words(quantity.unit, plural=True)
            title = f"{name} is made up of{where}" + (f", in {words}" if words else "")
            yield title, told(lines) if any(name in case.samples for case in answer.columns) else "", lines, quantity


def line_texts(line: Line, quantity: Quantity, block: str = "█") -> tuple[str, str, str, str]:
    """Return the name of a part, its amount, its share and a bar."""
    amount = bare_text(line.amount if line.p50 is None else line.p50, quantity.unit, share=quantity.is_share)
    return line.name, amount, _share_text(line.share), block * max(round(line.share * _BAR), int(line.share > 0))


def told(lines: Sequence[Line]) -> str:
    """Return in words what the lines of an uncertain figure show."""
    if lines[0].p50 is None:
        return "amounts and shares at the likely values, which add up"
    return "amounts are medians, which do not add up; shares are those at the likely values, which do"


def _print_lines(console: Console, lines: tuple[Line, ...], quantity: Quantity) -> None:
    block = "█" if console.can_write("█") else "#"
    texts = [line_texts(line, quantity, block) for line in lines]
    rows = [(f"  {name}", amount, share, bar) for name, amount, share, bar in texts]
    for count in (4, 3):
        table = _table([row[:count] for row in rows])
        if fits(console, table):
            console.print(table)
            return
    for name, amount, share, _ in rows:
        fixed(console, name)
        prose(console, f"{amount}, {share}", 4, "cyan")


def _share_text(share: float) -> str:
    text = f"{decimal_text(share * 100, 1)} %"
    return percent_text(share) if text == "100.0 %" and share < 1 else text


def _table(rows: list[tuple[str, ...]]) -> Table:
    table = Table(ruled=False)
    for right in (False, True, True, False)[: len(rows[0])]:
        table.add_column(right=right)
    for name, amount, *rest in rows:
        table.add_row(cell(name), cell(amount, "cyan"), *(cell(each) for each in rest))
    return table
