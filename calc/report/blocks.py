"""Tables of a study's result, drawn on a terminal or written as Markdown from the same cells."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from calc.report.console import cell, fits, heading, prose
from calc.report.grid import Table
from calc.units.format import bare_text, digits_apart, unit_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.report.console import Console

_HEAD_WIDTHS = (24, 12, 8)
_WORDS = 16
# The statistics of an uncertain figure that reports show, the headline first.
SPREAD = ("p50", "p10", "p90")


@dataclass(slots=True)
class Block:
    """A heading, lines of words, and a table; `lead` columns are words, the others numbers.

    head: the names of the columns. spare: a column of bars, half as long or left out where the table would be too wide.
    keys: leading columns that stand again in each part of a table that has to be split. Lines `before` the table and
    `after` it are whole sentences.
    """

    title: str = ""
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    lead: int = 1
    spare: int | None = None
    keys: int = 0
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)


def draw(console: Console, blocks: list[Block]) -> None:
    """Print blocks; a table that is too wide is printed as a list a row."""
    for block in blocks:
        if block.title:
            heading(console, block.title)
        for line in block.before:
            prose(console, line, 2)
        if block.rows:
            _draw_rows(console, block)
        for line in block.after:
            prose(console, line, 2)


def _draw_rows(console: Console, block: Block) -> None:
    everything = list(range(len(block.head)))
    tries = [(block, everything, columns) for columns in _HEAD_WIDTHS]
    if block.spare is not None:
        tries += [(_with_short_bars(block, block.spare), everything, columns) for columns in _HEAD_WIDTHS]
        tries += [(block, [at for at in everything if at != block.spare], columns) for columns in _HEAD_WIDTHS]
    for each, shown, columns in tries:
        table = _table(each, shown, columns)
        if fits(console, table):
            console.print(table)
            return
    if 0 < block.keys < len(block.head) - 1:
        _draw_halves(console, block)
    else:
        _draw_list(console, block)


def _with_short_bars(block: Block, column: int) -> Block:
    rows = [
        [text[: (len(text) + 1) // 2] if at == column else text for at, text in enumerate(row)] for row in block.rows
    ]
    return replace(block, rows=rows)


def _table(block: Block, shown: list[int], columns: int) -> Table:
    table = Table(ruled=True)
    for at in shown:
        table.add_column(cell(_broken(block.head[at], columns)), right=at >= block.lead)
    for row in block.rows:
        # Words may be broken where a narrow head is not enough; numbers never are.
        words = {at: _broken(row[at], _WORDS) if columns < _WORDS else row[at] for at in range(block.lead)}
        table.add_row(*(cell(words.get(at, row[at]), "" if at < block.lead else "cyan") for at in shown))
    return table


def _draw_halves(console: Console, block: Block) -> None:
    keys, end = list(range(block.keys)), len(block.head)
    middle = (block.keys + end) // 2
    for half in (range(block.keys, middle), range(middle, end)):
        shown = [*keys, *half]
        rows = [[row[at] for at in shown] for row in block.rows]
        _draw_rows(console, Block("", [block.head[at] for at in shown], rows, block.lead, keys=block.keys))
        if half.stop < end:
            console.print()


def _draw_list(console: Console, block: Block) -> None:
    for row in block.rows:
        for at, (head, text) in enumerate(zip(block.head, row, strict=True)):
            if text and at != block.spare:
                prose(console, f"{head}: {text}" if head else text, 2 if at == 0 else 4)


def _broken(head: str, columns: int) -> str:
    """Break a head at blanks and after `_` into lines of about `columns`."""
    lines: list[str] = []
    for word in head.replace("_", "_\n").replace(" ", " \n").split("\n"):
        if lines and len(lines[-1]) + len(word) <= columns:
            lines[-1] += word
        else:
            lines.append(word)
    return "\n".join(line.rstrip() for line in lines)


def markdown(blocks: list[Block], level: int = 2) -> str:
    """Return blocks as Markdown."""
    from calc.report.markdown_text import table, text

    parts = []
    for block in blocks:
        if block.title:
            parts.append(f"{'#' * level} {text(block.title)}\n")
        parts += [f"{text(line)}\n" for line in block.before]
        if block.rows:
            head = [text(each) for each in block.head]
            numeric = set(range(block.lead, len(head)))
            parts.append(table(head, [[text(each) for each in row] for row in block.rows], numeric))
        parts += [f"{text(line)}\n" for line in block.after]
    return "\n".join(parts)


class Words:
    """Numbers of a result as a reader sees them; they come in the declared unit of their quantity."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def bare(self, name: str, value: float | None, *, digits: int = 4) -> str:
        """Return a number without its unit, or `no value`."""
        if value is None:
            return "no value"
        quantity = self.catalogue[name]
        return bare_text(value * quantity.unit.factor, quantity.unit, share=quantity.is_share, digits=digits)

    def text(self, name: str, value: float | None, *, digits: int = 4) -> str:
        """Return a number with its unit."""
        from calc.units.format import amount_text

        if value is None:
            return "no value"
        quantity = self.catalogue[name]
        return amount_text(value * quantity.unit.factor, quantity.unit, share=quantity.is_share, digits=digits)

    def spread(self, name: str, numbers: Sequence[float | None], ends: tuple[float | None, float | None]) -> list[str]:
        """Return numbers without their unit, with as many digits as it takes to tell the ends of a range apart."""
        low, high, quantity = *ends, self.catalogue[name]
        factor = quantity.unit.factor
        digits = 4
        if low is not None and high is not None:
            digits = digits_apart(low * factor, high * factor, quantity.unit, share=quantity.is_share)
        return [self.bare(name, each, digits=digits) for each in numbers]

    def span(self, name: str, low: float, high: float) -> str:
        """Return a range with its unit, with as many digits as it takes to tell its ends apart."""
        quantity = self.catalogue[name]
        factor = quantity.unit.factor
        digits = digits_apart(low * factor, high * factor, quantity.unit, share=quantity.is_share)
        return f"{self.bare(name, low, digits=digits)} to {self.text(name, high, digits=digits)}"

    def head(self, name: str, year: int | None = None) -> str:
        """Return a name with its unit, and perhaps a year, for the head of a column."""
        words = unit_of(self.catalogue[name])
        dated = f"{name} {year}" if year is not None else name
        return f"{dated} ({words})" if words else dated


def unit_of(quantity: Quantity) -> str:
    """Return the words for the unit of a quantity."""
    return "%" if quantity.is_share else unit_words(quantity.unit, plural=True)
