"""Colour on a terminal that means something, and none where it is not wanted: messages on standard error."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from calc.errors import CalcErrors
from calc.text import escape, pattern

if TYPE_CHECKING:
    from typing import TextIO

    from calc.errors import CalcError

_CODES = {"red": "31", "bold red": "1;31", "yellow": "33", "cyan": "36", "green": "32"}
_ERROR = pattern(r"(?!\s*\d+ \| )(.*?)(error)\[(E-[A-Z0-9-]+)\](: .*)")
_WARNING = pattern(r"(?!\s*\d+ \| )((?:\S.*?:\d+:\d+: )?)(warning: .*)")
_CARET = pattern(r"( *\| *)(\^+)")
_HINT = pattern(r"(  )(hint:)(.*)")


def wants_colour(stream: TextIO | None) -> bool:
    """Tell whether a stream is to be coloured; NO_COLOR and a dumb terminal win over FORCE_COLOR."""
    # Without colour there is no bold either: a reader who sets NO_COLOR wants no escape codes at all.
    if stream is None or os.environ.get("NO_COLOR") or os.environ.get("TERM", "").lower() in {"dumb", "unknown"}:
        return False
    forced = os.environ.get("FORCE_COLOR")
    if forced:
        return forced.lower() not in {"0", "false"}
    # An old Windows console shows the codes as they are.
    return stream.isatty() and (os.name != "nt" or "WT_SESSION" in os.environ)


def paint(text: str, colour: str) -> str:
    """Return a text between the codes of a colour."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if text else ""


def painted(message: str) -> str:
    """Return a message with its errors red and their codes bold, warnings yellow, carets red and hints marked."""
    return "\n".join(map(_line, message.split("\n")))


def _line(line: str) -> str:
    if found := _ERROR.fullmatch(line):
        place, word, code, words = found.groups()
        return f"{place}{paint(f'{word}[', 'red')}{paint(code, 'bold red')}{paint(f']{words}', 'red')}"
    if found := _WARNING.fullmatch(line):
        return f"{found[1]}{paint(found[2], 'yellow')}"
    if found := _CARET.fullmatch(line):
        return f"{found[1]}{paint(found[2], 'red')}"
    if found := _HINT.fullmatch(line):
        return f"{found[1]}{paint(found[2], 'cyan')}{found[3]}"
    return line


def say(message: str) -> None:
    """Write a message to standard error, in colour where that is wanted."""
    print(painted(message) if wants_colour(sys.stderr) else message, file=sys.stderr)


def say_error(error: CalcError) -> None:
    """Write an error to standard error, and behind several how many there are, which is what is left on a screen."""
    say(str(error))
    if isinstance(error, CalcErrors) and len(error.errors) > 1:
        files = list(dict.fromkeys(each.place.source.name for each in error.errors if each.place))
        where = f" in {escape(files[0])}" if len(files) == 1 else ""
        say(f"\n{len(error.errors)} errors{where}; nothing was computed")
