"""The rich console that every report is printed on: no markup, no highlighting, no numbers cut."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich.console import Console
from rich.measure import Measurement
from rich.text import Text

from calc.text import escape, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType

MIN_WIDTH = 20


def make_console(*, to_file: bool = False) -> Console:
    """Return a console on standard output; rich itself honours FORCE_COLOR, TERM and COLUMNS.

    to_file: a console for plain text 100 columns wide, whatever the terminal is.
    """
    # Without colour there is no bold either: a reader who sets NO_COLOR wants no escape codes at all.
    terminal = False if os.environ.get("NO_COLOR") or to_file else None
    width = 100 if to_file else None
    console = Console(markup=False, highlight=False, emoji=False, force_terminal=terminal, width=width)
    console.width = max(console.width, MIN_WIDTH)
    return console


def cell(text: str, style: str = "") -> Text:
    """Return a table cell that breaks only at its own line ends; a table is printed only where all its cells fit."""
    lines = "\n".join(escape(line) for line in text.split("\n"))
    return Text(lines, style=style, no_wrap=True, overflow="fold")


def prose_cell(text: str) -> Text:
    """Return a table cell of words that wraps in its column."""
    return Text(escape(text), style="dim", overflow="fold")


def fixed(console: Console, text: str, style: str = "") -> None:
    """Print one line that is never wrapped or cut, such as a name or a number with its unit."""
    console.print(Text(escape(text), style=style), soft_wrap=True)


def prose(console: Console, text: str, columns: int = 0, style: str = "") -> None:
    """Print words, wrapped between words and indented, continued lines too; no word is broken."""
    for line in wrapped(escape(text), console.width - columns):
        fixed(console, " " * columns + line, style)


def heading(console: Console, text: str) -> None:
    """Print a heading after an empty line."""
    console.print()
    prose(console, text, style="bold")


def drawn(draw: Callable[[Console], None], *, to_file: bool = False) -> str:
    """Return what is drawn on a console, without the blanks that rich leaves at line ends."""
    console = make_console(to_file=to_file)
    with console.capture() as capture:
        draw(console)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def fits(console: Console, renderable: RenderableType) -> bool:
    """Tell whether something fits the console without wrapping anything."""
    wide = console.options.update(width=10_000, max_width=10_000)
    return Measurement.get(console, wide, renderable).maximum <= console.width
