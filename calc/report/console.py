"""The console that every report is printed on: plain lines with a few styles, and no number cut."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from calc.report.grid import Cell, Table
from calc.text import escape, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

MIN_WIDTH = 20
_FILE_WIDTH = 100
_DEFAULT_WIDTH = 80
_CODES = {"bold": "1", "dim": "2", "cyan": "36", "yellow": "33", "bold cyan": "1;36", "bold yellow": "1;33"}


class Console:
    """Lines laid out for a width, with escape codes for styles where `colour` says so.

    encoding: of the output, which decides on the characters that lines are drawn with.
    """

    def __init__(self, width: int, *, colour: bool, encoding: str) -> None:
        self.width = max(width, MIN_WIDTH)
        self.colour = colour
        self.encoding = encoding
        self.lines: list[str] = []

    def print(self, what: str | Table = "") -> None:
        """Print a line, or a table; without either an empty line."""
        if isinstance(what, Table):
            self.lines += self.drawn(what)
        else:
            self.lines.append(what.rstrip())

    def drawn(self, table: Table) -> list[str]:
        """Return the lines of a table."""
        return list(table.draw(self.width, "─" if self.can_write("─") else "-", self.styled))

    def styled(self, text: str, style: str) -> str:
        """Return a text dressed in a style."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.colour and style and text else text

    def can_write(self, text: str) -> bool:
        """Tell whether the output's encoding has these characters."""
        try:
            text.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True


def make_console(*, to_file: bool = False) -> Console:
    """Return a console for standard output, as wide as COLUMNS or the terminal says.

    to_file: a console for plain text 100 columns wide, whatever the terminal is.
    """
    if to_file:
        return Console(_FILE_WIDTH, colour=False, encoding="utf-8")
    return Console(_terminal_width(), colour=_wants_colour(), encoding=sys.stdout.encoding or "utf-8")


def _wants_colour() -> bool:
    # Without colour there is no bold either: a reader who sets NO_COLOR wants no escape codes at all.
    if os.environ.get("NO_COLOR") or os.environ.get("TERM", "").lower() in {"dumb", "unknown"}:
        return False
    forced = os.environ.get("FORCE_COLOR")
    if forced:
        return forced.lower() not in {"0", "false"}
    # An old Windows console shows the codes as they are.
    return sys.stdout.isatty() and (os.name != "nt" or "WT_SESSION" in os.environ)


def _terminal_width() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns):
        return int(columns)
    for stream in (sys.__stdout__, sys.__stderr__, sys.__stdin__):
        try:
            found = os.get_terminal_size(stream.fileno()).columns if stream else 0
        except (OSError, ValueError):
            continue
        if found:
            return found
    return _DEFAULT_WIDTH


def cell(text: str, style: str = "") -> Cell:
    """Return a table cell that breaks only at its own line ends; a table is printed only where all its cells fit."""
    return Cell("\n".join(escape(line) for line in text.split("\n")), style)


def prose_cell(text: str) -> Cell:
    """Return a table cell of words that wraps in its column, which is the last one."""
    return Cell(escape(text), "dim", wraps=True)


def fixed(console: Console, text: str, style: str = "") -> None:
    """Print one line that is never wrapped or cut, such as a name or a number with its unit."""
    console.print(console.styled(escape(text).rstrip(), style))


def prose(console: Console, text: str, columns: int = 0, style: str = "") -> None:
    """Print words, wrapped between words and indented, continued lines too; no word is broken."""
    for line in wrapped(escape(text), console.width - columns):
        fixed(console, " " * columns + line, style)


def heading(console: Console, text: str) -> None:
    """Print a heading after an empty line."""
    console.print()
    prose(console, text, style="bold")


def drawn(draw: Callable[[Console], None], *, to_file: bool = False) -> str:
    """Return what is drawn on a console."""
    console = make_console(to_file=to_file)
    draw(console)
    return "".join(f"{line}\n" for line in console.lines)


def fits(console: Console, table: Table) -> bool:
    """Tell whether a table fits the console without wrapping anything."""
    return table.width() <= console.width
