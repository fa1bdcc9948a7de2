"""What the parts of the table report share: a figure of a column, its number and unit, and names beside figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.report.console import cell, fits, prose
from calc.report.grid import Table
from calc.units.format import bare_text, digits_apart, unit_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from calc.engine.catalogue import Quantity
    from calc.engine.figures import Figure
    from calc.report.console import Console
    from calc.study.results import CaseAnswer


def figure_in(case: CaseAnswer, name: str) -> Figure | None:
    """Return a figure that a column answers, or None."""
    return case.figures.get(name) if case.shows(name) else None


def bare(base: float, quantity: Quantity) -> str:
    """Return the number of a figure; its unit stands once for the row or column."""
    return bare_text(base, quantity.unit, share=quantity.is_share)


def spread_texts(spread: Mapping[str, float], keys: Iterable[str], quantity: Quantity) -> list[str]:
    """Return statistics as bare numbers; p10 and p90 with as many digits as it takes to tell them apart."""
    share = quantity.is_share
    digits = digits_apart(spread["p10"], spread["p90"], quantity.unit, share=share)
    return [bare_text(spread[key], quantity.unit, share=share, digits=digits) for key in keys]


def unit_text(quantity: Quantity) -> str:
    """Return the unit that a bare number is in; empty for a ratio."""
    return "%" if quantity.is_share else unit_words(quantity.unit, plural=True)


def style(text: str) -> str:
    """Return the style of a figure: what is absent stands out."""
    return "yellow" if text in {"no value", "not included"} else "cyan"


def print_pairs(console: Console, pairs: list[tuple[str, str]], indent: int = 2) -> None:
    """Print names and figures in two columns, or the figure below the name where that is too wide."""
    table = Table(ruled=False)
    table.add_column()
    table.add_column(right=True)
    for name, text in pairs:
        table.add_row(cell(f"{' ' * indent}{name}"), cell(text, style(text)))
    if fits(console, table):
        console.print(table)
        return
    for name, text in pairs:
        prose(console, name, indent)
        prose(console, text, indent + 2, style(text))


def samples_text(samples: int) -> str:
    """Return a number of samples in words."""
    return f"{samples:,} sample{'' if samples == 1 else 's'}"
