"""Tables for a terminal: columns as wide as their cells, a rule under the head, words wrapped in the last column."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from calc.text import width, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_GAP = "  "


class Cell(NamedTuple):
    """Text of a cell, safe to print; its line ends break it. Words that `wraps` also break where the column ends."""

    text: str
    style: str = ""
    wraps: bool = False

    @property
    def lines(self) -> list[str]:
        """Return the lines as they are written."""
        return self.text.split("\n")


class Table:
    """Rows of cells under a head.

    ruled: draw a line under the head. Columns are `right` aligned where the numbers stand.
    """

    def __init__(self, *, ruled: bool) -> None:
        self.ruled = ruled
        self.heads: list[Cell] = []
        self.right: list[bool] = []
        self.rows: list[tuple[Cell, ...]] = []

    def add_column(self, head: Cell | None = None, *, right: bool = False) -> None:
        """Add a column; its head is bold."""
        self.heads.append(Cell(head.text, "bold") if head else Cell(""))
        self.right.append(right)

    def add_row(self, *cells: Cell) -> None:
        """Add a row; cells that are left out at its end are empty."""
        self.rows.append((*cells, *[Cell("")] * (len(self.heads) - len(cells))))

    def width(self) -> int:
        """Return the columns that the table takes when nothing is wrapped."""
        return _total(self._widths())

    def _widths(self) -> list[int]:
        return [max(width(line) for cell in column for line in cell.lines) for column in zip(*self._all(), strict=True)]

    def _all(self) -> list[tuple[Cell, ...]]:
        return [tuple(self.heads), *self.rows]

    def draw(self, available: int, rule: str, styled: Callable[[str, str], str]) -> Iterator[str]:
        """Yield the lines for a terminal `available` columns wide.

        rule: the character of the line under the head. styled: dresses a text in a style.
        """
        widths = self._widths()
        widths[-1] -= max(0, min(_total(widths) - available, widths[-1] - 1))
        if any(head.text for head in self.heads):
            yield from self._row(tuple(self.heads), widths, styled, bottom=True)
        if self.ruled:
            yield rule * _total(widths)
        for row in self.rows:
            yield from self._row(row, widths, styled)

    def _row(
        self, row: tuple[Cell, ...], widths: list[int], styled: Callable[[str, str], str], *, bottom: bool = False
    ) -> Iterator[str]:
        columns = [_broken(cell, columns) for cell, columns in zip(row, widths, strict=True)]
        height = max(len(lines) for lines in columns)
        for number in range(height):
            parts = []
            for cell, lines, wanted, right in zip(row, columns, widths, self.right, strict=True):
                at = number - (height - len(lines) if bottom else 0)
                text = lines[at] if 0 <= at < len(lines) else ""
                blank = " " * (wanted - width(text))
                dressed = styled(text, cell.style)
                parts.append(blank + dressed if right else dressed + blank)
            yield _GAP.join(parts).rstrip()


def _total(widths: list[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _broken(cell: Cell, columns: int) -> list[str]:
    if not cell.wraps:
        return cell.lines
    return [piece for line in wrapped(cell.text, columns) for piece in _folded(line, columns)]


def _folded(line: str, columns: int) -> Iterator[str]:
    """Yield a line in pieces of at most `columns`; only a word longer than a line comes in several."""
    piece = ""
    for char in line:
        if piece and width(piece) + width(char) > columns:
            yield piece
            piece = ""
        piece += char
    yield piece
