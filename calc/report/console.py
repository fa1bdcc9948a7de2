"""The rich console that every report is printed on: no markup, no highlighting, no numbers cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.text import Text

from calc.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType

MIN_WIDTH = 20


def make_console() -> Console:
    """Return a console on standard output; rich itself honours NO_COLOR, FORCE_COLOR, TERM and COLUMNS."""
    console = Console(markup=False, highlight=False, emoji=False, soft_wrap=False)
    console.width = max(console.width, MIN_WIDTH)
    return console


def plain(text: str, style: str = "") -> Text:
    """Return prose: escaped, wrapped where the line ends."""
    return Text(escape(text), style=style)


def fixed(text: str, style: str = "") -> Text:
    """Return text that is never wrapped or cut, such as a number with its unit."""
    return Text(escape(text), style=style, no_wrap=True, overflow="ignore")


def cell(text: str, style: str = "") -> Text:
    """Return a table cell that breaks only at its own line ends; a table is printed only where all its cells fit."""
    lines = "\n".join(escape(line) for line in text.split("\n"))
    return Text(lines, style=style, no_wrap=True, overflow="fold")


def indented(text: str, columns: int, style: str = "") -> Padding:
    """Return prose that is indented, its continued lines too."""
    return Padding(plain(text, style), (0, 0, 0, columns))


def drawn(draw: Callable[[Console], None], *, to_file: bool = False) -> str:
    """Return what is drawn on a console, without the blanks that rich leaves at line ends.

    to_file: draw plain text 100 columns wide, whatever the terminal is.
    """
    console = (
        Console(markup=False, highlight=False, emoji=False, width=100, no_color=True) if to_file else make_console()
    )
    with console.capture() as capture:
        draw(console)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def fits(console: Console, renderable: RenderableType) -> bool:
    """Tell whether something fits the console without wrapping anything."""
    wide = console.options.update(width=10_000, max_width=10_000)
    return Measurement.get(console, wide, renderable).maximum <= console.width


def heading(console: Console, text: str) -> None:
    """Print a heading after an empty line."""
    console.print()
    console.print(plain(text, "bold"))
